// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Rows of the table: pipes, files of events, terminals, locks.
 */

#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/fanotify.h>
#include <sys/file.h>
#include <sys/inotify.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include "../kselftest.h"
#include "kgr_test.h"
#include "wake_rows.h"

/* More than a pipe holds. */
#define LARGE	(128 << 10)

static char large[LARGE];

static long read_from(struct row *row, int fd, size_t size)
{
	char buf[512];

	return ROW_CALL(row, syscall(SYS_read, fd, buf, size));
}

static long do_read(struct row *row)
{
	return read_from(row, row->fd[0], 1);
}

/* Any event will do. */
static long do_read_event(struct row *row)
{
	long ret = read_from(row, row->fd[0], 512);

	return ret > 0 ? 1 : ret;
}

static long do_readv(struct row *row)
{
	char buf[2];
	struct iovec iov[] = { { buf, 1 }, { buf + 1, 1 } };

	return ROW_CALL(row, syscall(SYS_readv, row->fd[0], iov, 2));
}

/* --- Pipes --- */

static bool fifo(struct row *row)
{
	const char *path = row_path(row, "fifo");

	if (mkfifo(path, 0600))
		return false;
	row->fd[0] = open(path, O_RDWR);
	row->fd[1] = row->fd[0];
	return row->fd[0] >= 0;
}

static void remove_fifo(struct row *row)
{
	unlink(row_path(row, "fifo"));
}

static bool closed_fifo(struct row *row)
{
	row->fd[0] = -1;
	return !mkfifo(row_path(row, "fifo"), 0600);
}

static long do_open_fifo(struct row *row)
{
	const char *path = row_path(row, "fifo");
	long ret;

	ret = ROW_CALL(row, syscall(SYS_openat, AT_FDCWD, path, O_RDONLY, 0));
	return ret < 0 ? ret : 0;
}

static void open_fifo(struct row *row)
{
	row->fd[0] = open(row_path(row, "fifo"), O_WRONLY | O_NONBLOCK);
}

static bool full_pipe(struct row *row)
{
	if (!row_pipe(row))
		return false;
	row_fill(row->fd[1]);
	return true;
}

static long do_write(struct row *row)
{
	return ROW_CALL(row, syscall(SYS_write, row->fd[1], large, 1));
}

static long do_write_pipe_buf(struct row *row)
{
	return ROW_CALL(row, syscall(SYS_write, row->fd[1], large, PIPE_BUF));
}

static long do_write_large(struct row *row)
{
	return ROW_CALL(row, syscall(SYS_write, row->fd[1], large, LARGE));
}

/* Reads, so that more can be written. */
static void drain(struct row *row)
{
	static char buf[2 * PIPE_BUF];

	if (read(row->fd[0], buf, sizeof(buf)) < 0)
		perror(row->name);
}

static long do_writev_large(struct row *row)
{
	struct iovec iov[] = { { large, 1000 }, { large, LARGE - 1000 } };

	return ROW_CALL(row, syscall(SYS_writev, row->fd[1], iov, 2));
}

static void drain_of(struct row *row, int fd)
{
	static char buf[LARGE];
	ssize_t len, done = 0;

	fcntl(fd, F_SETFL, O_NONBLOCK);
	while (done < LARGE && !row->found->back) {
		len = read(fd, buf, sizeof(buf));
		if (len > 0)
			done += len;
		else
			kgr_sleep_ms(1);
	}
}

static void drain_large(struct row *row)
{
	drain_of(row, row->fd[0]);
}

static bool two_pipes(struct row *row)
{
	return !pipe(row->fd) && !pipe(row->fd + 2);
}

static long do_splice(struct row *row)
{
	return ROW_CALL(row, syscall(SYS_splice, row->fd[0], NULL, row->fd[3],
				     NULL, 1UL, 0));
}

static long do_tee(struct row *row)
{
	return ROW_CALL(row, syscall(SYS_tee, row->fd[0], row->fd[3], 1UL, 0));
}

static long do_vmsplice(struct row *row)
{
	struct iovec iov = { large, 1 };

	return ROW_CALL(row, syscall(SYS_vmsplice, row->fd[1], &iov, 1UL, 0));
}

/* --- Files of events --- */

static bool event(struct row *row)
{
	row->fd[0] = eventfd(0, 0);
	row->fd[1] = row->fd[0];
	return row->fd[0] >= 0;
}

static bool full_event(struct row *row)
{
	eventfd_t most = ULLONG_MAX - 1;

	return event(row) &&
	       write(row->fd[0], &most, sizeof(most)) == sizeof(most);
}

static long do_read_sum(struct row *row)
{
	return read_from(row, row->fd[0], sizeof(eventfd_t));
}

static long do_write_sum(struct row *row)
{
	eventfd_t one = 1;

	return ROW_CALL(row, syscall(SYS_write, row->fd[0], &one, sizeof(one)));
}

static void raise_event(struct row *row)
{
	eventfd_write(row->fd[0], 1);
}

static void clear_event(struct row *row)
{
	eventfd_t sum;

	eventfd_read(row->fd[0], &sum);
}

static bool timer(struct row *row)
{
	row->fd[0] = timerfd_create(CLOCK_MONOTONIC, 0);
	return row->fd[0] >= 0;
}

static long do_read_timer(struct row *row)
{
	struct itimerspec it = { };
	unsigned long long ticks;
	long ret;

	row_sleeps(row);
	it.it_value = row_nap(row);
	timerfd_settime(row->fd[0], 0, &it, NULL);
	ret = syscall(SYS_read, row->fd[0], &ticks, sizeof(ticks));
	ret = ret < 0 ? -errno : ret;
	row_is_back(row);
	return ret;
}

static long do_read_signals(struct row *row)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR2);
	sigprocmask(SIG_BLOCK, &set, NULL);
	row->fd[0] = signalfd(-1, &set, 0);
	return read_from(row, row->fd[0], 512);
}

static void send_usr2(struct row *row)
{
	kill(row->pid, SIGUSR2);
}

static bool watched_file(struct row *row, const char **path)
{
	*path = row_path(row, "watched");
	row->fd[1] = open(*path, O_CREAT | O_EXCL | O_WRONLY, 0600);
	return row->fd[1] >= 0;
}

static bool inotify(struct row *row)
{
	const char *path;

	row->fd[0] = inotify_init();
	return watched_file(row, &path) &&
	       inotify_add_watch(row->fd[0], path, IN_MODIFY) > 0;
}

static bool fanotify(struct row *row)
{
	const char *path;

	row->fd[0] = fanotify_init(FAN_CLASS_NOTIF, O_RDONLY);
	return watched_file(row, &path) &&
	       !fanotify_mark(row->fd[0], FAN_MARK_ADD, FAN_MODIFY, AT_FDCWD,
			      path);
}

static void remove_watched(struct row *row)
{
	unlink(row_path(row, "watched"));
}

static bool kernel_log(struct row *row)
{
	row->fd[0] = open("/dev/kmsg", O_RDONLY);
	row->fd[1] = open("/dev/kmsg", O_WRONLY);
	return row->fd[0] >= 0 && row->fd[1] >= 0 &&
	       lseek(row->fd[0], 0, SEEK_END) == 0;
}

/* The log lines of kGraft itself are read as well: no read may fail. */
static long do_read_log(struct row *row)
{
	char buf[2048];
	long ret;

	row_sleeps(row);
	do {
		ret = syscall(SYS_read, row->fd[0], buf, sizeof(buf) - 1);
		ret = ret < 0 ? -errno : ret;
		buf[ret > 0 ? ret : 0] = '\0';
	} while (ret > 0 && !strstr(buf, "kgr_row: the end"));
	row_is_back(row);
	return ret > 0 ? 1 : ret;
}

static void write_log(struct row *row)
{
	static const char end[] = "kgr_row: the end\n";

	if (write(row->fd[1], end, strlen(end)) != (ssize_t)strlen(end))
		perror(row->name);
}

/* --- Terminals --- */

static bool terminal(struct row *row)
{
	row->fd[1] = posix_openpt(O_RDWR | O_NOCTTY);
	if (row->fd[1] < 0 || grantpt(row->fd[1]) || unlockpt(row->fd[1]))
		return false;
	row->fd[0] = open(ptsname(row->fd[1]), O_RDWR | O_NOCTTY);
	return row->fd[0] >= 0;
}

static bool raw_terminal(struct row *row, int min, int deciseconds)
{
	struct termios t;

	if (!terminal(row) || tcgetattr(row->fd[0], &t))
		return false;
	cfmakeraw(&t);
	t.c_cc[VMIN] = min;
	t.c_cc[VTIME] = deciseconds;
	return !tcsetattr(row->fd[0], TCSANOW, &t);
}

static bool terminal_of_one(struct row *row)
{
	return raw_terminal(row, 1, 0);
}

static bool terminal_of_two(struct row *row)
{
	return raw_terminal(row, 2, 0) && write(row->fd[1], "x", 1) == 1;
}

/*
 * For more bytes than the kernel's buffer has: it waits until that is full. This
 * many are there before, and the others more than fit.
 */
#define MANY		100
#define BUFFER		64
#define BEFORE		40

static bool terminal_of_many(struct row *row)
{
	return raw_terminal(row, MANY, 0) &&
	       write(row->fd[1], large, BEFORE) == BEFORE;
}

/* One second after a byte, it does not wait for the next. */
static bool terminal_of_two_with_timeout(struct row *row)
{
	return raw_terminal(row, 2, 10);
}

static bool terminal_with_timeout(struct row *row)
{
	row->nap_ms = row->nap_ms / 100 * 100;
	return raw_terminal(row, 0, row->nap_ms / 100);
}

static long do_read_line(struct row *row)
{
	return read_from(row, row->fd[0], 512);
}

static long do_read_master(struct row *row)
{
	return read_from(row, row->fd[1], 1);
}

static void type_line(struct row *row)
{
	if (write(row->fd[1], "x\n", 2) != 2)
		perror(row->name);
}

static void type_many(struct row *row)
{
	if (write(row->fd[1], large, MANY - BEFORE) != MANY - BEFORE)
		perror(row->name);
}

/* Exactly as many as are missing in the buffer. */
static void type_rest(struct row *row)
{
	if (write(row->fd[1], large, BUFFER - BEFORE) != BUFFER - BEFORE)
		perror(row->name);
}

static void print(struct row *row)
{
	if (write(row->fd[0], "x", 1) != 1)
		perror(row->name);
}

static long do_write_output(struct row *row)
{
	return ROW_CALL(row, syscall(SYS_write, row->fd[0], large, LARGE));
}

static void drain_output(struct row *row)
{
	drain_of(row, row->fd[1]);
}

/* As a shell that waits for a command. */
static long do_read_foreground(struct row *row)
{
	setsid();
	ioctl(row->fd[0], TIOCSCTTY, 0);
	return do_read_line(row);
}

/* As a shell that is put in the background while it waits. */
static long do_read_background(struct row *row)
{
	pid_t child;

	setsid();
	ioctl(row->fd[0], TIOCSCTTY, 0);
	child = kgr_fork();
	if (!child) {
		setpgid(0, 0);
		signal(SIGTTOU, SIG_IGN);
		while (!row->found->asleep)
			kgr_sleep_ms(1);
		kgr_sleep_ms(200);
		tcsetpgrp(row->fd[0], getpid());
		pause();
	}
	return do_read_line(row);
}

/* --- Locks --- */

bool row_locked_file(struct row *row)
{
	const char *path = row_path(row, "locked");

	row->fd[0] = open(path, O_CREAT | O_RDWR, 0600);
	row->fd[1] = open(path, O_RDWR);
	unlink(path);
	return row->fd[0] >= 0 && row->fd[1] >= 0 &&
	       !flock(row->fd[1], LOCK_EX);
}

static bool lock(int fd, int cmd, int type)
{
	struct flock lock = { .l_type = type };

	return !fcntl(fd, cmd, &lock);
}

static bool locked_region(struct row *row)
{
	return row_locked_file(row) && lock(row->fd[1], F_SETLK, F_WRLCK);
}

static bool locked_description(struct row *row)
{
	return row_locked_file(row) && lock(row->fd[1], F_OFD_SETLK, F_WRLCK);
}

static long do_flock(struct row *row)
{
	return ROW_CALL(row, syscall(SYS_flock, row->fd[0], LOCK_EX));
}

static long fcntl_lock(struct row *row, int cmd)
{
	struct flock lock = { .l_type = F_WRLCK };

	return ROW_CALL(row, syscall(SYS_fcntl, row->fd[0], cmd, &lock));
}

static long do_setlkw(struct row *row)
{
	return fcntl_lock(row, F_SETLKW);
}

static long do_ofd_setlkw(struct row *row)
{
	return fcntl_lock(row, F_OFD_SETLKW);
}

void row_unlock(struct row *row)
{
	flock(row->fd[1], LOCK_UN);
}

static void unlock_region(struct row *row)
{
	lock(row->fd[1], F_SETLK, F_UNLCK);
}

static void unlock_description(struct row *row)
{
	lock(row->fd[1], F_OFD_SETLK, F_UNLCK);
}

/* By another process that shares the file: the sleeper does not notice. */
static void set_nonblocking(struct row *row)
{
	fcntl(row->fd[0], F_SETFL, O_NONBLOCK);
}

struct row rows_fd[] = {
	{ "read-pipe-nonblock", row_pipe, do_read, .disturb = set_nonblocking,
	  .end = row_write, .result = 1, .all = -EAGAIN, .stays = "read" },
	{ "read-pipe", row_pipe, do_read, .end = row_write, .result = 1,
	  .all = SAME },
	{ "readv-pipe", row_pipe, do_readv, .end = row_write, .result = 1,
	  .all = SAME },
	{ "read-fifo", fifo, do_read, .end = row_write, .tidy = remove_fifo,
	  .result = 1, .all = SAME },
	{ "open-fifo", closed_fifo, do_open_fifo, .end = open_fifo,
	  .tidy = remove_fifo, .all = SAME, .stays = "openat" },
	{ "write-pipe", full_pipe, do_write, .end = drain, .result = 1,
	  .all = SAME },
	{ "write-pipe-buf", full_pipe, do_write_pipe_buf, .end = drain,
	  .result = PIPE_BUF, .all = SAME },
	{ "write-pipe-large", row_pipe, do_write_large, .end = drain_large,
	  .result = LARGE, .all = SAME },
	{ "writev-pipe-large", row_pipe, do_writev_large, .end = drain_large,
	  .result = LARGE, .all = SAME },
	{ "splice-pipes", two_pipes, do_splice, .end = row_write, .result = 1,
	  .all = SAME },
	{ "tee", two_pipes, do_tee, .end = row_write, .result = 1,
	  .all = SAME },
	{ "vmsplice", full_pipe, do_vmsplice, .end = drain, .result = 1,
	  .all = SAME },

	{ "read-eventfd", event, do_read_sum, .end = raise_event, .result = 8,
	  .all = SAME },
	{ "write-eventfd", full_event, do_write_sum, .end = clear_event,
	  .result = 8, .all = SAME },
	{ "read-timerfd", timer, do_read_timer, .result = 8, .all = SAME },
	{ "read-signalfd", .sleep = do_read_signals, .end = send_usr2,
	  .result = sizeof(struct signalfd_siginfo), .all = SAME },
	{ "read-inotify", inotify, do_read_event, .end = row_write,
	  .tidy = remove_watched, .result = 1, .all = SAME },
	{ "read-fanotify", fanotify, do_read_event, .end = row_write,
	  .tidy = remove_watched, .result = 1, .all = SAME },
	{ "read-kmsg", kernel_log, do_read_log, .end = write_log, .result = 1,
	  .all = SAME },

	{ "read-tty-line", terminal, do_read_line, .end = type_line,
	  .result = 2, .all = SAME },
	{ "read-tty-one", terminal_of_one, do_read_line, .end = row_write,
	  .result = 1, .all = SAME },
	{ "read-tty-second", terminal_of_two, do_read_line, .end = row_write,
	  .result = 2, .all = SAME },
	{ "read-tty-many", terminal_of_many, do_read_line, .end = type_many,
	  .result = BUFFER, .all = SAME },
	{ "read-tty-many-rest", terminal_of_many, do_read_line,
	  .end = type_rest, .result = BUFFER, .all = SAME },
	{ "read-tty-second-timeout", terminal_of_two_with_timeout, do_read_line,
	  .end = row_write, .result = 1, .all = SAME, .stays = "read" },
	{ "read-tty-timeout", terminal_with_timeout, do_read_line,
	  .all = SAME, .coarse = true },
	{ "write-tty", terminal, do_write_output, .end = drain_output,
	  .result = LARGE, .all = SAME },
	{ "read-tty-foreground", terminal, do_read_foreground,
	  .end = type_line, .result = 2, .all = SAME },
	{ "read-tty-background", terminal, do_read_background,
	  .end = type_line, .result = 2, .all = -EIO, .stays = "read" },
	{ "read-pty-master", terminal_of_one, do_read_master, .end = print,
	  .result = 1, .all = SAME },

	{ "flock", row_locked_file, do_flock, .end = row_unlock, .all = SAME },
	{ "fcntl-setlkw", locked_region, do_setlkw, .end = unlock_region,
	  .all = SAME },
	{ "fcntl-ofd_setlkw", locked_description, do_ofd_setlkw,
	  .end = unlock_description, .all = SAME },
};

const unsigned int nr_rows_fd = ARRAY_SIZE(rows_fd);
