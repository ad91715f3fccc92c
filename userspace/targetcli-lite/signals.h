/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A change that has begun is ended, or taken back, before SIGINT, SIGTERM, SIGHUP or
 * SIGQUIT ends the program; a reader that goes away (SIGPIPE) does not end it either.
 */
#ifndef TL_SIGNALS_H
#define TL_SIGNALS_H

/* From here on signals are only noted, until as many releases. */
void signals_hold(void);
void signals_release(void);
/* The signal that was noted last, or 0: whoever does many things stops. */
int signals_came(void);
void signals_forget(void);
/* All is done and said: what was noted has its effect. */
void signals_deliver(void);

#endif
