// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * nested_kunit.c - tests of what a task is inside of, where a patch replaces a
 * function of another
 */

#include <kunit/test.h>
#include <linux/err.h>
#include <linux/list.h>
#include <linux/preempt.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>

#include "core.h"
#include "site.h"
#include "site_table.h"
#include "version.h"

/*
 * What is on a stack, by a table of sites that no handler uses: "f" of the
 * kernel is replaced by PATCH1 in universe 1, until 3. Its replacement is
 * replaced by PATCH2 in universe 2.
 */
#define KERNEL	0x1000UL
#define PATCH1	0x20000UL
#define PATCH2	0x30000UL
#define OTHERS	0x40000UL
#define TEXT	0x1000UL
#define ENTRY	4

static LIST_HEAD(nested_sites);

static struct kgr_site *nested_add(struct kunit *test, unsigned long addr,
				   unsigned long text, u32 from, u32 until)
{
	struct kgr_site *site = kgr_site_alloc("f", addr, 16, addr + ENTRY);
	struct kgr_version add = {
		.addr = text, .text = text, .size = TEXT,
		.from = from, .until = until, .ended = until,
	};

	KUNIT_EXPECT_NOT_NULL(test, site);
	if (!site)
		return NULL;
	site->in_patch = addr >= PATCH1 && addr < OTHERS;
	list_add_tail(&site->list, &nested_sites);
	kgr_site_publish(site, kgr_versions_add(NULL, &add, 0));
	KUNIT_EXPECT_NOT_NULL(test, kgr_site_versions(site));
	return site;
}

/* Looks at stacks while the table has the sites that @add adds. */
static void nested_run(struct kunit *test,
		       struct kgr_site *(*add)(struct kunit *test),
		       void (*look)(struct kunit *test, struct kgr_site *f))
{
	struct kgr_site_table *table, *before;
	struct kgr_site *f, *site, *next;

	mutex_lock(&kgr_mutex);
	/* Tasks would run the originals meanwhile. */
	if (!list_empty(&kgr_sites)) {
		mutex_unlock(&kgr_mutex);
		kunit_skip(test, "functions are patched");
	}
	f = add(test);
	table = kgr_site_table_build(&nested_sites, NULL);
	KUNIT_EXPECT_NOT_NULL(test, table);
	if (table) {
		before = kgr_site_table_swap(table);
		look(test, f);
		kgr_site_table_swap(before);
		/* A stack may have been judged by it. */
		synchronize_rcu();
		kfree(table);
	}
	list_for_each_entry_safe(site, next, &nested_sites, list) {
		list_del(&site->list);
		kfree(kgr_site_versions(site));
		kfree(site);
	}
	mutex_unlock(&kgr_mutex);
}

static const struct kgr_site *nested_inside(unsigned long *entries,
					    unsigned int nr, unsigned int max,
					    unsigned long entered, u32 from)
{
	const struct kgr_site *site = ERR_PTR(-E2BIG);
	int ret;

	preempt_disable();
	ret = kgr_site_add_originals(entries, nr, max);
	if (ret >= 0)
		site = kgr_site_on_stack(entries, ret, entered, from, 3);
	preempt_enable();
	return site;
}

static struct kgr_site *nested_add_two(struct kunit *test)
{
	struct kgr_site *f = nested_add(test, KERNEL, PATCH1, 1, 3);

	nested_add(test, PATCH1, PATCH2, 2, 0);
	return f;
}

static void nested_look_through(struct kunit *test, struct kgr_site *f)
{
	unsigned long outside[3] = { OTHERS, KERNEL + 20 };
	unsigned long first[3] = { PATCH1 + 0x80, OTHERS };
	unsigned long second[3] = { PATCH2 + 0x80, OTHERS };
	unsigned long full[2] = { PATCH2 + 0x80, OTHERS };

	KUNIT_EXPECT_NULL(test, nested_inside(outside, 2, 3, 0, 2));
	KUNIT_EXPECT_PTR_EQ(test, f, nested_inside(first, 2, 3, 0, 2));
	KUNIT_EXPECT_PTR_EQ(test, f, nested_inside(second, 2, 3, 0, 2));
	KUNIT_EXPECT_TRUE(test, IS_ERR(nested_inside(full, 2, 2, 0, 2)));
}

static void nested_sees_through(struct kunit *test)
{
	nested_run(test, nested_add_two, nested_look_through);
}

static void nested_look_at_entry(struct kunit *test, struct kgr_site *f)
{
	unsigned long f_entry = KERNEL + ENTRY, r_entry = PATCH1 + ENTRY;
	unsigned long into_f[3] = { f_entry + 5, OTHERS };
	unsigned long into_r[3] = { r_entry + 5, OTHERS };
	unsigned long again[3] = { f_entry + 5, f_entry + 8 };

	KUNIT_EXPECT_NULL(test, nested_inside(into_f, 2, 3, f_entry, 1));
	KUNIT_EXPECT_PTR_EQ(test, f, nested_inside(into_r, 2, 3, r_entry, 1));
	KUNIT_EXPECT_PTR_EQ(test, f, nested_inside(again, 2, 3, f_entry, 1));
}

/*
 * On the way into a function, a task is not inside that; but inside what the
 * patch replaces that has the function, and inside the function if it is called
 * by itself.
 */
static void nested_is_entered(struct kunit *test)
{
	nested_run(test, nested_add_two, nested_look_at_entry);
}

static struct kgr_site *nested_add_many(struct kunit *test)
{
	unsigned int i;

	for (i = 0; i < 200; i++)
		nested_add(test, OTHERS + 16 * i, PATCH1, 1, 0);
	return nested_add(test, KERNEL, PATCH1, 1, 0);
}

static void nested_look_past(struct kunit *test, struct kgr_site *f)
{
	unsigned long entries[3] = { PATCH1 + 0x80, OTHERS };

	KUNIT_EXPECT_NULL(test, nested_inside(entries, 2, 3, 0, 2));
}

/* Functions of modules that are not patches lead nowhere, however many. */
static void nested_ignores_others(struct kunit *test)
{
	nested_run(test, nested_add_many, nested_look_past);
}

static struct kgr_site *nested_add_settled(struct kunit *test)
{
	nested_add(test, PATCH1, PATCH2, 2, 0);
	return NULL;
}

static void nested_look_for_settled(struct kunit *test, struct kgr_site *f)
{
	unsigned long entries[3] = { PATCH2 + 0x80, OTHERS };

	preempt_disable();
	KUNIT_EXPECT_EQ(test, 3, kgr_site_add_originals(entries, 2, 3));
	preempt_enable();
	KUNIT_EXPECT_EQ(test, PATCH1, entries[2]);
}

/*
 * A patch was reverted, and its functions are settled: that a task is inside it,
 * in what replaces a part of it, still shows.
 */
static void nested_outlives_versions(struct kunit *test)
{
	nested_run(test, nested_add_settled, nested_look_for_settled);
}

static struct kunit_case nested_cases[] = {
	KUNIT_CASE(nested_sees_through),
	KUNIT_CASE(nested_outlives_versions),
	KUNIT_CASE(nested_is_entered),
	KUNIT_CASE(nested_ignores_others),
	{}
};

static struct kunit_suite nested_suite = {
	.name = "kgraft_nested",
	.test_cases = nested_cases,
};

kunit_test_suite(nested_suite);
