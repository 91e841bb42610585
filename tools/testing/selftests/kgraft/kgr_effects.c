// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The model of what patches do besides code.
 */

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "kgr_effects.h"

static struct kgr_effects_patch *of(struct kgr_effects *e,
				    const struct kgr_model_patch *p)
{
	return &e->patch[p - e->m.patch];
}

static void keep(int *first, int ret)
{
	if (!*first)
		*first = ret;
}

/* Objects are called in the order in which the patch first names them. */
static int object(const struct kgr_effects_patch *x, int i)
{
	return x->is.mask & 0xf ? i : KGR_OBJECTS - 1 - i;
}

#define for_each_object(x, o, i)					\
	for ((i) = 0; (i) < KGR_OBJECTS && ((o) = object(x, i), true); (i)++)

static void call(struct kgr_effects_patch *x, int o, char which)
{
	size_t len = strlen(x->called);

	snprintf(x->called + len, sizeof(x->called) - len, "%s%c",
		 o == KGR_OBJ ? "m" : "", which);
}

/* The state of the newest other patch that is not being reverted. */
static long state_before(struct kgr_effects *e,
			 const struct kgr_effects_patch *x)
{
	struct kgr_model_patch *p;
	long seen = -1;

	kgr_model_for_each(&e->m, p) {
		const struct kgr_effects_patch *y = of(e, p);

		if (y != x && y->is.version && (p->live || p->replaced) &&
		    (y->held || p->plan == KGR_MODEL_BEGINS))
			seen = y->is.version;
	}
	return seen;
}

static int pre_apply(struct kgr_effects *e, struct kgr_effects_patch *x, int o)
{
	int ret = x->is.refuse[o];

	if (!x->attached[o] || x->prepared[o])
		return 0;
	x->state_seen = state_before(e, x);
	call(x, o, 'a');
	x->prepared[o] = !ret;
	return ret > 0 ? -EINVAL : ret;
}

static void post_apply(struct kgr_effects_patch *x, int o)
{
	if (!x->prepared[o] || x->posted[o])
		return;
	call(x, o, 'A');
	x->posted[o] = true;
}

static void pre_revert(struct kgr_effects_patch *x, int o)
{
	if (x->posted[o])
		call(x, o, 'r');
	x->posted[o] = false;
}

/* Its successor has taken over what a replaced patch has set up. */
static void post_revert(struct kgr_effects_patch *x, int o, bool replaced)
{
	if (x->prepared[o] && !replaced)
		call(x, o, 'R');
	x->prepared[o] = false;
	x->posted[o] = false;
}

/* Its symbols must be there. */
static int attach(struct kgr_effects *e, struct kgr_effects_patch *x, int o)
{
	if (x->attached[o])
		return 0;
	if (o == KGR_OBJ && ((x->is.third && !e->third) || x->is.missing))
		return -ENOENT;
	x->attached[o] = true;
	return 0;
}

static int attach_all(struct kgr_effects *e)
{
	struct kgr_model_patch *p;
	int ret = 0;

	kgr_model_for_each(&e->m, p) {
		if (p->plan != KGR_MODEL_BEGINS)
			continue;
		keep(&ret, attach(e, of(e, p), KGR_KERNEL));
		if (e->obj)
			keep(&ret, attach(e, of(e, p), KGR_OBJ));
	}
	return ret;
}

static int prepare_all(struct kgr_effects *e)
{
	struct kgr_model_patch *p;
	int i, o, ret;

	kgr_model_for_each(&e->m, p) {
		if (p->plan != KGR_MODEL_BEGINS)
			continue;
		for_each_object(of(e, p), o, i) {
			ret = pre_apply(e, of(e, p), o);
			if (ret)
				return ret;
		}
	}
	return 0;
}

static void let_go(struct kgr_effects_patch *x, bool replaced)
{
	int i, o;

	for_each_object(x, o, i) {
		post_revert(x, o, replaced);
		x->attached[o] = false;
	}
	x->held = false;
}

static void undo(struct kgr_effects *e)
{
	struct kgr_model_patch *p;

	kgr_model_for_each(&e->m, p)
		if (p->plan == KGR_MODEL_BEGINS && !of(e, p)->held)
			let_go(of(e, p), false);
	kgr_model_forget(&e->m);
}

/*
 * Is a state of some patch one that a patch which begins does not know? One that
 * is replaced hands on its state, so its successor must have it.
 */
static bool state_unknown(struct kgr_effects *e)
{
	struct kgr_model_patch *a, *b;

	kgr_model_for_each(&e->m, a) {
		kgr_model_for_each(&e->m, b) {
			unsigned int old = of(e, b)->is.version;
			unsigned int new = of(e, a)->is.version;

			if (a->plan != KGR_MODEL_BEGINS || !b->live || a == b)
				continue;
			if (new ? new < old :
				  old && b->plan == KGR_MODEL_IS_REPLACED)
				return true;
		}
	}
	return false;
}

static void make(struct kgr_effects *e)
{
	struct kgr_model_patch *p;
	int i, o;

	kgr_model_for_each(&e->m, p) {
		struct kgr_effects_patch *x = of(e, p);

		if (p->plan == KGR_MODEL_BEGINS) {
			x->held = true;
			x->applied = false;
			x->kept = false;
		} else if (p->plan == KGR_MODEL_ENDS) {
			for_each_object(x, o, i)
				pre_revert(x, o);
		}
	}
	kgr_model_make(&e->m);
}

/* Makes the change that is planned; @conflict: what planning it has returned. */
static int change(struct kgr_effects *e, bool begins, int conflict)
{
	int ret = 0;

	if (begins && state_unknown(e))
		ret = -EINVAL;
	keep(&ret, attach_all(e));
	keep(&ret, conflict);
	if (!ret)
		ret = prepare_all(e);
	if (ret)
		undo(e);
	else
		make(e);
	return ret;
}

int kgr_effects_load(struct kgr_effects *e, int nr,
		     const struct kgr_traits *traits)
{
	e->patch[nr] = (struct kgr_effects_patch){
		.is = *traits, .state_seen = -1,
	};
	return change(e, true, kgr_model_plan_load(&e->m, nr, traits->mask,
						   traits->replace_all,
						   traits->set));
}

/* A dry run: the same answer, except that no callback is asked. */
int kgr_effects_try(struct kgr_effects *e, int nr,
		    const struct kgr_traits *traits)
{
	struct kgr_effects now = *e;
	struct kgr_traits silent = *traits;

	memset(silent.refuse, 0, sizeof(silent.refuse));
	return kgr_effects_load(&now, nr, &silent);
}

int kgr_effects_revert(struct kgr_effects *e, int nr)
{
	if (!e->m.patch[nr].live)
		return -EINVAL;
	return change(e, false, kgr_model_plan_revert(&e->m, nr));
}

int kgr_effects_enable(struct kgr_effects *e, int nr)
{
	if (e->m.patch[nr].live)
		return -EINVAL;
	return change(e, true, kgr_model_plan_enable(&e->m, nr));
}

int kgr_effects_unload(struct kgr_effects *e, int nr)
{
	if (e->patch[nr].held)
		return -EWOULDBLOCK;
	e->m.patch[nr].loaded = false;
	e->patch[nr].kept = false;
	return 0;
}

static void go(struct kgr_effects *e)
{
	struct kgr_model_patch *p;

	kgr_model_for_each(&e->m, p) {
		struct kgr_effects_patch *x = of(e, p);
		bool replaced = !p->live && p->replaced;

		if (!replaced)
			pre_revert(x, KGR_OBJ);
		post_revert(x, KGR_OBJ, replaced);
		x->attached[KGR_OBJ] = false;
		x->kept = false;
	}
	e->obj = false;
}

/* Of all patches that a task may still run. */
static int come(struct kgr_effects *e)
{
	struct kgr_model_patch *p;
	int first = 0, ret;

	kgr_model_for_each(&e->m, p) {
		if (!of(e, p)->held)
			continue;
		ret = attach(e, of(e, p), KGR_OBJ);
		keep(&first, ret ?: pre_apply(e, of(e, p), KGR_OBJ));
	}
	kgr_model_for_each(&e->m, p) {
		struct kgr_effects_patch *x = of(e, p);

		if (first) {
			post_revert(x, KGR_OBJ, false);
			x->attached[KGR_OBJ] = false;
		} else if (p->live && x->applied) {
			post_apply(x, KGR_OBJ);
		}
	}
	return first;
}

/* @fail: what its init returns */
int kgr_effects_load_obj(struct kgr_effects *e, int fail)
{
	int ret = come(e);

	if (!ret && fail)
		go(e);
	e->obj = !ret && !fail;
	return ret ?: fail;
}

int kgr_effects_unload_obj(struct kgr_effects *e)
{
	if (!e->obj)
		return -ENOENT;
	go(e);
	return 0;
}

int kgr_effects_load_third(struct kgr_effects *e, int fail)
{
	e->third = !fail;
	return fail;
}

/* Work of a patch that was replaced may still use it. */
static bool knows_third(const struct kgr_effects_patch *x)
{
	return x->is.third && (x->attached[KGR_OBJ] || x->kept);
}

/* Not while a symbol of it may be used. */
int kgr_effects_unload_third(struct kgr_effects *e)
{
	struct kgr_model_patch *p;

	if (!e->third)
		return -ENOENT;
	kgr_model_for_each(&e->m, p)
		if (knows_third(of(e, p)))
			return -EWOULDBLOCK;
	e->third = false;
	return 0;
}

static bool declared(struct kgr_effects *e, int kind)
{
	for (int i = 0; i < KGR_MODEL_PATCHES; i++)
		if (e->patch[i].held && e->patch[i].is.kinds & 1 << kind)
			return true;
	return false;
}

/* The variables of the kinds that it was the last to declare go with it. */
static void release(struct kgr_effects *e, struct kgr_effects_patch *x,
		    bool replaced)
{
	x->held = false;
	x->kept = replaced && x->attached[KGR_OBJ];
	for (int k = 0; k < KGR_EFFECTS_KINDS; k++) {
		size_t len = strlen(x->called);

		if (!e->shadow[k] || !(x->is.kinds & 1 << k) || declared(e, k))
			continue;
		snprintf(x->called + len, sizeof(x->called) - len, "%c%d",
			 's' + k, e->shadow[k]);
		e->shadow[k] = 0;
	}
	let_go(x, replaced);
}

/* No task lives in a universe before that one any more. */
void kgr_effects_advance(struct kgr_effects *e, int horizon)
{
	struct kgr_model_patch *p;
	int i, o;

	e->m.horizon = horizon;
	e->released = 0;
	kgr_model_for_each(&e->m, p) {
		struct kgr_effects_patch *x = of(e, p);

		if (!p->live || x->applied || horizon < p->begun)
			continue;
		x->applied = true;
		for_each_object(x, o, i)
			post_apply(x, o);
	}
	kgr_model_for_each(&e->m, p)
		if (of(e, p)->held && !p->live && horizon >= p->replaced_in) {
			e->released |= 1 << (p - e->m.patch);
			release(e, of(e, p), p->replaced);
		}
}

/* A task of that universe calls the functions: the first attaches variables. */
void kgr_effects_call(struct kgr_effects *e, int universe)
{
	int nr = e->m.world[universe][0];

	for (int k = 0; nr && k < KGR_EFFECTS_KINDS; k++)
		if (e->patch[nr - 1].is.kinds & 1 << k && !e->shadow[k])
			e->shadow[k] = nr;
}

/* What the module of a patch says of all this. */
void kgr_effects_text(const struct kgr_effects *e, int nr, char *buf,
		      size_t size)
{
	const struct kgr_effects_patch *x = &e->patch[nr];

	snprintf(buf, size, "%s|%ld|%d|%d %d\n", x->called, x->state_seen,
		 knows_third(x), e->shadow[0], e->shadow[1]);
}
