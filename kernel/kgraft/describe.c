// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * describe.c - consistency of the description of a patch
 *
 * A mistake in one of the author's lists must not go unnoticed and leave a fix
 * without effect: an entry that ends a list too early, contradicts another one,
 * or has no effect. All of these are found from the description alone, whether
 * or not the modules concerned are loaded.
 */

#define pr_fmt(fmt) "kgraft: " fmt

#include <linux/buildid.h>
#include <linux/ctype.h>
#include <linux/kgraft.h>
#include <linux/module.h>
#include <linux/sched.h>
#include <linux/string.h>

#include "core.h"
#include "describe.h"
#include "lookup.h"
#include "object.h"

/* --- the patch itself --- */

static int kgr_describe_names(const struct kgr_patch *patch)
{
	const char *c;
	int ret = 0;

	/* Files that list patches have blanks between their fields. */
	for (c = patch->name; c && *c; c++) {
		if (isascii(*c) && isgraph(*c))
			continue;
		pr_err("'%s': a name must be printable ASCII without blanks\n",
		       patch->name);
		ret = -EINVAL;
		break;
	}
	if (patch->replaces && !patch->replaces[0]) {
		pr_err("'%s': .replaces is empty; give the set a name or leave .replaces out\n",
		       patch->name);
		ret = -EINVAL;
	}
	return ret;
}

/*
 * Report a list that is cut short by an incomplete entry that looks like its
 * end.
 */
static int kgr_describe_cut(const struct kgr_patch *patch, const char *list,
			    const char *lacks, bool empty)
{
	if (empty)
		return 0;
	pr_err("'%s': the last entry of .%s lacks %s; end the list with an entry of zeroes\n",
	       patch->name, list, lacks);
	return -EINVAL;
}

/* --- functions --- */

/**
 * kgr_describes_same - are two entries about one function, or contradictory?
 * @a: an entry
 * @b: another, of the same patch
 *
 * An entry without a position says that the name is unique, so no other entry
 * can mean another function of that name.
 *
 * Return: whether they are.
 */
bool kgr_describes_same(const struct kgr_patch_fun *a,
			const struct kgr_patch_fun *b)
{
	return a->name && b->name && !strcmp(a->name, b->name) &&
	       kgr_object_is(a->objname, b->objname) &&
	       (!a->sympos || !b->sympos || a->sympos == b->sympos);
}

static int kgr_describe_twice(const struct kgr_patch *patch,
			      const struct kgr_patch_fun *fun)
{
	const struct kgr_patch_fun *f;

	for (f = patch->patches; f < fun; f++) {
		if (!kgr_describes_same(f, fun))
			continue;
		pr_err("'%s': '%s' of %s is replaced twice, at position %lu and %lu\n",
		       patch->name, fun->name, kgr_object_name(fun->objname),
		       f->sympos, fun->sympos);
		return -EINVAL;
	}
	return 0;
}

static int kgr_describe_replacement(const struct kgr_patch *patch,
				    const struct kgr_patch_fun *fun)
{
	unsigned long addr = (unsigned long)fun->new_fun;

	if (!addr || !fun->name || !patch->owner ||
	    within_module_mem_type(addr, patch->owner, MOD_TEXT))
		return 0;
	pr_err("'%s': replacement %ps of '%s' is not in the text of module %s\n",
	       patch->name, fun->new_fun, fun->name, patch->owner->name);
	return -EINVAL;
}

static int kgr_describe_functions(const struct kgr_patch *patch,
				  unsigned int nr)
{
	const struct kgr_patch_fun *fun;
	int ret = 0;

	for (fun = patch->patches; fun < patch->patches + nr; fun++) {
		cond_resched();
		kgr_keep_error(&ret, kgr_describe_replacement(patch, fun));
		kgr_keep_error(&ret, kgr_describe_twice(patch, fun));
	}
	kgr_keep_error(&ret, kgr_describe_cut(patch, "patches",
					      "a name and a replacement",
					      !fun->objname && !fun->sympos));
	return ret;
}

/* --- objects --- */

static int kgr_describe_object_twice(const struct kgr_patch *patch,
				     const struct kgr_patch_obj *info)
{
	const struct kgr_patch_obj *i;

	for (i = patch->objects; i < info; i++) {
		if (!kgr_object_is(i->name, info->name))
			continue;
		pr_err("'%s': .objects has two entries for %s\n", patch->name,
		       kgr_object_name(info->name));
		return -EINVAL;
	}
	return 0;
}

/* Why a build ID is impossible; NULL if it is possible. */
static const char *kgr_impossible_id(const char *id)
{
	size_t len = strlen(id);

	if (!len || len % 2 || len > 2 * BUILD_ID_SIZE_MAX)
		return "it has an impossible length";
	if (strspn(id, "0123456789abcdef") != len)
		return "it is not in lower-case hexadecimal";
	return NULL;
}

static int kgr_describe_build(const struct kgr_patch *patch,
			      const struct kgr_patch_obj *info)
{
	const char *name = kgr_object_name(info->name), *why;
	int ret = 0;

	if (!info->srcversion && !info->build_id)
		return 0;
	if (kgr_object_is(info->name, NULL)) {
		pr_err("'%s': %s of vmlinux is not checked; a patch module fits one build of the kernel only\n",
		       patch->name,
		       info->srcversion ? ".srcversion" : ".build_id");
		return -EINVAL;
	}
	if (info->srcversion && !info->srcversion[0]) {
		pr_err("'%s': .srcversion of %s is empty\n", patch->name, name);
		ret = -EINVAL;
	}
	why = info->build_id ? kgr_impossible_id(info->build_id) : NULL;
	if (why) {
		pr_err("'%s': .build_id of %s: %s\n", patch->name, name, why);
		ret = -EINVAL;
	}
	return ret;
}

static int kgr_describe_objects(const struct kgr_patch *patch)
{
	const struct kgr_patch_obj *info;
	int ret = 0;

	for (info = patch->objects; kgr_obj_given(info); info++) {
		kgr_keep_error(&ret, kgr_describe_object_twice(patch, info));
		kgr_keep_error(&ret, kgr_describe_build(patch, info));
	}
	return ret;
}

/* --- symbols to look up --- */

static int kgr_describe_pointer_twice(const struct kgr_patch *patch,
				      const struct kgr_extern *ext)
{
	const struct kgr_extern *e;

	for (e = patch->externs; e < ext; e++) {
		if (!ext->addr || !ext->name || !e->name ||
		    e->addr != ext->addr)
			continue;
		pr_err("'%s': the addresses of '%s' and '%s' go to the same pointer\n",
		       patch->name, e->name, ext->name);
		return -EINVAL;
	}
	return 0;
}

static int kgr_describe_externs(const struct kgr_patch *patch)
{
	const struct kgr_extern *ext = patch->externs;
	int ret = 0;

	if (!ext)
		return 0;
	for (; ext->name || ext->addr; ext++) {
		kgr_keep_error(&ret, kgr_describe_pointer_twice(patch, ext));
		kgr_keep_error(&ret, kgr_check_object_name(patch, ext->objname));
	}
	kgr_keep_error(&ret, kgr_describe_cut(patch, "externs",
					      "a name and a pointer",
					      !ext->objname && !ext->user &&
					      !ext->sympos));
	return ret;
}

/* --- states and shadow variables --- */

static int kgr_describe_states(const struct kgr_patch *patch)
{
	const struct kgr_state *state = patch->states, *s;
	int ret = 0;

	if (!state)
		return 0;
	for (; state->id; state++) {
		for (s = patch->states; s->id != state->id; s++)
			;
		if (s == state)
			continue;
		pr_err("'%s': .states has %lu twice\n", patch->name, state->id);
		ret = -EINVAL;
	}
	kgr_keep_error(&ret, kgr_describe_cut(patch, "states", "an id",
					      !state->version && !state->data));
	return ret;
}

static int kgr_describe_shadows(const struct kgr_patch *patch)
{
	const struct kgr_shadow_kind *kind = patch->shadows;
	int ret = 0;

	if (!kind)
		return 0;
	for (; kind->name; kind++) {
		if (kind->name[0])
			continue;
		pr_err("'%s': the name of shadow variables %#lx is empty\n",
		       patch->name, kind->id);
		ret = -EINVAL;
	}
	kgr_keep_error(&ret, kgr_describe_cut(patch, "shadows", "a name",
					      !kind->id && !kind->dtor));
	return ret;
}

/**
 * kgr_check_description - look for inconsistent entries
 * @patch: the author's description
 * @nr: the number of its functions
 *
 * Context: process context, may sleep.
 * Return: 0; or -EINVAL, and every fault was logged.
 */
int kgr_check_description(const struct kgr_patch *patch, unsigned int nr)
{
	int ret = kgr_describe_names(patch);

	kgr_keep_error(&ret, kgr_describe_functions(patch, nr));
	kgr_keep_error(&ret, kgr_describe_objects(patch));
	kgr_keep_error(&ret, kgr_describe_externs(patch));
	kgr_keep_error(&ret, kgr_describe_states(patch));
	kgr_keep_error(&ret, kgr_describe_shadows(patch));
	return ret;
}
