// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * kgraft_kunit.c - tests of what needs no second task: numbers and arrays
 */

#include <kunit/static_stub.h>
#include <kunit/test.h>
#include <linux/module.h>
#include <linux/sizes.h>
#include <linux/slab.h>

#include "applied.h"
#include "arch.h"
#include "core.h"
#include "life.h"
#include "scan.h"
#include "site.h"
#include "site_table.h"
#include "stage.h"
#include "transition.h"
#include "universe.h"
#include "version.h"

/* Close to where universes wrap around, so that some tests cross it. */
#define LAST	U32_MAX

/* --- universes --- */

static void universe_order(struct kunit *test)
{
	KUNIT_EXPECT_TRUE(test, kgr_universe_before(0, 1));
	KUNIT_EXPECT_FALSE(test, kgr_universe_before(1, 1));
	KUNIT_EXPECT_FALSE(test, kgr_universe_before(2, 1));
}

static void universe_order_wraps(struct kunit *test)
{
	KUNIT_EXPECT_TRUE(test, kgr_universe_before(LAST, 0));
	KUNIT_EXPECT_TRUE(test, kgr_universe_before(LAST - 5, 5));
	KUNIT_EXPECT_FALSE(test, kgr_universe_before(0, LAST));
}

/* Which crossings a strict change makes strict. */
static void universe_strict(struct kunit *test)
{
	u32 strict, horizon;

	mutex_lock(&kgr_mutex);
	strict = kgr_strict;
	horizon = kgr_horizon;

	kgr_strict = 5;
	KUNIT_EXPECT_TRUE(test, kgr_universe_strict(4));
	KUNIT_EXPECT_FALSE(test, kgr_universe_strict(5));
	KUNIT_EXPECT_FALSE(test, kgr_universe_strict(6));
	kgr_strict = 1;
	KUNIT_EXPECT_TRUE(test, kgr_universe_strict(LAST));
	KUNIT_EXPECT_FALSE(test, kgr_universe_strict(1));

	/* Drawn along by the horizon, so that it does not become the future. */
	kgr_strict = LAST;
	kgr_universe_set_horizon(LAST - 1);
	KUNIT_EXPECT_EQ(test, kgr_strict, LAST);
	kgr_universe_set_horizon(3);
	KUNIT_EXPECT_EQ(test, kgr_strict, 3);
	KUNIT_EXPECT_EQ(test, kgr_horizon, 3);

	kgr_strict = strict;
	kgr_horizon = horizon;
	mutex_unlock(&kgr_mutex);
}

static struct kunit_case universe_cases[] = {
	KUNIT_CASE(universe_order),
	KUNIT_CASE(universe_order_wraps),
	KUNIT_CASE(universe_strict),
	{}
};

static struct kunit_suite universe_suite = {
	.name = "kgraft_universe",
	.test_cases = universe_cases,
};

/* --- versions --- */

/* Identities of versions; never looked into. */
static struct kgr_func fn_a, fn_b;

/* Replace *vs by @new, which must exist. */
static void become(struct kunit *test, struct kgr_versions **vs,
		   struct kgr_versions *new)
{
	KUNIT_ASSERT_NOT_NULL(test, new);
	kfree(*vs);
	*vs = new;
}

static void add(struct kunit *test, struct kgr_versions **vs,
		const struct kgr_func *func, unsigned long addr, u32 from,
		u32 horizon)
{
	struct kgr_version v = { .addr = addr, .func = func, .from = from };

	become(test, vs, kgr_versions_add(*vs, &v, horizon));
}

static void end(struct kunit *test, struct kgr_versions **vs,
		const struct kgr_func *func, u32 until, u32 horizon)
{
	become(test, vs, kgr_versions_end(*vs, func, until, horizon));
}

static void version_none_is_original(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, kgr_versions_choose(NULL, 0), 0);
}

static void version_begins_and_ends(struct kunit *test)
{
	struct kgr_versions *vs = NULL;

	add(test, &vs, &fn_a, 0xa, 5, 4);
	end(test, &vs, &fn_a, 7, 4);
	KUNIT_EXPECT_EQ(test, kgr_versions_choose(vs, 4), 0);
	KUNIT_EXPECT_EQ(test, kgr_versions_choose(vs, 5), 0xa);
	KUNIT_EXPECT_EQ(test, kgr_versions_choose(vs, 6), 0xa);
	KUNIT_EXPECT_EQ(test, kgr_versions_choose(vs, 7), 0);
	kfree(vs);
}

static void version_newest_wins(struct kunit *test)
{
	struct kgr_versions *vs = NULL;

	add(test, &vs, &fn_a, 0xa, 1, 0);
	add(test, &vs, &fn_b, 0xb, 2, 0);
	KUNIT_EXPECT_EQ(test, kgr_versions_choose(vs, 0), 0);
	KUNIT_EXPECT_EQ(test, kgr_versions_choose(vs, 1), 0xa);
	KUNIT_EXPECT_EQ(test, kgr_versions_choose(vs, 2), 0xb);
	/* The newest goes: what was below it shows again */
	end(test, &vs, &fn_b, 3, 0);
	KUNIT_EXPECT_EQ(test, kgr_versions_choose(vs, 2), 0xb);
	KUNIT_EXPECT_EQ(test, kgr_versions_choose(vs, 3), 0xa);
	/* The one below ends first: no difference where the newest runs */
	end(test, &vs, &fn_a, 4, 0);
	KUNIT_EXPECT_EQ(test, kgr_versions_choose(vs, 3), 0xa);
	KUNIT_EXPECT_EQ(test, kgr_versions_choose(vs, 4), 0);
	kfree(vs);
}

/* What a force leaves tasks in. */
static void version_is_left(struct kunit *test)
{
	struct kgr_versions *vs = NULL;

	/* 1: a; 2: b over a; 4: b ends; 6: a ends */
	add(test, &vs, &fn_a, 0xa, 1, 0);
	add(test, &vs, &fn_b, 0xb, 2, 0);
	end(test, &vs, &fn_b, 4, 0);
	end(test, &vs, &fn_a, 6, 0);
	/* vs->v[0] is b, vs->v[1] is a */
	KUNIT_EXPECT_EQ(test, vs->v[1].addr, 0xa);

	/* Before, or in universes that run what the newest runs */
	KUNIT_EXPECT_FALSE(test, kgr_version_left(vs, 1, 0, 1));
	KUNIT_EXPECT_FALSE(test, kgr_version_left(vs, 1, 1, 1));
	KUNIT_EXPECT_FALSE(test, kgr_version_left(vs, 0, 2, 3));
	/* Hidden by a newer one, in between, or from the beginning */
	KUNIT_EXPECT_TRUE(test, kgr_version_left(vs, 1, 0, 2));
	KUNIT_EXPECT_TRUE(test, kgr_version_left(vs, 1, 1, 3));
	KUNIT_EXPECT_FALSE(test, kgr_version_left(vs, 1, 2, 3));
	/* Shows again */
	KUNIT_EXPECT_FALSE(test, kgr_version_left(vs, 1, 1, 4));
	KUNIT_EXPECT_TRUE(test, kgr_version_left(vs, 0, 0, 4));
	KUNIT_EXPECT_TRUE(test, kgr_version_left(vs, 0, 3, 5));
	KUNIT_EXPECT_FALSE(test, kgr_version_left(vs, 0, 4, 5));
	/* Only at the end of the newer one, which is in the middle */
	KUNIT_EXPECT_TRUE(test, kgr_version_left(vs, 1, 2, 6));
	KUNIT_EXPECT_TRUE(test, kgr_version_left(vs, 1, 5, 6));
	KUNIT_EXPECT_FALSE(test, kgr_version_left(vs, 1, 6, 7));
	kfree(vs);
}

static void version_across_wrap(struct kunit *test)
{
	struct kgr_versions *vs = NULL;

	add(test, &vs, &fn_a, 0xa, LAST, LAST - 1);
	end(test, &vs, &fn_a, 1, LAST - 1);
	KUNIT_EXPECT_EQ(test, kgr_versions_choose(vs, LAST - 1), 0);
	KUNIT_EXPECT_EQ(test, kgr_versions_choose(vs, LAST), 0xa);
	KUNIT_EXPECT_EQ(test, kgr_versions_choose(vs, 0), 0xa);
	KUNIT_EXPECT_EQ(test, kgr_versions_choose(vs, 1), 0);
	kfree(vs);
}

static void version_settles(struct kunit *test)
{
	struct kgr_versions *vs = NULL;

	KUNIT_EXPECT_TRUE(test, kgr_versions_can_settle(NULL, 0));
	add(test, &vs, &fn_a, 0xa, 1, 0);
	KUNIT_EXPECT_EQ(test, vs->settled, 0);
	KUNIT_EXPECT_FALSE(test, kgr_versions_can_settle(vs, 0));
	KUNIT_EXPECT_TRUE(test, kgr_versions_can_settle(vs, 1));
	become(test, &vs, kgr_versions_settle(vs, 1));
	KUNIT_EXPECT_EQ(test, vs->settled, 0xa);
	KUNIT_EXPECT_EQ(test, kgr_versions_choose(vs, 1), 0xa);

	/* A settled site that changes again has to choose again */
	end(test, &vs, &fn_a, 2, 1);
	KUNIT_EXPECT_EQ(test, vs->settled, 0);
	KUNIT_EXPECT_EQ(test, kgr_versions_choose(vs, 1), 0xa);
	KUNIT_EXPECT_EQ(test, kgr_versions_choose(vs, 2), 0);
	KUNIT_EXPECT_FALSE(test, kgr_versions_can_settle(vs, 1));
	KUNIT_EXPECT_TRUE(test, kgr_versions_can_settle(vs, 2));
	become(test, &vs, kgr_versions_settle(vs, 2));
	KUNIT_EXPECT_EQ(test, vs->nr, 0);
	KUNIT_EXPECT_EQ(test, kgr_versions_choose(vs, 2), 0);
	kfree(vs);
}

/* A version that lives long must not turn from old to new when it wraps. */
static void version_settled_never_ages(struct kunit *test)
{
	struct kgr_versions *vs = NULL;
	u32 far = 1 + (1U << 31);

	add(test, &vs, &fn_a, 0xa, 1, 0);
	become(test, &vs, kgr_versions_settle(vs, 1));
	/* Half of all universes later, and never looked at in between */
	add(test, &vs, &fn_b, 0xb, far + 3, far + 2);
	KUNIT_EXPECT_EQ(test, kgr_versions_choose(vs, far + 2), 0xa);
	KUNIT_EXPECT_EQ(test, kgr_versions_choose(vs, far + 3), 0xb);
	become(test, &vs, kgr_versions_settle(vs, far + 3));
	end(test, &vs, &fn_b, far + far + 9, far + far + 8);
	KUNIT_EXPECT_EQ(test, kgr_versions_choose(vs, far + far + 8), 0xb);
	KUNIT_EXPECT_EQ(test, kgr_versions_choose(vs, far + far + 9), 0xa);
	kfree(vs);
}

/* Applied and reverted without end while one task never crosses. */
static void version_array_is_pruned(struct kunit *test)
{
	struct kgr_versions *vs = NULL;
	u32 u;

	for (u = 1; u < 100; u += 2) {
		add(test, &vs, &fn_a, 0xa, u, u - 1);
		end(test, &vs, &fn_a, u + 1, u - 1);
		KUNIT_EXPECT_LE(test, vs->nr, 2);
	}
	kfree(vs);
}

static struct kunit_case version_cases[] = {
	KUNIT_CASE(version_none_is_original),
	KUNIT_CASE(version_begins_and_ends),
	KUNIT_CASE(version_newest_wins),
	KUNIT_CASE(version_is_left),
	KUNIT_CASE(version_across_wrap),
	KUNIT_CASE(version_settles),
	KUNIT_CASE(version_settled_never_ages),
	KUNIT_CASE(version_array_is_pruned),
	{}
};

static struct kunit_suite version_suite = {
	.name = "kgraft_version",
	.test_cases = version_cases,
};

/* --- the table of sites --- */

static void site_table_finds(struct kunit *test)
{
	static const unsigned int sizes[] = { 0, 1, 2, 3, 64, 1000 };
	struct kgr_site_table *table;
	struct kgr_site *site, *next;
	unsigned int i, k;
	LIST_HEAD(sites);

	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		for (k = 0; k < sizes[i]; k++) {
			site = kgr_site_alloc("f", 16 * k, 16, 16 * (k + 1));
			KUNIT_ASSERT_NOT_NULL(test, site);
			list_add(&site->list, &sites);
		}
		table = kgr_site_table_build(&sites, NULL);
		KUNIT_ASSERT_NOT_NULL(test, table);
		list_for_each_entry(site, &sites, list)
			KUNIT_EXPECT_PTR_EQ(test, site,
					    kgr_site_lookup(table, site->ip));
		for (k = 0; k < 100; k++)
			KUNIT_EXPECT_NULL(test, kgr_site_lookup(table, 16 * k + 1));
		kfree(table);
		list_for_each_entry_safe(site, next, &sites, list) {
			list_del(&site->list);
			kfree(site);
		}
	}
}

static unsigned int table_allocs, table_fail_at;

static void *table_alloc(size_t size)
{
	return ++table_allocs == table_fail_at ? NULL : kzalloc(size, GFP_KERNEL);
}

/*
 * All belong in the same place, however large the table: a search goes on. A
 * larger table that there is no memory for is done without.
 */
static void site_table_is_crowded(struct kunit *test)
{
	static const unsigned int nr = 64;
	const unsigned long step = 1UL << 32;
	struct kgr_site_table *table;
	struct kgr_site *site, *next;
	unsigned int i, away = 0;
	LIST_HEAD(sites);

	for (i = 0; i < nr; i++) {
		site = kgr_site_alloc("f", 16, 16, 16 + i * step);
		KUNIT_ASSERT_NOT_NULL(test, site);
		list_add(&site->list, &sites);
	}
	kunit_activate_static_stub(test, kgr_alloc, table_alloc);
	table_allocs = 0;
	table_fail_at = 2;
	table = kgr_site_table_build(&sites, NULL);
	KUNIT_ASSERT_NOT_NULL(test, table);
	KUNIT_EXPECT_EQ(test, table_allocs, 2);
	KUNIT_EXPECT_EQ(test, kgr_site_table_slots(table), 2 * nr);
	list_for_each_entry(site, &sites, list)
		KUNIT_EXPECT_PTR_EQ(test, site,
				    kgr_site_lookup(table, site->ip));
	kfree(table);
	table_fail_at = 0;
	table = kgr_site_table_build(&sites, NULL);
	kunit_deactivate_static_stub(test, kgr_alloc);
	KUNIT_ASSERT_NOT_NULL(test, table);
	KUNIT_EXPECT_EQ(test, kgr_site_table_slots(table), 8 * nr);
	list_for_each_entry(site, &sites, list) {
		away += kgr_site_home(table, site->ip)->site != site;
		KUNIT_EXPECT_PTR_EQ(test, site,
				    kgr_site_lookup(table, site->ip));
	}
	KUNIT_EXPECT_EQ(test, away, nr - 1);
	KUNIT_EXPECT_NULL(test, kgr_site_lookup(table, 16 + nr * step));
	kfree(table);
	list_for_each_entry_safe(site, next, &sites, list)
		kfree(site);
}

/* The handler reads one word of a settled site: it must be that of the array. */
static void site_says_what_is_settled(struct kunit *test)
{
	struct kgr_site *site = kgr_site_alloc("f", 16, 16, 16);
	struct kgr_versions settled = { .settled = 0xa, .nr = 0 };
	struct kgr_versions open = { .nr = 0 };

	KUNIT_ASSERT_NOT_NULL(test, site);
	mutex_lock(&kgr_mutex);
	KUNIT_EXPECT_NULL(test, kgr_site_versions(site));
	KUNIT_EXPECT_EQ(test, site->settled, 0);
	KUNIT_EXPECT_NULL(test, kgr_site_publish(site, &settled));
	KUNIT_EXPECT_EQ(test, site->settled, 0xa);
	KUNIT_EXPECT_PTR_EQ(test, &settled, kgr_site_publish(site, &open));
	KUNIT_EXPECT_EQ(test, site->settled, 0);
	KUNIT_EXPECT_PTR_EQ(test, &open, kgr_site_publish(site, &settled));
	KUNIT_EXPECT_EQ(test, site->settled, 0xa);
	KUNIT_EXPECT_PTR_EQ(test, &settled, kgr_site_publish(site, NULL));
	KUNIT_EXPECT_EQ(test, site->settled, 0);
	KUNIT_EXPECT_NULL(test, kgr_site_versions(site));
	mutex_unlock(&kgr_mutex);
	kfree(site);
}

/* A dead site in the table is not found, and hides no other one. */
static void site_table_has_dead(struct kunit *test)
{
	struct kgr_site *site[8], *next;
	struct kgr_site_table *table;
	unsigned int i;
	LIST_HEAD(sites);

	for (i = 0; i < ARRAY_SIZE(site); i++) {
		site[i] = kgr_site_alloc("f", 16, 16, 16 * (i + 1));
		KUNIT_ASSERT_NOT_NULL(test, site[i]);
		list_add_tail(&site[i]->list, &sites);
	}
	table = kgr_site_table_build(&sites, NULL);
	KUNIT_ASSERT_NOT_NULL(test, table);
	for (i = 0; i < ARRAY_SIZE(site); i += 2)
		site[i]->ip = 0;
	for (i = 0; i < ARRAY_SIZE(site); i++)
		KUNIT_EXPECT_PTR_EQ(test, i % 2 ? site[i] : NULL,
				    kgr_site_lookup(table, 16 * (i + 1)));
	kfree(table);

	/* The next table does without it. */
	table = kgr_site_table_build(&sites, NULL);
	KUNIT_ASSERT_NOT_NULL(test, table);
	for (i = 0; i < kgr_site_table_slots(table); i++)
		KUNIT_EXPECT_TRUE(test, !table->slot[i].site ||
				  table->slot[i].site->ip);
	kfree(table);
	list_for_each_entry_safe(site[0], next, &sites, list)
		kfree(site[0]);
}

static struct kunit_case site_cases[] = {
	KUNIT_CASE(site_table_finds),
	KUNIT_CASE(site_table_is_crowded),
	KUNIT_CASE(site_table_has_dead),
	KUNIT_CASE(site_says_what_is_settled),
	{}
};

static struct kunit_suite site_suite = {
	.name = "kgraft_site",
	.test_cases = site_cases,
};

/* --- staging, with each allocation failing in turn --- */

#define STAGE_FUNCS	3

/*
 * Memory comes from a cache of the test's own: what is not given back makes
 * its destruction warn, and a warning fails the run.
 */
static struct kmem_cache *stage_cache;
static unsigned int stage_allocs, stage_fail_at;

static void *stage_alloc(size_t size)
{
	if (++stage_allocs == stage_fail_at)
		return NULL;
	return kmem_cache_zalloc(stage_cache, GFP_KERNEL);
}

static struct kgr_applied *stage_applied(struct kunit *test)
{
	static const struct kgr_patch_fun fun = { .name = "f" };
	struct kgr_applied *applied;
	unsigned int i;

	applied = kunit_kzalloc(test, struct_size(applied, funcs, STAGE_FUNCS),
				GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, applied);
	applied->nr = STAGE_FUNCS;
	applied->owner = kunit_kzalloc(test, sizeof(struct module), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, applied->owner);
	for (i = 0; i < STAGE_FUNCS; i++) {
		applied->funcs[i].fun = &fun;
		applied->funcs[i].ip = 16 * (1 + i);
		applied->funcs[i].addr = 1 + i;
	}
	return applied;
}

/* Two lives of each function, of which the second ends: as much as there is. */
static int stage_all(struct kgr_stage *stage, struct kgr_applied *applied)
{
	struct kgr_life first = { .applied = applied, .from = kgr_newest + 1 };
	struct kgr_life second = { .applied = applied, .from = kgr_newest + 2 };
	struct kgr_func *func;
	int ret;

	kgr_stage_init(stage);
	kgr_for_each_func(applied, func) {
		ret = kgr_stage_add(stage, func, &first);
		if (!ret)
			ret = kgr_stage_add(stage, func, &second);
		if (!ret)
			ret = kgr_stage_end(stage, func, kgr_newest + 3);
		if (ret)
			goto fail;
	}
	ret = kgr_stage_close(stage);
	if (!ret)
		return 0;
fail:
	kgr_stage_free(stage);
	return ret;
}

static void stage_unwinds(struct kunit *test)
{
	struct kgr_applied *applied = stage_applied(test);
	unsigned int needed, fail;
	struct kgr_stage stage;

	stage_cache = kmem_cache_create("kgraft_kunit", PAGE_SIZE, 0,
					SLAB_NO_MERGE, NULL);
	KUNIT_ASSERT_NOT_NULL(test, stage_cache);
	kunit_activate_static_stub(test, kgr_alloc, stage_alloc);

	mutex_lock(&kgr_mutex);
	stage_allocs = 0;
	stage_fail_at = 0;
	KUNIT_EXPECT_EQ(test, stage_all(&stage, applied), 0);
	needed = stage_allocs;
	kgr_stage_free(&stage);

	/* A site and three times its versions per function, the table */
	KUNIT_EXPECT_EQ(test, needed, 4 * STAGE_FUNCS + 1);
	for (fail = 1; fail <= needed; fail++) {
		stage_allocs = 0;
		stage_fail_at = fail;
		KUNIT_EXPECT_EQ(test, stage_all(&stage, applied), -ENOMEM);
		KUNIT_EXPECT_EQ(test, stage_allocs, fail);
		KUNIT_EXPECT_TRUE(test, list_empty(&stage.sites));
		KUNIT_EXPECT_TRUE(test, list_empty(&stage.touched));
		KUNIT_EXPECT_NULL(test, stage.table);
	}
	mutex_unlock(&kgr_mutex);

	kunit_deactivate_static_stub(test, kgr_alloc);
	kmem_cache_destroy(stage_cache);
}

static struct kunit_case stage_cases[] = {
	KUNIT_CASE(stage_unwinds),
	{}
};

static struct kunit_suite stage_suite = {
	.name = "kgraft_stage",
	.test_cases = stage_cases,
};

/* --- retries --- */

/* The old code went on without a pause in the third case, for the whole delay. */
static void retry_waits(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, kgr_retry_in(false, 0, 8), 8);
	KUNIT_EXPECT_EQ(test, kgr_retry_in(true, 0, 8), 0);
	KUNIT_EXPECT_EQ(test, kgr_retry_in(true, 5000, 8), 8);
	KUNIT_EXPECT_EQ(test, kgr_retry_in(true, 3, 8), 3);
	KUNIT_EXPECT_EQ(test, kgr_retry_in(false, 3, 8), 3);
	KUNIT_EXPECT_EQ(test, kgr_retry_in(false, UINT_MAX, 1000), 1000);
}

static struct kunit_case retry_cases[] = {
	KUNIT_CASE(retry_waits),
	{}
};

static struct kunit_suite retry_suite = {
	.name = "kgraft_retry",
	.test_cases = retry_cases,
};

/* --- jumps --- */

static void jump_reaches(struct kunit *test)
{
	const unsigned long ip = 0xffffffff81000004;
	/* The offset is from the end of the instruction. */
	const unsigned long end = ip + KGR_ENTRY_BYTES;

	KUNIT_EXPECT_TRUE(test, kgr_arch_jump_reaches(ip, end));
	KUNIT_EXPECT_TRUE(test, kgr_arch_jump_reaches(ip, end + S32_MIN));
	KUNIT_EXPECT_FALSE(test, kgr_arch_jump_reaches(ip, end + S32_MIN - 1));
	KUNIT_EXPECT_FALSE(test, kgr_arch_jump_reaches(ip, PAGE_OFFSET));
	/* Modules are above the kernel. */
	KUNIT_EXPECT_TRUE(test, kgr_arch_jump_reaches(ip, 0xfffffffffefffff0));
	KUNIT_EXPECT_TRUE(test, kgr_arch_jump_reaches(ip - SZ_1G,
						      end - SZ_1G + S32_MAX));
	KUNIT_EXPECT_FALSE(test, kgr_arch_jump_reaches(ip - SZ_1G,
						       end - SZ_1G + S32_MAX + 1UL));
}

static struct kunit_case jump_cases[] = {
	KUNIT_CASE(jump_reaches),
	{}
};

static struct kunit_suite jump_suite = {
	.name = "kgraft_jump",
	.test_cases = jump_cases,
};

kunit_test_suites(&universe_suite, &version_suite, &site_suite, &stage_suite,
		  &retry_suite, &jump_suite);
