// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * stack.c - which functions a task is inside, by its stack
 *
 * A task that crosses in the middle of kernel code must not be inside a
 * function that its crossing changes: it would continue in code of the old
 * universe, and might return into the text of a freed module. Nor may it be
 * inside the handler, which may have read the task's universe and not yet
 * chosen a version for it.
 */

#include <linux/ftrace.h>
#include <linux/kallsyms.h>
#include <linux/kernel.h>
#include <linux/minmax.h>
#include <linux/percpu.h>
#include <linux/sched.h>
#include <linux/sched/task_stack.h>
#include <linux/stacktrace.h>

#include <asm/sections.h>

#include "frames.h"
#include "site.h"
#include "stack.h"

/* Deeper stacks count as unreliable. */
#define KGR_STACK_ENTRIES	128

/**
 * struct kgr_stack - the result of a stack walk; one for each CPU
 * @entries:	return addresses, those of the innermost calls first, and
 *		room for kgr_site_add_originals()
 * @nr:		number of @entries; or an error if the stack is not reliable
 * @busy:	a walk is in progress; @entries is in use
 *
 * The stack walker is kernel code that may itself be patched. The handler is
 * then called in the middle of a walk and must not begin another: see
 * kgr_cross_at_entry(). Accessed only by its own CPU, with preemption off. An
 * interrupt on that CPU may read @busy, and begins no walk.
 */
struct kgr_stack {
	unsigned long entries[KGR_STACK_ENTRIES + KGR_STACK_ORIGINALS];
	int nr;
	bool busy;
};

static DEFINE_PER_CPU(struct kgr_stack, kgr_stacks);

/* The functions of the handler, see kgr_stack_add_handler(). */
#define KGR_HANDLER_FUNCS	2

static struct kgr_code kgr_handler_code[KGR_HANDLER_FUNCS] __ro_after_init;

/*
 * Was the task preempted inside the handler? It may then have read its universe
 * and not yet chosen a version. It must stay in that universe until it has: an
 * array that is published meanwhile need not have the right answer for a
 * universe in which no task lives any more.
 */
static bool kgr_handler_on_stack(const unsigned long *entries, unsigned int nr)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(kgr_handler_code); i++)
		if (kgr_code_on_stack(entries, nr, kgr_handler_code[i].addr,
				      kgr_handler_code[i].size))
			return true;
	return false;
}

/*
 * Walk the stack of @task, which is current or off its CPU. The result is valid
 * until kgr_stack_put().
 */
static struct kgr_stack *kgr_stack_get(struct task_struct *task)
{
	struct kgr_stack *stack = this_cpu_ptr(&kgr_stacks);

	lockdep_assert_preemption_disabled();

	stack->nr = -EOPNOTSUPP;
	WRITE_ONCE(stack->busy, true);
	/* Set @busy before calling anything that may be patched */
	barrier();
	if (!kgr_have_reliable_stack())
		return stack;
	stack->nr = stack_trace_save_tsk_reliable(task, stack->entries,
						  KGR_STACK_ENTRIES);
	return stack;
}

static void kgr_stack_put(struct kgr_stack *stack)
{
	/* The walk ends before kgr_stack_is_busy() says so */
	barrier();
	WRITE_ONCE(stack->busy, false);
}

/*
 * Index of the first entry that is equal to @to, or -EINVAL if there is none.
 */
static int kgr_stack_find(const struct kgr_stack *stack, unsigned long to)
{
	int i;

	for (i = 0; i < stack->nr; i++)
		if (stack->entries[i] == to)
			return i;
	return -EINVAL;
}

/*
 * Is @task inside a function that its crossing changes? Checks its stack from
 * entry @from on; @entered is as for kgr_site_on_stack(). Returns 0 if it is
 * not; -EAGAIN if it is, with @func set; another error if the stack cannot be
 * judged.
 */
static int kgr_stack_judge(struct kgr_stack *stack, int from,
			   unsigned long entered, struct task_struct *task,
			   u32 to, unsigned long *func)
{
	unsigned long *entries = stack->entries + from;
	const struct kgr_site *site;
	int nr;

	if (stack->nr < 0)
		return stack->nr;
	if (from < 0)
		return from;
	if (kgr_handler_on_stack(entries, stack->nr - from))
		return -EBUSY;
	nr = kgr_site_add_originals(entries, stack->nr - from,
				    ARRAY_SIZE(stack->entries) - from);
	if (nr < 0)
		return nr;
	site = kgr_site_on_stack(entries, nr, entered, task->kgr_universe, to);
	if (!site)
		return 0;
	*func = site->addr;
	return -EAGAIN;
}

/**
 * kgr_stack_check - is a task off its CPU inside code that changes?
 * @task: the task, held off its CPU
 * @to: the universe that it would cross to
 * @func: set to the function that it is inside, for -EAGAIN
 *
 * Context: preemption off.
 * Return: 0 if it is not; -EAGAIN if it is; another error if the stack cannot
 *	   be judged.
 */
int kgr_stack_check(struct task_struct *task, u32 to, unsigned long *func)
{
	struct kgr_stack *stack = kgr_stack_get(task);
	int ret = kgr_stack_judge(stack, 0, 0, task, to, func);

	kgr_stack_put(stack);
	return ret;
}

/**
 * kgr_stack_check_self - is the current task inside code that changes?
 * @to: the universe that it would cross to
 * @caller: the return address at which the check begins
 * @func: set to the function that it is inside, for -EAGAIN
 *
 * The innermost calls belong to this check and must be ignored: if the stack
 * walker is patched, every task would be found inside it. If @caller is not
 * found, because something (such as a return probe) has replaced the address,
 * the whole stack is checked.
 *
 * Context: preemption off.
 * Return: as kgr_stack_check().
 */
int kgr_stack_check_self(u32 to, unsigned long caller, unsigned long *func)
{
	struct kgr_stack *stack = kgr_stack_get(current);
	int ret = kgr_stack_judge(stack, max(kgr_stack_find(stack, caller), 0),
				  0, current, to, func);

	kgr_stack_put(stack);
	return ret;
}

/**
 * kgr_stack_check_entry - as kgr_stack_check_self(), at the entry of a function
 * @to: the universe that it would cross to
 * @ip: where that function calls ftrace; the task does not count as inside it
 *	yet
 * @func: set to the function that it is inside, for -EAGAIN
 *
 * Context: preemption off.
 * Return: as kgr_stack_check(); also an error if the call is not found.
 */
int kgr_stack_check_entry(u32 to, unsigned long ip, unsigned long *func)
{
	struct kgr_stack *stack = kgr_stack_get(current);
	int at = kgr_stack_find(stack, ip + MCOUNT_INSN_SIZE);
	int ret = kgr_stack_judge(stack, at, ip, current, to, func);

	kgr_stack_put(stack);
	return ret;
}

static bool kgr_stack_add(void *cookie, unsigned long addr)
{
	struct kgr_stack *stack = cookie;

	if (stack->nr == KGR_STACK_ENTRIES)
		return false;
	stack->entries[stack->nr++] = addr;
	return true;
}

/*
 * Best-effort unwind of the stack of @task, which is off its CPU. The guess
 * unwinder is useless here: it reports every word that looks like a text
 * address.
 */
static void kgr_stack_unwind(struct kgr_stack *stack, struct task_struct *task)
{
	stack->nr = -EOPNOTSUPP;
	if (IS_ENABLED(CONFIG_UNWINDER_GUESS) || !try_get_task_stack(task))
		return;
	stack->nr = 0;
	arch_stack_walk(kgr_stack_add, stack, task, NULL);
	put_task_stack(task);
}

/* Does the walk end at the entry to the kernel? */
static bool kgr_stack_is_whole(const struct kgr_stack *stack)
{
	unsigned long last;

	if (stack->nr <= 0)
		return false;
	last = stack->entries[stack->nr - 1];
	return last >= (unsigned long)__entry_text_start &&
	       last < (unsigned long)__entry_text_end;
}

/**
 * kgr_stack_save - get the return addresses on the stack of a user task
 * @task: a task that is held off its CPU, asleep in a system call, with its
 *	pi_lock held
 * @entries: set to them, innermost first; valid until interrupts are enabled
 *
 * Good enough to decide whether to wake the task, but not to cross it: accepts
 * frames that the unwinder does not call reliable, such as generated code, as
 * long as the walk reaches the entry to the kernel.
 *
 * Context: kgr_mutex held; interrupts off, which keeps the handler from
 *	    beginning a walk if the caller enters a patched function.
 * Return: how many, or an error if the walk is incomplete.
 */
int kgr_stack_save(struct task_struct *task, const unsigned long **entries)
{
	struct kgr_stack *stack;
	int nr;

	lockdep_assert_irqs_disabled();

	nr = kgr_frames_find(task, entries);
	if (nr)
		return nr;
	stack = kgr_stack_get(task);
	kgr_frames_learn(task, stack->entries, stack->nr);
	if (stack->nr < 0) {
		kgr_stack_unwind(stack, task);
		if (!kgr_stack_is_whole(stack))
			stack->nr = -EINVAL;
	}
	*entries = stack->entries;
	kgr_stack_put(stack);
	return stack->nr;
}

/**
 * kgr_stack_walk - best-effort walk of a stack, for display
 * @task: a task that is held off its CPU
 * @entries: set to the return addresses; valid until interrupts are enabled
 *
 * Context: interrupts off, for the same reason.
 * Return: how many, or an error.
 */
int kgr_stack_walk(struct task_struct *task, const unsigned long **entries)
{
	struct kgr_stack *stack;

	lockdep_assert_irqs_disabled();

	stack = kgr_stack_get(task);
	if (stack->nr < 0)
		kgr_stack_unwind(stack, task);
	*entries = stack->entries;
	kgr_stack_put(stack);
	return stack->nr;
}

/**
 * kgr_stack_is_busy - is a stack walk in progress on this CPU?
 *
 * The stack walker may itself be patched: the handler is then called in the
 * middle of a walk, and must not begin another.
 *
 * Context: preemption off.
 * Return: whether it is.
 */
bool kgr_stack_is_busy(void)
{
	return raw_cpu_read(kgr_stacks.busy);
}

/**
 * kgr_stack_add_handler - register a function of the handler
 * @nr: its index, from 0
 * @func: the function
 *
 * Context: at boot, before the first change.
 * Return: 0, or -ENOENT if the kernel has no symbol for it.
 */
int __init kgr_stack_add_handler(unsigned int nr, void *func)
{
	struct kgr_code *code = &kgr_handler_code[nr];

	code->addr = (unsigned long)func;
	if (!kallsyms_lookup_size_offset(code->addr, &code->size, NULL))
		return -ENOENT;
	return 0;
}
