/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What kGraft needs from an architecture, implemented in arch/<arch>/kgraft/.
 *
 * Copyright (C) 2026 The kGraft authors
 */
#ifndef _KGRAFT_ARCH_H
#define _KGRAFT_ARCH_H

#include <linux/types.h>

struct pt_regs;
struct task_struct;

/* Bytes at the entry of a function, which should be a call of ftrace. */
#define KGR_ENTRY_BYTES	5

bool kgr_arch_calls_ftrace(unsigned long ip, unsigned long trampoline,
			   u8 entry[KGR_ENTRY_BYTES]);
bool kgr_arch_jump_reaches(unsigned long ip, unsigned long to);
bool kgr_arch_jumps(unsigned long ip, unsigned long to);
void kgr_arch_set_entry(unsigned long ip, unsigned long to, bool jump);

/* Of a stack that is compared with others: return addresses, frame pointers */
#define KGR_FRAMES_MAX	24
#define KGR_FRAMES_LINKS	8

/**
 * struct kgr_frame_place - a place on a stack
 * @base:	0: counted from the end of the stack that grows; else, from where
 *		the frame pointer with that number points, from 1
 * @at:		how far, in words
 */
struct kgr_frame_place {
	u8 base;
	s16 at;
};

/**
 * struct kgr_frames - where on a stack the return addresses are
 * @nr:		number of frames
 * @at:		where the return addresses are
 * @entries:	the return addresses, innermost first
 * @nr_links:	number of frame pointers by which some of them are found
 * @link:	where these are
 * @end:	where the registers of user mode are
 */
struct kgr_frames {
	unsigned int nr, nr_links;
	struct kgr_frame_place at[KGR_FRAMES_MAX];
	unsigned long entries[KGR_FRAMES_MAX];
	struct kgr_frame_place link[KGR_FRAMES_LINKS];
	struct kgr_frame_place end;
};

unsigned long kgr_arch_frames_key(struct task_struct *task);
bool kgr_arch_frames_fit(struct task_struct *task,
			 const struct kgr_frames *frames);
bool kgr_arch_frames_learn(struct task_struct *task, struct kgr_frames *frames);

/**
 * enum kgr_restart - whether a system call restarts unnoticed, and on what
 *		      that depends
 * @KGR_RESTART_NO:	it would be noticed
 * @KGR_RESTART_AGAIN:	it starts again, with the same arguments
 * @KGR_RESTART_BLOCK:	it is continued, by restart_syscall()
 * @KGR_RESTART_REST:	as BLOCK, but it may be half done: if its descriptor came
 *			to mean another file, that file would get the rest
 * @KGR_RESTART_SUSPEND: as AGAIN; waits with a signal mask of its own that it
 *			has not marked to be restored yet
 * @KGR_RESTART_FD:	as AGAIN, if args[0] is still a descriptor of some file
 * @KGR_RESTART_FD_BLOCK: as BLOCK, on the same condition
 * @KGR_RESTART_FILE:	as FD, and the call would wait: the file has no O_NONBLOCK
 * @KGR_RESTART_READ:	as AGAIN, if the file of args[0] can be read again
 * @KGR_RESTART_READV:	the same, for several buffers
 * @KGR_RESTART_WRITE:	as AGAIN, if the file of args[0] takes args[2] bytes at
 *			once or not at all, or the call keeps how many it has
 *			written
 * @KGR_RESTART_WRITEV:	the same, for several buffers
 * @KGR_RESTART_RECV:	as AGAIN, if args[0] is a socket, and the call waits with
 *			nothing in hand
 * @KGR_RESTART_RECVFROM: the same; if the flags in args[3] make it wait for all
 *			of the data, the call keeps what it has
 * @KGR_RESTART_RECVMMSG: the same; the call keeps the messages that it has
 * @KGR_RESTART_SEND:	as AGAIN, if args[0] is a socket that takes a message at
 *			once or not at all
 * @KGR_RESTART_SENDTO: the same, or the call keeps how much it has sent; its
 *			flags are in args[3]
 * @KGR_RESTART_SENDFILE: the same, with the data of args[1]; has no flags
 * @KGR_RESTART_CONNECT: as AGAIN, if args[0] is a socket that continues the
 *			attempt to connect
 * @KGR_RESTART_FLOCK:	as AGAIN, if the file of args[0] leaves flock() to the VFS
 * @KGR_RESTART_LOCK:	as AGAIN, if it leaves fcntl() locks to the VFS
 * @KGR_RESTART_PIPES:	as AGAIN, if args[0] and args[2] are pipes
 * @KGR_RESTART_TEE:	as FILE, for args[0] and args[1]
 * @KGR_RESTART_EINTR:	it does not restart: it returns -EINTR, as it may at any
 *			time, and whoever calls it then calls it again
 *
 * What depends on the file, but for locks, needs it without O_NONBLOCK, too.
 *
 * If the file has a timeout, AGAIN stands for BLOCK; if the call may be half
 * done, for REST.
 *
 * A call that depends on a descriptor has it in args[0]; reads, writes, splice()
 * and tee() have their arguments in the usual order.
 */
enum kgr_restart {
	KGR_RESTART_NO,
	KGR_RESTART_AGAIN,
	KGR_RESTART_BLOCK,
	KGR_RESTART_REST,
	KGR_RESTART_SUSPEND,
	KGR_RESTART_FD,
	KGR_RESTART_FD_BLOCK,
	KGR_RESTART_FILE,
	KGR_RESTART_READ,
	KGR_RESTART_READV,
	KGR_RESTART_WRITE,
	KGR_RESTART_WRITEV,
	KGR_RESTART_RECV,
	KGR_RESTART_RECVFROM,
	KGR_RESTART_RECVMMSG,
	KGR_RESTART_SEND,
	KGR_RESTART_SENDTO,
	KGR_RESTART_SENDFILE,
	KGR_RESTART_CONNECT,
	KGR_RESTART_FLOCK,
	KGR_RESTART_LOCK,
	KGR_RESTART_PIPES,
	KGR_RESTART_TEE,
	KGR_RESTART_EINTR,
};

#define KGR_SYSCALL_ARGS	6

enum kgr_restart kgr_arch_syscall_restarts(struct task_struct *task,
					   unsigned long *args);
bool kgr_arch_in_restart_syscall(struct task_struct *task);
bool kgr_arch_seccomp_restarts(struct task_struct *task);
int kgr_arch_call_nr(void);
int kgr_arch_restart_error(struct pt_regs *regs);
void kgr_arch_undo_restart(struct pt_regs *regs, unsigned long ip, int nr,
			   const unsigned long *args, int error);
bool kgr_arch_is_ring(int nr);
bool kgr_arch_same_abi(int nr);
int kgr_arch_save_call(unsigned long *args, unsigned long *ip);
void kgr_arch_restart_call(int nr);
long kgr_arch_call(int nr, const unsigned long *args);
bool kgr_arch_leave_call(struct pt_regs *regs, unsigned long ip, long result);
const char *kgr_arch_syscall_name(struct task_struct *task);

unsigned int kgr_arch_reloc_size(unsigned int type);
int kgr_arch_reloc_value(unsigned int type, unsigned long place,
			 unsigned long addr, u64 *value);
bool kgr_arch_reloc_is(const void *place, u64 value, unsigned int size);
void kgr_arch_poke_begin(void);
void kgr_arch_poke(void *place, const void *value, size_t size);
void kgr_arch_poke_end(void);
const char *kgr_arch_no_pointer(unsigned long addr);

#endif /* _KGRAFT_ARCH_H */
