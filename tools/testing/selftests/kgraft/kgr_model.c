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

static int apply(struct kgr_model *m, struct kgr_model_patch *p)
{
	struct kgr_model_patch *other;

	if (overrides(m, p))
		return -EBUSY;
	for_each_patch(m, other)
		if (other->live && replaces(p, other))
			end(m, other, true);
	begin(m, p);
	next_world(m);
	return 0;
}

int kgr_model_load(struct kgr_model *m, int nr, unsigned int mask,
		   bool replace_all, int set)
{
	struct kgr_model_patch *p = &m->patch[nr];
	int ret;

	*p = (struct kgr_model_patch){
		.mask = mask, .replace_all = replace_all, .set = set,
	};
	ret = apply(m, p);
	p->loaded = !ret;
	return ret;
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

static int undo(struct kgr_model *m, int universe, bool replaced)
{
	struct kgr_model_patch *p, *next;
	int last = m->order;

	if (undo_overrides(m, universe))
		return -EBUSY;
	/* They keep their order. */
	do {
		next = NULL;
		for_each_patch(m, p)
			if (replaced_in(p, universe) &&
			    (!next || p->order < next->order))
				next = p;
		if (next)
			begin(m, next);
	} while (next);
	for_each_patch(m, p)
		if (p->live && p->order <= last && p->begun == universe)
			end(m, p, replaced);
	next_world(m);
	return 0;
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

int kgr_model_revert(struct kgr_model *m, int nr)
{
	struct kgr_model_patch *p = &m->patch[nr];

	if (!p->live)
		return -EINVAL;
	if (replacing(m, p))
		return undo(m, p->begun, false);
	end(m, p, false);
	next_world(m);
	return 0;
}

int kgr_model_enable(struct kgr_model *m, int nr)
{
	struct kgr_model_patch *p = &m->patch[nr];

	if (p->live)
		return -EINVAL;
	if (p->replaced)
		return undo(m, p->replaced_in, true);
	return apply(m, p);
}

/* Whether a universe runs the same versions as the newest. */
bool kgr_model_agree(const struct kgr_model *m, int universe, bool obj)
{
	return !memcmp(m->world[universe], m->world[m->universe],
		       obj ? KGR_MODEL_FUNCS : KGR_MODEL_FUNCS / 2);
}

/* Whether no task can be inside it. */
bool kgr_model_gone(const struct kgr_model *m, int nr)
{
	const struct kgr_model_patch *p = &m->patch[nr];

	return !p->live && m->horizon >= p->replaced_in;
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
