// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * shadow_owner.c - whose shadow variables are, and what becomes of leftovers
 *
 * A patch declares the kinds of variables that it may attach. Several may
 * declare the same kind: one that replaces another goes on with its variables.
 * When the last of them is reverted, what is left of that kind is of no use,
 * and it would do harm: structures are freed, others come to be at their
 * addresses, and the next patch, or the same one applied again, would take for
 * theirs what it finds.
 *
 * A variable that is not declared may belong to any patch, or to other code.
 * It is reported when the last patch of all is reverted, and left alone.
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
 * @patch: what the author wrote
 *
 * Return: 0, or -EINVAL and every fault was logged.
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

/* Is there a patch but @gone whose code may run, and may attach such? */
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
 * @last:	the patch after which there is none
 * @id:		those that are looked at
 * @next:	the least number after them
 * @more:	whether there is one
 * @nr:		how many have the number @id
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

/* Each walk tells of one number, and finds the next. */
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
 * kgr_shadow_release - a patch is about to let its module go
 * @applied: the patch; none of its code runs any more
 *
 * If it is the last one that declares some kind of variable, those that are
 * left are reported, destroyed and freed. No patch begins in the meantime, whose
 * own would go with them: that takes kgr_mutex.
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
			pr_info("'%s': freed %lu shadow variables '%s' (%#lx) that were left\n",
				patch->name, nr, kind->name, kind->id);
	}
	if (kgr_shadow_last(applied))
		kgr_shadow_report_strays(patch);
}
