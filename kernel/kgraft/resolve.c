// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * resolve.c - checking a patch and resolving its functions to addresses
 *
 * Nothing changes yet. Every fault is logged in a line of its own, so that an
 * author sees all of them at once. The errno is that of the first.
 */

#define pr_fmt(fmt) "kgraft: " fmt

#include <linux/ftrace.h>
#include <linux/kallsyms.h>
#include <linux/kernfs.h>
#include <linux/kthread.h>
#include <linux/module.h>
#include <linux/string.h>
#include <linux/sysfs.h>

#include "applied.h"
#include "core.h"
#include "describe.h"
#include "hook.h"
#include "memory.h"
#include "refuse.h"
#include "object.h"
#include "resolve.h"
#include "shadow.h"
#include "symbol.h"
#include "task.h"
#include "walk.h"

static int kgr_check_name(const struct kgr_patch *patch)
{
	struct kernfs_node *kn;

	if (!patch->name || !patch->name[0]) {
		pr_err("a patch without a name; set .name\n");
		return -EINVAL;
	}
	if (strlen(patch->name) >= MODULE_NAME_LEN) {
		pr_err("'%s': the name is too long, it may have at most %zu characters\n",
		       patch->name, MODULE_NAME_LEN - 1);
		return -EINVAL;
	}
	if (strchr(patch->name, '/') || patch->name[0] == '.') {
		pr_err("'%s': a name must not start with '.' or have a '/'\n",
		       patch->name);
		return -EINVAL;
	}
	kn = kernfs_find_and_get(kgr_kobj->sd, patch->name);
	if (kn) {
		kernfs_put(kn);
		pr_err("'%s': the name is taken, see /sys/kernel/kgraft; remove that patch or choose another name\n",
		       patch->name);
		return -EEXIST;
	}
	return 0;
}

/*
 * Whether a task is inside a patch, and may return into it, is told by the text of
 * its module. So a module has one patch.
 */
static int kgr_check_owner(const struct kgr_patch *patch)
{
	const struct kgr_applied *other;

	list_for_each_entry(other, &kgr_patches, list) {
		if (!patch->owner || other->owner != patch->owner)
			continue;
		pr_err("'%s': module %s has a patch already, '%s'; list the functions there, or make another module\n",
		       patch->name ?: "(null)", patch->owner->name,
		       other->patch->name);
		return -EEXIST;
	}
	return 0;
}

/**
 * kgr_check_front - is a patch acceptable that came through another interface?
 * @patch: the description that was made for it
 * @nr: set to the number of its functions
 *
 * What its author wrote was checked there, by the rules of that interface.
 *
 * Context: kgr_mutex held.
 * Return: 0, -EINVAL or -EEXIST; every fault was logged.
 */
int kgr_check_front(const struct kgr_patch *patch, unsigned int *nr)
{
	int ret = kgr_check_name(patch);

	lockdep_assert_held(&kgr_mutex);

	for (*nr = 0; patch->patches[*nr].name; (*nr)++)
		;
	kgr_keep_error(&ret, kgr_check_owner(patch));
	return ret;
}

/**
 * kgr_check_patch - is a patch well-formed?
 * @patch: the author's description
 * @nr: set to the number of its functions
 *
 * Context: kgr_mutex held.
 * Return: 0, -EINVAL or -EEXIST; every fault was logged.
 */
int kgr_check_patch(const struct kgr_patch *patch, unsigned int *nr)
{
	const struct kgr_patch_fun *fun;
	const char *name;
	int ret;

	lockdep_assert_held(&kgr_mutex);

	*nr = 0;
	ret = kgr_check_readable(patch);
	if (ret)
		return ret;
	ret = kgr_check_name(patch);
	name = patch->name ?: "(null)";
	if (!patch->owner) {
		pr_err("'%s': no owner; set .owner = THIS_MODULE in a module\n",
		       name);
		kgr_keep_error(&ret, -EINVAL);
	}
	kgr_keep_error(&ret, kgr_check_owner(patch));
	if (patch->consistency > KGR_CONSISTENCY_FUNCTION) {
		pr_err("'%s': .consistency has no such value: %u\n", name,
		       patch->consistency);
		kgr_keep_error(&ret, -EINVAL);
	}
	if (patch->on_deadline > KGR_DEADLINE_REVERT) {
		pr_err("'%s': .on_deadline has no such value: %u\n",
		       name, patch->on_deadline);
		kgr_keep_error(&ret, -EINVAL);
	}
	kgr_keep_error(&ret, kgr_check_memory(patch));
	for (fun = patch->patches; fun->name || fun->new_fun; fun++) {
		(*nr)++;
		if (fun->name && fun->name[0] && fun->new_fun)
			continue;
		pr_err("'%s': entry %u lacks %s\n", name, *nr,
		       fun->new_fun ? "the name of a function" :
				      "a replacement");
		kgr_keep_error(&ret, -EINVAL);
	}
	if (!*nr) {
		pr_err("'%s': no functions to replace\n", name);
		kgr_keep_error(&ret, -EINVAL);
	}
	kgr_keep_error(&ret, kgr_shadow_check(patch));
	kgr_keep_error(&ret, kgr_check_description(patch, *nr));
	return ret;
}

/* Why an address cannot be patched; NULL if ftrace can reach it. */
static const char *kgr_unreachable(struct kgr_func *func)
{
	const struct module *mod = func->obj->mod;

	if (mod && !within_module_mem_type(func->addr, mod, MOD_TEXT))
		return "it is not in the module's text, or is init code";
	func->ip = ftrace_location(func->addr);
	if (!func->ip ||
	    !kallsyms_lookup_size_offset(func->addr, &func->size, NULL))
		return "ftrace cannot reach it (inlined, notrace, noinstr, or not a function)";
	return kgr_refuse_target(func->addr, func->fun->name);
}

/* Two names may share one address: compare the addresses. */
static int kgr_check_twice(const struct kgr_applied *applied,
			   const struct kgr_func *func)
{
	const struct kgr_func *f;

	for (f = applied->funcs; f < func; f++) {
		/* Of livepatch's aliases, the last one counts. */
		if (f->ip != func->ip || applied->front)
			continue;
		/* Logged by kgr_check_description() */
		if (kgr_describes_same(f->fun, func->fun))
			return -EINVAL;
		pr_err("'%s': '%s' and '%s' are the same function\n",
		       applied->patch->name, f->fun->name, func->fun->name);
		return -EINVAL;
	}
	return 0;
}

/**
 * struct kgr_threads - kernel threads whose main function is patched
 * @addr:	the function
 * @nr:		their number
 * @pid:	PID of one of them
 * @comm:	its name
 */
struct kgr_threads {
	unsigned long addr;
	unsigned int nr;
	pid_t pid;
	char comm[TASK_COMM_LEN];
};

static void kgr_count_thread(struct task_struct *task, void *arg)
{
	struct kgr_threads *threads = arg;

	if (!(kgr_task_flags(task) & PF_KTHREAD) ||
	    (unsigned long)kthread_func(task) != threads->addr)
		return;
	threads->nr++;
	threads->pid = task->pid;
	strscpy(threads->comm, task->comm);
}

/*
 * Warn if the function is the main function of running kernel threads: they run
 * the original until they end. That may be intended, if only threads that start
 * later matter, so it is not an error.
 */
static void kgr_note_main(const struct kgr_applied *applied,
			  const struct kgr_func *func)
{
	struct kgr_threads threads = { .addr = func->addr };

	kgr_visit_tasks(kgr_count_thread, &threads);
	if (threads.nr)
		pr_warn("'%s': '%s' is the main function of %u kernel threads, such as %s [%d]: the change will be in progress until they end\n",
			applied->patch->name, func->fun->name, threads.nr,
			threads.comm, threads.pid);
}

struct kgr_mains {
	const struct kgr_applied *applied;
	bool found;
};

static void kgr_find_main(struct task_struct *task, void *arg)
{
	struct kgr_mains *mains = arg;
	const struct kgr_func *func;

	if (!(kgr_task_flags(task) & PF_KTHREAD))
		return;
	kgr_for_each_func(mains->applied, func)
		if (func->addr &&
		    func->addr == (unsigned long)kthread_func(task))
			mains->found = true;
}

/**
 * kgr_note_mains - warn about functions that some thread never leaves
 * @applied: the patch, its functions resolved
 *
 * Context: kgr_mutex held.
 */
void kgr_note_mains(const struct kgr_applied *applied)
{
	struct kgr_mains mains = { .applied = applied };
	const struct kgr_func *func;

	lockdep_assert_held(&kgr_mutex);

	/*
	 * Rare: one walk for all functions first, then one for each function.
	 */
	kgr_visit_tasks(kgr_find_main, &mains);
	if (!mains.found)
		return;
	kgr_for_each_func(applied, func) {
		if (func->addr)
			kgr_note_main(applied, func);
		cond_resched();
	}
}

/**
 * kgr_resolve - resolve a function of a patch
 * @applied: the patch
 * @func: one of its functions; its object is loaded
 *
 * Context: kgr_mutex held, may sleep.
 * Return: 0; -EINVAL, -ENOENT or -EBUSY, and every fault was logged.
 */
int kgr_resolve(const struct kgr_applied *applied, struct kgr_func *func)
{
	const struct kgr_patch_fun *fun = func->fun;
	const char *patch = applied->patch->name, *why;
	int ret = 0;

	lockdep_assert_held(&kgr_mutex);

	cond_resched();
	/* Logged by kgr_check_patch() */
	if (!fun->name || !fun->name[0] || !fun->new_fun)
		return -EINVAL;
	/* The interface it came through may have rules of its own for names. */
	if (!applied->front)
		kgr_keep_error(&ret, kgr_find_symbol(patch, fun->name,
						     fun->objname, fun->sympos,
						     &func->addr));
	if (!func->addr)
		return ret;
	why = kgr_unreachable(func);
	if (why) {
		pr_err("'%s': '%s' cannot be patched: %s\n", patch, fun->name,
		       why);
		func->ip = 0;
		kgr_keep_error(&ret, -EINVAL);
		return ret;
	}
	kgr_keep_error(&ret, kgr_check_twice(applied, func));
	kgr_keep_error(&ret, kgr_hook_check(fun->name, func->ip));
	return ret;
}
