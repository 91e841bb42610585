// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * shadow_owner.c - the patches that own shadow variables, and leftovers
 *
 * A patch declares the kinds of variables that it may attach. Several patches
 * may declare the same kind: a patch that replaces another takes over its
 * variables. When the last of them is reverted, variables of that kind that are
 * left are useless and dangerous: new structures are allocated at the addresses
 * of freed ones, and the next patch, or the same patch applied again, would
 * find variables that do not belong to them.
 *
 * A variable of an undeclared kind may belong to any patch, or to other code.
 * It is reported when the last patch of all is reverted, and is not freed.
 */

#define pr_fmt(fmt) "kgraft: " fmt

#include <linux/kgraft.h>
#include <linux/list.h>
#include <linux/lockdep.h>
#include <linux/mutex.h>
#include <trace/events/kgraft.h>

#include "applied.h"
#include "core.h"
#include "shadow.h"

#define kgr_for_each_shadow(patch, kind) \
	for ((kind) = (patch)->shadows; (kind) && (kind)->name; (kind)++)

/**
 * kgr_shadow_check - are the shadow variables of a patch declared properly?
 * @patch: the author's description
 *
 * Return: 0; or -EINVAL, and every fault was logged.
 */
int kgr_shadow_check(const struct kgr_patch *patch)
{
	const struct kgr_shadow_kind *kind, *k;
	int ret = 0;

	kgr_for_each_shadow(patch, kind) {
		for (k = patch->shadows; k < kind && k->id != kind->id; k++)
			;
		if (k == kind)
			continue;
		pr_err("'%s': shadow variables '%s' and '%s' have the same id %#lx\n",
		       patch->name, k->name, kind->name, kind->id);
		ret = -EINVAL;
	}
	return ret;
}

/* May a patch other than @gone still run and attach variables of this kind? */
static bool kgr_shadow_declared(const struct kgr_applied *gone,
				unsigned long id)
{
	const struct kgr_shadow_kind *kind;
	struct kgr_applied *applied;

	list_for_each_entry(applied, &kgr_patches, list) {
		if (applied == gone || !kgr_patch_is(applied, KGR_FLAG_HELD))
			continue;
		kgr_for_each_shadow(applied->patch, kind)
			if (kind->id == id)
				return true;
	}
	return false;
}

static bool kgr_shadow_last(const struct kgr_applied *gone)
{
	struct kgr_applied *applied;

	list_for_each_entry(applied, &kgr_patches, list)
		if (applied != gone && kgr_patch_is(applied, KGR_FLAG_HELD))
			return false;
	return true;
}

/**
 * struct kgr_shadow_strays - variables that no patch has declared
 * @last:	the last patch
 * @id:		the number that this walk reports
 * @next:	the smallest number greater than @id
 * @more:	whether there is such a number
 * @nr:		how many variables have the number @id
 */
struct kgr_shadow_strays {
	const struct kgr_patch *last;
	unsigned long id;
	unsigned long next;
	bool more;
	unsigned long nr;
};

static void kgr_shadow_note_stray(const void *obj, unsigned long id, void *arg)
{
	struct kgr_shadow_strays *strays = arg;

	if (id == strays->id) {
		trace_kgr_shadow_left(strays->last->name, id, obj, false);
		strays->nr++;
	} else if (id > strays->id && (!strays->more || id < strays->next)) {
		strays->next = id;
		strays->more = true;
	}
}

/* Each walk reports one number and finds the next one. */
static void kgr_shadow_report_strays(const struct kgr_patch *last)
{
	struct kgr_shadow_strays strays = { .last = last, .more = true };

	for (; strays.more; strays.id = strays.next) {
		strays.more = false;
		strays.nr = 0;
		kgr_shadow_visit(kgr_shadow_note_stray, &strays);
		if (strays.nr)
			pr_warn("'%s': the last patch leaves %lu shadow variables with id %#lx, which no patch has declared\n",
				last->name, strays.nr, strays.id);
	}
}

/**
 * kgr_shadow_release - free the leftover variables of a patch
 * @applied: the patch, about to release its module; none of its code runs
 *
 * If @applied is the last patch that declares a kind of variable, the variables
 * that are left are reported, destroyed and freed. kgr_mutex keeps other
 * patches from being applied meanwhile, whose variables would be freed, too.
 *
 * Context: kgr_mutex held, may sleep.
 */
void kgr_shadow_release(const struct kgr_applied *applied)
{
	const struct kgr_patch *patch = applied->patch;
	const struct kgr_shadow_kind *kind;
	unsigned long nr;

	lockdep_assert_held(&kgr_mutex);

	kgr_for_each_shadow(patch, kind) {
		if (kgr_shadow_declared(applied, kind->id))
			continue;
		nr = kgr_shadow_sweep(kind->id, kind->dtor, patch);
		if (nr)
			pr_info("'%s': freed %lu shadow variables '%s' (%#lx) that were left over\n",
				patch->name, nr, kind->name, kind->id);
	}
	if (kgr_shadow_last(applied))
		kgr_shadow_report_strays(patch);
}
