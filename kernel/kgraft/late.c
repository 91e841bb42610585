// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * late.c - references to symbols of modules that may not be loaded yet
 *
 * The symbols belong to patched modules, which come and go while the patch
 * module stays. The patch module is first relocated with the address of a stub.
 * When the object of a patch is attached, the references are rewritten with the
 * address of the symbol, before any replacement that uses them can run. They
 * are set back to the stub when the object is detached and no such replacement
 * can run any more.
 */

#define pr_fmt(fmt) "kgraft: " fmt

#include <linux/bug.h>
#include <linux/elf.h>
#include <linux/kgraft_module.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "arch.h"
#include "core.h"
#include "direct.h"
#include "late.h"

LIST_HEAD(kgr_lates);

/* Called if a patch wrongly uses a symbol that is not available. */
static noinline long kgr_late_stub(void)
{
	WARN_ONCE(1, "kgraft: %pS calls a function of a module that is not loaded or not patched\n",
		  __builtin_return_address(0));
	return 0;
}

/* --- When the patch module is loaded --- */

/**
 * struct kgr_relocs - the relocations of one section of a module
 * @image:	the image of the module
 * @target:	the section that they modify
 * @rel:	the relocations
 * @nr:		their number
 */
struct kgr_relocs {
	const struct kgr_image *image;
	const Elf_Shdr *target;
	const Elf_Rela *rel;
	size_t nr;
};

/* Does section @i have relocations that apply_relocations() applies? */
static bool kgr_relocs_of(struct kgr_relocs *relocs,
			  const struct kgr_image *image, unsigned int i)
{
	const Elf_Shdr *sec = &image->sections[i];

	if (sec->sh_type != SHT_RELA || sec->sh_info >= image->nr_sections)
		return false;
	relocs->image = image;
	relocs->target = &image->sections[sec->sh_info];
	relocs->rel = (void *)sec->sh_addr;
	relocs->nr = sec->sh_size / sizeof(*relocs->rel);
	return relocs->target->sh_flags & SHF_ALLOC;
}

/* Why a place cannot be written to later on; NULL if it can. */
static const char *kgr_place_refuses(const struct module *mod,
				     const struct kgr_relocs *relocs,
				     const struct kgr_place *place)
{
	const char *name = relocs->image->names + relocs->target->sh_name;
	bool text = relocs->target->sh_flags & SHF_EXECINSTR;

	if (within_module_init((unsigned long)place->at, mod))
		return "is used by init code";
	if (!strcmp(name, ".altinstr_replacement"))
		return "is part of an alternative";
	if (!place->size)
		return "is used in a way that cannot be changed later";
	if (!text && place->size != sizeof(u64))
		return "is used by something other than code and pointers";
	return NULL;
}

static int kgr_late_place(struct kgr_late *late, const struct kgr_relocs *relocs,
			  const Elf_Rela *rel, struct kgr_place *place)
{
	const char *why;

	place->at = (void *)relocs->target->sh_addr + rel->r_offset;
	place->type = ELF_R_TYPE(rel->r_info);
	place->addend = rel->r_addend;
	place->size = kgr_arch_reloc_size(place->type);
	why = kgr_place_refuses(late->mod, relocs, place);
	if (!why)
		return 0;
	pr_err("'%s': '%s' of module %s %s (relocation type %u at offset 0x%llx of section %s)\n",
	       late->mod->name, late->name, late->objname, why, place->type,
	       (u64)rel->r_offset,
	       relocs->image->names + relocs->target->sh_name);
	return -ENOEXEC;
}

/* With @late: check and record the places. Without: only count them. */
static int kgr_late_places(const struct kgr_image *image, unsigned int index,
			   struct kgr_late *late, unsigned int *nr)
{
	struct kgr_relocs relocs;
	unsigned int i;
	int ret = 0;
	size_t r;

	*nr = 0;
	for (i = 1; i < image->nr_sections; i++) {
		if (!kgr_relocs_of(&relocs, image, i))
			continue;
		for (r = 0; r < relocs.nr; r++) {
			if (ELF_R_SYM(relocs.rel[r].r_info) != index)
				continue;
			if (late)
				kgr_keep_error(&ret, kgr_late_place(late, &relocs,
								    &relocs.rel[r],
								    &late->places[*nr]));
			(*nr)++;
		}
	}
	return ret;
}

static void kgr_late_free(struct kgr_late *late)
{
	kfree(late->name);
	kfree(late->objname);
	kfree(late);
}

static struct kgr_late *kgr_late_alloc(struct module *mod,
				       const struct kgr_direct *direct,
				       unsigned int nr)
{
	struct kgr_late *late = kzalloc(struct_size(late, places, nr),
					GFP_KERNEL);

	if (!late)
		return NULL;
	late->nr = nr;
	late->mod = mod;
	late->sympos = direct->sympos;
	late->name = kstrdup(direct->name, GFP_KERNEL);
	late->objname = kstrdup(direct->objname, GFP_KERNEL);
	if (late->name && late->objname)
		return late;
	kgr_late_free(late);
	return NULL;
}

/**
 * kgr_late_add - record the references to a symbol of another module
 * @mod: the patch module, not relocated yet
 * @image: its image
 * @index: the index of the symbol in @image
 * @direct: what its name says
 * @addr: set to the address to relocate @mod with
 *
 * Context: process context, may sleep.
 * Return: 0; -ENOMEM; or -ENOEXEC, and every fault was logged.
 */
int kgr_late_add(struct module *mod, const struct kgr_image *image,
		 unsigned int index, const struct kgr_direct *direct,
		 unsigned long *addr)
{
	struct kgr_late *late;
	unsigned int nr;
	int ret;

	kgr_late_places(image, index, NULL, &nr);
	late = kgr_late_alloc(mod, direct, nr);
	if (!late)
		return -ENOMEM;
	ret = kgr_late_places(image, index, late, &nr);
	if (ret) {
		kgr_late_free(late);
		return ret;
	}
	mutex_lock(&kgr_mutex);
	list_add_tail(&late->list, &kgr_lates);
	mutex_unlock(&kgr_mutex);
	*addr = (unsigned long)kgr_late_stub;
	return 0;
}

/**
 * kgr_late_drop - free the records of references to symbols of other modules
 * @mod: the patch module, which is about to be freed
 *
 * Context: process context, may sleep.
 */
void kgr_late_drop(struct module *mod)
{
	struct kgr_late *late, *next;

	/*
	 * Most modules have none; any that this one has were added by this
	 * thread.
	 */
	if (list_empty(&kgr_lates))
		return;
	mutex_lock(&kgr_mutex);
	list_for_each_entry_safe(late, next, &kgr_lates, list) {
		if (late->mod != mod)
			continue;
		list_del(&late->list);
		kgr_late_free(late);
	}
	mutex_unlock(&kgr_mutex);
}

/* --- When an object is attached and detached --- */

static int kgr_place_value(const struct kgr_place *place, unsigned long addr,
			   u64 *value)
{
	return kgr_arch_reloc_value(place->type, (unsigned long)place->at,
				    addr + place->addend, value);
}

/**
 * kgr_late_check - do all references still have what the module loader wrote?
 * @patch: name of the patch, for messages
 * @late: the symbol
 *
 * If an alternative has replaced the instruction, the place must not be written
 * to.
 *
 * Context: kgr_mutex held.
 * Return: 0; or -ENOEXEC, and every fault was logged.
 */
int kgr_late_check(const char *patch, const struct kgr_late *late)
{
	const struct kgr_place *place;
	int ret = 0;
	u64 value;

	lockdep_assert_held(&kgr_mutex);

	for (place = late->places; place < late->places + late->nr; place++) {
		if (!kgr_place_value(place, (unsigned long)kgr_late_stub,
				     &value) &&
		    kgr_arch_reloc_is(place->at, value, place->size))
			continue;
		pr_err("'%s': '%s' of module %s is used at %pS, which an alternative has replaced\n",
		       patch, late->name, late->objname, place->at);
		ret = -ENOEXEC;
	}
	return ret;
}

/**
 * kgr_late_fits - can all references reach the symbol?
 * @patch: name of the patch, for messages
 * @late: the symbol
 * @addr: its address
 *
 * Context: any.
 * Return: 0; or -ENOEXEC, and the fault was logged.
 */
int kgr_late_fits(const char *patch, const struct kgr_late *late,
		  unsigned long addr)
{
	const struct kgr_place *place;
	u64 value;

	for (place = late->places; place < late->places + late->nr; place++) {
		if (!kgr_place_value(place, addr, &value))
			continue;
		pr_err("'%s': '%s' of module %s is too far away for %pS\n",
		       patch, late->name, late->objname, place->at);
		return -ENOEXEC;
	}
	return 0;
}

/**
 * kgr_late_set - set all references to the address of the symbol
 * @late: the symbol
 * @addr: its address, for which kgr_late_fits() has returned 0
 *
 * Each place is in code that does not run, or in a pointer that is not read.
 * The versions are published afterwards, so the ordering in the handler makes
 * the new contents visible to every task that runs a replacement.
 * kgr_arch_poke_end() makes the other CPUs discard prefetched instructions.
 *
 * Context: kgr_mutex held, may sleep.
 */
void kgr_late_set(struct kgr_late *late, unsigned long addr)
{
	struct kgr_place *place;
	u64 value;

	lockdep_assert_held(&kgr_mutex);

	if (WARN_ON_ONCE(late->set))
		return;
	late->set = true;
	kgr_arch_poke_begin();
	for (place = late->places; place < late->places + late->nr; place++) {
		memcpy(&place->stub, place->at, place->size);
		if (!WARN_ON_ONCE(kgr_place_value(place, addr, &value)))
			kgr_arch_poke(place->at, &value, place->size);
	}
	kgr_arch_poke_end();
}

/**
 * kgr_late_reset - set all references back to the stub
 * @late: the symbol; no replacement that uses it runs
 *
 * Context: kgr_mutex held, may sleep.
 */
void kgr_late_reset(struct kgr_late *late)
{
	struct kgr_place *place;

	lockdep_assert_held(&kgr_mutex);

	if (WARN_ON_ONCE(!late->set))
		return;
	late->set = false;
	late->left = false;
	kgr_arch_poke_begin();
	for (place = late->places; place < late->places + late->nr; place++)
		kgr_arch_poke(place->at, &place->stub, place->size);
	kgr_arch_poke_end();
}
