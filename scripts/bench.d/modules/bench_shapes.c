// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * bench_shapes.c - other shapes that kGraft's handler could have
 *
 * Each does what the handler does for a settled site, and has what it takes to
 * find out that it is one; what would follow for the others is a call. Which of
 * them is said by the parameter shape. A table has this one site.
 */

#include <linux/compiler.h>
#include <linux/ftrace.h>
#include <linux/hash.h>
#include <linux/module.h>
#include <linux/string.h>

#include <asm/ibt.h>

static char *shape = "address";
module_param(shape, charp, 0444);

int bench_f_1000(void);
int bench_shapes_new(void);
int bench_shapes_new(void)
{
	asm volatile("" : : : "memory");
	return 2000;
}

struct versions {
	unsigned long settled;
};

struct site {
	struct ftrace_ops ops;
	unsigned long ip;
	struct versions *versions;
	unsigned long settled;
};

static struct versions versions = {
	.settled = (unsigned long)bench_shapes_new,
};

static struct site site = {
	.versions = &versions,
	.settled = (unsigned long)bench_shapes_new,
};

static noinline notrace void rare(unsigned long ip, struct ftrace_regs *fregs)
{
	asm volatile("" : : : "memory");
}

/* --- A table of pointers; the site is asked for its address --- */

static struct {
	unsigned long mask;
	unsigned int shift;
	struct site *slot[2];
} pointers = { .mask = 1, .shift = BITS_PER_LONG - 1 };

static void *pointers_now = &pointers;

static notrace void pointer(unsigned long ip, unsigned long parent_ip,
			    struct ftrace_ops *ops, struct ftrace_regs *fregs)
{
	typeof(pointers) *table = READ_ONCE(pointers_now);
	struct site *found;
	unsigned long addr;

	found = table->slot[(ip * GOLDEN_RATIO_64) >> table->shift];
	if (unlikely(!found || found->ip != ip))
		return rare(ip, fregs);
	addr = READ_ONCE(found->versions)->settled;
	if (unlikely(!addr))
		return rare(ip, fregs);
	ftrace_regs_set_instruction_pointer(fregs, addr);
}

/* --- A table of addresses and sites, the address as it is or multiplied --- */

struct slot {
	unsigned long ip;
	struct site *site;
};

static struct {
	unsigned long mask;
	unsigned int shift;
	struct slot slot[2];
} pairs = { .mask = sizeof(struct slot), .shift = BITS_PER_LONG - 1 };

static void *pairs_now = &pairs;

static __always_inline void pairs_handler(unsigned long ip, struct slot *slot,
					  struct ftrace_regs *fregs)
{
	unsigned long addr;

	if (unlikely(slot->ip != ip))
		return rare(ip, fregs);
	addr = smp_load_acquire(&slot->site->settled);
	if (unlikely(!addr))
		return rare(ip, fregs);
	ftrace_regs_set_instruction_pointer(fregs, addr);
}

static notrace void multiply(unsigned long ip, unsigned long parent_ip,
			     struct ftrace_ops *ops, struct ftrace_regs *fregs)
{
	typeof(pairs) *table = READ_ONCE(pairs_now);

	pairs_handler(ip, &table->slot[(ip * GOLDEN_RATIO_64) >> table->shift],
		      fregs);
}

static notrace void address(unsigned long ip, unsigned long parent_ip,
			    struct ftrace_ops *ops, struct ftrace_regs *fregs)
{
	typeof(pairs) *table = READ_ONCE(pairs_now);

	pairs_handler(ip, (void *)table->slot + (ip & table->mask), fregs);
}

/* --- The answer in the table, which then changes with each change --- */

struct wide {
	unsigned long ip;
	unsigned long settled;
	struct site *site;
	unsigned long unused;
};

static struct {
	unsigned long mask;
	struct wide slot[2];
} wides = { .mask = sizeof(struct wide) };

static void *wides_now = &wides;

static notrace void in_slot(unsigned long ip, unsigned long parent_ip,
			    struct ftrace_ops *ops, struct ftrace_regs *fregs)
{
	typeof(wides) *table = READ_ONCE(wides_now);
	struct wide *slot = (void *)table->slot + (2 * ip & table->mask);
	unsigned long addr;

	if (unlikely(slot->ip != ip))
		return rare(ip, fregs);
	addr = smp_load_acquire(&slot->settled);
	if (unlikely(!addr))
		return rare(ip, fregs);
	ftrace_regs_set_instruction_pointer(fregs, addr);
}

/* --- A search among 64, in their order --- */

static struct {
	unsigned int nr;
	struct slot slot[64];
} sorted = { .nr = 64 };

static void *sorted_now = &sorted;

static notrace void search(unsigned long ip, unsigned long parent_ip,
			   struct ftrace_ops *ops, struct ftrace_regs *fregs)
{
	typeof(sorted) *table = READ_ONCE(sorted_now);
	unsigned int low = 0, high = table->nr;

	while (high - low > 1) {
		unsigned int middle = (low + high) / 2;

		if (table->slot[middle].ip <= ip)
			low = middle;
		else
			high = middle;
	}
	pairs_handler(ip, &table->slot[low], fregs);
}

/* --- No lookup: an ops for each site --- */

static notrace void own_ops(unsigned long ip, unsigned long parent_ip,
			    struct ftrace_ops *ops, struct ftrace_regs *fregs)
{
	struct site *found = container_of(ops, struct site, ops);
	unsigned long addr = smp_load_acquire(&found->settled);

	if (unlikely(!addr))
		return rare(ip, fregs);
	ftrace_regs_set_instruction_pointer(fregs, addr);
}

static const struct {
	const char *name;
	ftrace_func_t func;
} shapes[] = {
	{ "pointer", pointer },
	{ "multiply", multiply },
	{ "address", address },
	{ "in_slot", in_slot },
	{ "search", search },
	{ "own_ops", own_ops },
};

static void fill(unsigned long ip)
{
	unsigned int i;

	site.ip = ip;
	for (i = 0; i < 2; i++) {
		pointers.slot[i] = &site;
		pairs.slot[i].ip = ip;
		pairs.slot[i].site = &site;
		wides.slot[i].ip = ip;
		wides.slot[i].settled = site.settled;
	}
	for (i = 0; i < 64; i++) {
		sorted.slot[i].ip = ip + 16 * ((int)i - 21);
		sorted.slot[i].site = &site;
	}
}

static int __init bench_shapes_init(void)
{
	unsigned int i;
	int ret;

	for (i = 0; i < ARRAY_SIZE(shapes); i++)
		if (!strcmp(shape, shapes[i].name))
			site.ops.func = shapes[i].func;
	if (!site.ops.func)
		return -EINVAL;
	fill((unsigned long)bench_f_1000 + ENDBR_INSN_SIZE);
	site.ops.flags = FTRACE_OPS_FL_IPMODIFY;
	ret = ftrace_set_filter_ip(&site.ops, site.ip, 0, 0);
	return ret ?: register_ftrace_function(&site.ops);
}

static void __exit bench_shapes_exit(void)
{
	unregister_ftrace_function(&site.ops);
}

module_init(bench_shapes_init);
module_exit(bench_shapes_exit);
MODULE_DESCRIPTION("kGraft bench: shapes of a handler");
MODULE_LICENSE("GPL");
