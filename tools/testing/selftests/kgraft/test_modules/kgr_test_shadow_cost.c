// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * kgr_test_shadow_cost.c - the cost of shadow variables, here and in livepatch
 *
 * Measures when it is loaded. Each parameter has a number for 1, for 1,000 and
 * for 100,000 variables, or as many as "most" says: CPU cycles for one call, on
 * average, in the best of some rounds. If the clock counts instructions (QEMU's
 * -icount), the unit is instructions.
 */

#include <linux/delay.h>
#include <linux/kgraft.h>
#include <linux/livepatch.h>
#include <linux/module.h>
#include <linux/timex.h>
#include <linux/vmalloc.h>

#define ID	0x6b677263UL

/* Calls between two readings of the clock, with interrupts off. */
#define CALLS	1000
#define ROUNDS	100

/* Step from one object to the next, so that each round has old and new ones. */
#define STRIDE	7919

/* At realistic distances from each other. */
struct object {
	char bytes[192];
};

static unsigned int sizes[] = { 1, 1000, 100000 };
module_param_named(most, sizes[2], uint, 0444);
MODULE_PARM_DESC(most, "the largest number of variables");

/*
 * get: finds one; miss: finds none; alloc: attaches one, with a constructor;
 * free: detaches one.
 */
struct costs {
	unsigned long get[ARRAY_SIZE(sizes)];
	unsigned long miss[ARRAY_SIZE(sizes)];
	unsigned long alloc[ARRAY_SIZE(sizes)];
	unsigned long free[ARRAY_SIZE(sizes)];
};

static struct costs kgr, klp;

#define COST(who, what) \
	module_param_array_named(who ## _ ## what, who.what, ulong, NULL, 0444)

COST(kgr, get);
COST(kgr, miss);
COST(kgr, alloc);
COST(kgr, free);
COST(klp, get);
COST(klp, miss);
COST(klp, alloc);
COST(klp, free);

static int construct(void *obj, void *data, void *ctor_data)
{
	*(void **)data = ctor_data;
	return 0;
}

/*
 * With PREEMPT_RT there is no memory while interrupts are off: what is measured
 * is disturbed by them, there.
 */
#define undisturbed(flags)						\
do {									\
	if (!IS_ENABLED(CONFIG_PREEMPT_RT))				\
		local_irq_save(flags);					\
} while (0)

#define disturbed(flags)						\
do {									\
	if (!IS_ENABLED(CONFIG_PREEMPT_RT))				\
		local_irq_restore(flags);				\
} while (0)

/* CPU cycles for one execution of @call, which may use "obj", in @least. */
#define MEASURE(least, nr, call)					\
do {									\
	unsigned long __flags = 0;					\
	unsigned int __round, __i, __k = 0;				\
	cycles_t __start, __took;					\
									\
	(least) = ULONG_MAX;						\
	for (__round = 0; __round < ROUNDS; __round++) {		\
		undisturbed(__flags);					\
		__start = get_cycles();					\
		for (__i = 0; __i < CALLS; __i++) {			\
			void *obj = &objects[__k];			\
									\
			__k = (__k + STRIDE) % (nr);			\
			call;						\
		}							\
		__took = get_cycles() - __start;			\
		disturbed(__flags);					\
		(least) = min_t(unsigned long, least, __took / CALLS);	\
		cond_resched();						\
	}								\
} while (0)

/* The same for each object once; the average, since they get more or fewer. */
#define MEASURE_EACH(cost, nr, call)					\
do {									\
	unsigned long __flags = 0, __sum = 0;				\
	cycles_t __start;						\
	unsigned int __i;						\
									\
	for (__i = 0; __i < (nr); __i++) {				\
		void *obj = &objects[__i];				\
									\
		undisturbed(__flags);					\
		__start = get_cycles();					\
		call;							\
		__sum += get_cycles() - __start;			\
		disturbed(__flags);					\
		cond_resched();						\
	}								\
	(cost) = __sum / (nr);						\
} while (0)

static struct object *objects;

/* The functions of both, in the same order. */
#define MEASURE_ALL(costs, s, x)					\
do {									\
	unsigned int __nr = sizes[s];					\
	unsigned long __missing = 0;					\
									\
	MEASURE_EACH((costs)->alloc[s], __nr,				\
		     __missing += !x ## _shadow_alloc(obj, ID,		\
				sizeof(void *), GFP_ATOMIC, construct,	\
				obj));					\
	/* Time for the table to grow, if it does */			\
	msleep(100);							\
	MEASURE((costs)->get[s], __nr,					\
		__missing += !x ## _shadow_get(obj, ID));		\
	MEASURE((costs)->miss[s], __nr,					\
		__missing += !!x ## _shadow_get(obj, ID + 1));		\
	MEASURE_EACH((costs)->free[s], __nr,				\
		     x ## _shadow_free(obj, ID, NULL));			\
	rcu_barrier();							\
	WARN_ON(__missing);						\
} while (0)

static int __init kgr_test_shadow_cost_init(void)
{
	unsigned int s;

	objects = vcalloc(sizes[ARRAY_SIZE(sizes) - 1], sizeof(*objects));
	if (!objects)
		return -ENOMEM;
	for (s = 0; s < ARRAY_SIZE(sizes); s++) {
		MEASURE_ALL(&kgr, s, kgr);
		MEASURE_ALL(&klp, s, klp);
	}
	vfree(objects);
	return 0;
}

static void __exit kgr_test_shadow_cost_exit(void)
{
}

module_init(kgr_test_shadow_cost_init);
module_exit(kgr_test_shadow_cost_exit);
MODULE_DESCRIPTION("kGraft selftests: what a shadow variable costs");
MODULE_LICENSE("GPL");
