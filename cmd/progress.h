/* What a run says while it lasts, and the wish that it end. Inside cmd. */
#ifndef CMD_PROGRESS_H
#define CMD_PROGRESS_H

/* From now on SIGINT and SIGTERM are wishes that the run asks for; the second of a kind ends the process at once (nothing is half then either: that is
 * what a crash leaves). */
void cmd_progress_begin(void);

#endif
