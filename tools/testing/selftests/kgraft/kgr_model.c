// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The model that the randomised test compares the kernel with.
 */

#include <errno.h>
#include <string.h>

#include "kgr_model.h"

#define for_each_patch(m, p) \
	for ((p) = (m)->patch; (p) < (m)->patch + KGR_MODEL_PATCHES; (p)++)

/* The results of the functions from now on: of each, the newest live patch. */
static void next_world(struct kgr_model *m)
{
	unsigned char *world = m->world[++m->universe];

	memset(world, 0, KGR_MODEL_FUNCS);
	for (int f = 0; f < KGR_MODEL_FUNCS; f++) {
		int best = 0;

		for (int i = 0; i < KGR_MODEL_PATCHES; i++) {
			const struct kgr_model_patch *p = &m->patch[i];

			if (p->live && p->mask & 1 << f && p->order > best) {
				best = p->order;
				world[f] = i + 1;
			}
		}
	}
}

static void begin(struct kgr_model *m, struct kgr_model_patch *p)
{
	p->live = true;
	p->replaced = false;
	p->begun = m->universe + 1;
	p->order = ++m->order;
}

static void end(struct kgr_model *m, struct kgr_model_patch *p, bool replaced)
{
	p->live = false;
	p->replaced = replaced;
	p->replaced_in = m->universe + 1;
}

/* The next newer one, or the oldest; NULL if there is none. */
struct kgr_model_patch *kgr_model_next(struct kgr_model *m,
				       const struct kgr_model_patch *p)
{
	struct kgr_model_patch *other, *next = NULL;
	int last = p ? p->order : 0;

	for_each_patch(m, other)
		if (other->loaded && other->order > last &&
		    (!next || other->order < next->order))
			next = other;
	return next;
}

static bool replaces(const struct kgr_model_patch *p,
		     const struct kgr_model_patch *other)
{
	return p != other &&
	       (p->replace_all || (p->set && p->set == other->set));
}

/* Whether a patch of a set would have a function of a patch outside the set. */
static bool overrides(struct kgr_model *m, const struct kgr_model_patch *p)
{
	const struct kgr_model_patch *other;

	if (!p->set)
		return false;
	for_each_patch(m, other)
		if (other != p && other->live && !replaces(p, other) &&
		    other->mask & p->mask)
			return true;
	return false;
}

static int plan_apply(struct kgr_model *m, struct kgr_model_patch *p)
{
	struct kgr_model_patch *other;

	p->plan = KGR_MODEL_BEGINS;
	for_each_patch(m, other)
		if (other->live && replaces(p, other))
			other->plan = KGR_MODEL_IS_REPLACED;
	return overrides(m, p) ? -EBUSY : 0;
}

int kgr_model_plan_load(struct kgr_model *m, int nr, unsigned int mask,
			bool replace_all, int set)
{
	struct kgr_model_patch *p = &m->patch[nr];

	*p = (struct kgr_model_patch){
		.loaded = true, .mask = mask, .replace_all = replace_all,
		.set = set, .order = m->order + 1,
	};
	return plan_apply(m, p);
}

static bool replaced_in(const struct kgr_model_patch *p, int universe)
{
	return p->loaded && !p->live && p->replaced &&
	       p->replaced_in == universe;
}

/* Would the returning patches displace later ones, or one of another set? */
static bool undo_overrides(struct kgr_model *m, int universe)
{
	const struct kgr_model_patch *a, *b;

	for_each_patch(m, a) {
		if (!replaced_in(a, universe))
			continue;
		for_each_patch(m, b)
			if (b->live && b->begun != universe &&
			    (a->set || b->begun > universe) &&
			    a->mask & b->mask)
				return true;
	}
	return false;
}

static int plan_undo(struct kgr_model *m, int universe, enum kgr_model_plan end)
{
	struct kgr_model_patch *p;

	for_each_patch(m, p) {
		if (replaced_in(p, universe))
			p->plan = KGR_MODEL_BEGINS;
		else if (p->live && p->begun == universe)
			p->plan = end;
	}
	return undo_overrides(m, universe) ? -EBUSY : 0;
}

/*
 * Is it still replacing others, that is, does a task live in their universes?
 */
static bool replacing(struct kgr_model *m, const struct kgr_model_patch *p)
{
	const struct kgr_model_patch *other;

	if (m->horizon >= p->begun)
		return false;
	for_each_patch(m, other)
		if (replaced_in(other, p->begun))
			return true;
	return false;
}

int kgr_model_plan_revert(struct kgr_model *m, int nr)
{
	struct kgr_model_patch *p = &m->patch[nr];

	if (!p->live)
		return -EINVAL;
	if (replacing(m, p))
		return plan_undo(m, p->begun, KGR_MODEL_ENDS);
	p->plan = KGR_MODEL_ENDS;
	return 0;
}

int kgr_model_plan_enable(struct kgr_model *m, int nr)
{
	struct kgr_model_patch *p = &m->patch[nr];

	if (p->live)
		return -EINVAL;
	if (p->replaced)
		return plan_undo(m, p->replaced_in, KGR_MODEL_IS_REPLACED);
	return plan_apply(m, p);
}

void kgr_model_make(struct kgr_model *m)
{
	struct kgr_model_patch *p, *next;

	/* They keep their order. */
	do {
		next = NULL;
		for_each_patch(m, p)
			if (p->plan == KGR_MODEL_BEGINS &&
			    (!next || p->order < next->order))
				next = p;
		if (next) {
			begin(m, next);
			next->plan = KGR_MODEL_STAYS;
		}
	} while (next);
	for_each_patch(m, p)
		if (p->plan)
			end(m, p, p->plan == KGR_MODEL_IS_REPLACED);
	next_world(m);
	kgr_model_forget(m);
}

/* A patch that was never applied is not there. */
void kgr_model_forget(struct kgr_model *m)
{
	struct kgr_model_patch *p;

	for_each_patch(m, p) {
		p->plan = KGR_MODEL_STAYS;
		if (!p->begun)
			p->loaded = false;
	}
}

static int make(struct kgr_model *m, int fault)
{
	if (fault)
		kgr_model_forget(m);
	else
		kgr_model_make(m);
	return fault;
}

int kgr_model_load(struct kgr_model *m, int nr, unsigned int mask,
		   bool replace_all, int set)
{
	return make(m, kgr_model_plan_load(m, nr, mask, replace_all, set));
}

int kgr_model_revert(struct kgr_model *m, int nr)
{
	return make(m, kgr_model_plan_revert(m, nr));
}

int kgr_model_enable(struct kgr_model *m, int nr)
{
	return make(m, kgr_model_plan_enable(m, nr));
}

/* Whether a universe runs the same versions as the newest. */
bool kgr_model_agree(const struct kgr_model *m, int universe, bool obj)
{
	return !memcmp(m->world[universe], m->world[m->universe],
		       obj ? KGR_MODEL_FUNCS : KGR_MODEL_FUNCS / 2);
}

void kgr_model_world(const struct kgr_model *m, int universe, char kernel[8],
		     char obj[8])
{
	for (int i = 0; i < 4; i++) {
		kernel[i] = '0' + m->world[universe][i];
		obj[i] = '0' + m->world[universe][4 + i];
	}
	kernel[4] = '\0';
	obj[4] = '\0';
}
