// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * syscall_kunit.c - tests of what is said about system calls
 *
 * A task that sleeps in each of them takes many programs, and a 32-bit one for each
 * call of those: here it is only described. The selftests wake_table and continued
 * have the most important ones with all that follows.
 */

#include <kunit/test.h>
#include <linux/fcntl.h>
#include <linux/io_uring.h>
#include <linux/ipc.h>
#include <linux/kallsyms.h>
#include <linux/kvm.h>
#include <linux/mman.h>
#include <linux/net.h>
#include <linux/personality.h>
#include <linux/sched.h>
#include <linux/socket.h>
#include <linux/syslog.h>
#include <linux/time.h>
#include <linux/uaccess.h>
#include <uapi/linux/futex.h>
#include <uapi/linux/wait.h>

#include <net/compat.h>

#include <asm/syscall.h>
#include <asm/unistd.h>

#ifdef CONFIG_IA32_EMULATION
#include <asm/unistd_32_ia32.h>
#endif

#include "../../../kernel/kgraft/arch.h"
#include "../../../kernel/kgraft/flags.h"
#include "syscall.h"

/**
 * struct call - a system call, and what is said of it
 * @nr:		its number
 * @restart:	what is said
 * @args:	its arguments
 */
struct call {
	int nr;
	enum kgr_restart restart;
	unsigned long args[KGR_SYSCALL_ARGS];
};

/* What is asked for of a task, but no more. */
static struct task_struct *a_task(struct kunit *test)
{
	struct task_struct *task = kunit_kzalloc(test, sizeof(*task), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, task);
	task->stack = kunit_kzalloc(test, THREAD_SIZE, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, task->stack);
	spin_lock_init(&task->alloc_lock);
	return task;
}

static void enters(struct task_struct *task, const struct call *call)
{
	struct pt_regs *regs = task_pt_regs(task);
	const unsigned long *args = call->args;

	regs->orig_ax = call->nr;
	if (kgr_in_compat(task)) {
		regs->bx = args[0];
		regs->cx = args[1];
		regs->dx = args[2];
		regs->si = args[3];
		regs->di = args[4];
		regs->bp = args[5];
	} else {
		regs->di = args[0];
		regs->si = args[1];
		regs->dx = args[2];
		regs->r10 = args[3];
		regs->r8 = args[4];
		regs->r9 = args[5];
	}
}

static enum kgr_restart asked(struct task_struct *task, const struct call *call)
{
	unsigned long args[KGR_SYSCALL_ARGS];

	enters(task, call);
	return kgr_arch_syscall_restarts(task, args);
}

static void is_said(struct kunit *test, struct task_struct *task,
		    const struct call *calls, size_t nr)
{
	size_t i;

	for (i = 0; i < nr; i++)
		KUNIT_EXPECT_EQ_MSG(test, asked(task, &calls[i]),
				    calls[i].restart, "row %zu, call %d", i,
				    calls[i].nr);
}

static const struct call native_calls[] = {
	{ __NR_wait4, KGR_RESTART_AGAIN },
	{ __NR_waitid, KGR_RESTART_AGAIN, { P_PID } },
	{ __NR_waitid, KGR_RESTART_FILE, { P_PIDFD } },
	{ __NR_pause, KGR_RESTART_AGAIN },
	{ __NR_rt_sigsuspend, KGR_RESTART_SUSPEND },
	{ __NR_rt_sigtimedwait, KGR_RESTART_AGAIN },
	{ __NR_rt_sigtimedwait, KGR_RESTART_BLOCK, { [2] = 1 } },
	{ __NR_epoll_wait, KGR_RESTART_FD, { [3] = -1 } },
	{ __NR_epoll_wait, KGR_RESTART_FD_BLOCK, { [3] = 0 } },
	{ __NR_epoll_pwait, KGR_RESTART_FD, { [3] = -1 } },
	{ __NR_epoll_pwait, KGR_RESTART_FD_BLOCK, { [3] = 1000 } },
	{ __NR_epoll_pwait2, KGR_RESTART_FD },
	{ __NR_epoll_pwait2, KGR_RESTART_FD_BLOCK, { [3] = 1 } },
	{ __NR_semop, KGR_RESTART_AGAIN },
	{ __NR_semtimedop, KGR_RESTART_AGAIN },
	{ __NR_semtimedop, KGR_RESTART_BLOCK, { [3] = 1 } },
	{ __NR_io_getevents, KGR_RESTART_AGAIN, { [1] = 1 } },
	{ __NR_io_getevents, KGR_RESTART_BLOCK, { [1] = 2 } },
	{ __NR_io_getevents, KGR_RESTART_BLOCK, { [1] = 1, [4] = 1 } },
	{ __NR_io_getevents, KGR_RESTART_AGAIN, { [1] = -1 } },
	{ __NR_io_pgetevents, KGR_RESTART_AGAIN },
	{ __NR_io_uring_enter, KGR_RESTART_FD },
	{ __NR_io_uring_enter, KGR_RESTART_FD_BLOCK, { [1] = 1 } },
	{ __NR_io_uring_enter, KGR_RESTART_FD_BLOCK,
	  { [3] = IORING_ENTER_EXT_ARG } },
	{ __NR_io_uring_enter, KGR_RESTART_NO, { [3] = IORING_ENTER_SQ_WAIT } },
	{ __NR_io_uring_enter, KGR_RESTART_AGAIN,
	  { [3] = IORING_ENTER_REGISTERED_RING } },
	{ __NR_io_uring_enter, KGR_RESTART_BLOCK,
	  { [1] = 1, [3] = IORING_ENTER_REGISTERED_RING } },
	{ __NR_poll, KGR_RESTART_BLOCK },
	{ __NR_nanosleep, KGR_RESTART_BLOCK },
	{ __NR_clock_nanosleep, KGR_RESTART_BLOCK },
	{ __NR_clock_nanosleep, KGR_RESTART_AGAIN, { [1] = TIMER_ABSTIME } },
	{ __NR_select, KGR_RESTART_AGAIN },
	{ __NR_pselect6, KGR_RESTART_AGAIN },
	{ __NR_ppoll, KGR_RESTART_AGAIN },
	{ __NR_restart_syscall, KGR_RESTART_AGAIN },
	{ __NR_futex, KGR_RESTART_AGAIN, { [1] = FUTEX_WAIT } },
	{ __NR_futex, KGR_RESTART_BLOCK,
	  { [1] = FUTEX_WAIT_BITSET_PRIVATE, [3] = 1 } },
	{ __NR_futex, KGR_RESTART_AGAIN, { [1] = FUTEX_LOCK_PI, [3] = 1 } },
	{ __NR_futex, KGR_RESTART_AGAIN,
	  { [1] = FUTEX_LOCK_PI2 | FUTEX_CLOCK_REALTIME } },
	{ __NR_futex, KGR_RESTART_NO, { [1] = FUTEX_WAIT_REQUEUE_PI } },
	{ __NR_futex, KGR_RESTART_NO, { [1] = FUTEX_WAKE } },
	{ __NR_futex_wait, KGR_RESTART_AGAIN, { [4] = 1 } },
	{ __NR_futex_waitv, KGR_RESTART_AGAIN, { [3] = 1 } },
	{ __NR_msgrcv, KGR_RESTART_AGAIN },
	{ __NR_msgsnd, KGR_RESTART_AGAIN },
	{ __NR_mq_timedreceive, KGR_RESTART_FILE },
	{ __NR_mq_timedsend, KGR_RESTART_FILE },
	{ __NR_read, KGR_RESTART_READ },
	{ __NR_readv, KGR_RESTART_READV },
	{ __NR_accept, KGR_RESTART_RECV },
	{ __NR_accept4, KGR_RESTART_RECV },
	{ __NR_recvfrom, KGR_RESTART_RECVFROM },
	{ __NR_recvmmsg, KGR_RESTART_RECV, { [2] = 1 } },
	{ __NR_recvmmsg, KGR_RESTART_RECV, { [2] = 9, [3] = MSG_WAITFORONE } },
	{ __NR_recvmmsg, KGR_RESTART_RECVMMSG, { [2] = 9 } },
	{ __NR_recvmmsg, KGR_RESTART_RECVMMSG, { [2] = 1, [4] = 1 } },
	{ __NR_recvmmsg, KGR_RESTART_NO, { [2] = 1, [3] = MSG_WAITALL } },
	{ __NR_syslog, KGR_RESTART_AGAIN, { [0] = SYSLOG_ACTION_READ } },
	{ __NR_syslog, KGR_RESTART_NO, { [0] = SYSLOG_ACTION_READ_ALL } },
	{ __NR_write, KGR_RESTART_WRITE },
	{ __NR_writev, KGR_RESTART_WRITEV },
	{ __NR_sendto, KGR_RESTART_SENDTO },
	{ __NR_sendfile, KGR_RESTART_SENDFILE },
	{ __NR_connect, KGR_RESTART_CONNECT },
	{ __NR_flock, KGR_RESTART_FLOCK },
	{ __NR_fcntl, KGR_RESTART_LOCK, { [1] = F_SETLKW } },
	{ __NR_fcntl, KGR_RESTART_LOCK, { [1] = F_OFD_SETLKW } },
	{ __NR_fcntl, KGR_RESTART_NO, { [1] = F_SETLK } },
	{ __NR_ioctl, KGR_RESTART_EINTR, { [1] = KVM_RUN } },
	{ __NR_ioctl, KGR_RESTART_NO, { [1] = KVM_GET_API_VERSION } },
	{ __NR_splice, KGR_RESTART_PIPES },
	{ __NR_tee, KGR_RESTART_TEE },
	{ __NR_vmsplice, KGR_RESTART_FILE },
	{ __NR_getpid, KGR_RESTART_NO },
	{ __NR_pread64, KGR_RESTART_NO },
	{ -1, KGR_RESTART_NO },
	{ 100000, KGR_RESTART_NO },
};

static void native(struct kunit *test)
{
	is_said(test, a_task(test), native_calls, ARRAY_SIZE(native_calls));
}

/* These write back how much of their timeout is left, or must not. */
static void native_sticky(struct kunit *test)
{
	static const struct call calls[] = {
		{ __NR_select, KGR_RESTART_BLOCK },
		{ __NR_pselect6, KGR_RESTART_BLOCK },
		{ __NR_ppoll, KGR_RESTART_BLOCK },
	};
	struct task_struct *task = a_task(test);

	task->personality = STICKY_TIMEOUTS;
	is_said(test, task, calls, ARRAY_SIZE(calls));
}

/* The call that was left is the one that counts. */
static void native_continued(struct kunit *test)
{
	const struct call call = { __NR_restart_syscall, KGR_RESTART_FD_BLOCK };
	struct task_struct *task = a_task(test);

	task_set_kgr_continued(task);
	task->restart_block.kgr.nr = __NR_epoll_wait;
	task->restart_block.kgr.args[3] = 5;
	is_said(test, task, &call, 1);
	KUNIT_EXPECT_TRUE(test, kgr_arch_in_restart_syscall(task));
	enters(task, &(struct call){ __NR_read });
	KUNIT_EXPECT_FALSE(test, kgr_arch_in_restart_syscall(task));
}

/* Continued by epoll's own function, which looks up the descriptor again. */
static void is_epoll(struct kunit *test, struct task_struct *task, int nr)
{
	const struct call call = { nr, KGR_RESTART_FD };
	unsigned long args[KGR_SYSCALL_ARGS];
	unsigned long fn = kallsyms_lookup_name("do_restart_epoll");

	if (!fn)
		kunit_skip(test, "needs CONFIG_EPOLL");
	task->restart_block.fn = (void *)fn;
	task->restart_block.epoll.epfd = 7;
	is_said(test, task, &call, 1);
	kgr_arch_syscall_restarts(task, args);
	KUNIT_EXPECT_EQ(test, args[0], 7);
}

static void native_epoll(struct kunit *test)
{
	is_epoll(test, a_task(test), __NR_restart_syscall);
}

/* The descriptor is looked up where it is in other calls. */
static void pidfd(struct kunit *test)
{
	struct task_struct *task = a_task(test);
	unsigned long args[KGR_SYSCALL_ARGS];

	enters(task, &(struct call){ __NR_waitid, .args = { P_PIDFD, 7 } });
	KUNIT_EXPECT_EQ(test, kgr_arch_syscall_restarts(task, args),
			KGR_RESTART_FILE);
	KUNIT_EXPECT_EQ(test, args[0], 7);
}

static void names(struct kunit *test)
{
	struct task_struct *task = a_task(test);

	enters(task, &(struct call){ __NR_read });
	KUNIT_EXPECT_STREQ(test, kgr_arch_syscall_name(task), "read");
	enters(task, &(struct call){ 100000 });
	KUNIT_EXPECT_STREQ(test, kgr_arch_syscall_name(task), "unknown");
	enters(task, &(struct call){ -1 });
	KUNIT_EXPECT_NULL(test, kgr_arch_syscall_name(task));
#ifdef CONFIG_IA32_EMULATION
	task_thread_info(task)->status |= TS_COMPAT;
	enters(task, &(struct call){ __NR_ia32_waitpid });
	KUNIT_EXPECT_STREQ(test, kgr_arch_syscall_name(task), "waitpid");
	enters(task, &(struct call){ 100000 });
	KUNIT_EXPECT_STREQ(test, kgr_arch_syscall_name(task), "unknown");
#endif
}

/* --- with something in user memory --- */

#define WHERE	0x10000000UL

/* Returns whether it can be read by the task, too. */
static bool in_memory(struct kunit *test, struct task_struct *task,
		      const void *data, size_t size)
{
	if (kunit_vm_mmap(test, NULL, WHERE, PAGE_SIZE, PROT_READ | PROT_WRITE,
			  MAP_ANONYMOUS | MAP_PRIVATE | MAP_FIXED, 0) != WHERE)
		return false;
	task->mm = current->mm;
	return !copy_to_user((void __user *)WHERE, data, size);
}

static void native_headers(struct kunit *test)
{
	static const struct call calls[] = {
		{ __NR_sendmsg, KGR_RESTART_SENDTO, { 0, WHERE } },
		{ __NR_recvmsg, KGR_RESTART_RECV, { 0, WHERE } },
		{ __NR_recvmsg, KGR_RESTART_RECVFROM, { 0, WHERE, MSG_WAITALL } },
	};
	static const struct call controlled[] = {
		{ __NR_sendmsg, KGR_RESTART_SEND, { 0, WHERE } },
		{ __NR_recvmsg, KGR_RESTART_RECV, { 0, WHERE } },
		{ __NR_recvmsg, KGR_RESTART_NO, { 0, WHERE, MSG_WAITALL } },
	};
	struct task_struct *task = a_task(test);
	struct user_msghdr msg = { };
	unsigned long args[KGR_SYSCALL_ARGS];

	/* without memory, it may have room for anything */
	is_said(test, task, controlled, ARRAY_SIZE(controlled));
	KUNIT_ASSERT_TRUE(test, in_memory(test, task, &msg, sizeof(msg)));
	is_said(test, task, calls, ARRAY_SIZE(calls));
	enters(task, &(struct call){ __NR_sendmsg, 0, { 7, WHERE, MSG_MORE } });
	kgr_arch_syscall_restarts(task, args);
	KUNIT_EXPECT_EQ(test, args[0], 7);
	KUNIT_EXPECT_EQ(test, args[3], MSG_MORE);
	msg.msg_controllen = 1;
	KUNIT_ASSERT_TRUE(test, in_memory(test, task, &msg, sizeof(msg)));
	is_said(test, task, controlled, ARRAY_SIZE(controlled));
}

#ifdef CONFIG_IA32_EMULATION
static struct task_struct *a_compat_task(struct kunit *test)
{
	struct task_struct *task = a_task(test);

	task_thread_info(task)->status |= TS_COMPAT;
	return task;
}

static const struct call compat_calls[] = {
	{ __NR_ia32_wait4, KGR_RESTART_AGAIN },
	{ __NR_ia32_waitid, KGR_RESTART_AGAIN, { P_PID } },
	{ __NR_ia32_waitid, KGR_RESTART_FILE, { P_PIDFD } },
	{ __NR_ia32_pause, KGR_RESTART_AGAIN },
	{ __NR_ia32_waitpid, KGR_RESTART_AGAIN },
	{ __NR_ia32_rt_sigsuspend, KGR_RESTART_SUSPEND },
	{ __NR_ia32_sigsuspend, KGR_RESTART_SUSPEND },
	{ __NR_ia32_rt_sigtimedwait, KGR_RESTART_AGAIN },
	{ __NR_ia32_rt_sigtimedwait, KGR_RESTART_BLOCK, { [2] = 1 } },
	{ __NR_ia32_rt_sigtimedwait_time64, KGR_RESTART_AGAIN },
	{ __NR_ia32_rt_sigtimedwait_time64, KGR_RESTART_BLOCK, { [2] = 1 } },
	{ __NR_ia32_epoll_wait, KGR_RESTART_FD, { [3] = -1 } },
	{ __NR_ia32_epoll_wait, KGR_RESTART_FD_BLOCK, { [3] = 0 } },
	{ __NR_ia32_epoll_pwait, KGR_RESTART_FD, { [3] = -1 } },
	{ __NR_ia32_epoll_pwait, KGR_RESTART_FD_BLOCK, { [3] = 1000 } },
	{ __NR_ia32_epoll_pwait2, KGR_RESTART_FD },
	{ __NR_ia32_epoll_pwait2, KGR_RESTART_FD_BLOCK, { [3] = 1 } },
	{ __NR_ia32_semtimedop_time64, KGR_RESTART_AGAIN },
	{ __NR_ia32_semtimedop_time64, KGR_RESTART_BLOCK, { [3] = 1 } },
	{ __NR_ia32_io_getevents, KGR_RESTART_AGAIN, { [1] = 1 } },
	{ __NR_ia32_io_getevents, KGR_RESTART_BLOCK, { [1] = 2 } },
	{ __NR_ia32_io_getevents, KGR_RESTART_BLOCK, { [1] = 1, [4] = 1 } },
	{ __NR_ia32_io_getevents, KGR_RESTART_AGAIN, { [1] = -1 } },
	{ __NR_ia32_io_pgetevents, KGR_RESTART_AGAIN },
	{ __NR_ia32_io_pgetevents_time64, KGR_RESTART_BLOCK, { [4] = 1 } },
	{ __NR_ia32_io_uring_enter, KGR_RESTART_FD },
	{ __NR_ia32_io_uring_enter, KGR_RESTART_FD_BLOCK, { [1] = 1 } },
	{ __NR_ia32_io_uring_enter, KGR_RESTART_FD_BLOCK,
	  { [3] = IORING_ENTER_EXT_ARG } },
	{ __NR_ia32_io_uring_enter, KGR_RESTART_NO,
	  { [3] = IORING_ENTER_SQ_WAIT } },
	{ __NR_ia32_poll, KGR_RESTART_BLOCK },
	{ __NR_ia32_nanosleep, KGR_RESTART_BLOCK },
	{ __NR_ia32_clock_nanosleep, KGR_RESTART_BLOCK },
	{ __NR_ia32_clock_nanosleep, KGR_RESTART_AGAIN,
	  { [1] = TIMER_ABSTIME } },
	{ __NR_ia32_clock_nanosleep_time64, KGR_RESTART_AGAIN,
	  { [1] = TIMER_ABSTIME } },
	{ __NR_ia32_select, KGR_RESTART_AGAIN },
	{ __NR_ia32_pselect6, KGR_RESTART_AGAIN },
	{ __NR_ia32_ppoll, KGR_RESTART_AGAIN },
	{ __NR_ia32__newselect, KGR_RESTART_AGAIN },
	{ __NR_ia32_pselect6_time64, KGR_RESTART_AGAIN },
	{ __NR_ia32_ppoll_time64, KGR_RESTART_AGAIN },
	{ __NR_ia32_restart_syscall, KGR_RESTART_AGAIN },
	{ __NR_ia32_futex, KGR_RESTART_AGAIN, { [1] = FUTEX_WAIT } },
	{ __NR_ia32_futex, KGR_RESTART_BLOCK,
	  { [1] = FUTEX_WAIT_BITSET_PRIVATE, [3] = 1 } },
	{ __NR_ia32_futex, KGR_RESTART_AGAIN,
	  { [1] = FUTEX_LOCK_PI, [3] = 1 } },
	{ __NR_ia32_futex, KGR_RESTART_AGAIN,
	  { [1] = FUTEX_LOCK_PI2 | FUTEX_CLOCK_REALTIME } },
	{ __NR_ia32_futex, KGR_RESTART_NO, { [1] = FUTEX_WAIT_REQUEUE_PI } },
	{ __NR_ia32_futex, KGR_RESTART_NO, { [1] = FUTEX_WAKE } },
	{ __NR_ia32_futex_time64, KGR_RESTART_BLOCK, { [3] = 1 } },
	{ __NR_ia32_futex_wait, KGR_RESTART_AGAIN, { [4] = 1 } },
	{ __NR_ia32_futex_waitv, KGR_RESTART_AGAIN, { [3] = 1 } },
	{ __NR_ia32_msgrcv, KGR_RESTART_AGAIN },
	{ __NR_ia32_msgsnd, KGR_RESTART_AGAIN },
	{ __NR_ia32_mq_timedreceive, KGR_RESTART_FILE },
	{ __NR_ia32_mq_timedsend, KGR_RESTART_FILE },
	{ __NR_ia32_mq_timedreceive_time64, KGR_RESTART_FILE },
	{ __NR_ia32_mq_timedsend_time64, KGR_RESTART_FILE },
	{ __NR_ia32_ipc, KGR_RESTART_AGAIN, { [0] = SEMOP } },
	{ __NR_ia32_ipc, KGR_RESTART_AGAIN, { [0] = MSGSND } },
	{ __NR_ia32_ipc, KGR_RESTART_AGAIN, { [0] = 1 << 16 | MSGRCV } },
	{ __NR_ia32_ipc, KGR_RESTART_AGAIN, { [0] = SEMTIMEDOP } },
	{ __NR_ia32_ipc, KGR_RESTART_BLOCK, { [0] = SEMTIMEDOP, [5] = 1 } },
	{ __NR_ia32_ipc, KGR_RESTART_NO, { [0] = SHMAT } },
	{ __NR_ia32_read, KGR_RESTART_READ },
	{ __NR_ia32_readv, KGR_RESTART_READV },
	{ __NR_ia32_accept4, KGR_RESTART_RECV },
	{ __NR_ia32_recvfrom, KGR_RESTART_RECVFROM },
	{ __NR_ia32_recvmmsg, KGR_RESTART_RECV, { [2] = 1 } },
	{ __NR_ia32_recvmmsg, KGR_RESTART_RECV,
	  { [2] = 9, [3] = MSG_WAITFORONE } },
	{ __NR_ia32_recvmmsg, KGR_RESTART_RECVMMSG, { [2] = 9 } },
	{ __NR_ia32_recvmmsg, KGR_RESTART_RECVMMSG, { [2] = 1, [4] = 1 } },
	{ __NR_ia32_recvmmsg, KGR_RESTART_NO, { [2] = 1, [3] = MSG_WAITALL } },
	{ __NR_ia32_recvmmsg_time64, KGR_RESTART_RECV, { [2] = 1 } },
	{ __NR_ia32_syslog, KGR_RESTART_AGAIN, { [0] = SYSLOG_ACTION_READ } },
	{ __NR_ia32_syslog, KGR_RESTART_NO, { [0] = SYSLOG_ACTION_READ_ALL } },
	{ __NR_ia32_write, KGR_RESTART_WRITE },
	{ __NR_ia32_writev, KGR_RESTART_WRITEV },
	{ __NR_ia32_sendto, KGR_RESTART_SENDTO },
	{ __NR_ia32_sendfile, KGR_RESTART_SENDFILE },
	{ __NR_ia32_sendfile64, KGR_RESTART_SENDFILE },
	{ __NR_ia32_connect, KGR_RESTART_CONNECT },
	{ __NR_ia32_flock, KGR_RESTART_FLOCK },
	{ __NR_ia32_fcntl, KGR_RESTART_LOCK, { [1] = F_SETLKW } },
	{ __NR_ia32_fcntl, KGR_RESTART_LOCK, { [1] = F_OFD_SETLKW } },
	{ __NR_ia32_fcntl, KGR_RESTART_NO, { [1] = F_SETLK } },
	{ __NR_ia32_fcntl64, KGR_RESTART_LOCK, { [1] = F_SETLKW64 } },
	{ __NR_ia32_ioctl, KGR_RESTART_EINTR, { [1] = KVM_RUN } },
	{ __NR_ia32_ioctl, KGR_RESTART_NO, { [1] = KVM_GET_API_VERSION } },
	{ __NR_ia32_splice, KGR_RESTART_PIPES },
	{ __NR_ia32_tee, KGR_RESTART_TEE },
	{ __NR_ia32_vmsplice, KGR_RESTART_FILE },
	{ __NR_ia32_getpid, KGR_RESTART_NO },
	{ __NR_ia32_pread64, KGR_RESTART_NO },
	{ -1, KGR_RESTART_NO },
	{ 100000, KGR_RESTART_NO },
};

static void compat(struct kunit *test)
{
	struct task_struct *task = a_compat_task(test);

	is_said(test, task, compat_calls, ARRAY_SIZE(compat_calls));
	enters(task, &(struct call){ __NR_ia32_restart_syscall });
	KUNIT_EXPECT_TRUE(test, kgr_arch_in_restart_syscall(task));
	enters(task, &(struct call){ __NR_restart_syscall });
	KUNIT_EXPECT_FALSE(test, kgr_arch_in_restart_syscall(task));
}

static void compat_epoll(struct kunit *test)
{
	is_epoll(test, a_compat_task(test), __NR_ia32_restart_syscall);
}

static void compat_sticky(struct kunit *test)
{
	static const struct call calls[] = {
		{ __NR_ia32__newselect, KGR_RESTART_BLOCK },
		{ __NR_ia32_ppoll_time64, KGR_RESTART_BLOCK },
	};
	struct task_struct *task = a_compat_task(test);

	task->personality = STICKY_TIMEOUTS;
	is_said(test, task, calls, ARRAY_SIZE(calls));
}

static void compat_headers(struct kunit *test)
{
	static const struct call calls[] = {
		{ __NR_ia32_sendmsg, KGR_RESTART_SENDTO, { 0, WHERE } },
		{ __NR_ia32_recvmsg, KGR_RESTART_RECV, { 0, WHERE } },
		{ __NR_ia32_recvmsg, KGR_RESTART_RECVFROM, { 0, WHERE, MSG_WAITALL } },
	};
	static const struct call controlled[] = {
		{ __NR_ia32_sendmsg, KGR_RESTART_SEND, { 0, WHERE } },
		{ __NR_ia32_recvmsg, KGR_RESTART_NO, { 0, WHERE, MSG_WAITALL } },
	};
	struct task_struct *task = a_compat_task(test);
	struct compat_msghdr msg = { };

	is_said(test, task, controlled, ARRAY_SIZE(controlled));
	KUNIT_ASSERT_TRUE(test, in_memory(test, task, &msg, sizeof(msg)));
	is_said(test, task, calls, ARRAY_SIZE(calls));
	msg.msg_controllen = 1;
	KUNIT_ASSERT_TRUE(test, in_memory(test, task, &msg, sizeof(msg)));
	is_said(test, task, controlled, ARRAY_SIZE(controlled));
}

/**
 * struct multiplexed - a call of socketcall()
 * @nr:		which
 * @restart:	what is said of it
 * @args:	its arguments, in user memory
 */
struct multiplexed {
	unsigned int nr;
	enum kgr_restart restart;
	u32 args[KGR_SYSCALL_ARGS];
};

static const struct multiplexed socketcalls[] = {
	{ SYS_ACCEPT, KGR_RESTART_RECV },
	{ SYS_ACCEPT4, KGR_RESTART_RECV },
	{ SYS_CONNECT, KGR_RESTART_CONNECT },
	{ SYS_SEND, KGR_RESTART_SENDTO },
	{ SYS_SENDTO, KGR_RESTART_SENDTO },
	{ SYS_RECV, KGR_RESTART_RECVFROM },
	{ SYS_RECVFROM, KGR_RESTART_RECVFROM },
	{ SYS_RECVMSG, KGR_RESTART_RECV },
	{ SYS_RECVMSG, KGR_RESTART_NO, { 0, 0, MSG_WAITALL } },
	{ SYS_SENDMSG, KGR_RESTART_SEND },
	{ SYS_RECVMMSG, KGR_RESTART_RECV, { 0, 0, 1 } },
	{ SYS_RECVMMSG, KGR_RESTART_RECVMMSG, { 0, 0, 1, 0, 1 } },
	{ SYS_SHUTDOWN, KGR_RESTART_NO },
};

static void compat_socketcall(struct kunit *test)
{
	struct task_struct *task = a_compat_task(test);
	struct call call = { __NR_ia32_socketcall, KGR_RESTART_NO,
			     { SYS_ACCEPT, WHERE } };
	size_t i;

	is_said(test, task, &call, 1);
	for (i = 0; i < ARRAY_SIZE(socketcalls); i++) {
		KUNIT_ASSERT_TRUE(test, in_memory(test, task, socketcalls[i].args,
						  sizeof(socketcalls[i].args)));
		call.args[0] = socketcalls[i].nr;
		call.restart = socketcalls[i].restart;
		is_said(test, task, &call, 1);
	}
}
#endif

/* What was to be made again is undone; another call at the same place is not. */
static void undo(struct kunit *test, struct pt_regs before)
{
	unsigned long args[KGR_SYSCALL_ARGS] = { 1, 2, 3, 4, 5, 6 };
	struct pt_regs regs = before;
	unsigned int i;

	for (i = 0; i < KGR_SYSCALL_ARGS; i++) {
		args[i]++;
		kgr_arch_undo_restart(&regs, before.ip, before.ax, args,
				      -ERESTARTSYS);
		KUNIT_EXPECT_MEMEQ(test, &before, &regs, sizeof(regs));
		args[i]--;
	}
	kgr_arch_undo_restart(&regs, before.ip, before.ax, args, -ERESTARTSYS);
	KUNIT_EXPECT_EQ(test, regs.ip, before.ip + 2);
	KUNIT_EXPECT_EQ(test, (long)regs.ax, -ERESTARTSYS);
	KUNIT_EXPECT_EQ(test, regs.orig_ax, before.ax);
}

static void undone(struct kunit *test)
{
	undo(test, (struct pt_regs) {
		.ip = 0x1000, .ax = 7, .di = 1, .si = 2, .dx = 3, .r10 = 4,
		.r8 = 5, .r9 = 6
	});
#ifdef CONFIG_IA32_EMULATION
	current->restart_block.arch_data = TS_COMPAT;
	undo(test, (struct pt_regs) {
		.ip = 0x1000, .ax = 7, .bx = 1, .cx = 2, .dx = 3, .si = 4,
		.di = 5, .bp = 6
	});
	current->restart_block.arch_data = 0;
#endif
}

static struct kunit_case syscall_cases[] = {
	KUNIT_CASE(undone),
	KUNIT_CASE(native),
	KUNIT_CASE(native_sticky),
	KUNIT_CASE(native_continued),
	KUNIT_CASE(native_epoll),
	KUNIT_CASE(pidfd),
	KUNIT_CASE(native_headers),
	KUNIT_CASE(names),
#ifdef CONFIG_IA32_EMULATION
	KUNIT_CASE(compat),
	KUNIT_CASE(compat_epoll),
	KUNIT_CASE(compat_sticky),
	KUNIT_CASE(compat_headers),
	KUNIT_CASE(compat_socketcall),
#endif
	{}
};

static struct kunit_suite syscall_suite = {
	.name = "kgraft_syscall",
	.test_cases = syscall_cases,
};

kunit_test_suite(syscall_suite);
