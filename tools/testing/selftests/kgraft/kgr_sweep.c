// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Common code of the sweeps that make one allocation after another fail.
 */

#include <errno.h>
#include <stdio.h>

#include "../kselftest.h"
#include "kgr_fault.h"
#include "kgr_sweep.h"
#include "kgr_test.h"

/* Of the same functions as the tried patches. */
#define BELOW	"kgr_test_patch8"
/* Of another function. */
#define BESIDE	"kgr_test_dups"

/* A process that keeps a change open. */
static struct kgr_held held;

static bool nothing(void)
{
	return true;
}

static bool gone(const char *patch)
{
	return !kgr_revert_done(patch) && !kgr_retire(patch);
}

static bool below_begin(void)
{
	return !kgr_apply(BELOW);
}

static bool below_end(void)
{
	return gone(BELOW);
}

static bool beside_begin(void)
{
	return !kgr_load(BESIDE, "sympos=1") && !kgr_wait_done(KGR_SETTLE_MS);
}

static bool beside_end(void)
{
	return gone(BESIDE);
}

static bool pending_begin(void)
{
	return kgr_hold(&held, "block_hard") && !kgr_load(BELOW, NULL) &&
	       KGR_WITHIN(KGR_SETTLE_MS, kgr_global("remaining") == 1);
}

static bool pending_end(void)
{
	int seen[2];

	return kgr_let_go(&held, seen) && seen[0] == 0 && seen[1] == 0 &&
	       !kgr_wait_done(KGR_SETTLE_MS) && gone(BELOW);
}

/* ftrace is registered ... */
const struct kgr_stand kgr_stand_alone = {
	.begin = nothing,
	.end = nothing,
};

/* ... or not at all ... */
const struct kgr_stand kgr_stand_stacked = {
	.begin = below_begin,
	.end = below_end,
	.shows = 8,
};

/* ... or for more functions. */
const struct kgr_stand kgr_stand_beside = {
	.begin = beside_begin,
	.end = beside_end,
};

const struct kgr_stand kgr_stand_pending = {
	.begin = pending_begin,
	.end = pending_end,
	.shows = 8,
	.pending = true,
};

/* The result of a sweep, valid until the next call. */
const char *kgr_tally_text(const struct kgr_tally *tally)
{
	static char text[64];

	snprintf(text, sizeof(text), "of %d allocations %d were needed",
		 tally->nth - 1, tally->failed);
	return text;
}

int kgr_op_load(const void *image)
{
	return kgr_image_load(image);
}

int kgr_op_unload(const void *module)
{
	return kgr_unload(module);
}

int kgr_op_revert(const void *patch)
{
	return kgr_revert(patch);
}

int kgr_op_enable(const void *patch)
{
	return kgr_enable(patch);
}

/*
 * Tries an operation while the next allocation fails, and @follow more. Returns
 * KGR_SWEEP_AGAIN if it failed, as it should; 0 if it succeeded, whether or not
 * an allocation failed.
 */
int kgr_sweep_next(struct kgr_tally *tally, kgr_op_t op, const void *arg,
		   int follow)
{
	struct kgr_snapshot before;
	int ret;

	kgr_snapshot_take(&before);
	if (!kgr_fault_arm(++tally->nth, follow))
		return -EIO;
	ret = op(arg);
	tally->injected = kgr_fault_disarm();
	if (ret == -ENOMEM && tally->injected && kgr_snapshot_same(&before)) {
		tally->failed++;
		ret = KGR_SWEEP_AGAIN;
	} else if (ret) {
		fprintf(stderr, "# failing allocation %d came to %d\n",
			tally->nth, ret);
		if (ret == -ENOMEM)
			ret = -EPROTO;
	}
	kgr_snapshot_free(&before);
	return ret;
}

bool kgr_sweep_begin(void)
{
	return kgr_is_clean() && kgr_fault_begin() && kgr_memory_watch();
}

bool kgr_sweep_end(void)
{
	kgr_fault_end();
	return kgr_clean_up();
}

static int (*run_tests)(int argc, char **argv);

/* After kgr_main() has mounted the file systems needed here. */
static int run_or_skip(int argc, char **argv)
{
	const char *lack = kgr_fault_lacks();

	if (!lack)
		return run_tests(argc, argv);
	printf("TAP version 13\n1..0 # SKIP %s\n", lack);
	return KSFT_SKIP;
}

int kgr_sweep_main(int argc, char **argv, int (*run)(int argc, char **argv))
{
	run_tests = run;
	return kgr_main(argc, argv, run_or_skip);
}
