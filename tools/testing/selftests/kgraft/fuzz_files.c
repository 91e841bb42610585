// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Every file of kGraft in sysfs, debugfs and procfs is read and written at
 * random: what is not in the manual is refused and changes nothing; a user
 * without permission cannot use a file; files that go while they are open do no harm.
 *
 * KGR_SEED in the environment replays a run, KGR_SECONDS makes it longer.
 */

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "../kselftest_harness.h"
#include "kgr_test.h"
#include "kgr_torture.h"

#define P1	"kgr_test_patch1"
#define P2	"kgr_test_patch2"
#define GOES	"kgr_test_patch3"

#define MAX_FILES	80
#define MAX_TEXT	8192
#define SECONDS		6

static char files[MAX_FILES][128];
static int nr_files;
static unsigned long seed;

FIXTURE(fuzz_files) {
	struct kgr_random random;
	long long end;
};

static void add(const char *path)
{
	if (nr_files < MAX_FILES)
		snprintf(files[nr_files++], sizeof(files[0]), "%s", path);
}

static void add_dir(const char *dir)
{
	char path[300];
	struct dirent *e;
	DIR *d = opendir(dir);

	while (d && (e = readdir(d))) {
		snprintf(path, sizeof(path), "%s/%s", dir, e->d_name);
		if (e->d_type == DT_REG)
			add(path);
		else if (e->d_type == DT_DIR && e->d_name[0] != '.')
			add_dir(path);
	}
	if (d)
		closedir(d);
}

FIXTURE_SETUP(fuzz_files)
{
	const char *env = getenv("KGR_SEED"), *secs = getenv("KGR_SECONDS");

	ASSERT_TRUE(kgr_is_clean());
	ASSERT_EQ(0, kgr_apply(P1));
	ASSERT_EQ(0, kgr_apply(P2));
	ASSERT_EQ(0, kgr_load(GOES, NULL));
	nr_files = 0;
	add_dir("/sys/kernel/kgraft");
	add_dir("/sys/kernel/debug/kgraft");
	add("/proc/1/kgr_in_progress");
	add("/proc/1/task/1/kgr_in_progress");
	add("/proc/2/kgr_in_progress");
	ASSERT_LT(45, nr_files);
	seed = env ? strtoul(env, NULL, 0) : time(NULL);
	TH_LOG("seed %lu, %d files", seed, nr_files);
	kgr_random_seed(&self->random, seed);
	self->end = kgr_now_ms() + 1000LL * (secs ? atoi(secs) : SECONDS);
}

FIXTURE_TEARDOWN_PARENT(fuzz_files)
{
	EXPECT_TRUE(kgr_clean_up());
}

/* Words that mean something to some file, and numbers at the limits. */
static const char *const words[] = {
	"1", "0", "2", "-1", "+1", "01", "0x1", "1\n", "1\n\n", " 1", "1 ", "",
	"\n", "none", "transparent", "all", "all\n", "ALL", "transparen", "nonee",
	"report", "revert", "revert\n", "entry", "function", "function\n",
	"y", "n", "Y", "on", "off", "oops",
	"tid 1", "tid", "tid ", "tid 0", "tid -1", "tid 99999999",
	"4294967295", "4294967296", "18446744073709551616", "0x", "08", "1e3",
	"0xffffffff", "64", "20", "%s%n", "../../x", "1;2",
};

/* What a long text consists of. */
static const char fill[] = { '1', 'x', ' ', '\n' };

/*
 * Text to be written; its length. A word, one with a flipped or added byte, bytes, or
 * far more than a page.
 */
static size_t make_text(struct kgr_random *r, char *text)
{
	const char *word = words[kgr_random(r, ARRAY_SIZE(words))];
	size_t len = strlen(word), i;

	memcpy(text, word, len + 1);
	switch (kgr_random(r, 6)) {
	case 0:
		if (len)
			text[kgr_random(r, len)] ^= 1 << kgr_random(r, 8);
		break;
	case 1:
		text[len++] = kgr_random(r, 256);
		break;
	case 2:
		len = kgr_random(r, 40);
		for (i = 0; i < len; i++)
			text[i] = kgr_random(r, 256);
		break;
	case 3:
		len = kgr_random(r, 2) ? MAX_TEXT - 1 : 4090 + kgr_random(r, 10);
		memset(text, fill[kgr_random(r, sizeof(fill))], len);
		break;
	}
	text[len] = '\0';
	return len;
}

static bool is_file(const char *path, const char *name)
{
	return !strcmp(strrchr(path, '/') + 1, name);
}

/* What kstrtouint() takes. */
static bool is_uint(const char *text, int base, unsigned long *value)
{
	char *end;

	if (*text == '+')
		text++;
	if (!isxdigit(*text))
		return false;
	errno = 0;
	*value = strtoul(text, &end, base);
	if (errno || *value > 0xffffffffUL)
		return false;
	/* "0x" and nothing behind it */
	if (end > text && (end[-1] == 'x' || end[-1] == 'X'))
		return false;
	return !*end || !strcmp(end, "\n");
}

static bool is_word(const char *text, const char *const *list, int nr)
{
	size_t len;

	for (; nr--; list++) {
		len = strlen(*list);
		if (!strncmp(text, *list, len) &&
		    (!text[len] || !strcmp(text + len, "\n")))
			return true;
	}
	return false;
}

/* Whether the manual has it for this file. */
static bool is_valid(const char *path, const char *text)
{
	static const char *const wake[] = { "none", "transparent", "all" };
	static const char *const now[] = { "1", "all" };
	static const char *const late[] = { "report", "revert" };
	static const char *const consistency[] = { "entry", "function" };
	unsigned long value;

	if (is_file(path, "wake"))
		return is_word(text, wake, 3);
	if (is_file(path, "on_deadline"))
		return is_word(text, late, 2);
	if (is_file(path, "wake_now")) {
		if (!strncmp(text, "tid ", 4))
			text += 4;
		return is_word(text, now, 2) ||
		       (is_uint(text, 10, &value) && value);
	}
	if (is_file(path, "wake_at_once") || is_file(path, "wake_delay_ms") ||
	    is_file(path, "deadline_ms"))
		return is_uint(text, 0, &value);
	if (is_file(path, "revert") || is_file(path, "enable") ||
	    is_file(path, "force"))
		return is_uint(text, 0, &value) && value == 1;
	if (is_file(path, "livepatch_consistency"))
		return is_word(text, consistency, 2);
	/* The first letter counts, as everywhere; those of "enable" in newer kernels. */
	if (is_file(path, "force_load_module") || is_file(path, "jump") ||
	    is_file(path, "livepatch"))
		return *text && (strchr("yYtT1nNfF0eEdD", *text) ||
				 (strchr("oO", *text) && text[1] &&
				  strchr("nNfF", text[1])));
	return false;
}

/* It would stay for ever, and taints. */
static bool must_not(const char *path, const char *text)
{
	return is_file(path, "force") && is_valid(path, text);
}

static void show(const char *path, const char *text, size_t len, int ret)
{
	size_t i;

	printf("# %s, %zu bytes: ", path, len);
	for (i = 0; i < len && i < 32; i++)
		printf(isgraph(text[i]) ? "%c" : "\\x%02x",
		       (unsigned char)text[i]);
	printf(": %d\n", ret);
}

/*
 * Whether the kernel may begin a change by itself, because another one is late: of
 * any patch, also of one that another test has left, which stays for ever.
 */
static bool may_be_reverted(void)
{
	char text[16];
	int i;

	for (i = 0; i < nr_files; i++)
		if (is_file(files[i], "on_deadline") &&
		    kgr_read(files[i], text, sizeof(text)) > 0 &&
		    !strncmp(text, "revert", strlen("revert")))
			return true;
	return false;
}

/* One write, and whether it did what it should, and nothing if it should not. */
static bool judged_write(struct kgr_random *r)
{
	const char *path = files[kgr_random(r, nr_files)];
	char text[MAX_TEXT + 8], before[8192], after[8192];
	size_t len = make_text(r, text), whole = len;
	bool valid, known;
	struct stat st;
	long universe;
	ssize_t ret;
	int fd;

	/* A page is what a file of sysfs gets of it. */
	if (len > 4096)
		text[len = 4096] = '\0';
	valid = is_valid(path, text);
	if (must_not(path, text))
		return true;
	universe = kgr_global("universe");
	/* A setting. Changes that were begun before show in other files. */
	known = !stat(path, &st) && (st.st_mode & 0222) &&
		kgr_read(path, before, sizeof(before)) > 0;
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return !valid;
	ret = pwrite(fd, text, whole, kgr_random(r, 4) ? 0 : kgr_random(r, 99999));
	ret = ret < 0 ? -errno : ret;
	close(fd);
	/* Writing nothing is nothing. */
	if (!len || (valid && (ret == len || ret < 0)))
		return true;
	if (ret >= 0) {
		show(path, text, len, ret);
		return false;
	}
	if (known && kgr_read(path, after, sizeof(after)) > 0 &&
	    strcmp(before, after)) {
		printf("# was %s, is %s\n", before, after);
		show(path, text, len, ret);
		return false;
	}
	return kgr_global("universe") == universe || may_be_reverted();
}

TEST_F_TIMEOUT(fuzz_files, what_is_not_valid_is_refused, KGR_TIMEOUT)
{
	int nr;

	for (nr = 0; kgr_now_ms() < self->end; nr++) {
		ASSERT_TRUE(judged_write(&self->random)) {
			TH_LOG("write %d; replay with KGR_SEED=%lu", nr, seed);
		}
	}
	TH_LOG("%d writes", nr);
	ASSERT_LT(50, nr);
}

/* Anything that can be done to a file; returns whether it was opened to write. */
static bool any_use(struct kgr_random *r, const char *path)
{
	static const int flags[] = {
		O_RDONLY, O_WRONLY, O_RDWR, O_WRONLY | O_TRUNC,
		O_WRONLY | O_APPEND, O_RDONLY | O_NONBLOCK,
	};
	char text[MAX_TEXT + 8];
	int flag = flags[kgr_random(r, ARRAY_SIZE(flags))], i;
	int fd = open(path, flag | O_CLOEXEC | O_NOFOLLOW);
	struct pollfd pfd = { .fd = fd, .events = POLLPRI };
	size_t len;
	void *map;

	if (fd < 0)
		return false;
	for (i = kgr_random(r, 4); i >= 0; i--) {
		len = make_text(r, text);
		switch (kgr_random(r, 9)) {
		case 0:
			(void)!read(fd, text, kgr_random(r, MAX_TEXT));
			break;
		case 1:
			(void)!pread(fd, text, 1 + kgr_random(r, 3),
				     kgr_random(r, 300));
			break;
		case 2:
			(void)!pread(fd, text, MAX_TEXT, (off_t)1 << 62);
			break;
		case 3:
			(void)!read(fd, (void *)8, 4096);
			break;
		case 4:
			poll(&pfd, 1, 0);
			lseek(fd, kgr_random(r, 9999), SEEK_SET);
			break;
		case 5:
			map = mmap(NULL, 4096, PROT_READ, MAP_SHARED, fd, 0);
			if (map != MAP_FAILED)
				munmap(map, 4096);
			ioctl(fd, kgr_random(r, 65536), text);
			break;
		case 6:
			/* A file that goes meanwhile, now and then. */
			kgr_sleep_ms(kgr_random(r, 20));
			break;
		default:
			text[len > 4096 ? 4096 : len] = '\0';
			if (!must_not(path, text))
				(void)!write(fd, text, len);
			break;
		}
	}
	close(fd);
	return (flag & O_ACCMODE) != O_RDONLY;
}

/* Who uses the files. */
enum who { ROOT, USER, USER_NS, CHROOT, NR_WHO };

static bool become(enum who who)
{
	switch (who) {
	case USER:
		return kgr_become_nobody();
	case USER_NS:
		return kgr_become_nobody() && !unshare(CLONE_NEWUSER);
	case CHROOT:
		return !chdir("/sys/kernel") && !chroot("/sys/kernel");
	default:
		return true;
	}
}

/* As seen from there; NULL: not at all. */
static const char *seen_by(enum who who, const char *path)
{
	static const char prefix[] = "/sys/kernel";

	if (who != CHROOT)
		return path;
	return strncmp(path, prefix, strlen(prefix)) ? NULL :
						       path + strlen(prefix);
}

/* What they must not be able to do. */
static bool is_denied(enum who who, const char *path)
{
	bool others = strstr(path, "/proc/") || strstr(path, "debug");

	if (who != USER && who != USER_NS)
		return true;
	if (others && open(path, O_RDONLY | O_CLOEXEC) >= 0)
		return false;
	return open(path, O_WRONLY | O_CLOEXEC) < 0 &&
	       open(path, O_RDWR | O_CLOEXEC) < 0 && chmod(path, 0666) &&
	       unlink(path);
}

static pid_t use_as(struct _test_data_fuzz_files *self, enum who who)
{
	pid_t pid = kgr_fork();
	struct kgr_random r;
	const char *path;
	bool wrote;

	if (pid)
		return pid;
	kgr_random_seed(&r, seed + 100 * (who + 1));
	if (!become(who))
		_exit(2);
	while (kgr_now_ms() < self->end) {
		path = seen_by(who, files[kgr_random(&r, nr_files)]);
		if (!path)
			continue;
		wrote = any_use(&r, path);
		if ((wrote && (who == USER || who == USER_NS)) ||
		    !is_denied(who, path)) {
			printf("# %d may use %s\n", who, path);
			fflush(stdout);
			_exit(3);
		}
	}
	_exit(0);
}

/* The files of one patch come and go meanwhile. */
static bool come_and_go(void)
{
	int ret;

	kgr_revert(GOES);
	kgr_write(KGR_DIR "wake", "transparent");
	/* What else was written may have reverted or enabled it. */
	ret = kgr_unload(GOES);
	if (!ret || !kgr_module_loaded(GOES))
		ret = kgr_load(GOES, NULL);
	kgr_sleep_ms(20);
	return !ret || ret == -EWOULDBLOCK || ret == -EEXIST;
}

TEST_F_TIMEOUT(fuzz_files, by_all_at_once, KGR_TIMEOUT)
{
	static const enum who who[] = { ROOT, ROOT, USER, USER_NS, CHROOT };
	pid_t pid[ARRAY_SIZE(who)];

	for (int i = 0; i < ARRAY_SIZE(who); i++) {
		pid[i] = 0;
		if (who[i] == USER_NS && !kgr_has_namespaces())
			continue;
		pid[i] = use_as(self, who[i]);
		ASSERT_LT(0, pid[i]);
	}
	while (kgr_now_ms() < self->end)
		EXPECT_TRUE(come_and_go());
	for (int i = 0; i < ARRAY_SIZE(who); i++) {
		if (!pid[i])
			continue;
		EXPECT_TRUE(kgr_reap(pid[i])) {
			TH_LOG("as %d; replay with KGR_SEED=%lu", who[i], seed);
		}
	}
	/* Whatever was written, kGraft works. */
	EXPECT_EQ(0, kgr_write(KGR_DIR "wake", "transparent"));
	EXPECT_EQ(0, kgr_write(KGR_DIR "wake_delay_ms", "20"));
	EXPECT_EQ(0, kgr_write(KGR_DIR "wake_at_once", "64"));
	EXPECT_EQ(0, kgr_write(KGR_DIR "jump", "1"));
	/* with CONFIG_KGRAFT_LIVEPATCH */
	if (!access(KGR_DIR "livepatch", F_OK)) {
		EXPECT_EQ(0, kgr_write(KGR_DIR "livepatch", "1"));
		EXPECT_EQ(0, kgr_write(KGR_DIR "livepatch_consistency", "function"));
	}
	EXPECT_EQ(0, kgr_wait_done(KGR_SETTLE_MS));
	EXPECT_EQ(0, kgr_apply("kgr_test_patch4"));
	EXPECT_TRUE(kgr_now_is(4, 4));
}

int main(int argc, char **argv)
{
	return kgr_main(argc, argv, test_harness_run);
}
