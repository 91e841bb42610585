// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * frames_kunit.c - tests of the comparison of stacks
 *
 * With stacks that nobody runs on. Those of real sleepers are compared whenever
 * many are woken, and one in a number of results is verified then: a wrong one
 * is a warning, see kgr_frames_learn().
 */

#include <kunit/test.h>
#include <linux/sched.h>
#include <linux/sched/task_stack.h>

#include <asm/processor.h>
#include <asm/ptrace.h>

#include "../../../kernel/kgraft/arch.h"

#define WORDS	40

static const struct kgr_frames frames = {
	.depth = WORDS * sizeof(long),
	.nr = 3,
	.at = { 6, 17, WORDS - 1 },
	.entries = { 0x1111, 0x2222, 0x3333 },
	.nr_links = 2,
	.link_at = { 5, 16 },
	.link_to = { 16, WORDS - 2 },
};

/* A task with these frames on its stack, which is given a number of words. */
static unsigned long *a_stack(struct kunit *test, struct task_struct *task,
			      unsigned int words)
{
	unsigned long *sp;
	unsigned int i;

	task->stack = kunit_kzalloc(test, THREAD_SIZE, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, task->stack);
	sp = (unsigned long *)task_pt_regs(task) - words;
	task->thread.sp = (unsigned long)sp;
	for (i = 0; i < frames.nr; i++)
		sp[frames.at[i]] = frames.entries[i];
	for (i = 0; i < frames.nr_links; i++)
		sp[frames.link_at[i]] = (unsigned long)(sp + frames.link_to[i]);
	return sp;
}

static void stacks_fit(struct kunit *test)
{
	struct task_struct *task = kunit_kzalloc(test, sizeof(*task), GFP_KERNEL);
	unsigned long *sp;
	unsigned int i;

	KUNIT_ASSERT_NOT_NULL(test, task);
	sp = a_stack(test, task, WORDS);
	KUNIT_EXPECT_TRUE(test, kgr_arch_frames_fit(task, &frames));
	/* What is neither a return address nor a frame pointer does not count. */
	sp[4]++;
	KUNIT_EXPECT_TRUE(test, kgr_arch_frames_fit(task, &frames));
	for (i = 0; i < frames.nr; i++) {
		sp[frames.at[i]]++;
		KUNIT_EXPECT_FALSE(test, kgr_arch_frames_fit(task, &frames));
		sp[frames.at[i]]--;
	}
	for (i = 0; i < frames.nr_links; i++) {
		sp[frames.link_at[i]] += sizeof(long);
		KUNIT_EXPECT_FALSE(test, kgr_arch_frames_fit(task, &frames));
		sp[frames.link_at[i]] -= sizeof(long);
	}
	KUNIT_EXPECT_TRUE(test, kgr_arch_frames_fit(task, &frames));
}

/* The same addresses in the same places, but one word deeper or less deep. */
static void depth_counts(struct kunit *test)
{
	struct task_struct *task = kunit_kzalloc(test, sizeof(*task), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, task);
	a_stack(test, task, WORDS + 1);
	KUNIT_EXPECT_FALSE(test, kgr_arch_frames_fit(task, &frames));
	a_stack(test, task, WORDS - 1);
	KUNIT_EXPECT_FALSE(test, kgr_arch_frames_fit(task, &frames));
}

/* Different stacks may have the same key, but the same must not have different ones. */
static void keys_agree(struct kunit *test)
{
	struct task_struct *task = kunit_kzalloc(test, sizeof(*task), GFP_KERNEL);
	unsigned long key;

	KUNIT_ASSERT_NOT_NULL(test, task);
	a_stack(test, task, WORDS);
	task_pt_regs(task)->orig_ax = 1;
	key = kgr_arch_frames_key(task);
	a_stack(test, task, WORDS);
	task_pt_regs(task)->orig_ax = 1;
	KUNIT_EXPECT_EQ(test, kgr_arch_frames_key(task), key);
	task_pt_regs(task)->orig_ax = 2;
	KUNIT_EXPECT_NE(test, kgr_arch_frames_key(task), key);
}

static struct kunit_case frames_cases[] = {
	KUNIT_CASE(stacks_fit),
	KUNIT_CASE(depth_counts),
	KUNIT_CASE(keys_agree),
	{}
};

static struct kunit_suite frames_suite = {
	.name = "kgraft_frames",
	.test_cases = frames_cases,
};

kunit_test_suite(frames_suite);
