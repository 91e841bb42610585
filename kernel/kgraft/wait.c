// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * wait.c - where in the kernel a task sleeps
 *
 * That a system call restarts unnoticed (restart.c) is true of the wait that
 * the call is there for. It may sleep elsewhere as well: on a lock, in a page
 * fault, in the open of a file, or in the receive function that a sockmap has
 * put in the place of the protocol's. Code there may take an interruption for
 * the end of a timeout, lose what it has in hand, or tell another process.
 *
 * So a task sleeps in a wait of its own only if the first function on its stack
 * that does not belong to the scheduler is listed here. Whatever is not listed,
 * or not found in this kernel, is some other wait, and the task is not woken
 * under the policy "transparent".
 *
 * The list is one for all calls: no listed call sleeps in the own wait of
 * another one, except on a way that kgr_elsewhere[] cuts off.
 */

#define pr_fmt(fmt) "kgraft: " fmt

#include <linux/bsearch.h>
#include <linux/init.h>
#include <linux/kallsyms.h>
#include <linux/kernel.h>
#include <linux/module.h>
#include <linux/printk.h>
#include <linux/sort.h>
#include <linux/string.h>
#include <linux/stringhash.h>
#include <linux/workqueue.h>

#include "core.h"
#include "site.h"
#include "stack.h"
#include "wait.h"

/* Names per row, and pieces of code for all names together. */
#define KGR_WAIT_NAMES		6
#define KGR_WAIT_CODES		256

/**
 * struct kgr_wait_row - one wait
 * @what:	what waits there, for the log; %NULL: functions of the scheduler
 * @module:	the module that has the functions, if it is a module here
 * @absent:	whether this kernel is built without it
 * @names:	the functions that may be found to call the scheduler. Which of
 *		them exist depends on what the compiler inlined. None of them
 *		calls the scheduler for anything else. "sys_foo" stands for all
 *		entries of a system call: __x64_sys_foo(), __do_sys_foo(), ...
 */
struct kgr_wait_row {
	const char *what;
	const char *module;
	bool absent;
	const char *names[KGR_WAIT_NAMES];
};

#define KGR_ROW(call, ...)						\
	{ .what = (call), .names = { __VA_ARGS__ } }
#define KGR_ROW_IF(option, call, ...)					\
	{ .what = (call), .absent = !IS_ENABLED(CONFIG_##option),	\
	  .names = { __VA_ARGS__ } }
#define KGR_ROW_SCHED(...)						\
	{ .names = { __VA_ARGS__ } }

static const struct kgr_wait_row kgr_wait_rows[] = {
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

	KGR_ROW_IF(FUTEX, "futex", "futex_wait_queue", "__futex_wait",
		   "futex_wait"),
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

/*
 * On the stack of a task that sleeps in something that is not its own, and that
 * takes an interruption for more than it is, whatever the policy:
 *  - in a page fault. The sleeper does not leave, it spins until the page is
 *    there, or makes the server of the page give up.
 *  - on the way along a path, for the file system that is to be mounted there.
 *  - in task work: the last close of a socket that lingers.
 *  - in a request to a FUSE server, for poll(), which hears of it.
 * All of these are functions that return to their caller's frame.
 */
static const struct {
	const char *name;
	bool exists;
} kgr_elsewhere_names[] = {
	{ "handle_mm_fault", true },
	{ "handle_userfault", IS_ENABLED(CONFIG_USERFAULTFD) },
	{ "filename_lookup", true },
	{ "task_work_run", true },
	{ IS_MODULE(CONFIG_FUSE_FS) ? "fuse:__fuse_simple_request" :
				      "__fuse_simple_request",
	  IS_BUILTIN(CONFIG_FUSE_FS) },
};

/* Where these are. Written with kgr_mutex held. */
static struct kgr_code kgr_elsewhere[ARRAY_SIZE(kgr_elsewhere_names)];

/* One of them is not where it must be: no task can be woken. kgr_mutex. */
static bool kgr_elsewhere_lost;

/**
 * struct kgr_wait_code - a function of a row
 * @code:	where it is; size 0: it is not there
 * @row:	the row
 * @name:	which of the row's names, an index
 * @symbol:	hash of its symbol's whole name
 *
 * A function may have several: the compiler makes parts and copies of it, and
 * adds ".cold", ".isra.0" or something like that to the name of each.
 */
struct kgr_wait_code {
	struct kgr_code code;
	unsigned char row;
	unsigned char name;
	unsigned int symbol;
};

/*
 * Those of the kernel first, then those of modules, each sorted by address. Read
 * and written with kgr_mutex held.
 */
static struct kgr_wait_code kgr_wait_codes[KGR_WAIT_CODES];
static unsigned int kgr_nr_wait_codes, kgr_nr_kernel_codes;

/**
 * struct kgr_wait_name - a name to look for
 * @name:	the name
 * @row:	the row that it is in
 * @index:	where in that
 * @twice:	two functions have it, so that it says nothing
 */
struct kgr_wait_name {
	const char *name;
	unsigned char row;
	unsigned char index;
	bool twice;
};

/* Sorted. kgr_mutex. */
static struct kgr_wait_name kgr_wait_names[ARRAY_SIZE(kgr_wait_rows) *
					   KGR_WAIT_NAMES];
static unsigned int kgr_nr_wait_names;

static int kgr_wait_name_cmp(const void *a, const void *b)
{
	const struct kgr_wait_name *x = a, *y = b;

	return strcmp(x->name, y->name);
}

static void kgr_wait_sort_names(void)
{
	unsigned int row, i;

	BUILD_BUG_ON(ARRAY_SIZE(kgr_wait_rows) > U8_MAX);

	for (row = 0; row < ARRAY_SIZE(kgr_wait_rows); row++)
		for (i = 0; i < KGR_WAIT_NAMES; i++)
			if (kgr_wait_rows[row].names[i])
				kgr_wait_names[kgr_nr_wait_names++] =
				(struct kgr_wait_name){
					.name = kgr_wait_rows[row].names[i],
					.row = row,
					.index = i,
				};
	sort(kgr_wait_names, kgr_nr_wait_names, sizeof(kgr_wait_names[0]),
	     kgr_wait_name_cmp, NULL);
}

/* The part of a symbol's name that is compared. */
struct kgr_wait_symbol {
	const char *name;
	size_t len;
};

static int kgr_wait_symbol_cmp(const void *key, const void *elem)
{
	const struct kgr_wait_symbol *symbol = key;
	const struct kgr_wait_name *name = elem;
	int cmp = strncmp(symbol->name, name->name, symbol->len);

	return cmp ?: -!!name->name[symbol->len];
}

/* Without what the compiler, or a macro for system calls, has added. */
static struct kgr_wait_name *kgr_wait_name_of(const char *name)
{
	struct kgr_wait_symbol symbol = { .name = name };

	if (name[0] == '_' && name[1] == '_') {
		name = strstr(name, "_sys_");
		if (name)
			symbol.name = name + 1;
	}
	symbol.len = strchrnul(symbol.name, '.') - symbol.name;
	return bsearch(&symbol, kgr_wait_names, kgr_nr_wait_names,
		       sizeof(kgr_wait_names[0]), kgr_wait_symbol_cmp);
}

/* Two functions of one name: which of them is listed cannot be told. */
static void kgr_wait_drop(struct kgr_wait_name *name)
{
	unsigned int i;

	pr_warn("two functions are named %s: tasks that sleep in them are not woken\n",
		name->name);
	name->twice = true;
	for (i = 0; i < kgr_nr_wait_codes; i++)
		if (kgr_wait_codes[i].row == name->row &&
		    kgr_wait_codes[i].name == name->index)
			kgr_wait_codes[i].code.size = 0;
}

static bool kgr_wait_known(const struct kgr_wait_name *name,
			   unsigned int symbol, unsigned long addr)
{
	const struct kgr_wait_code *code;
	unsigned int i;

	for (i = 0; i < kgr_nr_wait_codes; i++) {
		code = &kgr_wait_codes[i];
		if (code->row == name->row && code->name == name->index &&
		    code->symbol == symbol && code->code.addr != addr)
			return true;
	}
	return false;
}

static void kgr_wait_add(struct kgr_wait_name *name, const char *symbol,
			 unsigned long addr)
{
	unsigned int hash = full_name_hash(NULL, symbol, strlen(symbol));
	unsigned long size;

	if (name->twice)
		return;
	if (kgr_wait_known(name, hash, addr)) {
		kgr_wait_drop(name);
		return;
	}
	if (kgr_nr_wait_codes == KGR_WAIT_CODES) {
		pr_warn_once("too many symbols of waits: some sleepers are not woken\n");
		return;
	}
	if (!kallsyms_lookup_size_offset(addr, &size, NULL))
		return;
	kgr_wait_codes[kgr_nr_wait_codes++] = (struct kgr_wait_code){
		.code = { .addr = addr, .size = size },
		.row = name->row,
		.name = name->index,
		.symbol = hash,
	};
}

static int kgr_wait_kernel_symbol(void *data, const char *symbol,
				  unsigned long addr)
{
	struct kgr_wait_name *name = kgr_wait_name_of(symbol);

	/* Not core_kernel_text(): init code is part of that during boot. */
	if (name && !kgr_wait_rows[name->row].module && is_kernel_text(addr))
		kgr_wait_add(name, symbol, addr);
	return 0;
}

static int kgr_wait_module_symbol(void *data, const char *symbol,
				  unsigned long addr)
{
	struct kgr_wait_name *name = kgr_wait_name_of(symbol);
	const char *module = data;

	if (name && kgr_wait_rows[name->row].module &&
	    !strcmp(kgr_wait_rows[name->row].module, module) &&
	    is_module_text_address(addr))
		kgr_wait_add(name, symbol, addr);
	return 0;
}

static int kgr_wait_code_cmp(const void *a, const void *b)
{
	const struct kgr_wait_code *x = a, *y = b;

	return x->code.addr < y->code.addr ? -1 : x->code.addr > y->code.addr;
}

static void kgr_wait_sort_codes(unsigned int from)
{
	sort(kgr_wait_codes + from, kgr_nr_wait_codes - from,
	     sizeof(kgr_wait_codes[0]), kgr_wait_code_cmp, NULL);
}

/* Name those rows of which nothing was found. */
static void kgr_wait_tell_missing(void)
{
	unsigned int row, i;

	for (row = 0; row < ARRAY_SIZE(kgr_wait_rows); row++) {
		const struct kgr_wait_row *r = &kgr_wait_rows[row];
		bool found = false;

		for (i = 0; i < kgr_nr_wait_codes; i++)
			found |= kgr_wait_codes[i].row == row &&
				 kgr_wait_codes[i].code.size;
		if (!found && r->what && !r->module && !r->absent)
			pr_warn("no symbol of the wait of %s: tasks that sleep there are not woken\n",
				r->what);
	}
}

/* What is in the kernel stays where it is: once. */
static void kgr_wait_find_kernel(void)
{
	lockdep_assert_held(&kgr_mutex);

	if (kgr_nr_wait_names)
		return;
	kgr_wait_sort_names();
	kallsyms_on_each_symbol(kgr_wait_kernel_symbol, NULL);
	kgr_wait_tell_missing();
	kgr_wait_sort_codes(0);
	kgr_nr_kernel_codes = kgr_nr_wait_codes;
}

static void kgr_wait_find_fn(struct work_struct *work)
{
	mutex_lock(&kgr_mutex);
	kgr_wait_find_kernel();
	mutex_unlock(&kgr_mutex);
}

static DECLARE_WORK(kgr_wait_find_work, kgr_wait_find_fn);

/*
 * All symbols of the kernel are looked at, which takes longer than a change
 * should. A change that begins before this is over waits for kgr_mutex; one
 * that begins before this has begun does it itself.
 */
static int __init kgr_wait_init(void)
{
	queue_work(system_unbound_wq, &kgr_wait_find_work);
	return 0;
}
late_initcall(kgr_wait_init);

/* Modules come and go: each time. Rows of one module are together. */
static void kgr_wait_find_modules(void)
{
	const char *last = NULL;
	unsigned int row;

	kgr_nr_wait_codes = kgr_nr_kernel_codes;
	for (row = 0; row < ARRAY_SIZE(kgr_wait_rows); row++) {
		const char *module = kgr_wait_rows[row].module;

		if (!module || (last && !strcmp(module, last)))
			continue;
		module_kallsyms_on_each_symbol(module, kgr_wait_module_symbol,
					       (void *)module);
		last = module;
	}
	kgr_wait_sort_codes(kgr_nr_kernel_codes);
}

static void kgr_wait_find_elsewhere(void)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(kgr_elsewhere); i++) {
		struct kgr_code *code = &kgr_elsewhere[i];
		const char *name = kgr_elsewhere_names[i].name;
		bool exists = kgr_elsewhere_names[i].exists;
		unsigned long addr, size;

		/* What is in the kernel stays where it is. */
		if (exists && code->size)
			continue;
		addr = kallsyms_lookup_name(name);
		if (!addr || !kallsyms_lookup_size_offset(addr, &size, NULL)) {
			addr = 0;
			size = 0;
		}
		if (exists && !size) {
			pr_warn_once("no symbol %s: sleepers are not woken\n",
				     name);
			WRITE_ONCE(kgr_elsewhere_lost, true);
		}
		WRITE_ONCE(code->addr, addr);
		WRITE_ONCE(code->size, size);
	}
}

/**
 * kgr_wait_prepare - see where the functions are that a task may sleep in
 *
 * To be called before sleepers are woken, each time: modules come and go.
 *
 * Context: kgr_mutex held, may sleep.
 */
void kgr_wait_prepare(void)
{
	lockdep_assert_held(&kgr_mutex);

	kgr_wait_find_elsewhere();
	kgr_wait_find_kernel();
	kgr_wait_find_modules();
}

static int kgr_wait_addr_cmp(const void *key, const void *elem)
{
	const struct kgr_wait_code *code = elem;
	unsigned long addr = *(const unsigned long *)key;

	if (addr < code->code.addr)
		return -1;
	return addr - code->code.addr >= code->code.size;
}

static const struct kgr_wait_row *kgr_wait_row_at(unsigned long addr)
{
	unsigned int from = core_kernel_text(addr) ? 0 : kgr_nr_kernel_codes;
	unsigned int to = from ? kgr_nr_wait_codes : kgr_nr_kernel_codes;
	const struct kgr_wait_code *code;

	code = bsearch(&addr, kgr_wait_codes + from, to - from, sizeof(*code),
		       kgr_wait_addr_cmp);
	return code ? &kgr_wait_rows[code->row] : NULL;
}

/*
 * The original's address for an address in a replacement. A trampoline is no
 * place of its own: 0.
 */
static unsigned long kgr_wait_place(unsigned long addr)
{
	if (core_kernel_text(addr))
		return addr;
	if (!is_module_text_address(addr))
		return 0;
	return kgr_site_replaced_by(addr) ?: addr;
}

static bool kgr_wait_is_own(const unsigned long *entries, int nr)
{
	const struct kgr_wait_row *row;
	unsigned long addr;
	int i;

	for (i = 0; i < nr; i++) {
		/* The call, not what follows it: that may be another function. */
		addr = kgr_wait_place(entries[i] - 1);
		if (!addr)
			continue;
		row = kgr_wait_row_at(addr);
		if (!row || row->what)
			return row;
	}
	return false;
}

/**
 * kgr_wait_of - where does a task sleep?
 * @task: a task that is held asleep
 *
 * Context: kgr_mutex held, after kgr_wait_prepare(); the task's pi_lock held.
 * Return: where.
 */
enum kgr_wait kgr_wait_of(struct task_struct *task)
{
	const unsigned long *entries;
	unsigned int i;
	int nr;

	lockdep_assert_held(&kgr_mutex);

	nr = kgr_stack_save(task, &entries);
	if (nr < 0 || READ_ONCE(kgr_elsewhere_lost))
		return KGR_WAIT_NEVER;
	for (i = 0; i < ARRAY_SIZE(kgr_elsewhere); i++)
		if (kgr_code_on_stack(entries, nr, kgr_elsewhere[i].addr,
				      kgr_elsewhere[i].size))
			return KGR_WAIT_NEVER;
	return kgr_wait_is_own(entries, nr) ? KGR_WAIT_OWN : KGR_WAIT_OTHER;
}
