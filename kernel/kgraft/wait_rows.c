// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * wait_rows.c - the waits that system calls are there for
 *
 * A table. A wait belongs here if a task that sleeps in it can leave it, and has
 * nothing in hand that the restart of its system call would lose. A new row needs
 * a look at the code, and a case in the selftest wake_table.
 *
 * The table is one for all calls: no listed call sleeps in the own wait of
 * another one, except on a way that kgr_elsewhere[] in wait.c cuts off.
 */

#include <linux/kconfig.h>
#include <linux/stddef.h>

#include "wait_rows.h"

#define KGR_ROW(call, ...)						\
	{ .what = (call), .names = { __VA_ARGS__ } }
#define KGR_ROW_IF(option, call, ...)					\
	{ .what = (call), .absent = !IS_ENABLED(CONFIG_##option),	\
	  .names = { __VA_ARGS__ } }
#define KGR_ROW_SCHED(...)						\
	{ .names = { __VA_ARGS__ } }

const struct kgr_wait_row kgr_wait_rows[] = {
	/*
	 * What a wait calls, and no lock does: mutex_lock_interruptible() and
	 * its like are in the scheduler's section, too, but not here.
	 */
	KGR_ROW_SCHED("__schedule", "schedule", "schedule_timeout",
		      "schedule_timeout_interruptible"),
	KGR_ROW_SCHED("schedule_hrtimeout", "schedule_hrtimeout_range",
		      "schedule_hrtimeout_range_clock"),
	KGR_ROW_SCHED("wait_woken", "poll_schedule_timeout", "do_wait_intr",
		      "do_wait_intr_irq"),
	KGR_ROW_SCHED("rt_mutex_slowlock_block", "rt_mutex_schedule"),

	KGR_ROW("wait4 and waitid", "do_wait", "kernel_wait4",
		"kernel_waitid"),
	KGR_ROW("pause", "sys_pause"),
	KGR_ROW("sigsuspend", "sigsuspend", "sys_rt_sigsuspend",
		"sys_sigsuspend"),
	KGR_ROW("sigtimedwait", "do_sigtimedwait", "sys_rt_sigtimedwait",
		"sys_rt_sigtimedwait_time32"),
	KGR_ROW("select", "do_select", "core_sys_select",
		"compat_core_sys_select"),
	KGR_ROW("poll", "do_poll", "do_sys_poll"),
	KGR_ROW_IF(EPOLL, "epoll_wait", "ep_poll", "do_epoll_wait"),
	KGR_ROW("nanosleep", "do_nanosleep", "hrtimer_nanosleep",
		"hrtimer_nanosleep_restart"),
	KGR_ROW_IF(POSIX_TIMERS, "clock_nanosleep of CPU time",
		   "do_cpu_nanosleep", "posix_cpu_nsleep",
		   "posix_cpu_nsleep_restart"),
	KGR_ROW_IF(RTC_CLASS, "clock_nanosleep of alarm clocks",
		   "alarmtimer_do_nsleep", "alarm_timer_nsleep",
		   "alarm_timer_nsleep_restart"),

	/* The first two are one function, in older kernels and in newer ones. */
	KGR_ROW_IF(FUTEX, "futex", "futex_wait_queue", "futex_do_wait",
		   "__futex_wait", "futex_wait"),
	KGR_ROW_IF(FUTEX, "futex_waitv", "futex_sleep_multiple",
		   "futex_wait_multiple"),
	/* Both are called for futexes only. */
	KGR_ROW_IF(FUTEX_PI, "futex with priority inheritance",
		   "rt_mutex_wait_proxy_lock"),

	KGR_ROW_IF(SYSVIPC, "semop", "__do_semtimedop",
		   "do_semtimedop", "ksys_semtimedop",
		   "compat_ksys_semtimedop", "sys_semop"),
	KGR_ROW_IF(SYSVIPC, "msgrcv", "do_msgrcv", "ksys_msgrcv",
		   "compat_ksys_msgrcv"),
	KGR_ROW_IF(SYSVIPC, "msgsnd", "do_msgsnd", "ksys_msgsnd",
		   "compat_ksys_msgsnd"),
	KGR_ROW_IF(POSIX_MQUEUE, "mq_timedreceive and mq_timedsend",
		   "wq_sleep", "do_mq_timedreceive", "do_mq_timedsend"),
	KGR_ROW_IF(AIO, "io_getevents", "read_events",
		   "do_io_getevents"),
	KGR_ROW_IF(IO_URING, "io_uring_enter",
		   "__io_cqring_wait_schedule", "io_cqring_wait_schedule",
		   "io_cqring_wait", "sys_io_uring_enter"),
	KGR_ROW_IF(PRINTK, "syslog and /proc/kmsg", "syslog_print",
		   "do_syslog"),

	KGR_ROW("pipes", "pipe_read", "pipe_write", "anon_pipe_read",
		"anon_pipe_write", "fifo_pipe_read", "fifo_pipe_write"),
	KGR_ROW("splice, tee and vmsplice", "pipe_wait_readable",
		"pipe_wait_writable", "wait_for_space", "ipipe_prep",
		"opipe_prep"),
	KGR_ROW_IF(EVENTFD, "read from eventfd", "eventfd_read"),
	KGR_ROW_IF(EVENTFD, "write to eventfd", "eventfd_write"),
	KGR_ROW_IF(SIGNALFD, "signalfd", "signalfd_dequeue",
		   "signalfd_read_iter"),
	KGR_ROW_IF(TIMERFD, "timerfd", "timerfd_read_iter"),
	KGR_ROW_IF(INOTIFY_USER, "inotify", "inotify_read"),
	KGR_ROW_IF(FANOTIFY, "fanotify", "fanotify_read"),
	KGR_ROW_IF(USERFAULTFD, "userfaultfd", "userfaultfd_ctx_read",
		   "userfaultfd_read_iter"),
	KGR_ROW_IF(PRINTK, "/dev/kmsg", "devkmsg_read"),
	{
		.what = "/dev/fuse",
		.module = IS_MODULE(CONFIG_FUSE_FS) ? "fuse" : NULL,
		.absent = !IS_ENABLED(CONFIG_FUSE_FS),
		.names = {
			"fuse_dev_do_read",
		},
	},
	KGR_ROW_IF(TTY, "terminals", "n_tty_read",
		   "n_tty_wait_for_input", "n_tty_write"),
	KGR_ROW_IF(FILE_LOCKING, "flock", "flock_lock_inode_wait",
		   "locks_lock_inode_wait"),
	KGR_ROW_IF(FILE_LOCKING, "fcntl", "do_lock_file_wait",
		   "fcntl_setlk", "fcntl_setlk64"),

	KGR_ROW_IF(NET, "datagrams, and accept of local sockets",
		   "__skb_wait_for_more_packets"),
	KGR_ROW_IF(NET, "recv from TCP", "sk_wait_data"),
	KGR_ROW_IF(INET, "send to TCP", "sk_stream_wait_memory"),
	KGR_ROW_IF(INET, "accept of TCP", "inet_csk_wait_for_connect",
		   "inet_csk_accept"),
	KGR_ROW_IF(INET, "connect of TCP", "inet_wait_for_connect",
		   "__inet_stream_connect"),
	{
		.what = "recv from TLS",
		.module = IS_MODULE(CONFIG_TLS) ? "tls" : NULL,
		.absent = !IS_ENABLED(CONFIG_TLS),
		.names = {
			"tls_rx_rec_wait",
			"tls_rx_reader_acquire",
			"tls_rx_reader_lock",
			"tls_sw_recvmsg",
		},
	},
	KGR_ROW_IF(BPF_SYSCALL, "recv from TCP in a sockmap",
		   "tcp_msg_wait_data", "tcp_bpf_recvmsg",
		   "tcp_bpf_recvmsg_parser"),
	KGR_ROW_IF(BPF_SYSCALL, "recv from local sockets in a sockmap",
		   "unix_msg_wait_data", "unix_bpf_recvmsg"),
	KGR_ROW_IF(UNIX, "recv from local stream sockets",
		   "unix_stream_data_wait", "unix_stream_read_generic"),
	KGR_ROW_IF(UNIX, "send to, and connect of, local sockets",
		   "unix_wait_for_peer", "unix_stream_connect",
		   "unix_dgram_connect", "unix_dgram_sendmsg"),
	/* Called for local sockets alone by what is listed. */
	KGR_ROW_IF(NET, "send to local sockets", "sock_wait_for_wmem",
		   "sock_alloc_send_pskb"),
	{
		.what = "KVM_RUN of a virtual CPU that is halted",
		.module = IS_MODULE(CONFIG_KVM) ? "kvm" : NULL,
		.absent = !IS_ENABLED(CONFIG_KVM),
		.names = {
			"kvm_vcpu_block",
			"kvm_vcpu_halt",
		},
	},
	{
		.what = "accept of vsock",
		.module = IS_MODULE(CONFIG_VSOCKETS) ? "vsock" : NULL,
		.absent = !IS_ENABLED(CONFIG_VSOCKETS),
		.names = {
			"vsock_accept",
		},
	},
	{
		.what = "recv from vsock",
		.module = IS_MODULE(CONFIG_VSOCKETS) ? "vsock" : NULL,
		.absent = !IS_ENABLED(CONFIG_VSOCKETS),
		.names = {
			"vsock_connectible_wait_data",
			"__vsock_stream_recvmsg",
			"__vsock_seqpacket_recvmsg",
			"__vsock_connectible_recvmsg",
			"vsock_connectible_recvmsg",
		},
	},
};
