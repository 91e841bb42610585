// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * memory.c - checks that a description of a patch is in memory that stays
 *
 * The core reads the description of a patch and calls its callbacks until
 * kgr_patch_remove(), long after the init memory of the patch module was freed.
 * It also writes to the description, after the module's __ro_after_init data
 * has become read-only.
 */

#define pr_fmt(fmt) "kgraft: " fmt

#include <linux/kgraft.h>
#include <linux/module.h>
#include <asm/sections.h>

#include "core.h"
#include "memory.h"
#include "object.h"
#include "resolve.h"

/**
 * kgr_memory_is_data - is a range in the writable data of a module?
 * @mod: the module
 * @p: its address
 * @size: its size
 *
 * Return: whether it can be written to for as long as @mod is loaded.
 */
bool kgr_memory_is_data(const struct module *mod, const void *p, size_t size)
{
	unsigned long addr = (unsigned long)p;

	return within_module_mem_type(addr, mod, MOD_DATA) &&
	       within_module_mem_type(addr + size - 1, mod, MOD_DATA);
}

/*
 * @p is read or called later on. It need not be in the patch module: a string
 * may have been allocated.
 */
static int kgr_check_stays(const struct kgr_patch *patch, const void *p,
			   const char *what)
{
	if (!within_module_init((unsigned long)p, patch->owner) &&
	    !init_section_contains((void *)p, 1))
		return 0;
	pr_err("'%s': %s is in init memory, which is freed; define it without __init, __initdata and __initconst\n",
	       patch->name ?: "(null)", what);
	return -EINVAL;
}

static int kgr_check_functions(const struct kgr_patch *patch)
{
	const struct kgr_patch_fun *fun;
	int ret = 0;

	for (fun = patch->patches; fun->name || fun->new_fun; fun++) {
		kgr_keep_error(&ret, kgr_check_stays(patch, fun->name,
						     "the name of a function"));
		kgr_keep_error(&ret, kgr_check_stays(patch, fun->objname,
						     "the object of a function"));
	}
	return ret;
}

static int kgr_check_objects(const struct kgr_patch *patch)
{
	const struct kgr_patch_obj *info = patch->objects;
	int ret = kgr_check_stays(patch, info, "the list of objects");

	for (; kgr_obj_given(info); info++) {
		kgr_keep_error(&ret, kgr_check_stays(patch, info->name,
						     "the name of an object"));
		kgr_keep_error(&ret, kgr_check_stays(patch, info->srcversion,
						     "a srcversion"));
		kgr_keep_error(&ret, kgr_check_stays(patch, info->build_id,
						     "a build ID"));
		kgr_keep_error(&ret, kgr_check_stays(patch, info->pre_apply,
						     "a pre_apply callback"));
		kgr_keep_error(&ret, kgr_check_stays(patch, info->post_apply,
						     "a post_apply callback"));
		kgr_keep_error(&ret, kgr_check_stays(patch, info->pre_revert,
						     "a pre_revert callback"));
		kgr_keep_error(&ret, kgr_check_stays(patch, info->post_revert,
						     "a post_revert callback"));
	}
	return ret;
}

static int kgr_check_symbols(const struct kgr_patch *patch)
{
	const struct kgr_extern *ext = patch->externs;
	int ret = kgr_check_stays(patch, ext, "the list of symbols");

	for (; ext && (ext->name || ext->addr); ext++) {
		kgr_keep_error(&ret, kgr_check_stays(patch, ext->name,
						     "the name of a symbol"));
		kgr_keep_error(&ret, kgr_check_stays(patch, ext->objname,
						     "the object of a symbol"));
		kgr_keep_error(&ret, kgr_check_stays(patch, ext->user,
						     "the user of a symbol"));
	}
	return ret;
}

static int kgr_check_shadows(const struct kgr_patch *patch)
{
	const struct kgr_shadow_kind *kind = patch->shadows;
	int ret = kgr_check_stays(patch, kind,
				  "the list of kinds of shadow variables");

	for (; kind && kind->name; kind++) {
		kgr_keep_error(&ret, kgr_check_stays(patch, kind->name,
						     "the name of a kind of shadow variables"));
		kgr_keep_error(&ret, kgr_check_stays(patch, kind->dtor,
						     "a destructor of shadow variables"));
	}
	return ret;
}

/**
 * kgr_check_memory - is a patch in memory that stays, writable where needed?
 * @patch: the author's description
 *
 * Context: kgr_mutex held.
 * Return: 0; or -EINVAL, and every fault was logged.
 */
int kgr_check_memory(const struct kgr_patch *patch)
{
	int ret = 0;

	/* Logged by kgr_check_patch() */
	if (!patch->owner)
		return 0;
	if (!kgr_memory_is_data(patch->owner, patch, sizeof(*patch))) {
		pr_err("'%s': its struct kgr_patch is not in the writable data of module %s; define it in the module, without const, __initdata or __ro_after_init\n",
		       patch->name ?: "(null)", patch->owner->name);
		ret = -EINVAL;
	}
	kgr_keep_error(&ret, kgr_check_stays(patch, patch->name,
					     "the name of the patch"));
	kgr_keep_error(&ret, kgr_check_stays(patch, patch->replaces,
					     "the name of its set"));
	kgr_keep_error(&ret, kgr_check_stays(patch, patch->states,
					     "the list of states"));
	kgr_keep_error(&ret, kgr_check_functions(patch));
	kgr_keep_error(&ret, kgr_check_objects(patch));
	kgr_keep_error(&ret, kgr_check_symbols(patch));
	kgr_keep_error(&ret, kgr_check_shadows(patch));
	return ret;
}
