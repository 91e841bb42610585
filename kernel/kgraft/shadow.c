// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * shadow.c - shadow variables: data attached to existing structures
 *
 * A patch cannot add members to a structure, as instances of it exist already.
 * Additional data is kept here, in a hash table, under the address of the
 * structure and a number that identifies the kind of data.
 *
 * Readers take no lock; a variable is freed after an RCU grace period. Creating
 * a variable is serialised by a small set of spinlocks, from looking it up to
 * inserting it. States of a variable:
 *
 *   inserted	The constructor runs, with the spinlock held. Readers do not
 *		find it; other tasks that want to create it wait.
 *   ready	Visible to all readers.
 *   removed	Taken out of the table by one task, which must destroy it. It
 *		can no longer be found, but readers may still use it.
 *
 * A variable is inserted before it is constructed, because the insertion may
 * fail and a constructor cannot be undone. So the constructor is called once
 * for each variable, and never for one that cannot be inserted.
 */

#include <kunit/static_stub.h>
#include <linux/hash.h>
#include <linux/kgraft.h>
#include <linux/llist.h>
#include <linux/overflow.h>
#include <linux/rhashtable.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <trace/events/kgraft.h>

#include "shadow.h"

struct kgr_shadow_key {
	const void *obj;
	unsigned long id;
};

/**
 * struct kgr_shadow - a shadow variable
 * @node:	in kgr_shadows
 * @key:	the structure and the number
 * @rcu:	to free it after a grace period
 * @removed:	link in the list of variables to destroy
 * @size:	size of @data in bytes
 * @ready:	whether its constructor has returned
 * @data:	the data of the caller
 */
struct kgr_shadow {
	struct rhash_head node;
	struct kgr_shadow_key key;
	union {
		struct rcu_head rcu;
		struct llist_node removed;
	};
	unsigned int size;
	bool ready;
	u8 data[] __aligned(__alignof__(unsigned long long)) __counted_by(size);
};

/*
 * Much cheaper than jhash(), and equally uniform for addresses at any stride.
 * With fewer multiplications, chains at some strides exceed the limit of the
 * table, which then refuses to insert.
 */
static u32 kgr_shadow_hash(const void *data, u32 len, u32 seed)
{
	const struct kgr_shadow_key *key = data;
	u64 hash;

	hash = (unsigned long)key->obj + key->id * GOLDEN_RATIO_64 + seed;
	hash = (hash ^ hash >> 32) * GOLDEN_RATIO_64;
	return hash_64(hash ^ hash >> 29, 32);
}

static int kgr_shadow_differs(struct rhashtable_compare_arg *arg,
			      const void *obj)
{
	const struct kgr_shadow_key *key = arg->key;
	const struct kgr_shadow *var = obj;

	return var->key.obj != key->obj || var->key.id != key->id;
}

static const struct rhashtable_params kgr_shadow_params = {
	.head_offset = offsetof(struct kgr_shadow, node),
	.key_offset = offsetof(struct kgr_shadow, key),
	.key_len = sizeof(struct kgr_shadow_key),
	.hashfn = kgr_shadow_hash,
	.obj_cmpfn = kgr_shadow_differs,
	.automatic_shrinking = true,
};

/* All shadow variables. RCU for readers; the table has locks of its own. */
static struct rhashtable kgr_shadows;

/*
 * Held while a variable is created, from the lookup until it is ready. Hashed
 * by object, to keep contention low. Nests outside the locks of the table and
 * those of the workqueue that lets the table grow, and inside all other locks.
 *
 * Interrupts are off while a constructor runs, except with PREEMPT_RT. If the
 * table is full because its worker lags behind, an insertion allocates a larger
 * table itself: this clears at most 4 MiB, as larger tables are allocated in
 * pieces.
 */
#define KGR_SHADOW_LOCK_BITS	6

static spinlock_t kgr_shadow_locks[1 << KGR_SHADOW_LOCK_BITS] = {
	[0 ... (1 << KGR_SHADOW_LOCK_BITS) - 1] =
		__SPIN_LOCK_UNLOCKED(kgr_shadow_locks),
};

/* Number of variables visited between two calls of cond_resched(). */
#define KGR_SHADOW_BATCH	256

/**
 * kgr_shadow_memory - allocate memory for a variable
 * @size: in bytes
 * @gfp: allocation flags
 *
 * Return: zeroed memory or %NULL.
 */
void *kgr_shadow_memory(size_t size, gfp_t gfp)
{
	KUNIT_STATIC_STUB_REDIRECT(kgr_shadow_memory, size, gfp);
	return kzalloc(size, gfp);
}

/**
 * kgr_shadow_complain - warn about misuse of a variable
 * @obj: the object
 * @id: the number of the variable
 * @what: what is wrong, to follow the name of the variable
 */
void kgr_shadow_complain(const void *obj, unsigned long id, const char *what)
{
	KUNIT_STATIC_STUB_REDIRECT(kgr_shadow_complain, obj, id, what);
	WARN_ONCE(1, "kgraft: shadow variable %#lx of %p %s\n", id, obj, what);
}

static __always_inline struct kgr_shadow *kgr_shadow_find(const void *obj,
							  unsigned long id)
{
	const struct kgr_shadow_key key = { .obj = obj, .id = id };
	struct kgr_shadow *var;

	var = rhashtable_lookup(&kgr_shadows, &key, kgr_shadow_params);
	/* Pairs with the release in kgr_shadow_insert(). */
	return var && smp_load_acquire(&var->ready) ? var : NULL;
}

/* Only one of several callers succeeds, and must then destroy the variable. */
static bool kgr_shadow_take(struct kgr_shadow *var)
{
	return !rhashtable_remove_fast(&kgr_shadows, &var->node,
				       kgr_shadow_params);
}

static void kgr_shadow_destroy(struct kgr_shadow *var, kgr_shadow_dtor_t dtor)
{
	if (dtor)
		dtor((void *)var->key.obj, var->data);
	kfree_rcu(var, rcu);
}

/**
 * kgr_shadow_get - find a shadow variable
 * @obj: the structure it is attached to
 * @id: number of the variable
 *
 * Takes no lock. The cost hardly depends on the number of variables.
 *
 * The data stays valid until the variable is freed, and then for an RCU grace
 * period. If the variable may be freed concurrently, the caller must call this
 * and use the result within rcu_read_lock().
 *
 * Context: any where RCU is watching, except NMI: an NMI that interrupts a
 *	    resize of the table might search for ever.
 * Return: its data; %NULL if there is none or its constructor has not returned
 *	   yet.
 */
void *kgr_shadow_get(const void *obj, unsigned long id)
{
	struct kgr_shadow *var;

	rcu_read_lock();
	var = kgr_shadow_find(obj, id);
	rcu_read_unlock();
	return var ? var->data : NULL;
}
EXPORT_SYMBOL_GPL(kgr_shadow_get);

/* Inserts @new unless the variable exists; the lock of its object is held. */
static struct kgr_shadow *kgr_shadow_insert(struct kgr_shadow *new,
					    kgr_shadow_ctor_t ctor,
					    void *ctor_data)
{
	void *obj = (void *)new->key.obj;
	struct kgr_shadow *var;
	int ret;

	var = kgr_shadow_find(obj, new->key.id);
	if (var)
		return var;
	ret = rhashtable_insert_fast(&kgr_shadows, &new->node,
				     kgr_shadow_params);
	if (ret)
		return NULL;
	if (ctor && ctor(obj, new->data, ctor_data)) {
		kgr_shadow_take(new);
		return NULL;
	}
	/*
	 * Pairs with the acquire in kgr_shadow_find(): a task that finds the
	 * variable sees what the constructor wrote.
	 */
	smp_store_release(&new->ready, true);
	return new;
}

/* What the caller asks for. */
enum kgr_shadow_want {
	/* a variable that does not exist yet */
	KGR_SHADOW_NEW,
	/* the variable that exists, or a new one */
	KGR_SHADOW_ANY,
};

static void *kgr_shadow_existing(struct kgr_shadow *var, size_t size,
				 enum kgr_shadow_want want)
{
	if (want == KGR_SHADOW_NEW) {
		kgr_shadow_complain(var->key.obj, var->key.id,
				    "already exists");
		return NULL;
	}
	/* Another user must have the same number for something else */
	if (size > var->size) {
		kgr_shadow_complain(var->key.obj, var->key.id,
				    "is smaller than requested");
		return NULL;
	}
	return var->data;
}

static void *kgr_shadow_create(void *obj, unsigned long id, size_t size,
			       gfp_t gfp, kgr_shadow_ctor_t ctor,
			       void *ctor_data, enum kgr_shadow_want want)
{
	struct kgr_shadow *var, *new;
	spinlock_t *lock; /* of kgr_shadow_locks */
	unsigned long flags;
	void *data;

	rcu_read_lock();
	var = kgr_shadow_find(obj, id);
	data = var ? kgr_shadow_existing(var, size, want) : NULL;
	rcu_read_unlock();
	if (var)
		return data;

	if (size > KMALLOC_MAX_SIZE - sizeof(*new))
		return NULL;
	new = kgr_shadow_memory(struct_size(new, data, size), gfp);
	if (!new)
		return NULL;
	new->size = size;
	new->key.obj = obj;
	new->key.id = id;
	lock = &kgr_shadow_locks[hash_ptr(obj, KGR_SHADOW_LOCK_BITS)];

	rcu_read_lock();
	spin_lock_irqsave(lock, flags);
	var = kgr_shadow_insert(new, ctor, ctor_data);
	spin_unlock_irqrestore(lock, flags);

	if (var == new)
		data = new->data;
	else if (var)
		data = kgr_shadow_existing(var, size, want);
	rcu_read_unlock();

	/* If its constructor failed, a lookup may still be passing by it. */
	if (var != new)
		kfree_rcu(new, rcu);
	return data;
}

/**
 * kgr_shadow_alloc - attach a new shadow variable to a structure
 * @obj: the structure
 * @id: number of the variable
 * @size: size of its data in bytes
 * @gfp: allocation flags
 * @ctor: initialises the zeroed data before the variable can be found, or
 *	  %NULL
 * @ctor_data: passed on to @ctor
 *
 * If the variable already exists, that is a bug, and the kernel warns. See
 * kgr_shadow_get_or_alloc() for the rest.
 *
 * Context: any but NMI, as far as @gfp allows; no lock of the scheduler or of
 *	    a workqueue held. With PREEMPT_RT, no hard interrupt either.
 * Return: its data; %NULL if there is one already, or as for
 *	   kgr_shadow_get_or_alloc().
 */
void *kgr_shadow_alloc(void *obj, unsigned long id, size_t size, gfp_t gfp,
		       kgr_shadow_ctor_t ctor, void *ctor_data)
{
	return kgr_shadow_create(obj, id, size, gfp, ctor, ctor_data,
				 KGR_SHADOW_NEW);
}
EXPORT_SYMBOL_GPL(kgr_shadow_alloc);

/**
 * kgr_shadow_get_or_alloc - find a shadow variable, or attach a new one
 * @obj: the structure
 * @id: number of the variable
 * @size: size of its data in bytes
 * @gfp: allocation flags
 * @ctor: initialises the zeroed data before the variable can be found, or
 *	  %NULL
 * @ctor_data: passed on to @ctor
 *
 * Concurrent callers get the same variable, and @ctor is called once. It runs
 * with a spinlock held and interrupts off: it must not sleep, nor call anything
 * that changes shadow variables; it may call kgr_shadow_get(). If it returns a
 * value other than 0, the variable is discarded. The caller must do anything
 * that sleeps beforehand and pass the result in @ctor_data.
 *
 * The data is aligned for unsigned long long. If the variable exists but its
 * data is smaller than @size, another user must have the same @id for something
 * else: the kernel warns, and %NULL is returned.
 *
 * See kgr_shadow_get() for the lifetime of the data. Within rcu_read_lock(),
 * @gfp must not allow sleeping.
 *
 * Context: any but NMI, as far as @gfp allows; no lock of the scheduler or of
 *	    a workqueue held. With PREEMPT_RT, no hard interrupt either.
 * Return: its data; %NULL if there is no memory or @ctor has failed.
 */
void *kgr_shadow_get_or_alloc(void *obj, unsigned long id, size_t size,
			      gfp_t gfp, kgr_shadow_ctor_t ctor,
			      void *ctor_data)
{
	return kgr_shadow_create(obj, id, size, gfp, ctor, ctor_data,
				 KGR_SHADOW_ANY);
}
EXPORT_SYMBOL_GPL(kgr_shadow_get_or_alloc);

/**
 * kgr_shadow_free - detach a shadow variable from a structure and free it
 * @obj: the structure
 * @id: number of the variable
 * @dtor: called once the variable can no longer be found, or %NULL
 *
 * Must be called before @obj is freed: otherwise the next structure at that
 * address inherits the variable.
 *
 * @dtor runs in the context of the caller, without a lock. Readers that found
 * the variable earlier may still use it, and what its data points to, until an
 * RCU grace period has passed. A new variable for @obj may already exist.
 *
 * Context: any but NMI, as far as @dtor allows; no lock of the scheduler or of
 *	    a workqueue held. With PREEMPT_RT, no hard interrupt either.
 * Return: whether the variable existed.
 */
bool kgr_shadow_free(const void *obj, unsigned long id, kgr_shadow_dtor_t dtor)
{
	struct kgr_shadow *var;

	rcu_read_lock();
	var = kgr_shadow_find(obj, id);
	if (var && !kgr_shadow_take(var))
		var = NULL;
	rcu_read_unlock();

	if (var)
		kgr_shadow_destroy(var, dtor);
	return var;
}
EXPORT_SYMBOL_GPL(kgr_shadow_free);

/*
 * Visits a batch of variables; returns whether there may be more. After a
 * break, the walk may visit a variable again if the table was resized
 * meanwhile, and may miss one if others were removed.
 */
static bool kgr_shadow_visit_some(struct rhashtable_iter *iter,
				  void (*visit)(struct kgr_shadow *var,
						void *arg),
				  void *arg)
{
	struct kgr_shadow *var = NULL;
	unsigned int i;

	rhashtable_walk_start(iter);
	for (i = 0; i < KGR_SHADOW_BATCH; i++) {
		var = rhashtable_walk_next(iter);
		if (!var)
			break;
		/* An error means that the walk continues in another table. */
		if (!IS_ERR(var))
			visit(var, arg);
	}
	rhashtable_walk_stop(iter);
	return var;
}

struct kgr_shadow_sweep {
	unsigned long id;
	struct llist_head removed;
};

static void kgr_shadow_sweep_one(struct kgr_shadow *var, void *arg)
{
	struct kgr_shadow_sweep *sweep = arg;

	if (var->key.id != sweep->id)
		return;
	/* Pairs with the release in kgr_shadow_insert(). */
	if (smp_load_acquire(&var->ready) && kgr_shadow_take(var))
		__llist_add(&var->removed, &sweep->removed);
}

/* Destroy what a part of the walk has found; returns how many that were. */
static unsigned long kgr_shadow_sweep_found(struct kgr_shadow_sweep *sweep,
					    kgr_shadow_dtor_t dtor,
					    const struct kgr_patch *last)
{
	struct kgr_shadow *var, *next;
	unsigned long nr = 0;

	llist_for_each_entry_safe(var, next, __llist_del_all(&sweep->removed),
				  removed) {
		if (last)
			trace_kgr_shadow_left(last->name, sweep->id,
					      var->key.obj, true);
		kgr_shadow_destroy(var, dtor);
		nr++;
	}
	return nr;
}

/**
 * kgr_shadow_sweep - free all variables of a kind
 * @id: number of the kind
 * @dtor: called for each, or %NULL
 * @last: if they are leftovers, the patch to name in trace events
 *
 * Repeats the walk of the table until a walk finds nothing, so that no variable
 * is missed.
 *
 * Context: process context, may sleep.
 * Return: the number of variables that were freed.
 */
unsigned long kgr_shadow_sweep(unsigned long id, kgr_shadow_dtor_t dtor,
			       const struct kgr_patch *last)
{
	struct kgr_shadow_sweep sweep = { .id = id };
	unsigned long nr = 0, before;
	struct rhashtable_iter iter;
	bool more;

	do {
		before = nr;
		rhashtable_walk_enter(&kgr_shadows, &iter);
		do {
			more = kgr_shadow_visit_some(&iter, kgr_shadow_sweep_one,
						     &sweep);
			/* @dtor may sleep, the walk must not. */
			nr += kgr_shadow_sweep_found(&sweep, dtor, last);
			cond_resched();
		} while (more);
		rhashtable_walk_exit(&iter);
	} while (nr != before);
	return nr;
}

/**
 * kgr_shadow_free_all - free all shadow variables of a kind
 * @id: number of the kind
 * @dtor: called for each, see kgr_shadow_free(); may sleep; or %NULL
 *
 * Frees all variables that exist when it is called. Does not return while new
 * ones keep being attached.
 *
 * Context: process context, may sleep.
 * Return: the number of variables that were freed.
 */
unsigned long kgr_shadow_free_all(unsigned long id, kgr_shadow_dtor_t dtor)
{
	might_sleep();
	return kgr_shadow_sweep(id, dtor, NULL);
}
EXPORT_SYMBOL_GPL(kgr_shadow_free_all);

struct kgr_shadow_visitor {
	void (*visit)(const void *obj, unsigned long id, void *arg);
	void *arg;
};

static void kgr_shadow_visit_one(struct kgr_shadow *var, void *arg)
{
	struct kgr_shadow_visitor *visitor = arg;

	visitor->visit(var->key.obj, var->key.id, visitor->arg);
}

/**
 * kgr_shadow_visit - call a function for all variables
 * @visit: called under RCU, must not sleep
 * @arg: for @visit
 *
 * Visits each variable once, unless variables are added or removed meanwhile.
 *
 * Context: process context, may sleep.
 */
void kgr_shadow_visit(void (*visit)(const void *obj, unsigned long id,
				    void *arg), void *arg)
{
	struct kgr_shadow_visitor visitor = { .visit = visit, .arg = arg };
	struct rhashtable_iter iter;

	rhashtable_walk_enter(&kgr_shadows, &iter);
	while (kgr_shadow_visit_some(&iter, kgr_shadow_visit_one, &visitor))
		cond_resched();
	rhashtable_walk_exit(&iter);
}

void __init kgr_shadow_init(void)
{
	/* Fails only for wrong parameters, not for lack of memory. */
	WARN_ON(rhashtable_init(&kgr_shadows, &kgr_shadow_params));
}
