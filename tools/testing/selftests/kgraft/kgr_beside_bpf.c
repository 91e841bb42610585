// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * BPF programs on a function that is patched: in trampolines, and attached to
 * several functions at once. libbpf finds the type of the function and loads
 * them; without it, there are none.
 */

#include "kgr_beside.h"

#ifdef KGR_HAVE_LIBBPF

#include <asm/ptrace.h>
#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <stddef.h>
#include <unistd.h>

#include "../kselftest.h"
#include "kgr_test.h"

#define BTF	"/sys/kernel/btf/vmlinux"

/* The kind of a program, and where it finds the result in its context. */
struct program {
	enum bpf_prog_type type;
	enum bpf_attach_type attach;
	unsigned int flags;
	int result;
};

/* A map with a struct kgr_seen, the program, and its attachment. */
static int map = -1, prog = -1, attached = -1;

static int find_type(void)
{
	struct btf *btf = btf__load_vmlinux_btf();
	int id = -1;

	if (btf)
		id = btf__find_by_name_kind(btf, KGR_BESIDE_FUNCTION,
					    BTF_KIND_FUNC);
	btf__free(btf);
	return id;
}

/*
 * Counts the calls by this process, and adds up their results. Returns 0, which
 * in fmod_ret lets the function run.
 */
static int load(const struct program *p)
{
	LIBBPF_OPTS(bpf_prog_load_opts, opts, .expected_attach_type = p->attach);
	const struct bpf_insn count[] = {
		KGR_INSN(BPF_ALU64 | BPF_MOV | BPF_X, BPF_REG_6, BPF_REG_1, 0, 0),
		KGR_INSN(BPF_JMP | BPF_CALL, 0, 0, 0,
			 BPF_FUNC_get_current_pid_tgid),
		KGR_INSN(BPF_ALU64 | BPF_RSH | BPF_K, BPF_REG_0, 0, 0, 32),
		/* To the last two. */
		KGR_INSN(BPF_JMP | BPF_JNE | BPF_K, BPF_REG_0, 0,
			 p->result < 0 ? 4 : 8, getpid()),
		KGR_INSN(BPF_LD | BPF_DW | BPF_IMM, BPF_REG_7,
			 BPF_PSEUDO_MAP_VALUE, 0, map),
		KGR_INSN(0, 0, 0, 0, 0),
		KGR_INSN(BPF_ALU64 | BPF_MOV | BPF_K, BPF_REG_1, 0, 0, 1),
		KGR_INSN(BPF_STX | BPF_DW | BPF_ATOMIC, BPF_REG_7, BPF_REG_1,
			 offsetof(struct kgr_seen, calls), BPF_ADD),
	};
	const struct bpf_insn add_result[] = {
		KGR_INSN(BPF_LDX | BPF_DW | BPF_MEM, BPF_REG_1, BPF_REG_6,
			 p->result, 0),
		/* An int, whose sign is not in the upper half. */
		KGR_INSN(BPF_ALU64 | BPF_LSH | BPF_K, BPF_REG_1, 0, 0, 32),
		KGR_INSN(BPF_ALU64 | BPF_ARSH | BPF_K, BPF_REG_1, 0, 0, 32),
		KGR_INSN(BPF_STX | BPF_DW | BPF_ATOMIC, BPF_REG_7, BPF_REG_1,
			 offsetof(struct kgr_seen, returned), BPF_ADD),
	};
	const struct bpf_insn end[] = {
		KGR_INSN(BPF_ALU64 | BPF_MOV | BPF_K, BPF_REG_0, 0, 0, 0),
		KGR_INSN(BPF_JMP | BPF_EXIT, 0, 0, 0, 0),
	};
	struct bpf_insn insns[ARRAY_SIZE(count) + ARRAY_SIZE(add_result) +
			      ARRAY_SIZE(end)];
	unsigned int i, nr = 0;

	for (i = 0; i < ARRAY_SIZE(count); i++)
		insns[nr++] = count[i];
	for (i = 0; p->result >= 0 && i < ARRAY_SIZE(add_result); i++)
		insns[nr++] = add_result[i];
	for (i = 0; i < ARRAY_SIZE(end); i++)
		insns[nr++] = end[i];
	if (p->type == BPF_PROG_TYPE_TRACING)
		opts.attach_btf_id = find_type();
	return bpf_prog_load(p->type, NULL, "GPL", insns, nr, &opts);
}

static int attach(const struct program *p)
{
	LIBBPF_OPTS(bpf_link_create_opts, opts);
	const char *function = KGR_BESIDE_FUNCTION;

	if (p->attach == BPF_TRACE_KPROBE_MULTI) {
		opts.kprobe_multi.flags = p->flags;
		opts.kprobe_multi.cnt = 1;
		opts.kprobe_multi.syms = &function;
	}
	return bpf_link_create(prog, 0, p->attach, &opts);
}

static void close_one(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

static bool bpf_off(const struct kgr_beside *unused)
{
	bool ok = attached >= 0;

	close_one(&attached);
	close_one(&prog);
	close_one(&map);
	return ok;
}

static bool on(const struct program *p)
{
	/* Only code of the JIT can be in a trampoline. */
	kgr_write("/proc/sys/net/core/bpf_jit_enable", "1");
	map = bpf_map_create(BPF_MAP_TYPE_ARRAY, NULL, sizeof(int),
			     sizeof(struct kgr_seen), 1, NULL);
	if (map >= 0)
		prog = load(p);
	if (prog >= 0)
		attached = attach(p);
	if (attached >= 0)
		return true;
	bpf_off(NULL);
	return false;
}

static bool seen_calls(const struct kgr_beside *unused, struct kgr_seen *seen)
{
	int key = 0;

	if (bpf_map_lookup_elem(map, &key, seen))
		return false;
	seen->returned = -1;
	return true;
}

static bool seen_results(const struct kgr_beside *unused, struct kgr_seen *seen)
{
	int key = 0;

	return !bpf_map_lookup_elem(map, &key, seen);
}

static bool fentry_on(const struct kgr_beside *unused)
{
	return on(&(struct program){
		.type = BPF_PROG_TYPE_TRACING,
		.attach = BPF_TRACE_FENTRY,
		.result = -1,
	});
}

/* The context has the arguments, of which there are none, and the result. */
static bool fexit_on(const struct kgr_beside *unused)
{
	return on(&(struct program){
		.type = BPF_PROG_TYPE_TRACING,
		.attach = BPF_TRACE_FEXIT,
		.result = 0,
	});
}

static bool fmod_ret_on(const struct kgr_beside *unused)
{
	return on(&(struct program){
		.type = BPF_PROG_TYPE_TRACING,
		.attach = BPF_MODIFY_RETURN,
		.result = -1,
	});
}

static bool multi_on(const struct kgr_beside *unused)
{
	return on(&(struct program){
		.type = BPF_PROG_TYPE_KPROBE,
		.attach = BPF_TRACE_KPROBE_MULTI,
		.result = -1,
	});
}

static bool multi_return_on(const struct kgr_beside *unused)
{
	return on(&(struct program){
		.type = BPF_PROG_TYPE_KPROBE,
		.attach = BPF_TRACE_KPROBE_MULTI,
		.flags = BPF_F_KPROBE_MULTI_RETURN,
		.result = offsetof(struct pt_regs, rax),
	});
}

#define NEEDS_BTF	"CONFIG_DEBUG_INFO_BTF"
#define NEEDS_FPROBE	"CONFIG_FPROBE and CONFIG_BPF_EVENTS"

#else /* !KGR_HAVE_LIBBPF */

#include <stddef.h>

#define BTF	""
#define NEEDS_BTF	"libbpf when it is built"
#define NEEDS_FPROBE	NEEDS_BTF

static bool nothing(const struct kgr_beside *unused)
{
	return false;
}

#define fentry_on	nothing
#define fexit_on	nothing
#define fmod_ret_on	nothing
#define multi_on	nothing
#define multi_return_on	nothing
#define bpf_off		nothing
#define seen_calls	NULL
#define seen_results	NULL

#endif /* KGR_HAVE_LIBBPF */

const struct kgr_beside kgr_beside_fentry = {
	.on = fentry_on, .off = bpf_off,
	.needs = NEEDS_BTF, .file = BTF,
	.holder = "direct:bpf_trampoline_",
	.seen = seen_calls,
};

const struct kgr_beside kgr_beside_fexit = {
	.on = fexit_on, .off = bpf_off,
	.needs = NEEDS_BTF, .file = BTF,
	.holder = "direct:bpf_trampoline_",
	.seen = seen_results,
};

const struct kgr_beside kgr_beside_fmod_ret = {
	.on = fmod_ret_on, .off = bpf_off,
	.needs = NEEDS_BTF, .file = BTF,
	.holder = "direct:bpf_trampoline_", .overrides = true,
	.seen = seen_calls,
};

const struct kgr_beside kgr_beside_kprobe_multi = {
	.on = multi_on, .off = bpf_off,
	.needs = NEEDS_FPROBE,
	.holder = "ftrace:fprobe_handler",
	.newer_holder = "ftrace:fprobe_ftrace_entry",
	.seen = seen_calls,
};

const struct kgr_beside kgr_beside_kretprobe_multi = {
	.on = multi_return_on, .off = bpf_off,
	.needs = NEEDS_FPROBE,
	.holder = "ftrace:fprobe_handler",
	.newer_holder = "ftrace:ftrace_graph_func",
	.seen = seen_results,
};
