// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What Documentation/kgraft/security.txt says: who may use which file and load
 * patches, what the files tell whom, and what a user without privileges can do to a
 * change. fuzz_files.c uses the files at random.
 */

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/aio_abi.h>
#include <linux/capability.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../kselftest_harness.h"
#include "kgr_test.h"

#define P1	"kgr_test_patch1"
#define P2	"kgr_test_patch2"
#define DEBUG	"/sys/kernel/debug/kgraft/"
#define ROUNDS	3
#define MAX_TASKS 100

/* The table of the manual. */
static const struct {
	const char *path;
	mode_t mode;
} modes[] = {
	{ KGR_DIR "in_progress", 0444 },
	{ KGR_DIR "universe", 0444 },
	{ KGR_DIR "horizon", 0444 },
	{ KGR_DIR "remaining", 0444 },
	{ KGR_DIR "wake", 0644 },
	{ KGR_DIR "wake_at_once", 0644 },
	{ KGR_DIR "wake_delay_ms", 0644 },
	{ KGR_DIR "jump", 0644 },
	{ KGR_DIR "force_load_module", 0644 },
	{ KGR_DIR "livepatch", 0644 },
	{ KGR_DIR "livepatch_consistency", 0644 },
	{ KGR_DIR "force", 0200 },
	{ KGR_DIR "wake_now", 0200 },
	{ KGR_DIR P1 "/status", 0444 },
	{ KGR_DIR P1 "/statistics", 0444 },
	{ KGR_DIR P1 "/state", 0444 },
	{ KGR_DIR P1 "/forced", 0444 },
	{ KGR_DIR P1 "/consistency", 0444 },
	{ KGR_DIR P1 "/universe", 0444 },
	{ KGR_DIR P1 "/refs", 0444 },
	{ KGR_DIR P1 "/replace_all", 0444 },
	{ KGR_DIR P1 "/deadline_ms", 0644 },
	{ KGR_DIR P1 "/on_deadline", 0644 },
	{ KGR_DIR P1 "/revert", 0200 },
	{ KGR_DIR P1 "/enable", 0200 },
	{ DEBUG "blockers", 0400 },
	{ DEBUG "sites", 0400 },
	{ "/proc/1/kgr_in_progress", 0400 },
	{ "/proc/1/task/1/kgr_in_progress", 0400 },
};

FIXTURE(security) {
	struct kgr_image image;
};

FIXTURE_SETUP(security)
{
	ASSERT_TRUE(kgr_is_clean());
	ASSERT_TRUE(kgr_image_read(&self->image, P2, NULL));
}

FIXTURE_TEARDOWN_PARENT(security)
{
	EXPECT_TRUE(kgr_clean_up());
}

/* --- those that are not allowed to do much --- */

enum who { USER, USER_NS, NO_CAPS, NR_WHO };

static bool drop_caps(void)
{
	struct __user_cap_header_struct head = { _LINUX_CAPABILITY_VERSION_3, 0 };
	struct __user_cap_data_struct none[2] = { };
	int cap;

	for (cap = 0; prctl(PR_CAPBSET_READ, cap) >= 0; cap++)
		if (prctl(PR_CAPBSET_DROP, cap))
			return false;
	return !syscall(SYS_capset, &head, none);
}

static bool become(enum who who)
{
	if (who == NO_CAPS)
		return drop_caps();
	return kgr_become_nobody() &&
	       (who != USER_NS || !unshare(CLONE_NEWUSER | CLONE_NEWNET));
}

/* Runs @fn as another; true if it returns true. */
static bool as(enum who who, bool (*fn)(void *arg), void *arg)
{
	pid_t pid = kgr_fork();

	if (!pid) {
		if (!become(who)) {
			perror("# become");
			_exit(2);
		}
		_exit(!fn(arg));
	}
	return pid > 0 && kgr_reap(pid);
}

static bool opens(const char *path, int flags)
{
	int fd = open(path, flags | O_CLOEXEC);

	if (fd >= 0)
		close(fd);
	return fd >= 0;
}

/* --- files --- */

static bool is_in_table(const char *path)
{
	int i;

	for (i = 0; i < ARRAY_SIZE(modes); i++)
		if (!strcmp(modes[i].path, path))
			return true;
	printf("# %s is not in the table\n", path);
	return false;
}

static int count_files(const char *dir, bool *known)
{
	char path[300];
	struct dirent *e;
	DIR *d = opendir(dir);
	int nr = 0;

	while (d && (e = readdir(d))) {
		snprintf(path, sizeof(path), "%s%s", dir, e->d_name);
		if (e->d_type != DT_REG)
			continue;
		*known &= is_in_table(path);
		nr++;
	}
	if (d)
		closedir(d);
	return nr;
}

TEST_F_TIMEOUT(security, files_have_the_modes_of_the_manual, KGR_TIMEOUT)
{
	bool known = true;
	struct stat st;
	int nr = 0;

	ASSERT_EQ(0, kgr_apply(P1));
	for (int i = 0; i < ARRAY_SIZE(modes); i++) {
		if (stat(modes[i].path, &st)) {
			/* those of options that this kernel may not have */
			EXPECT_TRUE(strstr(modes[i].path, "livepatch") ||
				    strstr(modes[i].path, "refs"));
			continue;
		}
		nr++;
		EXPECT_EQ(modes[i].mode, st.st_mode & 07777) {
			TH_LOG("%s", modes[i].path);
		}
		EXPECT_EQ(0, st.st_uid);
		EXPECT_EQ(0, st.st_gid);
	}
	/* All of them, but those of /proc. */
	EXPECT_EQ(nr - 2, count_files(KGR_DIR, &known) +
		  count_files(KGR_DIR P1 "/", &known) + count_files(DEBUG, &known));
	EXPECT_TRUE(known);
}

/* What the modes mean for those that do not own the files. */
static bool may_use_what_others_may(void *arg)
{
	const char *path;
	bool ok = true;
	int i;

	for (i = 0; i < ARRAY_SIZE(modes); i++) {
		path = modes[i].path;
		if (opens(path, O_WRONLY) || opens(path, O_RDWR) ||
		    !chmod(path, 0666)) {
			printf("# may write %s\n", path);
			ok = false;
		}
		if (opens(path, O_RDONLY) != !!(modes[i].mode & 0004) &&
		    !strstr(path, "livepatch") && !strstr(path, "refs")) {
			printf("# %s read %s\n",
			       modes[i].mode & 0004 ? "may not" : "may", path);
			ok = false;
		}
	}
	return ok && opens("/proc/self/kgr_in_progress", O_RDONLY) &&
	       opens("/proc/thread-self/kgr_in_progress", O_RDONLY);
}

/* Files that belong to root are root's, with capabilities or without. */
static bool may_use_what_root_may(void *arg)
{
	return opens(KGR_DIR "wake", O_WRONLY) && opens(KGR_DIR "force", O_WRONLY) &&
	       opens(KGR_DIR P1 "/revert", O_WRONLY) &&
	       opens(DEBUG "blockers", O_RDONLY);
}

TEST_F_TIMEOUT(security, files_are_for_their_owner, KGR_TIMEOUT)
{
	ASSERT_EQ(0, kgr_apply(P1));
	EXPECT_TRUE(as(USER, may_use_what_others_may, NULL));
	if (kgr_has_namespaces())
		EXPECT_TRUE(as(USER_NS, may_use_what_others_may, NULL));
	EXPECT_TRUE(as(NO_CAPS, may_use_what_root_may, NULL));
}

/* What others may read has no address in it. */
TEST_F_TIMEOUT(security, no_file_tells_others_an_address, KGR_TIMEOUT)
{
	char text[8192], *at;
	struct kgr_held held;
	int seen[2], nr = 0;

	ASSERT_TRUE(kgr_hold(&held, "block_hard"));
	ASSERT_EQ(0, kgr_load(P1, NULL));
	for (int i = 0; i < ARRAY_SIZE(modes); i++) {
		if (!(modes[i].mode & 0004) ||
		    kgr_read(modes[i].path, text, sizeof(text)) <= 0)
			continue;
		nr++;
		for (at = text; (at = strstr(at, "ffff")); at++) {
			EXPECT_GT(12, strspn(at, "0123456789abcdef")) {
				TH_LOG("%s: %s", modes[i].path, text);
			}
		}
	}
	EXPECT_LT(10, nr);
	ASSERT_TRUE(kgr_let_go(&held, seen));
	EXPECT_EQ(0, kgr_wait_done(KGR_SETTLE_MS));
}

/* --- modules --- */

static bool may_not_load(void *arg)
{
	return kgr_image_load(arg) == -EPERM && kgr_unload(P1) == -EPERM;
}

TEST_F_TIMEOUT(security, patches_need_cap_sys_module, KGR_TIMEOUT)
{
	enum who who;

	ASSERT_EQ(0, kgr_apply(P1));
	for (who = 0; who < NR_WHO; who++) {
		if (who != USER_NS || kgr_has_namespaces())
			EXPECT_TRUE(as(who, may_not_load, &self->image));
	}
	EXPECT_TRUE(kgr_module_loaded(P1));
	EXPECT_EQ(0, kgr_image_load(&self->image));
}

/* --- uevents --- */

static int ready[2];

static bool hears(void *arg)
{
	int fd = kgr_uevents_open();
	char buf[4096];

	if (fd < 0 || write(ready[1], "", 1) != 1)
		return false;
	return kgr_uevent_next(fd, 3000, buf, sizeof(buf)) > 0;
}

static bool does_not_hear(void *arg)
{
	return !hears(arg);
}

TEST_F_TIMEOUT(security, uevents_do_not_reach_other_namespaces, KGR_TIMEOUT)
{
	pid_t pid = kgr_fork();
	char byte;

	ASSERT_EQ(0, pipe(ready));
	if (!pid) {
		sleep(1);
		kgr_apply(P1);
		_exit(0);
	}
	ASSERT_TRUE(as(USER, hears, NULL));
	ASSERT_TRUE(kgr_reap(pid));
	ASSERT_EQ(1, read(ready[0], &byte, 1));
	if (!kgr_has_namespaces())
		SKIP(return, "needs CONFIG_USER_NS and CONFIG_NET_NS");
	pid = kgr_fork();
	if (!pid) {
		sleep(1);
		kgr_revert_done(P1);
		_exit(0);
	}
	ASSERT_TRUE(as(USER_NS, does_not_hear, NULL));
	/* it did try */
	EXPECT_EQ(1, read(ready[0], &byte, 1));
	ASSERT_TRUE(kgr_reap(pid));
}

/* --- what a user can do to a change --- */

/* In a system call that is not restarted unnoticed, and again after it. */
static void sleep_hard(void)
{
	struct iocb cb = { .aio_lio_opcode = IOCB_CMD_PREAD }, *cbs[] = { &cb };
	struct io_event event;
	aio_context_t ctx = 0;
	int fds[2];
	char byte;

	if (syscall(SYS_io_setup, 4, &ctx) || pipe(fds))
		_exit(2);
	cb.aio_fildes = fds[0];
	cb.aio_buf = (unsigned long)&byte;
	cb.aio_nbytes = 1;
	for (;;) {
		syscall(SYS_io_submit, ctx, 1, cbs);
		syscall(SYS_io_getevents, ctx, 0, 1, &event, NULL);
	}
}

/* No signal but SIGKILL ends it, and nothing but its child. */
static void sleep_in_vfork(void)
{
	if (!vfork()) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		kgr_pause();
	}
}

static void sleep_deaf(void)
{
	sigset_t all;

	sigfillset(&all);
	sigprocmask(SIG_BLOCK, &all, NULL);
	for (;;)
		poll(NULL, 0, -1);
}

static void stop(void)
{
	for (;;)
		raise(SIGSTOP);
}

static void compute(void)
{
	for (;;)
		asm volatile("" ::: "memory");
}

static void read_on(void)
{
	char text[4096];

	for (;;)
		for (int i = 0; i < ARRAY_SIZE(modes); i++)
			kgr_read(modes[i].path, text, sizeof(text));
}

/* What ends a change that they hold. */
enum until { NOT_HELD, UNTIL_WOKEN, UNTIL_KILLED };

static const struct load {
	const char *name;
	void (*fn)(void);
	int tasks;
	enum until until;
} loads[] = {
	{ "nothing", NULL, 0, NOT_HELD },
	{ "signals blocked, in poll()", sleep_deaf, 100, NOT_HELD },
	{ "stopped", stop, 100, NOT_HELD },
	{ "computing", compute, 8, NOT_HELD },
	{ "fork and exit in a loop", kgr_fork_on, 8, NOT_HELD },
	{ "reading kGraft's files in a loop", read_on, 8, NOT_HELD },
	{ "in io_submit()", sleep_hard, 100, UNTIL_WOKEN },
	{ "in vfork()", sleep_in_vfork, 100, UNTIL_KILLED },
};

static pid_t tasks[MAX_TASKS];

static bool start(const struct load *load)
{
	for (int i = 0; i < load->tasks; i++) {
		tasks[i] = kgr_fork();
		if (tasks[i] < 0)
			return false;
		if (tasks[i])
			continue;
		if (!become(USER))
			_exit(2);
		load->fn();
		_exit(2);
	}
	kgr_sleep_ms(load->tasks ? 700 : 0);
	return true;
}

/* Whether none of them has ended before. */
static bool end(const struct load *load)
{
	bool ok = true;

	for (int i = 0; i < load->tasks; i++)
		ok &= !waitpid(tasks[i], NULL, WNOHANG);
	for (int i = 0; i < load->tasks; i++)
		kgr_kill(tasks[i]);
	return ok;
}

/* How long the kernel took to apply or revert, whichever was longer; or negative. */
static int change(const char *params)
{
	char text[1024], *at;

	if (kgr_load(P1, params) || kgr_wait_done(KGR_SETTLE_MS) ||
	    kgr_revert_done(P1) ||
	    kgr_patch_read(P1, "statistics", text, sizeof(text)) <= 0)
		return -1;
	at = strstr(text, "longest_ms ");
	return !at || kgr_unload(P1) ? -1 : atoi(at + strlen("longest_ms "));
}

static int compare(const void *a, const void *b)
{
	return *(const int *)a - *(const int *)b;
}

static int median_of_changes(const char *params)
{
	int ms[ROUNDS], nr = kgr_kernel_checks_itself() ? 1 : ROUNDS;

	for (int i = 0; i < nr; i++) {
		ms[i] = change(params);
		if (ms[i] < 0)
			return -1;
	}
	qsort(ms, nr, sizeof(ms[0]), compare);
	return ms[nr / 2];
}

/* Others are not held; what root does ends it: how long that takes, or negative. */
static int held_change(const struct load *load)
{
	long long t0;

	if (kgr_load(P1, NULL))
		return -1;
	kgr_sleep_ms(1000);
	if (kgr_global("in_progress") != 1 || !kgr_now_is(1, 1) ||
	    kgr_global("remaining") < load->tasks)
		return -2;
	t0 = kgr_now_ms();
	if (kgr_write(KGR_DIR "wake_now", "all"))
		return -3;
	if (load->until == UNTIL_KILLED) {
		kgr_sleep_ms(1000);
		if (kgr_global("in_progress") != 1)
			return -4;
		t0 = kgr_now_ms();
		if (!end(load))
			return -6;
	}
	return kgr_wait_done(KGR_SETTLE_MS) ? -5 : kgr_now_ms() - t0;
}

TEST_F_TIMEOUT(security, a_user_holds_up_only_itself, KGR_TIMEOUT)
{
	const struct load *load;
	int ms;

	for (load = loads; load < loads + ARRAY_SIZE(loads); load++) {
		ASSERT_TRUE(start(load));
		if (load->until == NOT_HELD) {
			ms = median_of_changes(NULL);
			EXPECT_LE(0, ms);
			TH_LOG("%3d tasks: %s: %d ms", load->tasks, load->name, ms);
			EXPECT_TRUE(end(load));
			continue;
		}
		/* Not one that may have both versions in one system call. */
		ms = median_of_changes("function=1");
		EXPECT_LE(0, ms);
		TH_LOG("%3d tasks: %s: %d ms, by function", load->tasks, load->name, ms);
		ms = held_change(load);
		EXPECT_LE(0, ms);
		TH_LOG("%3d tasks: %s: held until root acts, then %d ms", load->tasks,
		       load->name, ms);
		if (load->until != UNTIL_KILLED)
			EXPECT_TRUE(end(load));
		EXPECT_EQ(0, kgr_revert_done(P1));
		EXPECT_EQ(0, kgr_unload(P1));
	}
}

/* So "revert" is no action for a fix where other users are not trusted. */
TEST_F_TIMEOUT(security, a_user_can_have_a_deadline_revert, KGR_TIMEOUT)
{
	static const struct load one = { .fn = sleep_hard, .tasks = 1 };

	ASSERT_TRUE(start(&one));
	ASSERT_EQ(0, kgr_load(P1, NULL));
	ASSERT_EQ(0, kgr_write(KGR_DIR P1 "/on_deadline", "revert"));
	ASSERT_EQ(0, kgr_write(KGR_DIR P1 "/deadline_ms", "1"));
	EXPECT_TRUE(KGR_WITHIN(KGR_SETTLE_MS, kgr_status_is(P1, "reverting") ||
			       kgr_status_is(P1, "reverted")));
	EXPECT_TRUE(end(&one));
	EXPECT_EQ(0, kgr_wait_done(KGR_SETTLE_MS));
}

int main(int argc, char **argv)
{
	return kgr_main(argc, argv, test_harness_run);
}
