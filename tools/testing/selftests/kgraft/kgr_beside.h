/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Other users of a function that is patched: tracers, probes, BPF programs.
 *
 * Copyright (C) 2026 The kGraft authors
 */
#ifndef KGR_BESIDE_H
#define KGR_BESIDE_H

#include <linux/bpf.h>
#include <stdbool.h>
#include <sys/types.h>

/* The function, as the kernel names it. */
#define KGR_BESIDE_FUNCTION	"kgr_test_first"

/* The list of other users on patched functions. */
#define KGR_SITES	"/sys/kernel/debug/kgraft/sites"

/* What has been seen of the calls of one task. */
struct kgr_seen {
	long calls;
	/* the sum of what they returned; -1: it does not know */
	long returned;
};

/**
 * struct kgr_beside - another user of a function
 * @on:		attaches to it; false: failed
 * @off:	detaches from it
 * @arg:	for both
 * @needs:	what the kernel must have
 * @file:	which it has if there is this file; %NULL: if @on succeeds
 * @conflicts:	whether it cannot share the function
 * @holder:	what the list of users on patched functions has for it
 * @newer_holder: the same of newer kernels, where that differs, or %NULL
 * @overrides:	whether it can end a call before the replacement runs
 * @seen:	what it has seen of the calls of the task that has attached it,
 *		since then; %NULL: it does not say
 * @trace:	for @seen, the line in the trace for a call
 */
struct kgr_beside {
	bool (*on)(const struct kgr_beside *user);
	bool (*off)(const struct kgr_beside *user);
	const char *arg;
	const char *needs;
	const char *file;
	bool conflicts;
	const char *holder;
	const char *newer_holder;
	bool overrides;
	bool (*seen)(const struct kgr_beside *user, struct kgr_seen *seen);
	const char *trace;
};

/* kgr_beside.c */
extern const struct kgr_beside kgr_beside_function_tracer;
extern const struct kgr_beside kgr_beside_function_graph;
extern const struct kgr_beside kgr_beside_kprobe;
extern const struct kgr_beside kgr_beside_kretprobe;
extern const struct kgr_beside kgr_beside_two_kprobes;
extern const struct kgr_beside kgr_beside_kprobe_and_kretprobe;
extern const struct kgr_beside kgr_beside_fprobe;
extern const struct kgr_beside kgr_beside_fprobe_exit;
extern const struct kgr_beside kgr_beside_perf_function;
extern const struct kgr_beside kgr_beside_perf_kprobe;
extern const struct kgr_beside kgr_beside_perf_kretprobe;
extern const struct kgr_beside kgr_beside_bpf_override;
extern const struct kgr_beside kgr_beside_livepatch;
extern const struct kgr_beside kgr_beside_direct_shared;
extern const struct kgr_beside kgr_beside_direct_not_shared;
extern const struct kgr_beside kgr_beside_kprobe_with_post_handler;
extern const struct kgr_beside kgr_beside_fail_function;

/* kgr_beside_bpf.c */
extern const struct kgr_beside kgr_beside_fentry;
extern const struct kgr_beside kgr_beside_fexit;
extern const struct kgr_beside kgr_beside_fmod_ret;
extern const struct kgr_beside kgr_beside_kprobe_multi;
extern const struct kgr_beside kgr_beside_kretprobe_multi;

bool kgr_beside_lacks(const struct kgr_beside *user);
bool kgr_beside_listed(const struct kgr_beside *user);
bool kgr_beside_unlisted(void);
bool kgr_beside_only(pid_t tid);
void kgr_beside_clean(void);

bool kgr_probe_on(const char *kind, const char *name);
bool kgr_probe_off(const char *name);
bool kgr_probes_saw(long one, long two);

bool kgr_override(pid_t pid);
bool kgr_override_end(void);

#define KGR_INSN(_code, _dst, _src, _off, _imm)				\
	((struct bpf_insn) { .code = (_code), .dst_reg = (_dst),	\
			     .src_reg = (_src), .off = (_off),		\
			     .imm = (_imm) })

#endif /* KGR_BESIDE_H */
