// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * refuse.c - functions that cannot be patched, because tasks would never cross
 */

#include <linux/kernel.h>
#include <linux/sched/debug.h>
#include <linux/string.h>

#include "refuse.h"
#include "stack.h"

/*
 * Functions that some task never leaves, so that a change with one of them
 * would never complete: the entry points of kernel threads and idle tasks, and
 * the main loops that have safe points. The only safe point of an interrupt
 * thread is inside irq_wait_for_interrupt().
 */
static const char * const kgr_endless[] = {
	"cpu_startup_entry",
	"irq_thread",
	"irq_wait_for_interrupt",
	"kthread",
	"kthread_worker_fn",
	"kthreadd",
	"rescuer_thread",
	"rest_init",
	"ret_from_fork",
	"smpboot_thread_fn",
	"start_secondary",
	"worker_thread",
};

/*
 * Other functions that may be on the stack at a safe point; and those around
 * kgr_patch_module_going(), which has one.
 */
static const char * const kgr_around_safe_points[] = {
	"__do_sys_delete_module",
	"__do_sys_finit_module",
	"__do_sys_init_module",
	"__ia32_sys_delete_module",
	"__ia32_sys_finit_module",
	"__ia32_sys_init_module",
	"__kthread_parkme",
	"__refrigerator",
	"__se_sys_delete_module",
	"__se_sys_finit_module",
	"__se_sys_init_module",
	"__x64_sys_delete_module",
	"__x64_sys_finit_module",
	"__x64_sys_init_module",
	"arch_do_signal_or_restart",
	"do_freezer_trap",
	"do_idle",
	"do_init_module",
	"do_jobctl_trap",
	"do_signal_stop",
	"get_signal",
	"idempotent_init_module",
	"init_module_from_file",
	"io_sq_thread",
	"io_sqd_handle_event",
	"io_worker_handle_work",
	"io_wq_worker",
	"kthread_parkme",
	"load_module",
	"ptrace_do_notify",
	"ptrace_notify",
	"ptrace_signal",
	"ptrace_stop",
	"syscall_exit_to_user_mode_work",
	"syscall_exit_work",
	"syscall_trace_enter",
	"vhost_task_fn",
};

/* Is @name one of @names, perhaps with a suffix added by the compiler? */
static bool kgr_name_in(const char *name, const char * const *names,
			unsigned int nr)
{
	size_t len = strcspn(name, ".");
	unsigned int i;

	for (i = 0; i < nr; i++)
		if (strlen(names[i]) == len && !strncmp(name, names[i], len))
			return true;
	return false;
}

/**
 * kgr_refuse_target - would patching a function keep tasks from crossing?
 * @addr: the function
 * @name: its name
 *
 * Return: why it cannot be patched; %NULL if it can.
 */
const char *kgr_refuse_target(unsigned long addr, const char *name)
{
	/*
	 * The idle task of an offline CPU is moved from outside, see
	 * kgr_judge()
	 */
	if (strstr(name, "play_dead") || !strcmp(name, "arch_cpu_idle_dead"))
		return "a CPU that is offline stays inside it";
	/* The names below are of the kernel; a module may reuse them */
	if (!core_kernel_text(addr))
		return NULL;
	if (kgr_name_in(name, kgr_endless, ARRAY_SIZE(kgr_endless)))
		return "some tasks never leave it, as it is a main loop or is around one";
	if (kgr_have_reliable_stack())
		return NULL;
	if (in_sched_functions(addr) ||
	    kgr_name_in(name, kgr_around_safe_points,
			ARRAY_SIZE(kgr_around_safe_points)))
		return "tasks sleep inside it, and stacks are not reliable";
	return NULL;
}
