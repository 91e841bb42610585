// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * frames_kunit.c - tests of the comparison of stacks
 *
 * With stacks that nobody runs on. Those of real sleepers are compared whenever
 * many are woken, and one in a number of results is verified then, see
 * kgr_frames_learn().
 */

#include <kunit/test.h>
#include <linux/sched.h>
#include <linux/sched/task_stack.h>

#include <asm/ptrace.h>

#include "../../../kernel/kgraft/arch.h"

/*
 * A function with a frame pointer is called by one that has made room on its
 * stack, and that is called by the entry code, 10 words from the end.
 */
#define LAST		10

static const struct kgr_frames frames = {
	.nr = 3,
	.at = { { 0, 6 }, { 1, 1 }, { 2, 1 } },
	.entries = { 0x1111, 0x2222, 0x3333 },
	.nr_links = 2,
	.link = { { 0, 5 }, { 1, 0 } },
	.end = { 2, LAST },
};

/**
 * struct a_stack - a task with these frames on its stack
 * @task:	the task
 * @sp:		where its stack ends
 * @first:	the frame of the function with a frame pointer
 * @second:	that of the one that has made room
 */
struct a_stack {
	struct task_struct *task;
	unsigned long *sp, *first, *second;
};

static void make_stack(struct kunit *test, struct a_stack *stack,
		       unsigned int room)
{
	struct task_struct *task = kunit_kzalloc(test, sizeof(*task), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, task);
	task->stack = kunit_kzalloc(test, THREAD_SIZE, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, task->stack);
	stack->task = task;
	stack->second = (unsigned long *)task_pt_regs(task) - LAST;
	stack->first = stack->second - room;
	stack->sp = stack->first - 12;
	task->thread.sp = (unsigned long)stack->sp;
	stack->sp[5] = (unsigned long)stack->first;
	stack->sp[6] = frames.entries[0];
	stack->first[0] = (unsigned long)stack->second;
	stack->first[1] = frames.entries[1];
	stack->second[1] = frames.entries[2];
}

static void expect_no_fit(struct kunit *test, struct a_stack *stack,
			  unsigned long *word, unsigned long value)
{
	unsigned long was = *word;

	*word = value;
	KUNIT_EXPECT_FALSE(test, kgr_arch_frames_fit(stack->task, &frames));
	*word = was;
	KUNIT_EXPECT_TRUE(test, kgr_arch_frames_fit(stack->task, &frames));
}

static void addresses_count(struct kunit *test)
{
	struct a_stack stack;

	make_stack(test, &stack, 20);
	KUNIT_EXPECT_TRUE(test, kgr_arch_frames_fit(stack.task, &frames));
	expect_no_fit(test, &stack, &stack.sp[6], 0x1112);
	expect_no_fit(test, &stack, &stack.first[1], 0x1111);
	expect_no_fit(test, &stack, &stack.second[1], 0);
	/* What is neither an address nor a frame pointer does not. */
	stack.sp[4]++;
	stack.first[2]++;
	KUNIT_EXPECT_TRUE(test, kgr_arch_frames_fit(stack.task, &frames));
}

/* They are followed: to another place, and nowhere off the stack. */
static void links_are_followed(struct kunit *test)
{
	struct a_stack stack;

	make_stack(test, &stack, 20);
	expect_no_fit(test, &stack, &stack.sp[5],
		      (unsigned long)(stack.first + 1));
	expect_no_fit(test, &stack, &stack.sp[5],
		      (unsigned long)stack.first + 1);
	expect_no_fit(test, &stack, &stack.sp[5],
		      (unsigned long)(stack.sp - 1));
	expect_no_fit(test, &stack, &stack.sp[5], 0);
	expect_no_fit(test, &stack, &stack.first[0],
		      (unsigned long)task_pt_regs(stack.task));
}

/* Room that is found by a frame pointer may differ; other room may not. */
static void room_does_not_count(struct kunit *test)
{
	struct a_stack stack;
	unsigned int room;

	for (room = 4; room < 100; room++) {
		make_stack(test, &stack, room);
		KUNIT_EXPECT_TRUE(test,
				  kgr_arch_frames_fit(stack.task, &frames));
	}
	make_stack(test, &stack, 20);
	/* The same frames, one word further from the registers of user mode */
	memmove(stack.sp - 1, stack.sp,
		(stack.second + 2 - stack.sp) * sizeof(long));
	stack.task->thread.sp -= sizeof(long);
	stack.sp[4] -= sizeof(long);
	stack.first[-1] -= sizeof(long);
	KUNIT_EXPECT_FALSE(test, kgr_arch_frames_fit(stack.task, &frames));
}

static struct kunit_case frames_cases[] = {
	KUNIT_CASE(addresses_count),
	KUNIT_CASE(links_are_followed),
	KUNIT_CASE(room_does_not_count),
	{}
};

static struct kunit_suite frames_suite = {
	.name = "kgraft_frames",
	.test_cases = frames_cases,
};

kunit_test_suite(frames_suite);
