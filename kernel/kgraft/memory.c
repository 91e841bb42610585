// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * memory.c - checks that a description of a patch is in memory that can be read,
 * and stays
 *
 * The core reads the description of a patch and calls its callbacks until
 * kgr_patch_remove(), long after the init memory of the patch module was freed.
 * It also writes to the description, after the module's __ro_after_init data
 * has become read-only.
 */

#define pr_fmt(fmt) "kgraft: " fmt

#include <linux/kallsyms.h>
#include <linux/kernel.h>
#include <linux/kgraft.h>
#include <linux/minmax.h>
#include <linux/module.h>
#include <linux/preempt.h>
#include <linux/uaccess.h>
#include <asm/sections.h>

#include "core.h"
#include "memory.h"
#include "object.h"

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

/* --- can it be read? --- */

/**
 * struct kgr_reader - a description whose pointers may lead anywhere
 * @name:	the name of the patch in messages
 * @ret:	0, or -EINVAL when a pointer leads nowhere
 */
struct kgr_reader {
	const char *name;
	int ret;
};

static bool kgr_can_read(const void *p, size_t size)
{
	char buf[32];
	size_t len;

	for (; size; p += len, size -= len) {
		len = min(size, sizeof(buf));
		if (copy_from_kernel_nofault(buf, p, len))
			return false;
	}
	return true;
}

/* Why not; %NULL if it can be. Lower limits of some texts are checked later. */
static const char *kgr_unreadable_text(const char *text)
{
	char buf[KSYM_NAME_LEN + 1];
	long len = strncpy_from_kernel_nofault(buf, text, sizeof(buf));

	if (len < 0)
		return "is not in memory that the kernel can read";
	/* The terminating NUL is counted. */
	return len <= KSYM_NAME_LEN ? NULL : "is longer than any name can be";
}

static void kgr_read_text(struct kgr_reader *reader, const char *text,
			  const char *what)
{
	const char *why = text ? kgr_unreadable_text(text) : NULL;

	if (!why)
		return;
	pr_err("'%s': %s %s\n", reader->name, what, why);
	reader->ret = -EINVAL;
}

/* Whether an entry of a list can be read. If not, the list ends before it. */
static bool kgr_read_entry(struct kgr_reader *reader, const void *entry,
			   size_t size, const char *what)
{
	if (kgr_can_read(entry, size))
		return true;
	pr_err("'%s': an entry of .%s is not in memory that the kernel can read; end the list with an entry of zeroes\n",
	       reader->name, what);
	reader->ret = -EINVAL;
	return false;
}

static void kgr_read_functions(struct kgr_reader *reader,
			       const struct kgr_patch_fun *fun)
{
	for (; kgr_read_entry(reader, fun, sizeof(*fun), "patches") &&
	     (fun->name || fun->new_fun); fun++) {
		kgr_read_text(reader, fun->name, "the name of a function");
		kgr_read_text(reader, fun->objname, "the object of a function");
	}
}

static void kgr_read_objects(struct kgr_reader *reader,
			     const struct kgr_patch_obj *info)
{
	for (; info && kgr_read_entry(reader, info, sizeof(*info), "objects") &&
	     kgr_obj_given(info); info++) {
		kgr_read_text(reader, info->name, "the name of an object");
		kgr_read_text(reader, info->srcversion, "a srcversion");
		kgr_read_text(reader, info->build_id, "a build ID");
	}
}

static void kgr_read_symbols(struct kgr_reader *reader,
			     const struct kgr_extern *ext)
{
	for (; ext && kgr_read_entry(reader, ext, sizeof(*ext), "externs") &&
	     (ext->name || ext->addr); ext++) {
		kgr_read_text(reader, ext->name, "the name of a symbol");
		kgr_read_text(reader, ext->objname, "the object of a symbol");
		kgr_read_text(reader, ext->user, "the user of a symbol");
	}
}

static void kgr_read_states(struct kgr_reader *reader,
			    const struct kgr_state *state)
{
	while (state && kgr_read_entry(reader, state, sizeof(*state), "states") &&
	       state->id)
		state++;
}

static void kgr_read_shadows(struct kgr_reader *reader,
			     const struct kgr_shadow_kind *kind)
{
	for (; kind && kgr_read_entry(reader, kind, sizeof(*kind), "shadows") &&
	     kind->name; kind++)
		kgr_read_text(reader, kind->name,
			      "the name of a kind of shadow variables");
}

/*
 * What a pointer says is a module need not be one. The description has to be in
 * its module anyway.
 */
static void kgr_read_owner(struct kgr_reader *reader,
			   const struct kgr_patch *patch)
{
	const struct module *mod;

	preempt_disable();
	mod = __module_address((unsigned long)patch);
	preempt_enable();
	if (!patch->owner || patch->owner == mod)
		return;
	pr_err("'%s': its struct kgr_patch is not in the module that .owner says; define it there, and set .owner = THIS_MODULE\n",
	       reader->name);
	reader->ret = -EINVAL;
}

/**
 * kgr_check_readable - can all of a description be read?
 * @patch: what the author calls one
 *
 * If not, nothing else may be looked at.
 *
 * Context: process context.
 * Return: 0; or -EINVAL, and every fault was logged.
 */
int kgr_check_readable(const struct kgr_patch *patch)
{
	struct kgr_reader reader = { .name = "(null)" };

	if (!patch || !kgr_can_read(patch, sizeof(*patch))) {
		pr_err("a patch without a struct kgr_patch that the kernel can read\n");
		return -EINVAL;
	}
	kgr_read_text(&reader, patch->name, "the name of the patch");
	if (patch->name && !reader.ret)
		reader.name = patch->name;
	kgr_read_text(&reader, patch->replaces, "the name of its set");
	kgr_read_owner(&reader, patch);
	kgr_read_functions(&reader, patch->patches);
	kgr_read_objects(&reader, patch->objects);
	kgr_read_symbols(&reader, patch->externs);
	kgr_read_states(&reader, patch->states);
	kgr_read_shadows(&reader, patch->shadows);
	return reader.ret;
}

/* --- does it stay? --- */

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

/* A function that is called later on. */
static int kgr_check_code(const struct kgr_patch *patch, const void *fn,
			  const char *what)
{
	int ret = kgr_check_stays(patch, fn, what);

	if (!fn || ret || func_ptr_is_kernel_text((void *)fn))
		return ret;
	pr_err("'%s': %s is not a function: %ps\n", patch->name ?: "(null)",
	       what, fn);
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
		kgr_keep_error(&ret, kgr_check_code(patch, info->pre_apply,
						    "a pre_apply callback"));
		kgr_keep_error(&ret, kgr_check_code(patch, info->post_apply,
						    "a post_apply callback"));
		kgr_keep_error(&ret, kgr_check_code(patch, info->pre_revert,
						    "a pre_revert callback"));
		kgr_keep_error(&ret, kgr_check_code(patch, info->post_revert,
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
		kgr_keep_error(&ret, kgr_check_code(patch, kind->dtor,
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

	lockdep_assert_held(&kgr_mutex);

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
