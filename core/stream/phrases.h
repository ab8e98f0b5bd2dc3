/* Phrases of FHIR R4 resources, against which small texts are compressed. */
#ifndef CORE_STREAM_PHRASES_H
#define CORE_STREAM_PHRASES_H

/* Frames refer to its bytes by their distance from the end: what is once released stays as it is, to the letter. */
extern const char keep_phrases_text[];
extern const unsigned keep_phrases_size;

/* What stands before them in a dictionary (RFC 8878, 5): its id, and how often codes and letters come in frames that refer to it, so that a frame of some
 * hundred bytes need not say so itself. As final as the text. */
#define KEEP_PHRASES_TABLES 154
extern const unsigned char keep_phrases_tables[KEEP_PHRASES_TABLES];

#endif
