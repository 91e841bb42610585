// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The files of kGraft, and waiting for them to change.
 */

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "kgr_test.h"

/* Reads a file that fits, without the newline at its end. */
int kgr_read(const char *path, char *buf, size_t size)
{
	ssize_t len, done = 0;
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	do {
		len = read(fd, buf + done, size - 1 - done);
		if (len < 0)
			done = -errno;
		else
			done += len;
	} while (len > 0);
	close(fd);
	if (done < 0)
		return done;
	if (done && buf[done - 1] == '\n')
		done--;
	buf[done] = '\0';
	return done;
}

int kgr_write(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	int ret = 0;

	if (fd < 0)
		return -errno;
	if (write(fd, text, strlen(text)) < 0)
		ret = -errno;
	close(fd);
	return ret;
}

/* The number in a file, or a negative errno. */
long kgr_number(const char *path)
{
	char buf[64], *end;
	int ret = kgr_read(path, buf, sizeof(buf));
	long value;

	if (ret < 0)
		return ret;
	value = strtol(buf, &end, 10);
	return end == buf || *end ? -EPROTO : value;
}

long kgr_global(const char *name)
{
	char path[128];

	snprintf(path, sizeof(path), KGR_DIR "%s", name);
	return kgr_number(path);
}

int kgr_patch_read(const char *patch, const char *file, char *buf, size_t size)
{
	char path[256];

	snprintf(path, sizeof(path), KGR_DIR "%s/%s", patch, file);
	return kgr_read(path, buf, size);
}

bool kgr_status_is(const char *patch, const char *status)
{
	char buf[64];

	return kgr_patch_read(patch, "status", buf, sizeof(buf)) > 0 &&
	       !strcmp(buf, status);
}

bool kgr_is_forced(const char *patch)
{
	char buf[64];

	return kgr_patch_read(patch, "forced", buf, sizeof(buf)) > 0 &&
	       !strcmp(buf, "1");
}

bool kgr_patch_exists(const char *patch)
{
	char path[256];

	snprintf(path, sizeof(path), KGR_DIR "%s", patch);
	return !access(path, F_OK);
}

/* Whether the patch has this many functions, all in this state. */
bool kgr_functions_are(const char *patch, int state, int nr)
{
	char buf[4096], name[64], object[64], *line, *save;
	unsigned long sympos;
	int is, lines = 0;

	if (kgr_patch_read(patch, "state", buf, sizeof(buf)) < 0)
		return false;
	for (line = strtok_r(buf, "\n", &save); line;
	     line = strtok_r(NULL, "\n", &save)) {
		if (sscanf(line, "%63s %63s %lu %d", name, object, &sympos,
			   &is) != 4 || is != state)
			return false;
		lines++;
	}
	return lines == nr;
}

/* Whether a process, any of its threads, has yet to cross. */
long kgr_pending(pid_t pid)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/kgr_in_progress", pid);
	return kgr_number(path);
}

/*
 * Waits until no change is in progress, as a program should: woken by the file,
 * without reading it in a loop. A lost wake-up is an error.
 */
int kgr_wait_done(int ms)
{
	int fd = open(KGR_DIR "in_progress", O_RDONLY | O_CLOEXEC);
	struct pollfd pfd = { .fd = fd, .events = POLLPRI };
	long long end = kgr_now_ms() + ms;
	char c;
	int ret;

	if (fd < 0)
		return -errno;
	for (;;) {
		if (pread(fd, &c, 1, 0) != 1) {
			ret = -EIO;
			break;
		}
		ret = 0;
		if (c == '0')
			break;
		ms = end - kgr_now_ms();
		ret = ms > 0 ? poll(&pfd, 1, ms) : 0;
		if (ret == 0) {
			ret = -ETIMEDOUT;
			break;
		}
	}
	close(fd);
	return ret;
}

/* The results of the two functions that a read() of the test target calls. */
bool kgr_pair(int fd, int seen[2])
{
	char buf[32];
	ssize_t len = pread(fd, buf, sizeof(buf) - 1, 0);

	if (len <= 0)
		return false;
	buf[len] = '\0';
	return sscanf(buf, "%d %d", &seen[0], &seen[1]) == 2;
}

/* Whether the caller sees these. */
bool kgr_now_is(int first, int second)
{
	int fd = open(KGR_TARGET "pair", O_RDONLY | O_CLOEXEC);
	int seen[2] = { -1, -1 };
	bool ok = kgr_pair(fd, seen);

	close(fd);
	if (ok && seen[0] == first && seen[1] == second)
		return true;
	fprintf(stderr, "# pair shows %d %d, not %d %d\n", seen[0], seen[1],
		first, second);
	return false;
}

/* What the entry of a function does, "jump" or "call", as the kernel has it. */
bool kgr_entry_is(const char *function, const char *what)
{
	static char text[1 << 16];
	char name[256], *line, *field;

	if (kgr_read("/sys/kernel/debug/kgraft/sites", text, sizeof(text)) <= 0)
		return false;
	snprintf(name, sizeof(name), "\n%s\t", function);
	line = strstr(text, name);
	if (!line)
		return false;
	line[1 + strcspn(line + 1, "\n")] = '\0';
	field = strrchr(line, '\t');
	return !strcmp(field + 1, what);
}

/* Whether the entry of a function soon jumps. */
bool kgr_jumps(const char *function)
{
	return KGR_WITHIN(KGR_SETTLE_MS, kgr_entry_is(function, "jump"));
}

long long kgr_now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000LL + ts.tv_nsec / 1000000;
}

void kgr_sleep_ms(unsigned int ms)
{
	struct timespec ts = {
		.tv_sec = ms / 1000,
		.tv_nsec = ms % 1000 * 1000000L,
	};

	while (nanosleep(&ts, &ts) && errno == EINTR)
		;
}

/*
 * The next record of /dev/kmsg, which is open without blocking. False at the end;
 * records that are gone already are left out.
 */
bool kgr_kmsg_next(int kmsg, char *record, size_t size)
{
	ssize_t len;

	do {
		len = read(kmsg, record, size - 1);
	} while (len < 0 && errno == EPIPE);
	if (len <= 0)
		return false;
	record[len] = '\0';
	return true;
}
