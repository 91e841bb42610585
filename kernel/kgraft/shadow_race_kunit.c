// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * shadow_race_kunit.c - tests of shadow variables from many sides at once
 *
 * Short at boot. To let them run for longer, "shadow_race_kunit.scale=20" on
 * the command line, or that number to the file in /sys/module and then a write
 * to "run" of the suite in debugfs.
 */

#include <kunit/static_stub.h>
#include <kunit/test.h>
#include <linux/completion.h>
#include <linux/delay.h>
#include <linux/hrtimer.h>
#include <linux/kgraft_backport.h>
#include <linux/kthread.h>
#include <linux/moduleparam.h>
#include <linux/prandom.h>
#include <linux/sched.h>
#include <linux/slab.h>

#include "shadow_test.h"

static int scale = 1;
module_param(scale, int, 0644);

/* Numbers of the tests' own. */
#define ID	0x6b677202UL
#define OTHER	0x6b677203UL

#define THREADS		4

/* Faults that threads have found; they can't report them themselves. */
static atomic_t faults;
static bool stop;

struct runner {
	struct kunit *test;
	int (*fn)(long nr);
	long nr;
	int ret;
	struct completion done;
};

static int run(void *arg)
{
	struct runner *r = arg;

	/* The test's stubs hold for its threads as well. */
	current->kunit_test = r->test;
	r->ret = r->fn(r->nr);
	current->kunit_test = NULL;
	complete(&r->done);
	return 0;
}

/* Runs @fn in all threads, and waits for them. */
static void run_threads(struct kunit *test, int (*fn)(long nr))
{
	struct runner runners[THREADS];
	struct task_struct *task;
	long nr, i;

	for (nr = 0; nr < THREADS; nr++) {
		struct runner *r = &runners[nr];

		*r = (struct runner){ .test = test, .fn = fn, .nr = nr };
		init_completion(&r->done);
		task = kthread_run(run, r, "kgr_shadow/%ld", nr);
		if (IS_ERR(task))
			break;
	}
	KUNIT_EXPECT_EQ(test, nr, THREADS);
	for (i = 0; i < nr; i++) {
		wait_for_completion(&runners[i].done);
		KUNIT_EXPECT_EQ(test, runners[i].ret, 0);
	}
}

#define PATIENCE	(60 * HZ)

/*
 * How often each thread has done what it does again and again. A test that
 * judges what one thread sees while another one works waits for these, or it
 * might judge nothing: where there are fewer CPUs than threads, one of them
 * may be over before the other has run at all.
 */
static atomic_t turns[THREADS];

/* Waits until all but @nr have done what they do once, from begin to end. */
static bool others_turn(long nr)
{
	unsigned long end = jiffies + PATIENCE;
	int until[THREADS], i;

	/* The next one to end may have begun before. */
	for (i = 0; i < THREADS; i++)
		until[i] = atomic_read(&turns[i]) + 2;
	for (i = 0; i < THREADS; i++) {
		while (i != nr && atomic_read(&turns[i]) - until[i] < 0) {
			if (time_after(jiffies, end))
				return false;
			usleep_range(50, 100);
		}
	}
	return true;
}

/* Gives others time to come between looking and creating. */
static void *slow_memory(size_t size, gfp_t gfp)
{
	void *memory = kzalloc(size, gfp);

	udelay(2);
	return memory;
}

/* How often a thread has found nothing, and was about to create. */
static atomic_t about_to;
static bool nobody_came;

/* All threads come between looking and creating before one of them goes on. */
static void *memory_for_all(size_t size, gfp_t gfp)
{
	int all = roundup(atomic_inc_return(&about_to), THREADS);
	unsigned long end = jiffies + PATIENCE;

	while (atomic_read(&about_to) < all && !READ_ONCE(nobody_came)) {
		if (time_after(jiffies, end))
			WRITE_ONCE(nobody_came, true);
		usleep_range(1, 2);
	}
	return kzalloc(size, gfp);
}

/* A slow constructor: no reader may see unfinished data. */
static int construct_slowly(void *obj, void *data, void *ctor_data)
{
	struct content *c = data;

	c->salt = (unsigned long)ctor_data;
	c->check = c->salt ^ (unsigned long)obj;
	udelay(1);
	return construct(obj, data, ctor_data);
}

#define ROUNDS		(200 * scale)

/* What each thread got in a round; the last one to come compares them. */
static void *got[2][THREADS];
static atomic_t arrived;

/* All threads leave at once, as far as there are CPUs. */
static bool meet(int round)
{
	unsigned long end = jiffies + PATIENCE;
	unsigned int spins = 0;

	atomic_inc_return(&arrived);
	while (atomic_read_acquire(&arrived) < (round + 1) * THREADS) {
		if (time_after(jiffies, end))
			return false;
		cpu_relax();
		if (++spins % 64 == 0)
			usleep_range(1, 2);
	}
	return true;
}

static int race_to_create(long nr)
{
	int round, i, mine;
	void *obj;

	for (round = 0; round < ROUNDS; round++) {
		if (!meet(round))
			return -ETIMEDOUT;
		obj = far_object(round);
		got[round % 2][nr] =
			kgr_shadow_get_or_alloc(obj, ID, sizeof(struct content),
						GFP_KERNEL, construct_slowly,
						(void *)(nr + 1));
		/* That of the last round, not written until the next */
		if (!round || nr != round % THREADS)
			continue;
		for (i = 0, mine = (round - 1) % 2; i < THREADS; i++)
			if (!got[mine][i] || got[mine][i] != got[mine][0] ||
			    !intact(far_object(round - 1), got[mine][i]))
				atomic_inc(&faults);
	}
	return 0;
}

static void shadow_one_creates(struct kunit *test)
{
	atomic_set(&arrived, 0);
	kunit_activate_static_stub(test, kgr_shadow_memory, slow_memory);
	run_threads(test, race_to_create);
	kunit_deactivate_static_stub(test, kgr_shadow_memory);
	KUNIT_EXPECT_EQ(test, atomic_read(&faults), 0);
	KUNIT_EXPECT_EQ(test, atomic_read(&constructed), ROUNDS);
	KUNIT_EXPECT_EQ(test, kgr_shadow_free_all(ID, destroy), ROUNDS);
}

/* The same, without leaving it to chance that they meet. */
static void shadow_one_of_all_creates(struct kunit *test)
{
	atomic_set(&arrived, 0);
	atomic_set(&about_to, 0);
	WRITE_ONCE(nobody_came, false);
	kunit_activate_static_stub(test, kgr_shadow_memory, memory_for_all);
	run_threads(test, race_to_create);
	kunit_deactivate_static_stub(test, kgr_shadow_memory);
	KUNIT_EXPECT_FALSE(test, nobody_came);
	KUNIT_EXPECT_EQ(test, atomic_read(&about_to), THREADS * ROUNDS);
	KUNIT_EXPECT_EQ(test, atomic_read(&faults), 0);
	KUNIT_EXPECT_EQ(test, atomic_read(&constructed), ROUNDS);
	KUNIT_EXPECT_EQ(test, kgr_shadow_free_all(ID, destroy), ROUNDS);
}

static int race_to_free(long nr)
{
	int round;

	for (round = 0; round < ROUNDS; round++) {
		if (!meet(round))
			return -ETIMEDOUT;
		kgr_shadow_free(far_object(round), ID, destroy);
	}
	return 0;
}

static void shadow_one_destroys(struct kunit *test)
{
	int i;

	for (i = 0; i < ROUNDS; i++)
		KUNIT_ASSERT_NOT_NULL(test, attach(far_object(i), ID));
	atomic_set(&arrived, 0);
	run_threads(test, race_to_free);
	KUNIT_EXPECT_EQ(test, atomic_read(&faults), 0);
	KUNIT_EXPECT_EQ(test, atomic_read(&destroyed), ROUNDS);
	KUNIT_EXPECT_EQ(test, kgr_shadow_free_all(ID, destroy), 0);
}

/* Few enough that all threads and the interrupt meet at each of them. */
#define KEYS		8
#define CHURN_MS	(200 * scale)
#define CHURN_IRQ_NS	(300 * NSEC_PER_USEC)

/* The variable was not touched too early. */
static void destroy_intact(void *obj, void *data)
{
	struct content *c = data;

	if (!intact(obj, c))
		atomic_inc(&faults);
	atomic_inc(&destroyed);
}

/* Anything at random; may be an interrupt. */
static void churn_once(u32 random)
{
	void *obj = &objects[random % KEYS];
	struct content *c;

	rcu_read_lock();
	switch (random >> 16 & 3) {
	case 0:
		c = kgr_shadow_get_or_alloc(obj, ID, sizeof(*c), GFP_ATOMIC,
					    construct_slowly,
					    (void *)(unsigned long)random);
		break;
	case 1:
		kgr_shadow_free(obj, ID, destroy_intact);
		fallthrough;
	default:
		c = kgr_shadow_get(obj, ID);
	}
	if (c) {
		if (random >> 20 & 1)
			udelay(2);
		if (!intact(obj, c))
			atomic_inc(&faults);
	}
	rcu_read_unlock();
}

static struct rnd_state irq_rnd;
static unsigned int irq_runs;

static enum hrtimer_restart churn_irq(struct hrtimer *timer)
{
	int i;

	for (i = 0; i < 4; i++)
		churn_once(prandom_u32_state(&irq_rnd));
	WRITE_ONCE(irq_runs, irq_runs + 1);
	hrtimer_forward_now(timer, ns_to_ktime(CHURN_IRQ_NS));
	return READ_ONCE(stop) ? HRTIMER_NORESTART : HRTIMER_RESTART;
}

/*
 * For CHURN_MS, and until all threads and the interrupt have run after all of
 * them had begun.
 */
static int watch_churn(long nr)
{
	unsigned long end = jiffies + PATIENCE;
	unsigned int runs;

	if (!others_turn(nr))
		return -ETIMEDOUT;
	runs = READ_ONCE(irq_runs);
	msleep(CHURN_MS);
	while (READ_ONCE(irq_runs) - runs < KEYS ||
	       atomic_read(&constructed) <= KEYS) {
		if (time_after(jiffies, end))
			return -ETIMEDOUT;
		usleep_range(50, 100);
	}
	return others_turn(nr) ? 0 : -ETIMEDOUT;
}

static int churn(long nr)
{
	struct rnd_state rnd;
	unsigned int i;
	int ret;

	if (nr == THREADS - 1) {
		ret = watch_churn(nr);
		WRITE_ONCE(stop, true);
		return ret;
	}
	prandom_seed_state(&rnd, 1 + nr);
	for (i = 0; !READ_ONCE(stop); i++) {
		churn_once(prandom_u32_state(&rnd));
		if (nr == 0 && i % 4096 == 0)
			kgr_shadow_free_all(ID, destroy_intact);
		atomic_inc(&turns[nr]);
		cond_resched();
	}
	return 0;
}

static void shadow_churn(struct kunit *test)
{
	struct hrtimer timer;

	prandom_seed_state(&irq_rnd, 17);
	irq_runs = 0;
	/* An interrupt; with PREEMPT_RT, a thread, as no memory can be had in one. */
	hrtimer_setup_on_stack(&timer, churn_irq, CLOCK_MONOTONIC,
			       HRTIMER_MODE_REL);
	hrtimer_start(&timer, ns_to_ktime(CHURN_IRQ_NS), HRTIMER_MODE_REL);
	run_threads(test, churn);
	hrtimer_cancel(&timer);
	destroy_hrtimer_on_stack(&timer);

	kgr_shadow_free_all(ID, destroy_intact);
	kunit_info(test, "%d made, %u interrupts\n", atomic_read(&constructed),
		   irq_runs);
	KUNIT_EXPECT_GT(test, irq_runs, 0);
	KUNIT_EXPECT_GT(test, atomic_read(&constructed), KEYS);
	KUNIT_EXPECT_EQ(test, atomic_read(&constructed),
			atomic_read(&destroyed));
	KUNIT_EXPECT_EQ(test, atomic_read(&faults), 0);
}

#define MANY		5000

/* So often while the table grows, and while it shrinks, the others look. */
#define LOOKS		8

static bool nobody_looks;

/* Now and then, and not without the others having looked meanwhile. */
static void look_at_some(unsigned long nr)
{
	if (nr % (MANY / LOOKS) == 0 && !READ_ONCE(nobody_looks) &&
	    !others_turn(0))
		WRITE_ONCE(nobody_looks, true);
}

static void destroy_and_look(void *obj, void *data)
{
	look_at_some(atomic_inc_return(&destroyed));
}

/* The table grows and shrinks meanwhile, up to 8,192 buckets. */
static int grow_and_shrink(void)
{
	unsigned long i;
	int round;

	for (round = 0; round < scale; round++) {
		for (i = 0; i < MANY; i++) {
			look_at_some(i);
			if (!attach(far_object(i), ID))
				return -ENOMEM;
			cond_resched();
		}
		if (kgr_shadow_free_all(ID, destroy_and_look) != MANY)
			return -ENOENT;
	}
	return READ_ONCE(nobody_looks) ? -ETIMEDOUT : 0;
}

static int look_or_grow(long nr)
{
	unsigned long k;
	int ret;

	if (nr == 0) {
		ret = grow_and_shrink();
		WRITE_ONCE(stop, true);
		return ret;
	}
	while (!READ_ONCE(stop)) {
		for (k = 0; k < KEYS; k++)
			if (!kgr_shadow_get(&objects[k], OTHER))
				atomic_inc(&faults);
		atomic_inc(&turns[nr]);
		cond_resched();
	}
	return 0;
}

static void shadow_found_while_resized(struct kunit *test)
{
	unsigned long k;
	int i;

	for (k = 0; k < KEYS; k++)
		KUNIT_ASSERT_NOT_NULL(test, attach(&objects[k], OTHER));
	WRITE_ONCE(nobody_looks, false);
	run_threads(test, look_or_grow);
	/* There and back, each time at the least. */
	for (i = 1; i < THREADS; i++)
		KUNIT_EXPECT_GE(test, atomic_read(&turns[i]), 2 * LOOKS * scale);
	KUNIT_EXPECT_EQ(test, atomic_read(&faults), 0);
	KUNIT_EXPECT_EQ(test, kgr_shadow_free_all(OTHER, NULL), KEYS);
}

static int shadow_race_init(struct kunit *test)
{
	int i;

	atomic_set(&constructed, 0);
	atomic_set(&destroyed, 0);
	atomic_set(&faults, 0);
	WRITE_ONCE(stop, false);
	for (i = 0; i < THREADS; i++)
		atomic_set(&turns[i], 0);
	return 0;
}

/* Also after a test that has failed, for the sake of the next. */
static void shadow_race_exit(struct kunit *test)
{
	kgr_shadow_free_all(ID, NULL);
	kgr_shadow_free_all(OTHER, NULL);
}

static struct kunit_case shadow_race_cases[] = {
	KUNIT_CASE(shadow_one_creates),
	KUNIT_CASE(shadow_one_of_all_creates),
	KUNIT_CASE(shadow_one_destroys),
	KUNIT_CASE(shadow_churn),
	KUNIT_CASE(shadow_found_while_resized),
	{}
};

static struct kunit_suite shadow_race_suite = {
	.name = "kgraft_shadow_race",
	.init = shadow_race_init,
	.exit = shadow_race_exit,
	.test_cases = shadow_race_cases,
};

kunit_test_suite(shadow_race_suite);
