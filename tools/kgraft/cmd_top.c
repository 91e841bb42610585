// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * cmd_top.c - kgr top: a live view of a transition
 *
 * A frame is drawn when in_progress changes, a key is pressed, or a second has
 * passed. Without a terminal there is one frame, like that of kgr status.
 *
 * While it is stopped, the terminal is that of the shell: it is left before, and
 * entered again afterwards. The handlers of signals only set flags.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include "command.h"
#include "root.h"
#include "status.h"
#include "view.h"

#define KGR_FRAME_MS	1000

/* Use the alternate screen, without a cursor, and cut off long lines. */
#define KGR_ENTER	"\033[?1049h\033[?25l\033[?7l"
#define KGR_LEAVE	"\033[?7h\033[?25h\033[?1049l"

static struct termios saved;
/* Whether the terminal is that of top at the moment. */
static bool entered;
static volatile sig_atomic_t stopped, suspended, resumed;

static void stop(int signal)
{
	(void)signal;
	stopped = 1;
}

static void suspend(int signal)
{
	(void)signal;
	suspended = 1;
}

static void resume(int signal)
{
	(void)signal;
	resumed = 1;
}

/* A signal that is ignored would not end a poll(). */
static void resized(int signal)
{
	(void)signal;
}

static void handle(int signal, void (*handler)(int signal), int flags)
{
	struct sigaction action = { .sa_handler = handler, .sa_flags = flags };

	sigaction(signal, &action, NULL);
}

static void handle_all(void)
{
	struct sigaction action;

	handle(SIGINT, stop, 0);
	handle(SIGQUIT, stop, 0);
	handle(SIGTERM, stop, 0);
	handle(SIGHUP, stop, 0);
	/* They end a wait, so that the frame is redrawn at once, but no write. */
	handle(SIGWINCH, resized, SA_RESTART);
	handle(SIGCONT, resume, SA_RESTART);
	/* A shell without job control ignores it. */
	if (!sigaction(SIGTSTP, NULL, &action) && action.sa_handler != SIG_IGN)
		handle(SIGTSTP, suspend, SA_RESTART);
}

/*
 * In the background, this stops until the shell gives the terminal back. If
 * another signal ends that, the terminal is not entered.
 */
static void enter(void)
{
	struct termios raw = saved;

	raw.c_lflag &= ~(ICANON | ECHO);
	entered = !tcsetattr(STDIN_FILENO, TCSANOW, &raw) || errno != EINTR;
	if (!entered)
		return;
	fputs(KGR_ENTER, stdout);
	fflush(stdout);
}

static void leave(void)
{
	if (!entered)
		return;
	fputs(KGR_LEAVE, stdout);
	fflush(stdout);
	tcsetattr(STDIN_FILENO, TCSANOW, &saved);
	entered = false;
}

/* Stop as if there were no handler. */
static void stop_here(void)
{
	leave();
	handle(SIGTSTP, SIG_DFL, 0);
	raise(SIGTSTP);
	handle(SIGTSTP, suspend, SA_RESTART);
	suspended = 0;
}

/* Returns whether a frame can be drawn; if not, a signal has come. */
static bool is_ready(void)
{
	if (suspended) {
		stop_here();
		return false;
	}
	/* After SIGSTOP, too, the shell has used the terminal. */
	if (resumed) {
		resumed = 0;
		entered = false;
	}
	if (!entered)
		enter();
	return entered;
}

static void list_blockers(size_t rows)
{
	struct kgr_blockers blockers;
	char *words, *line, *waited;
	size_t i;

	kgr_blockers_read(&blockers);
	if (blockers.nr)
		printf("\n%zu tasks have yet to cross:\n", blockers.nr);
	for (i = 0; i < blockers.nr && i < rows; i++) {
		words = kgr_blocker_words(&blockers.list[i]);
		line = kgr_printable(words);
		waited = blockers.list[i].waited_ms < 0 ? kgr_dup("-") :
			 kgr_duration(blockers.list[i].waited_ms);
		printf("  %8s  %s\n", waited, line);
		free(waited);
		free(line);
		free(words);
	}
	kgr_blockers_free(&blockers);
}

/* Write a whole frame at once, otherwise it would flicker. */
static int draw(void)
{
	struct winsize window = { };
	FILE *screen = stdout;
	char *text = NULL, *rest, *line;
	size_t size, row;
	int status;

	/* A serial line does not know its size. */
	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &window) || !window.ws_row)
		window.ws_row = 24;
	stdout = open_memstream(&text, &size);
	if (!stdout)
		abort();
	status = kgr_status_show();
	list_blockers(window.ws_row);
	fclose(stdout);
	stdout = screen;

	fputs("\033[H", stdout);
	rest = text;
	for (row = 1; row < window.ws_row && (line = kgr_next_line(&rest));
	     row++)
		printf("%s\033[K\n", line);
	fputs("\033[J(q: quit)", stdout);
	fflush(stdout);
	free(text);
	return status;
}

static bool is_over(struct pollfd *fds)
{
	char key;

	if (!(fds[0].revents & (POLLIN | POLLHUP)))
		return false;
	return read(STDIN_FILENO, &key, 1) != 1 || key == 'q' || key == 4;
}

static int show_live(void)
{
	struct pollfd fds[2] = { { STDIN_FILENO, POLLIN, 0 },
				 { -1, POLLPRI, 0 } };
	int status = 0;
	char buf[8];

	fds[1].fd = kgr_open(KGR_SYSFS "/in_progress", O_RDONLY);
	tcgetattr(STDIN_FILENO, &saved);
	handle_all();
	while (!stopped && !status) {
		if (!is_ready())
			continue;
		if (fds[1].fd >= 0 && pread(fds[1].fd, buf, sizeof(buf), 0) < 0)
			break;
		status = draw();
		if (poll(fds, 2, KGR_FRAME_MS) > 0 && is_over(fds))
			break;
	}
	leave();
	if (fds[1].fd >= 0)
		close(fds[1].fd);
	return status;
}

static int run_top(void)
{
	int ret = kgr_system_check();

	if (ret)
		return ret;
	if (kgr_opt.json || !kgr_opt.terminal || !isatty(STDIN_FILENO))
		return kgr_status_show();
	return show_live();
}

const struct kgr_command kgr_top_command = {
	.name = "top",
	.brief = "show changes and the tasks that block them, live",
	.usage = "",
	.run = run_top,
};
