// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * wait.c - waiting until changes are complete
 *
 * By poll(2): a file is read, then waited for, then read again, so that no
 * event is lost. On a terminal the wait also ends a few times a second, to draw
 * the progress.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include "root.h"
#include "view.h"
#include "wait.h"

#define KGR_DRAW_MS	250
#define KGR_BAR		24

/**
 * struct kgr_watched - a patch that is waited for
 * @name:	its name
 * @fd:		its file status
 * @first:	its first status
 * @status:	its last status
 * @gone:	whether it has been removed
 */
struct kgr_watched {
	char *name;
	int fd;
	enum kgr_patch_status first;
	enum kgr_patch_status status;
	bool gone;
};

/**
 * struct kgr_wait - a wait for changes
 * @list:	patches
 * @nr:		how many
 * @progress:	the file in_progress, negative if only patches are waited for
 * @in_progress: its last value
 * @began:	when the wait began
 * @end:	when it ends at the latest, or KGR_FOREVER
 * @most:	the largest number of tasks that had yet to cross
 * @drawn:	whether a progress bar is on the screen
 */
struct kgr_wait {
	struct kgr_watched *list;
	size_t nr;
	int progress;
	int in_progress;
	long long began;
	long long end;
	unsigned int most;
	bool drawn;
};

/* The clock of waits. */
long long kgr_now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000LL + now.tv_nsec / 1000000;
}

/* Reads one word from the beginning of the file; false if the file is gone. */
static bool reread(int fd, char *buf, size_t size)
{
	ssize_t len = pread(fd, buf, size - 1, 0);

	if (len <= 0)
		return false;
	buf[len] = '\0';
	buf[strcspn(buf, "\n")] = '\0';
	return true;
}

static void look_at(struct kgr_watched *watched)
{
	char buf[32];

	if (watched->gone)
		return;
	if (reread(watched->fd, buf, sizeof(buf)))
		watched->status = kgr_status_of_word(buf);
	else
		watched->gone = true;
}

static bool is_watched(const struct kgr_wait *wait, const char *name)
{
	size_t i;

	for (i = 0; i < wait->nr; i++)
		if (!wait->list[i].gone && !strcmp(wait->list[i].name, name))
			return true;
	return false;
}

static bool watch(struct kgr_wait *wait, const char *name)
{
	struct kgr_watched watched = { .name = kgr_dup(name) };
	char *path = kgr_format(KGR_SYSFS "/%s/status", name);

	watched.fd = kgr_open(path, O_RDONLY);
	free(path);
	if (watched.fd < 0) {
		free(watched.name);
		return false;
	}
	look_at(&watched);
	watched.first = watched.status;
	wait->list = kgr_grow(wait->list, wait->nr, sizeof(watched));
	wait->list[wait->nr++] = watched;
	return true;
}

static bool is_pending(const struct kgr_watched *watched)
{
	return !watched->gone &&
	       (watched->status == KGR_PATCH_APPLYING ||
		watched->status == KGR_PATCH_REVERTING);
}

/* A wait for everything also waits for the release of reverted patches. */
static void watch_pending(struct kgr_wait *wait)
{
	char **names, *word;
	enum kgr_patch_status status;
	size_t nr, i;

	if (kgr_list(KGR_SYSFS, &names, &nr))
		return;
	for (i = 0; i < nr; i++) {
		word = kgr_read_word(KGR_SYSFS "/%s/status", names[i]);
		status = kgr_status_of_word(word);
		free(word);
		if ((status == KGR_PATCH_APPLYING ||
		     status == KGR_PATCH_REVERTING) &&
		    !is_watched(wait, names[i]))
			watch(wait, names[i]);
	}
	kgr_list_free(names, nr);
}

/* Reads all files; returns whether nothing is left to wait for. */
static bool is_complete(struct kgr_wait *wait)
{
	bool complete = true;
	char buf[8];
	size_t i;

	if (wait->progress >= 0) {
		wait->in_progress = reread(wait->progress, buf, sizeof(buf)) &&
				    !strcmp(buf, "1");
		complete = !wait->in_progress;
		watch_pending(wait);
	}
	for (i = 0; i < wait->nr; i++) {
		look_at(&wait->list[i]);
		complete &= !is_pending(&wait->list[i]);
	}
	return complete;
}

/* --- progress --- */

static void erase(struct kgr_wait *wait)
{
	if (wait->drawn)
		fputs("\r\033[K", stdout);
	wait->drawn = false;
}

/* Of the terminal; a serial line does not know. */
static size_t terminal_columns(void)
{
	struct winsize window = { };

	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &window) || !window.ws_col)
		return 80;
	return window.ws_col;
}

static void draw(struct kgr_wait *wait)
{
	const struct kgr_blocker *oldest;
	struct kgr_blockers blockers;
	unsigned int remaining, done;
	long long ms = kgr_now_ms() - wait->began;
	char bar[KGR_BAR + 1] = "", *words, *line, *printable;
	size_t columns = terminal_columns() - 1, nr;

	if (!kgr_read_number(&remaining, KGR_SYSFS "/remaining"))
		return;
	if (remaining > wait->most)
		wait->most = remaining;
	done = wait->most ? (wait->most - remaining) * KGR_BAR / wait->most :
	       KGR_BAR;
	kgr_blockers_read(&blockers);
	oldest = kgr_blockers_oldest(&blockers, NULL, &nr);
	words = oldest ? kgr_blocker_words(oldest) : kgr_dup("");
	memset(bar, '-', KGR_BAR);
	memset(bar, '#', done);
	line = kgr_format("[%s] %u left, %lld/s  %s", bar, remaining,
			  ms ? (wait->most - remaining) * 1000LL / ms : 0, words);
	printable = kgr_printable(line);
	/* What goes on in a second line could not be drawn again. */
	printf("\r\033[K%.*s", (int)kgr_fit(printable, &columns), printable);
	fflush(stdout);
	wait->drawn = true;
	free(printable);
	free(line);
	free(words);
	kgr_blockers_free(&blockers);
}

/* --- waiting --- */

/* How long to sleep at most, for poll(). */
static int sleep_ms(const struct kgr_wait *wait, bool bar)
{
	long long left = wait->end == KGR_FOREVER ? -1 : wait->end - kgr_now_ms();

	if (wait->end != KGR_FOREVER && left < 0)
		left = 0;
	if (left > 1000000)
		left = 1000000;
	if (bar && (left < 0 || left > KGR_DRAW_MS))
		return KGR_DRAW_MS;
	return left;
}

static void sleep_once(struct kgr_wait *wait, bool bar)
{
	struct pollfd *fds = kgr_alloc((wait->nr + 1) * sizeof(*fds));
	size_t i, nr = 0;

	if (wait->progress >= 0)
		fds[nr++] = (struct pollfd){ wait->progress, POLLPRI, 0 };
	for (i = 0; i < wait->nr; i++)
		if (is_pending(&wait->list[i]))
			fds[nr++] = (struct pollfd){ wait->list[i].fd, POLLPRI,
						     0 };
	poll(fds, nr, sleep_ms(wait, bar));
	free(fds);
}

static int wait_until_complete(struct kgr_wait *wait)
{
	bool bar = kgr_opt.terminal && !kgr_opt.json;

	while (!is_complete(wait)) {
		if (wait->end != KGR_FOREVER && kgr_now_ms() >= wait->end)
			return KGR_TIMEOUT;
		if (bar)
			draw(wait);
		sleep_once(wait, bar);
	}
	return KGR_OK;
}

/*
 * A patch that was to be applied and is not: it was reverted, or removed. What our
 * caller has applied may have been reverted before the first look.
 */
static int judge(const struct kgr_wait *wait, bool to_apply)
{
	const struct kgr_watched *watched;
	size_t i;

	for (i = 0; i < wait->nr; i++) {
		watched = &wait->list[i];
		if ((to_apply || watched->first == KGR_PATCH_APPLYING) &&
		    (watched->gone || watched->status == KGR_PATCH_REVERTED ||
		     watched->status == KGR_PATCH_REVERTING))
			return KGR_REVERTED;
	}
	return KGR_OK;
}

static void report(const struct kgr_wait *wait, int status)
{
	json_object *array = NULL, *object;
	const struct kgr_watched *watched;
	const char *word;
	char *name;
	size_t i;

	if (kgr_json) {
		kgr_json_bool(kgr_json, "complete", status != KGR_TIMEOUT);
		array = kgr_json_array(kgr_json, "waited_for");
	}
	for (i = 0; i < wait->nr; i++) {
		watched = &wait->list[i];
		word = watched->gone ? "removed" :
		       kgr_status_word(watched->status);
		if (array) {
			object = json_object_new_object();
			kgr_json_add(object, "name", watched->name);
			kgr_json_add(object, "status", word);
			json_object_array_add(array, object);
			continue;
		}
		name = kgr_printable(watched->name);
		kgr_say("%s: %s", name, word);
		free(name);
	}
	if (!kgr_json && status == KGR_TIMEOUT)
		kgr_error(status, 0,
			  "not complete in time; the change continues. kgr blocking lists the tasks that block it");
	else if (!kgr_json && !wait->nr)
		kgr_say("ready");
}

/**
 * kgr_wait_for - wait until changes are complete
 * @patches: the patches in question
 * @nr: how many; 0: whatever is in progress
 * @timeout_ms: maximum time, or KGR_FOREVER
 * @to_apply: whether @patches have just been applied, and are to end so
 *
 * Return: the exit status, after the result was printed.
 */
int kgr_wait_for(char **patches, int nr, long long timeout_ms, bool to_apply)
{
	struct kgr_wait wait = { .progress = -1, .began = kgr_now_ms() };
	int status = KGR_OK, i;

	wait.end = timeout_ms < 0 ? KGR_FOREVER : wait.began + timeout_ms;
	if (!nr)
		wait.progress = kgr_open(KGR_SYSFS "/in_progress", O_RDONLY);
	for (i = 0; i < nr; i++)
		if (!watch(&wait, patches[i]))
			status = kgr_error(to_apply ? KGR_REVERTED : KGR_NOT_FOUND, 0,
					   "patch '%s' does not exist any more",
					   patches[i]);
	if (!nr && wait.progress < 0)
		status = kgr_error(kgr_status_of(wait.progress), wait.progress,
				   "cannot read " KGR_SYSFS "/in_progress");
	if (!status) {
		status = wait_until_complete(&wait);
		erase(&wait);
		if (!status)
			status = judge(&wait, to_apply);
		report(&wait, status);
	}
	while (wait.nr) {
		close(wait.list[--wait.nr].fd);
		free(wait.list[wait.nr].name);
	}
	free(wait.list);
	if (wait.progress >= 0)
		close(wait.progress);
	return status;
}
