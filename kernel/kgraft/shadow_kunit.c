// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * shadow_kunit.c - tests of shadow variables: what each call does
 */

#include <kunit/static_stub.h>
#include <kunit/test.h>
#include <linux/delay.h>
#include <linux/slab.h>
#include <trace/events/kgraft.h>

#include "applied.h"
#include "core.h"
#include "shadow_test.h"

/* Numbers of the tests' own. */
#define ID	0x6b677200UL
#define OTHER	0x6b677201UL

static unsigned int complaints;

static void complain(const void *obj, unsigned long id, const char *what)
{
	complaints++;
}

static int shadow_test_init(struct kunit *test)
{
	atomic_set(&constructed, 0);
	atomic_set(&destroyed, 0);
	complaints = 0;
	kunit_activate_static_stub(test, kgr_shadow_complain, complain);
	return 0;
}

/* Also after a test that has failed, for the sake of the next. */
static void shadow_test_exit(struct kunit *test)
{
	kgr_shadow_free_all(ID, NULL);
	kgr_shadow_free_all(OTHER, NULL);
}

/* --- alone --- */

static void shadow_life(struct kunit *test)
{
	void *obj = &objects[0], *data;

	KUNIT_EXPECT_NULL(test, kgr_shadow_get(obj, ID));
	KUNIT_EXPECT_FALSE(test, kgr_shadow_free(obj, ID, destroy));
	data = kgr_shadow_alloc(obj, ID, sizeof(struct content), GFP_KERNEL,
				construct, (void *)1234);
	KUNIT_ASSERT_NOT_NULL(test, data);
	KUNIT_EXPECT_PTR_EQ(test, kgr_shadow_get(obj, ID), data);
	KUNIT_EXPECT_TRUE(test, intact(obj, data));
	KUNIT_EXPECT_EQ(test, ((struct content *)data)->salt, 1234);
	KUNIT_EXPECT_EQ(test, atomic_read(&constructed), 1);

	KUNIT_EXPECT_TRUE(test, kgr_shadow_free(obj, ID, destroy));
	KUNIT_EXPECT_EQ(test, atomic_read(&destroyed), 1);
	KUNIT_EXPECT_NULL(test, kgr_shadow_get(obj, ID));
	KUNIT_EXPECT_FALSE(test, kgr_shadow_free(obj, ID, destroy));
	KUNIT_EXPECT_EQ(test, atomic_read(&destroyed), 1);
	KUNIT_EXPECT_EQ(test, complaints, 0);
}

static void shadow_many_of_one_object(struct kunit *test)
{
	static const unsigned long ids[] = {
		0, 1, 2, ID, OTHER, ID << 32, 1UL << 32, ULONG_MAX,
	};
	void *data[4][ARRAY_SIZE(ids)];
	unsigned int o, i;

	for (o = 0; o < ARRAY_SIZE(data); o++) {
		for (i = 0; i < ARRAY_SIZE(ids); i++) {
			data[o][i] = attach(&objects[o], ids[i]);
			KUNIT_ASSERT_NOT_NULL(test, data[o][i]);
		}
	}
	KUNIT_EXPECT_EQ(test, atomic_read(&constructed),
			ARRAY_SIZE(data) * ARRAY_SIZE(ids));
	for (o = 0; o < ARRAY_SIZE(data); o++) {
		for (i = 0; i < ARRAY_SIZE(ids); i++) {
			void *obj = &objects[o];

			KUNIT_EXPECT_PTR_EQ(test, kgr_shadow_get(obj, ids[i]),
					    data[o][i]);
			KUNIT_EXPECT_TRUE(test, intact(obj, data[o][i]));
			KUNIT_EXPECT_TRUE(test,
					  kgr_shadow_free(obj, ids[i], NULL));
			KUNIT_EXPECT_NULL(test, kgr_shadow_get(obj, ids[i]));
		}
	}
}

static void shadow_is_zeroed_and_aligned(struct kunit *test)
{
	static const size_t sizes[] = { 0, 1, 8, 100, 4096, 100000 };
	unsigned int i;
	void *data;

	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		data = kgr_shadow_alloc(&objects[0], ID, sizes[i], GFP_KERNEL,
					NULL, NULL);
		KUNIT_ASSERT_NOT_NULL(test, data);
		KUNIT_EXPECT_NULL(test, memchr_inv(data, 0, sizes[i]));
		KUNIT_EXPECT_TRUE(test, IS_ALIGNED((unsigned long)data,
						   __alignof__(unsigned long long)));
		memset(data, 0xaa, sizes[i]);
		KUNIT_EXPECT_TRUE(test, kgr_shadow_free(&objects[0], ID, NULL));
	}
	/* Too large for any allocation, and a size that would wrap around */
	KUNIT_EXPECT_NULL(test, kgr_shadow_alloc(&objects[0], ID,
						 KMALLOC_MAX_SIZE, GFP_KERNEL,
						 NULL, NULL));
	KUNIT_EXPECT_NULL(test, kgr_shadow_alloc(&objects[0], ID, SIZE_MAX,
						 GFP_KERNEL, NULL, NULL));
	KUNIT_EXPECT_NULL(test, kgr_shadow_get(&objects[0], ID));
}

static void shadow_alloc_wants_a_new_one(struct kunit *test)
{
	void *obj = &objects[0], *data = attach(obj, ID);

	KUNIT_ASSERT_NOT_NULL(test, data);
	KUNIT_EXPECT_NULL(test, kgr_shadow_alloc(obj, ID, 8, GFP_KERNEL,
						 construct, NULL));
	KUNIT_EXPECT_EQ(test, complaints, 1);
	KUNIT_EXPECT_EQ(test, atomic_read(&constructed), 1);
	KUNIT_EXPECT_PTR_EQ(test, kgr_shadow_get(obj, ID), data);
	KUNIT_EXPECT_TRUE(test, intact(obj, data));
}

static void shadow_get_or_alloc_finds(struct kunit *test)
{
	void *obj = &objects[0], *data = attach(obj, ID);

	KUNIT_ASSERT_NOT_NULL(test, data);
	KUNIT_EXPECT_PTR_EQ(test, attach(obj, ID), data);
	/* Less than there is will do */
	KUNIT_EXPECT_PTR_EQ(test, kgr_shadow_get_or_alloc(obj, ID, 1, GFP_KERNEL,
							  construct, NULL), data);
	KUNIT_EXPECT_EQ(test, complaints, 0);
	/* More than there is would be written past the end */
	KUNIT_EXPECT_NULL(test, kgr_shadow_get_or_alloc(obj, ID,
							sizeof(struct content) + 1,
							GFP_KERNEL, construct,
							NULL));
	KUNIT_EXPECT_EQ(test, complaints, 1);
	KUNIT_EXPECT_EQ(test, atomic_read(&constructed), 1);
	KUNIT_EXPECT_TRUE(test, intact(obj, data));
}

static void count_one(const void *obj, unsigned long id, void *nr)
{
	*(int *)nr += id == ID;
}

/* All that are in the table, ready or not. */
static int in_table(void)
{
	int nr = 0;

	kgr_shadow_visit(count_one, &nr);
	return nr;
}

/* As the constructor of another would see it. */
static int construct_never(void *obj, void *data, void *ctor_data)
{
	bool *hidden = ctor_data;

	*hidden = !kgr_shadow_get(obj, ID);
	return -EIO;
}

static int construct_positive(void *obj, void *data, void *ctor_data)
{
	return 1;
}

static void shadow_constructor_fails(struct kunit *test)
{
	void *obj = &objects[0];
	bool hidden = false;

	KUNIT_EXPECT_NULL(test, kgr_shadow_alloc(obj, ID, 8, GFP_KERNEL,
						 construct_never, &hidden));
	KUNIT_EXPECT_TRUE(test, hidden);
	KUNIT_EXPECT_NULL(test, kgr_shadow_get(obj, ID));
	KUNIT_EXPECT_NULL(test, kgr_shadow_get_or_alloc(obj, ID, 8, GFP_KERNEL,
							construct_positive,
							NULL));
	KUNIT_EXPECT_NULL(test, kgr_shadow_get(obj, ID));
	KUNIT_EXPECT_FALSE(test, kgr_shadow_free(obj, ID, destroy));
	KUNIT_EXPECT_EQ(test, kgr_shadow_free_all(ID, destroy), 0);
	KUNIT_EXPECT_EQ(test, atomic_read(&destroyed), 0);
	KUNIT_EXPECT_EQ(test, in_table(), 0);

	/* The slot is free for the next one */
	KUNIT_EXPECT_NOT_NULL(test, attach(obj, ID));
	KUNIT_EXPECT_EQ(test, in_table(), 1);
	KUNIT_EXPECT_EQ(test, complaints, 0);
}

static gfp_t asked_gfp;

static void *no_memory(size_t size, gfp_t gfp)
{
	asked_gfp = gfp;
	return NULL;
}

static void shadow_no_memory(struct kunit *test)
{
	void *obj = &objects[0], *data;

	kunit_activate_static_stub(test, kgr_shadow_memory, no_memory);
	KUNIT_EXPECT_NULL(test, attach(obj, ID));
	KUNIT_EXPECT_TRUE(test, asked_gfp == GFP_KERNEL);
	KUNIT_EXPECT_NULL(test, kgr_shadow_alloc(obj, ID, 8, GFP_NOWAIT,
						 construct, NULL));
	KUNIT_EXPECT_TRUE(test, asked_gfp == GFP_NOWAIT);
	KUNIT_EXPECT_EQ(test, atomic_read(&constructed), 0);
	KUNIT_EXPECT_NULL(test, kgr_shadow_get(obj, ID));
	kunit_deactivate_static_stub(test, kgr_shadow_memory);

	data = attach(obj, ID);
	KUNIT_ASSERT_NOT_NULL(test, data);
	/* What is there needs none */
	kunit_activate_static_stub(test, kgr_shadow_memory, no_memory);
	KUNIT_EXPECT_PTR_EQ(test, attach(obj, ID), data);
	kunit_deactivate_static_stub(test, kgr_shadow_memory);
}

#define FEW		1000
#define MANY		5000

static void destroy_asleep(void *obj, void *data)
{
	if (atomic_inc_return(&destroyed) % 1000 == 0)
		usleep_range(50, 100);
}

static void shadow_free_all_of_a_kind(struct kunit *test)
{
	unsigned int i, lost = 0;

	for (i = 0; i < MANY; i++)
		KUNIT_ASSERT_NOT_NULL(test, attach(far_object(i), ID));
	for (i = 0; i < FEW; i++)
		KUNIT_ASSERT_NOT_NULL(test, attach(far_object(i), OTHER));

	KUNIT_EXPECT_EQ(test, kgr_shadow_free_all(ID, destroy_asleep), MANY);
	KUNIT_EXPECT_EQ(test, atomic_read(&destroyed), MANY);
	for (i = 0; i < MANY; i++)
		lost += !kgr_shadow_get(far_object(i), ID);
	KUNIT_EXPECT_EQ(test, lost, MANY);
	KUNIT_EXPECT_EQ(test, kgr_shadow_free_all(ID, destroy), 0);

	for (i = 0; i < FEW; i++)
		KUNIT_EXPECT_NOT_NULL(test, kgr_shadow_get(far_object(i), OTHER));
	KUNIT_EXPECT_EQ(test, kgr_shadow_free_all(OTHER, NULL), FEW);
	KUNIT_EXPECT_EQ(test, atomic_read(&destroyed), MANY);
}

static struct kunit_case shadow_cases[] = {
	KUNIT_CASE(shadow_life),
	KUNIT_CASE(shadow_many_of_one_object),
	KUNIT_CASE(shadow_is_zeroed_and_aligned),
	KUNIT_CASE(shadow_alloc_wants_a_new_one),
	KUNIT_CASE(shadow_get_or_alloc_finds),
	KUNIT_CASE(shadow_constructor_fails),
	KUNIT_CASE(shadow_no_memory),
	KUNIT_CASE(shadow_free_all_of_a_kind),
	{}
};

static struct kunit_suite shadow_suite = {
	.name = "kgraft_shadow",
	.init = shadow_test_init,
	.exit = shadow_test_exit,
	.test_cases = shadow_cases,
};

/* --- whose they are --- */

static const struct kgr_shadow_kind both[] = {
	{ .name = "one", .id = ID, .dtor = destroy },
	{ .name = "other", .id = OTHER },
	KGR_SHADOWS_END
};

static const struct kgr_shadow_kind just_one[] = {
	{ .name = "one", .id = ID, .dtor = destroy },
	KGR_SHADOWS_END
};

static const struct kgr_shadow_kind same_twice[] = {
	{ .name = "zero", .id = 0 },
	{ .name = "one", .id = ID },
	{ .name = "other", .id = OTHER },
	{ .name = "one again", .id = ID },
	KGR_SHADOWS_END
};

static struct kgr_applied *owner(struct kunit *test, const char *name,
				 const struct kgr_shadow_kind *shadows)
{
	struct kgr_applied *applied;

	applied = kunit_kzalloc(test, sizeof(*applied), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, applied);
	applied->patch = kunit_kzalloc(test, sizeof(*applied->patch),
				       GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, applied->patch);
	applied->patch->name = name;
	applied->patch->shadows = shadows;
	kgr_patch_set(applied, KGR_FLAG_HELD);
	mutex_lock(&kgr_mutex);
	list_add_tail(&applied->list, &kgr_patches);
	mutex_unlock(&kgr_mutex);
	return applied;
}

static void release(struct kgr_applied *applied)
{
	mutex_lock(&kgr_mutex);
	kgr_shadow_release(applied);
	kgr_patch_clear(applied, KGR_FLAG_HELD);
	mutex_unlock(&kgr_mutex);
}

/* Events of the tests' own variables, by whether they were freed. */
static unsigned int left[2];

static void count_left(void *unused, const char *patch, unsigned long id,
		       const void *obj, bool freed)
{
	if (id == ID || id == OTHER)
		left[freed]++;
}

/* Those of this file, which are all there can be at boot. */
static void forget_owners(void)
{
	struct kgr_applied *applied, *next;

	mutex_lock(&kgr_mutex);
	list_for_each_entry_safe(applied, next, &kgr_patches, list)
		if (!applied->owner)
			list_del(&applied->list);
	mutex_unlock(&kgr_mutex);
}

static int shadow_owner_init(struct kunit *test)
{
	left[0] = 0;
	left[1] = 0;
	shadow_test_init(test);
	return register_trace_kgr_shadow_left(count_left, NULL);
}

static void shadow_owner_exit(struct kunit *test)
{
	unregister_trace_kgr_shadow_left(count_left, NULL);
	tracepoint_synchronize_unregister();
	forget_owners();
	shadow_test_exit(test);
}

static void shadow_check(struct kunit *test)
{
	struct kgr_patch patch = { .name = "kunit" };

	KUNIT_EXPECT_EQ(test, kgr_shadow_check(&patch), 0);
	patch.shadows = both;
	KUNIT_EXPECT_EQ(test, kgr_shadow_check(&patch), 0);
	patch.shadows = same_twice;
	KUNIT_EXPECT_EQ(test, kgr_shadow_check(&patch), -EINVAL);
}

static void shadow_last_owner_frees(struct kunit *test)
{
	struct kgr_applied *a = owner(test, "a", both);
	struct kgr_applied *b = owner(test, "b", just_one);
	unsigned int i;

	for (i = 0; i < FEW; i++) {
		KUNIT_ASSERT_NOT_NULL(test, attach(far_object(i), ID));
		KUNIT_ASSERT_NOT_NULL(test, attach(far_object(i), OTHER));
	}
	/* One stays for b; no patch owns the other */
	release(a);
	KUNIT_EXPECT_EQ(test, left[true], FEW);
	KUNIT_EXPECT_EQ(test, atomic_read(&destroyed), 0);
	KUNIT_EXPECT_NOT_NULL(test, kgr_shadow_get(far_object(0), ID));
	KUNIT_EXPECT_NULL(test, kgr_shadow_get(far_object(0), OTHER));
	release(b);
	KUNIT_EXPECT_EQ(test, left[true], 2 * FEW);
	KUNIT_EXPECT_EQ(test, atomic_read(&destroyed), FEW);
	KUNIT_EXPECT_EQ(test, left[false], 0);
	KUNIT_EXPECT_EQ(test, kgr_shadow_free_all(ID, NULL), 0);
	KUNIT_EXPECT_EQ(test, kgr_shadow_free_all(OTHER, NULL), 0);
}

static void shadow_orderly_leaves_none(struct kunit *test)
{
	struct kgr_applied *a = owner(test, "a", both);

	KUNIT_ASSERT_NOT_NULL(test, attach(&objects[0], ID));
	kgr_shadow_free_all(ID, destroy);
	release(a);
	KUNIT_EXPECT_EQ(test, left[true], 0);
	KUNIT_EXPECT_EQ(test, left[false], 0);
	KUNIT_EXPECT_EQ(test, atomic_read(&destroyed), 1);
}

static void shadow_strays_stay(struct kunit *test)
{
	struct kgr_applied *a = owner(test, "a", NULL);
	struct kgr_applied *b = owner(test, "b", just_one);
	struct kgr_applied *c = owner(test, "c", just_one);
	void *data = attach(&objects[0], OTHER);

	KUNIT_ASSERT_NOT_NULL(test, data);
	KUNIT_ASSERT_NOT_NULL(test, attach(&objects[1], OTHER));
	KUNIT_ASSERT_NOT_NULL(test, attach(&objects[1], ID));
	/* Could be of those that remain, each time */
	release(b);
	release(a);
	KUNIT_EXPECT_EQ(test, left[true] + left[false], 0);
	release(c);
	KUNIT_EXPECT_EQ(test, left[true], 1);
	KUNIT_EXPECT_EQ(test, left[false], 2);
	KUNIT_EXPECT_PTR_EQ(test, kgr_shadow_get(&objects[0], OTHER), data);
}

static struct kunit_case shadow_owner_cases[] = {
	KUNIT_CASE(shadow_check),
	KUNIT_CASE(shadow_last_owner_frees),
	KUNIT_CASE(shadow_orderly_leaves_none),
	KUNIT_CASE(shadow_strays_stay),
	{}
};

static struct kunit_suite shadow_owner_suite = {
	.name = "kgraft_shadow_owner",
	.init = shadow_owner_init,
	.exit = shadow_owner_exit,
	.test_cases = shadow_owner_cases,
};

kunit_test_suites(&shadow_suite, &shadow_owner_suite);
