// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Descriptions whose fields are wrong, one by one and several at once: each is
 * refused with an error that the manual has for it and a line in the log, and
 * the machine is as before; or it can be applied after all, and reverted.
 *
 * KGR_SEED in the environment says where to begin, KGR_SECONDS makes it longer.
 */

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "../kselftest_harness.h"
#include "kgr_test.h"

#define FUZZ	"kgr_test_fuzz"
#define OBJ	"kgr_test_obj"

#define SECONDS	5
/* But so many, however slow the machine is. */
#define LEAST	30

/* Each run has a part of the seeds: neighbours have neighbouring fields. */
#define STRIDE	75

/* Looking at the whole machine takes longer than a few descriptions. */
#define LOOK	8

FIXTURE(fuzz) {
	struct kgr_snapshot before;
	struct kgr_image image;
	int log;
};

FIXTURE_VARIANT(fuzz) {
	bool loaded;
};

FIXTURE_VARIANT_ADD(fuzz, absent) { .loaded = false };
FIXTURE_VARIANT_ADD(fuzz, live) { .loaded = true };

FIXTURE_SETUP(fuzz)
{
	ASSERT_TRUE(kgr_is_clean());
	if (variant->loaded)
		ASSERT_EQ(0, kgr_load(OBJ, NULL));
	ASSERT_TRUE(kgr_image_read(&self->image, FUZZ, NULL));
	self->log = open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	ASSERT_LE(0, self->log);
}

FIXTURE_TEARDOWN_PARENT(fuzz)
{
	EXPECT_TRUE(kgr_clean_up());
}

/* How many errors kGraft has logged since the last call; how many sum it up. */
static int errors_logged(int log, int *sums)
{
	char record[2048], *text;
	int nr = 0, level;

	*sums = 0;
	while (kgr_kmsg_next(log, record, sizeof(record))) {
		level = atoi(record) & 7;
		text = strchr(record, ';');
		if (level > 3 || !text || strncmp(text + 1, "kgraft: ", 8))
			continue;
		nr++;
		*sums += !!strstr(text, "nothing was changed");
	}
	return nr;
}

/* Those that section 12 of the manual has for a description. */
static bool in_manual(int ret)
{
	return ret == -EINVAL || ret == -ENOENT || ret == -ENOEXEC ||
	       ret == -EBUSY || ret == -EEXIST;
}

/* Whatever it calls itself. */
static bool find_patch(char *name, size_t size)
{
	DIR *d = opendir(KGR_DIR);
	struct dirent *e;
	bool found = false;

	while (d && (e = readdir(d))) {
		if (e->d_type != DT_DIR || e->d_name[0] == '.')
			continue;
		snprintf(name, size, "%s", e->d_name);
		found = true;
	}
	if (d)
		closedir(d);
	return found;
}

/* A dry run leaves a module, but no patch. */
static bool come_and_go(void)
{
	char name[256];

	if (find_patch(name, sizeof(name)) &&
	    (kgr_wait_done(KGR_SETTLE_MS) || kgr_revert_done(name) ||
	     !KGR_WITHIN(KGR_SETTLE_MS, kgr_released(name))))
		return false;
	return KGR_WITHIN(KGR_SETTLE_MS, !kgr_unload(FUZZ));
}

TEST_F_TIMEOUT(fuzz, is_refused_or_right, KGR_TIMEOUT)
{
	const char *env = getenv("KGR_SEED"), *secs = getenv("KGR_SECONDS");
	unsigned long seed = env ? strtoul(env, NULL, 0) : time(NULL), nr;
	long long end = kgr_now_ms() + 1000LL * (secs ? atoi(secs) : SECONDS);
	int ret = 0, said = 0, sums, refused = 0;
	char params[64];

	TH_LOG("from seed %lu", seed);
	self->image.params = params;
	/* What is allocated once is there afterwards. */
	snprintf(params, sizeof(params), "seed=1");
	kgr_image_load(&self->image);
	(void)KGR_WITHIN(KGR_SETTLE_MS,
			 !kgr_module_loaded(FUZZ) || come_and_go());
	ASSERT_TRUE(kgr_slabs_take());
	kgr_snapshot_take_but_changes(&self->before);
	lseek(self->log, 0, SEEK_END);

	for (nr = 0; kgr_now_ms() < end || nr < LEAST; nr++, seed += STRIDE) {
		snprintf(params, sizeof(params), "seed=%lu", seed);
		ret = kgr_image_load(&self->image);
		said = errors_logged(self->log, &sums);
		if (!ret) {
			EXPECT_EQ(0, said);
			ASSERT_TRUE(come_and_go()) {
				TH_LOG("seed=%lu: does not come off", seed);
			}
			/* Those of later changes are not about this. */
			errors_logged(self->log, &sums);
		} else {
			refused++;
			EXPECT_TRUE(in_manual(ret));
			/* That it was refused is one line, why is another. */
			EXPECT_LT(sums, said);
			EXPECT_GE(1, sums);
		}
		if (nr % LOOK == 0)
			EXPECT_TRUE(kgr_snapshot_same(&self->before));
		ASSERT_EQ(KSFT_PASS, _metadata->exit_code) {
			TH_LOG("seed=%lu: %d, %d lines", seed, ret, said);
		}
	}
	EXPECT_TRUE(kgr_snapshot_same(&self->before));
	EXPECT_FALSE(kgr_slabs_grown(nr / 2));
	TH_LOG("%lu descriptions, %d refused", nr, refused);
	EXPECT_LT(LEAST / 2, refused);
	kgr_snapshot_free(&self->before);
}

int main(int argc, char **argv)
{
	return kgr_main(argc, argv, test_harness_run);
}
