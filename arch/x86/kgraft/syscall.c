// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * syscall.c - which system calls restart without user space noticing
 *
 * A call is listed if, when it is woken without a signal to deliver, it either
 * has done nothing yet and starts again with the same arguments (-ERESTARTSYS,
 * -ERESTARTNOHAND, -ERESTARTNOINTR), or continues with the rest of its timeout
 * (-ERESTART_RESTARTBLOCK). User space is assumed to notice a restart of any
 * other call. The one exception is KVM_RUN, which returns -EINTR. This holds
 * only for the waits that belong to the call itself; wait_rows.c in
 * kernel/kgraft/ lists these.
 *
 * Some calls are listed under a condition: on their arguments, which is tested
 * here, or on the file behind a descriptor, see file.c in kernel/kgraft/.
 */

#include <linux/aio_abi.h>
#include <linux/eventpoll.h>
#include <linux/fcntl.h>
#include <linux/io_uring.h>
#include <linux/ipc.h>
#include <linux/kgraft_hooks.h>
#include <linux/kvm.h>
#include <linux/net.h>
#include <linux/personality.h>
#include <linux/sched.h>
#include <linux/sched/task_stack.h>
#include <linux/socket.h>
#include <linux/string.h>
#include <linux/syslog.h>
#include <linux/time.h>
#include <uapi/linux/futex.h>
#include <uapi/linux/wait.h>

#include <net/compat.h>

#include <asm/syscall.h>
#include <asm/unistd.h>

#ifdef CONFIG_IA32_EMULATION
#include <asm/unistd_32_ia32.h>
#endif

#include "../../../kernel/kgraft/arch.h"
#include "../../../kernel/kgraft/user.h"
#include "syscall.h"

/* --- Conditions on arguments --- */

/*
 * A call without a timeout starts again. A call with a timeout is continued by
 * restart_syscall(), see kgr_pause() and, for epoll, do_restart_epoll().
 */
static enum kgr_restart kgr_timed_restarts(unsigned long timeout)
{
	return timeout ? KGR_RESTART_BLOCK : KGR_RESTART_AGAIN;
}

/* The same, of a call that looks up its descriptor when it begins. */
static enum kgr_restart kgr_fd_timed_restarts(unsigned long timeout)
{
	return timeout ? KGR_RESTART_FD_BLOCK : KGR_RESTART_FD;
}

static enum kgr_restart kgr_epoll_restarts(int timeout_ms)
{
	return kgr_fd_timed_restarts(timeout_ms >= 0);
}

/*
 * The function in the restart_block may continue its call any number of times.
 * That of epoll looks up the descriptor each time. (A call that was left by
 * kgr_pause() is not seen here, see kgr_arch_syscall_restarts().)
 */
static enum kgr_restart
kgr_restart_syscall_restarts(const struct task_struct *task,
			     unsigned long *args)
{
	const struct restart_block *restart = &task->restart_block;

	if (!epoll_restarts(restart))
		return KGR_RESTART_AGAIN;
	args[0] = restart->epoll.epfd;
	return KGR_RESTART_FD;
}

/* A process may be named by a descriptor, which may be non-blocking. */
static enum kgr_restart kgr_waitid_restarts(unsigned long *args)
{
	if ((u32)args[0] != P_PIDFD)
		return KGR_RESTART_AGAIN;
	args[0] = args[1];
	return KGR_RESTART_FILE;
}

/*
 * These calls write the rest of their timeout back to user memory before they
 * start again. With STICKY_TIMEOUTS they must not; the kernel then keeps the
 * rest.
 */
static enum kgr_restart kgr_select_restarts(const struct task_struct *task)
{
	return kgr_timed_restarts(task->personality & STICKY_TIMEOUTS);
}

/*
 * With an absolute timeout it starts again, with a relative one it continues.
 */
static enum kgr_restart kgr_clock_nanosleep_restarts(unsigned long flags)
{
	return flags & TIMER_ABSTIME ? KGR_RESTART_AGAIN : KGR_RESTART_BLOCK;
}

/*
 * A wait with a timeout is continued. Lock operations have absolute timeouts
 * and start again. WAIT_REQUEUE_PI tells user space why it woke up; the other
 * operations do not sleep.
 */
static enum kgr_restart kgr_futex_restarts(unsigned long op,
					   unsigned long timeout)
{
	switch (op & FUTEX_CMD_MASK) {
	case FUTEX_WAIT:
	case FUTEX_WAIT_BITSET:
		return timeout ? KGR_RESTART_BLOCK : KGR_RESTART_AGAIN;
	case FUTEX_LOCK_PI:
	case FUTEX_LOCK_PI2:
		return KGR_RESTART_AGAIN;
	}
	return KGR_RESTART_NO;
}

/* Returns true if the header cannot be read. */
static bool kgr_native_has_control(struct task_struct *task, unsigned long addr)
{
	struct user_msghdr msg;

	return !kgr_read_user(task, addr, &msg, sizeof(msg)) ||
	       msg.msg_controllen;
}

#ifdef CONFIG_IA32_EMULATION
static bool kgr_compat_has_control(struct task_struct *task, unsigned long addr)
{
	struct compat_msghdr msg;

	return !kgr_read_user(task, addr, &msg, sizeof(msg)) ||
	       msg.msg_controllen;
}
#else
static bool kgr_compat_has_control(struct task_struct *task, unsigned long addr)
{
	return true;
}
#endif

/*
 * Does the header have room for control messages? These come with the first
 * part of the data. Also sets args[3] to the flags, as for a call without a
 * header.
 */
static bool kgr_has_control(struct task_struct *task, unsigned long *args)
{
	args[3] = args[2];
	return kgr_in_compat(task) ? kgr_compat_has_control(task, args[1]) :
				     kgr_native_has_control(task, args[1]);
}

static enum kgr_restart kgr_sendmsg_restarts(struct task_struct *task,
					     unsigned long *args)
{
	return kgr_has_control(task, args) ? KGR_RESTART_SEND :
					     KGR_RESTART_SENDTO;
}

/* With MSG_WAITALL, it may have received part of the data, and keeps that. */
static enum kgr_restart kgr_recvmsg_restarts(struct task_struct *task,
					     unsigned long *args)
{
	if (!(args[2] & MSG_WAITALL))
		return KGR_RESTART_RECV;
	return kgr_has_control(task, args) ? KGR_RESTART_NO :
					     KGR_RESTART_RECVFROM;
}

/*
 * If it waits for the first message only, it has received none yet. Otherwise
 * it may have received some, or has a timeout of its own.
 */
static enum kgr_restart kgr_recvmmsg_restarts(unsigned long vlen,
					      unsigned long flags,
					      unsigned long timeout)
{
	if (flags & MSG_WAITALL)
		return KGR_RESTART_NO;
	if (timeout || (!(flags & MSG_WAITFORONE) && (u32)vlen != 1))
		return KGR_RESTART_RECVMMSG;
	return KGR_RESTART_RECV;
}

/*
 * When it waits for several events, it may already have some, and keeps them.
 */
static enum kgr_restart kgr_io_getevents_restarts(long min_nr,
						  unsigned long timeout)
{
	return kgr_timed_restarts(timeout || min_nr > 1);
}

/*
 * A continued call remembers what it has submitted; completions are in the
 * ring. EXT_ARG may mean a timeout, which is in user memory.
 */
static enum kgr_restart kgr_io_uring_enter_restarts(unsigned long to_submit,
						    unsigned long flags)
{
	bool keeps = (u32)to_submit || (flags & IORING_ENTER_EXT_ARG);

	if (flags & IORING_ENTER_SQ_WAIT)
		return KGR_RESTART_NO;
	/* Then the first argument is not a descriptor. */
	if (flags & IORING_ENTER_REGISTERED_RING)
		return kgr_timed_restarts(keeps);
	return kgr_fd_timed_restarts(keeps);
}

static enum kgr_restart kgr_fcntl_restarts(unsigned long cmd)
{
	switch ((u32)cmd) {
	case F_SETLKW:
	case F_SETLKW64:
	case F_OFD_SETLKW:
		return KGR_RESTART_LOCK;
	}
	return KGR_RESTART_NO;
}

/*
 * A virtual CPU that runs is interrupted to cross, and KVM_RUN returns -EINTR.
 * One that is halted, or waits to be started, is treated alike. No other device
 * has this number. (Documentation/userspace-api/ioctl/ioctl-number.rst)
 */
static enum kgr_restart kgr_ioctl_restarts(unsigned long cmd)
{
	return (u32)cmd == KVM_RUN ? KGR_RESTART_EINTR : KGR_RESTART_NO;
}

/* Other types do not sleep. */
static enum kgr_restart kgr_syslog_restarts(unsigned long type)
{
	return (u32)type == SYSLOG_ACTION_READ ? KGR_RESTART_AGAIN :
						 KGR_RESTART_NO;
}

/* --- The list --- */

/* Also used for x32 calls that have no number of their own. */
static enum kgr_restart kgr_native_restarts(struct task_struct *task, int nr,
					    unsigned long *args)
{
	switch (nr) {
	/* Wait for a child or a signal, without a timeout */
	case __NR_wait4:
	case __NR_pause:
		return KGR_RESTART_AGAIN;
	case __NR_waitid:
		return kgr_waitid_restarts(args);
	case __NR_rt_sigsuspend:
		return KGR_RESTART_SUSPEND;

	/* Return -EINTR for signals, restart for kGraft: see kgr_restart() */
	case __NR_rt_sigtimedwait:
		return kgr_timed_restarts(args[2]);
	case __NR_epoll_wait:
	case __NR_epoll_pwait:
		return kgr_epoll_restarts(args[3]);
	case __NR_epoll_pwait2:
		return kgr_fd_timed_restarts(args[3]);
	case __NR_semop:
		return KGR_RESTART_AGAIN;
	case __NR_semtimedop:
		return kgr_timed_restarts(args[3]);
	case __NR_io_getevents:
	case __NR_io_pgetevents:
		return kgr_io_getevents_restarts(args[1], args[4]);
	case __NR_io_uring_enter:
		return kgr_io_uring_enter_restarts(args[1], args[3]);

	/* Would have returned if anything were ready; keep their deadline */
	case __NR_poll:
	case __NR_nanosleep:
		return KGR_RESTART_BLOCK;
	case __NR_clock_nanosleep:
		return kgr_clock_nanosleep_restarts(args[1]);
	case __NR_select:
	case __NR_pselect6:
	case __NR_ppoll:
		return kgr_select_restarts(task);
	/* Uses the restart_block of the original call */
	case __NR_restart_syscall:
		return kgr_restart_syscall_restarts(task, args);

	/* Test the futex again; the last two have absolute timeouts */
	case __NR_futex:
		return kgr_futex_restarts(args[1], args[3]);
	case __NR_futex_wait:
	case __NR_futex_waitv:
		return KGR_RESTART_AGAIN;

	/* Send or receive a whole message; timeouts are absolute */
	case __NR_msgrcv:
	case __NR_msgsnd:
		return KGR_RESTART_AGAIN;
	case __NR_mq_timedreceive:
	case __NR_mq_timedsend:
		return KGR_RESTART_FILE;

	/* Return the available data, or wait if there is none */
	case __NR_read:
		return KGR_RESTART_READ;
	case __NR_readv:
		return KGR_RESTART_READV;
	case __NR_accept:
	case __NR_accept4:
		return KGR_RESTART_RECV;
	case __NR_recvfrom:
		return KGR_RESTART_RECVFROM;
	case __NR_recvmsg:
		return kgr_recvmsg_restarts(task, args);
	case __NR_recvmmsg:
		return kgr_recvmmsg_restarts(args[2], args[3], args[4]);
	case __NR_syslog:
		return kgr_syslog_restarts(args[0]);

	/* Send all at once, wait with nothing sent, or send the rest later */
	case __NR_write:
		return KGR_RESTART_WRITE;
	case __NR_writev:
		return KGR_RESTART_WRITEV;
	case __NR_sendto:
		return KGR_RESTART_SENDTO;
	case __NR_sendmsg:
		return kgr_sendmsg_restarts(task, args);
	case __NR_sendfile:
		return KGR_RESTART_SENDFILE;

	/* Finds the connection in progress, and waits for its completion */
	case __NR_connect:
		return KGR_RESTART_CONNECT;

	/* Ask for the lock again */
	case __NR_flock:
		return KGR_RESTART_FLOCK;
	case __NR_fcntl:
		return kgr_fcntl_restarts(args[1]);
	case __NR_ioctl:
		return kgr_ioctl_restarts(args[1]);

	/* Wait for both ends first, move the available data, and return */
	case __NR_splice:
		return KGR_RESTART_PIPES;
	case __NR_tee:
		return KGR_RESTART_TEE;
	case __NR_vmsplice:
		return KGR_RESTART_FILE;
	}
	return KGR_RESTART_NO;
}

#ifdef CONFIG_IA32_EMULATION
/* The low 16 bits of the first argument select the call. */
static enum kgr_restart kgr_ipc_restarts(const unsigned long *args)
{
	switch (args[0] & 0xffff) {
	case SEMOP:
	case MSGSND:
	case MSGRCV:
		return KGR_RESTART_AGAIN;
	case SEMTIMEDOP:
		return kgr_timed_restarts(args[5]);
	}
	return KGR_RESTART_NO;
}

/*
 * The arguments are in user memory. Reads their present values: the call read
 * them when it began, and will read them again when it restarts.
 */
static enum kgr_restart kgr_socketcall_restarts(struct task_struct *task,
						unsigned long *args)
{
	unsigned int call = args[0], i;
	u32 read[KGR_SYSCALL_ARGS];

	if (!kgr_read_user(task, args[1], read, sizeof(read)))
		return KGR_RESTART_NO;
	for (i = 0; i < KGR_SYSCALL_ARGS; i++)
		args[i] = read[i];
	switch (call) {
	case SYS_ACCEPT:
	case SYS_ACCEPT4:
		return KGR_RESTART_RECV;
	case SYS_CONNECT:
		return KGR_RESTART_CONNECT;
	case SYS_SEND:
	case SYS_SENDTO:
		return KGR_RESTART_SENDTO;
	case SYS_RECV:
	case SYS_RECVFROM:
		return KGR_RESTART_RECVFROM;
	case SYS_SENDMSG:
		return kgr_sendmsg_restarts(task, args);
	case SYS_RECVMSG:
		return kgr_recvmsg_restarts(task, args);
	case SYS_RECVMMSG:
		return kgr_recvmmsg_restarts(args[2], args[3], args[4]);
	}
	return KGR_RESTART_NO;
}

/* For the same reasons as native calls. */
static enum kgr_restart kgr_compat_restarts(struct task_struct *task, int nr,
					    unsigned long *args)
{
	switch (nr) {
	case __NR_ia32_waitpid:
	case __NR_ia32_wait4:
	case __NR_ia32_pause:
		return KGR_RESTART_AGAIN;
	case __NR_ia32_waitid:
		return kgr_waitid_restarts(args);
	case __NR_ia32_sigsuspend:
	case __NR_ia32_rt_sigsuspend:
		return KGR_RESTART_SUSPEND;

	case __NR_ia32_rt_sigtimedwait:
	case __NR_ia32_rt_sigtimedwait_time64:
		return kgr_timed_restarts(args[2]);
	case __NR_ia32_epoll_wait:
	case __NR_ia32_epoll_pwait:
		return kgr_epoll_restarts(args[3]);
	case __NR_ia32_epoll_pwait2:
		return kgr_fd_timed_restarts(args[3]);
	case __NR_ia32_semtimedop_time64:
		return kgr_timed_restarts(args[3]);
	case __NR_ia32_io_getevents:
	case __NR_ia32_io_pgetevents:
	case __NR_ia32_io_pgetevents_time64:
		return kgr_io_getevents_restarts((int)args[1], args[4]);
	case __NR_ia32_io_uring_enter:
		return kgr_io_uring_enter_restarts(args[1], args[3]);

	case __NR_ia32_poll:
	case __NR_ia32_nanosleep:
		return KGR_RESTART_BLOCK;
	case __NR_ia32_clock_nanosleep:
	case __NR_ia32_clock_nanosleep_time64:
		return kgr_clock_nanosleep_restarts(args[1]);
	case __NR_ia32_select:
	case __NR_ia32__newselect:
	case __NR_ia32_pselect6:
	case __NR_ia32_pselect6_time64:
	case __NR_ia32_ppoll:
	case __NR_ia32_ppoll_time64:
		return kgr_select_restarts(task);
	case __NR_ia32_restart_syscall:
		return kgr_restart_syscall_restarts(task, args);

	case __NR_ia32_futex:
	case __NR_ia32_futex_time64:
		return kgr_futex_restarts(args[1], args[3]);
	case __NR_ia32_futex_wait:
	case __NR_ia32_futex_waitv:
		return KGR_RESTART_AGAIN;

	case __NR_ia32_ipc:
		return kgr_ipc_restarts(args);
	case __NR_ia32_msgrcv:
	case __NR_ia32_msgsnd:
		return KGR_RESTART_AGAIN;
	case __NR_ia32_mq_timedreceive:
	case __NR_ia32_mq_timedreceive_time64:
	case __NR_ia32_mq_timedsend:
	case __NR_ia32_mq_timedsend_time64:
		return KGR_RESTART_FILE;

	case __NR_ia32_read:
		return KGR_RESTART_READ;
	case __NR_ia32_readv:
		return KGR_RESTART_READV;
	case __NR_ia32_accept4:
		return KGR_RESTART_RECV;
	case __NR_ia32_recvfrom:
		return KGR_RESTART_RECVFROM;
	case __NR_ia32_recvmsg:
		return kgr_recvmsg_restarts(task, args);
	case __NR_ia32_recvmmsg:
	case __NR_ia32_recvmmsg_time64:
		return kgr_recvmmsg_restarts(args[2], args[3], args[4]);
	case __NR_ia32_syslog:
		return kgr_syslog_restarts(args[0]);

	case __NR_ia32_write:
		return KGR_RESTART_WRITE;
	case __NR_ia32_writev:
		return KGR_RESTART_WRITEV;
	case __NR_ia32_sendto:
		return KGR_RESTART_SENDTO;
	case __NR_ia32_sendmsg:
		return kgr_sendmsg_restarts(task, args);
	case __NR_ia32_sendfile:
	case __NR_ia32_sendfile64:
		return KGR_RESTART_SENDFILE;
	case __NR_ia32_connect:
		return KGR_RESTART_CONNECT;
	case __NR_ia32_socketcall:
		return kgr_socketcall_restarts(task, args);

	case __NR_ia32_flock:
		return KGR_RESTART_FLOCK;
	case __NR_ia32_fcntl:
	case __NR_ia32_fcntl64:
		return kgr_fcntl_restarts(args[1]);
	case __NR_ia32_ioctl:
		return kgr_ioctl_restarts(args[1]);

	case __NR_ia32_splice:
		return KGR_RESTART_PIPES;
	case __NR_ia32_tee:
		return KGR_RESTART_TEE;
	case __NR_ia32_vmsplice:
		return KGR_RESTART_FILE;
	}
	return KGR_RESTART_NO;
}
#else
static enum kgr_restart kgr_compat_restarts(struct task_struct *task, int nr,
					    unsigned long *args)
{
	return KGR_RESTART_NO;
}
#endif

/* The number without the x32 bit, or -1 for a call that only x32 has. */
static int kgr_common_nr(int nr)
{
#ifdef CONFIG_X86_X32_ABI
	if (nr >= 0 && (nr & __X32_SYSCALL_BIT)) {
		nr &= ~__X32_SYSCALL_BIT;
		return nr < 512 ? nr : -1;
	}
#endif
	return nr;
}

/**
 * kgr_arch_syscall_restarts - would a sleeper's system call restart unnoticed?
 * @task: a task that sleeps, its stack held
 * @args: set to the arguments of the call, %KGR_SYSCALL_ARGS of them
 *
 * A task that sleeps in an exception is in no system call.
 *
 * Return: whether it would, and on which further condition; only valid while
 *	   @task stays asleep.
 */
enum kgr_restart kgr_arch_syscall_restarts(struct task_struct *task,
					   unsigned long *args)
{
	struct pt_regs *regs = task_pt_regs(task);
	int nr = syscall_get_nr(task, regs);
	unsigned int i;

	/* Continued by restart_syscall(): judge the call that was left. */
	if (task_kgr_continued(task)) {
		nr = task->restart_block.kgr.nr;
		memcpy(args, task->restart_block.kgr.args,
		       sizeof(task->restart_block.kgr.args));
	} else {
		syscall_get_arguments(task, regs, args);
	}
	if (!kgr_in_compat(task))
		return kgr_native_restarts(task, kgr_common_nr(nr), args);

	for (i = 0; i < KGR_SYSCALL_ARGS; i++)
		args[i] = (u32)args[i];
	return kgr_compat_restarts(task, nr, args);
}

/**
 * kgr_arch_in_restart_syscall - is a task continuing a system call?
 * @task: the task, its stack held; if it runs, the answer is a guess
 *
 * A task in user mode may look as if it were, until its next interrupt.
 *
 * Return: whether the system call it is in, or was in last, is
 *	   restart_syscall().
 */
bool kgr_arch_in_restart_syscall(struct task_struct *task)
{
	int nr = syscall_get_nr(task, task_pt_regs(task));

#ifdef CONFIG_IA32_EMULATION
	if (kgr_in_compat(task))
		return nr == __NR_ia32_restart_syscall;
#endif
	return kgr_common_nr(nr) == __NR_restart_syscall;
}
