// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * fuzz.c - texts of the kernel that are not as they should be
 *
 *	fuzz SECONDS SEED [FILE...]
 *
 * Changes good texts at random and has every parser read them. Built with ASan
 * and UBSan, which end it with a report when a parser does wrong; the text is in
 * the file "fuzz.last" of the current directory then, and "fuzz 0 0 FILE" reads
 * it again. The seed makes the texts; that many seconds are spent on it.
 */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "../blocker.h"
#include "../buildid.h"
#include "../doctor.h"
#include "../log.h"
#include "../output.h"
#include "../patch.h"
#include "../root.h"
#include "../site.h"
#include "../task.h"
#include "../trace.h"
#include "../tsv.h"

/* No text gets longer. */
#define FUZZ_MAX	4096

/* --- parsers: each gets a copy that it may cut into pieces --- */

static void fuzz_blockers(char *text, size_t len)
{
	struct kgr_patch patch = { .name = kgr_dup("fix"), .universe = 3,
				   .has_universe = true,
				   .status = KGR_PATCH_APPLYING };
	struct kgr_blockers blockers = { };
	size_t i, nr;

	kgr_text_add(&blockers.text, text, len);
	kgr_parse_blockers(&blockers);
	kgr_blockers_oldest(&blockers, &patch, &nr);
	for (i = 0; i < blockers.nr; i++)
		free(kgr_blocker_advice(&blockers.list[i]));
	kgr_blockers_free(&blockers);
	kgr_patch_free(&patch);
}

static void fuzz_sites(char *text, size_t len)
{
	char foo[] = "foo", ext4[] = "ext4", fix[] = "fix";
	struct kgr_function functions[] = { { foo, ext4, 1, 2 },
					    { foo, ext4, 2, 2 } };
	struct kgr_patch patch = { .module = fix, .functions = functions };
	struct kgr_system system = { .patches = &patch, .nr = 1 };
	struct kgr_sites sites = { };

	kgr_text_add(&sites.text, text, len);
	kgr_parse_sites(&sites);
	for (patch.nr_functions = 1; patch.nr_functions <= 2; patch.nr_functions++)
		kgr_site_of(&sites, &system, &patch, functions);
	kgr_sites_free(&sites);
}

static void fuzz_functions(char *text, size_t len)
{
	struct kgr_patch patch = { };

	(void)len;
	kgr_parse_functions(text, &patch);
	kgr_patch_free(&patch);
}

static void fuzz_statistics(char *text, size_t len)
{
	struct kgr_patch patch = { };

	(void)len;
	kgr_parse_statistics(text, &patch.statistics);
	kgr_patch_free(&patch);
}

static void fuzz_log(char *text, size_t len)
{
	struct kgr_change_line change;
	struct kgr_log log = { };
	size_t i;

	(void)len;
	kgr_parse_log(text, &log);
	for (i = 0; i < log.nr; i++) {
		kgr_parse_change(log.list[i].text, &change);
		free(change.patch);
	}
	kgr_log_since(&log, "fix", 3);
	kgr_log_free(&log);
}

static void fuzz_task(char *text, size_t len)
{
	struct kgr_task task = { };
	char *copy = kgr_dup(text);

	kgr_parse_command(text, len, &task);
	kgr_parse_cgroup(text, &task);
	kgr_parse_task_status(copy, &task);
	free(copy);
	kgr_task_free(&task);
}

static void fuzz_config(char *text, size_t len)
{
	(void)len;
	kgr_parse_config(text);
}

static void fuzz_notes(char *text, size_t len)
{
	free(kgr_parse_notes(text, len));
}

static void fuzz_trace(char *text, size_t len)
{
	struct kgr_trace trace = { };

	(void)len;
	kgr_parse_trace(text, &trace);
	kgr_draw(&trace, stdout);
	kgr_trace_free(&trace);
}

static void fuzz_words(char *text, size_t len)
{
	(void)len;
	free(kgr_printable(text));
	free(kgr_shell_word(text));
	free(kgr_module_name(text));
	json_object_put(kgr_json_string(text));
	kgr_status_of_word(text);
	kgr_unescape(text);
}

static const struct {
	void (*parse)(char *text, size_t len);
	const char *good;
	size_t len;
} targets[] = {
#define TARGET(parse, good) { parse, good, sizeof(good) - 1 }
	TARGET(fuzz_blockers,
	       "tid\tcomm\tuniverse\tkind\treason\twaited_ms\tsyscall\twchan\n"
	       "12\tba\\012sh\t2\tuser\tin a syscall: read\t12\tread\tpipe_read\n"
	       "13\tx\t3\tuser\tmay return into patch 'fix'\t-\t-\t-\n"),
	TARGET(fuzz_sites,
	       "function\treplacement\tothers\n"
	       "foo [ext4]\tbar [fix]\tkprobe:x,direct:y\n"),
	TARGET(fuzz_functions, "foo vmlinux 0 2\nbar ext4 3 1\n"),
	TARGET(fuzz_statistics,
	       "began_ms 1234\ntook_ms -\nlongest_ms 5\nexit 7\nloop 0\n"),
	TARGET(fuzz_log,
	       "6,10,50000000,-,caller=T1;kgraft: 'fix': applying, universe 3\n"
	       " KEY=value\n3,11,5,c;kgraft: 'f\\x0ax': applied after 5 ms\n"),
	TARGET(fuzz_task,
	       "0::/system.slice/docker-0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef.scope\n"
	       "PPid:\t1\nTracerPid:\t0\n"),
	TARGET(fuzz_config,
	       "\nCONFIG_KGRAFT=y\n# CONFIG_DEBUG_FS is not set\n"),
	TARGET(fuzz_notes,
	       "\4\0\0\0\4\0\0\0\1\0\0\0GNU\0abcd\4\0\0\0\4\0\0\0\3\0\0\0GNU\0abcd"),
	TARGET(fuzz_trace,
	       " x-1 [0] ... 1.000000: kgr_change_begin: patch=fix revert=0 universe=1\n"
	       " x-1 [0] ... 1.000100: kgr_task_cross: comm=x pid=1 from=0 to=1 way=exit\n"
	       " x-1 [0] ... 2.000100: kgr_task_blocked: comm=y pid=2 universe=0 kind=\"user\" reason=\"stopped\" msecs=3\n"
	       " x-1 [0] ... 3.000100: kgr_change_complete: patch=x revert=0 universe=1 usecs=7\n"),
	TARGET(fuzz_words, "it's \\141 \xc3\xa4 \xe2\x80\xae\n"),
};

/* --- texts --- */

static unsigned long long state;

/* xorshift64 */
static size_t random_below(size_t limit)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return limit ? state % limit : 0;
}

static const char * const tokens[] = {
	"\n", "\t", "\t\t", " ", ": ", ";", ",", "=", "'", "\"", "\\", "\\377",
	"\\x00", "-", "-1", "0", "4294967295", "18446744073709551615",
	"99999999999999999999", " pid=", " way=", ": kgr_", "GNU", "\xff",
};

static void cut_out(char *text, size_t *len, size_t at, size_t nr)
{
	if (nr > *len - at)
		nr = *len - at;
	memmove(text + at, text + at + nr, *len - at - nr);
	*len -= nr;
}

static void put_in(char *text, size_t *len, size_t at, const char *what,
		   size_t nr)
{
	if (*len + nr > FUZZ_MAX)
		return;
	memmove(text + at + nr, text + at, *len - at);
	memcpy(text + at, what, nr);
	*len += nr;
}

static void change_once(char *text, size_t *len)
{
	size_t at = random_below(*len + 1), from, nr;
	const char *token;
	char part[64];

	switch (random_below(5)) {
	case 0:
		if (at < *len)
			text[at] ^= 1 << random_below(8);
		break;
	case 1:
		cut_out(text, len, at, 1 + random_below(16));
		break;
	case 2:
		token = tokens[random_below(ARRAY_SIZE(tokens))];
		put_in(text, len, at, token, strlen(token));
		break;
	case 3:
		from = random_below(*len + 1);
		nr = random_below(sizeof(part));
		if (nr > *len - from)
			nr = *len - from;
		memcpy(part, text + from, nr);
		put_in(text, len, at, part, nr);
		break;
	default:
		*len = at;
	}
}

/* What is read just now; shared with the process that waits for the end. */
static struct {
	size_t target;
	char text[FUZZ_MAX + 1];
	size_t len;
} *last;

static void keep(void)
{
	FILE *file = fopen("fuzz.last", "w");

	if (!file)
		return;
	putc('0' + last->target, file);
	fwrite(last->text, 1, last->len, file);
	fclose(file);
}

/* An allocation of its own, just as long, so that ASan sees its end. */
static void parse(size_t target, const char *text, size_t len)
{
	char *copy = malloc(len + 1);

	if (!copy)
		exit(1);
	memcpy(copy, text, len);
	copy[len] = '\0';
	targets[target].parse(copy, len);
	free(copy);
}

static void fuzz_once(void)
{
	size_t changes = 1 + random_below(8);

	last->target = random_below(ARRAY_SIZE(targets));
	last->len = targets[last->target].len;
	memcpy(last->text, targets[last->target].good, last->len);
	while (changes--)
		change_once(last->text, &last->len);
	parse(last->target, last->text, last->len);
}

static void read_again(const char *path)
{
	struct kgr_text text = { };

	if (kgr_read_path(path, &text) || !text.len ||
	    (size_t)(text.data[0] - '0') >= ARRAY_SIZE(targets))
		fprintf(stderr, "fuzz: %s is no text of mine\n", path);
	else
		parse(text.data[0] - '0', text.data + 1, text.len - 1);
	kgr_text_free(&text);
}

static void fuzz(time_t end, unsigned long long seed)
{
	unsigned long long texts = 0;

	state = seed * 2 + 1;
	for (; time(NULL) < end; texts++)
		fuzz_once();
	fprintf(stderr, "fuzz: %llu texts\n", texts);
}

/* In a process of its own, which a sanitizer may end. */
static int fuzz_apart(time_t end, unsigned long long seed)
{
	int status;
	pid_t pid;

	last = mmap(NULL, sizeof(*last), PROT_READ | PROT_WRITE,
		    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (last == MAP_FAILED)
		return 1;
	pid = fork();
	if (!pid) {
		fuzz(end, seed);
		exit(0);
	}
	if (pid < 0 || waitpid(pid, &status, 0) < 0)
		return 1;
	if (status)
		keep();
	return status ? 1 : 0;
}

int main(int argc, char **argv)
{
	int i;

	if (argc < 3) {
		fprintf(stderr, "usage: fuzz SECONDS SEED [FILE...]\n");
		return 2;
	}
	/* What they say is not looked at. */
	if (!freopen("/dev/null", "w", stdout))
		return 1;
	for (i = 3; i < argc; i++)
		read_again(argv[i]);
	return fuzz_apart(time(NULL) + atoi(argv[1]),
			  strtoull(argv[2], NULL, 10));
}
