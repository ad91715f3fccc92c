// SPDX-License-Identifier: GPL-2.0
/* Signals, and changes that must not stay half done. */
#include "signals.h"

#include <signal.h>
#include <stddef.h>
#include <stdio.h>

#include "util.h"

static const int ends[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT };

static volatile sig_atomic_t came;
static struct sigaction saved[ARRAY_SIZE(ends)], saved_pipe;
static unsigned int depth;

static void note(int sig)
{
	came = sig;
}

void signals_hold(void)
{
	/* No SA_RESTART: what waits for a person or a pipe is to notice. */
	const struct sigaction noted = { .sa_handler = note };
	const struct sigaction ignored = { .sa_handler = SIG_IGN };

	if (depth++)
		return;
	for (size_t i = 0; i < ARRAY_SIZE(ends); i++) {
		sigaction(ends[i], NULL, &saved[i]);
		if (saved[i].sa_handler != SIG_IGN)	/* as of nohup */
			sigaction(ends[i], &noted, NULL);
	}
	sigaction(SIGPIPE, &ignored, &saved_pipe);
}

void signals_release(void)
{
	if (--depth)
		return;
	for (size_t i = 0; i < ARRAY_SIZE(ends); i++)
		sigaction(ends[i], &saved[i], NULL);
	sigaction(SIGPIPE, &saved_pipe, NULL);
}

int signals_came(void)
{
	return came;
}

void signals_forget(void)
{
	came = 0;
}

void signals_deliver(void)
{
	if (!came)
		return;
	fflush(stdout);
	raise(came);
}
