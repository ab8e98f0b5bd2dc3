/* Phrases of FHIR R4 resources, against which small texts are compressed. */
#ifndef CORE_STREAM_PHRASES_H
#define CORE_STREAM_PHRASES_H

/* Frames refer to its bytes by their distance from the end: what is once released stays as it is, to the letter. */
extern const char keep_phrases_text[];
extern const unsigned keep_phrases_size;

#endif
