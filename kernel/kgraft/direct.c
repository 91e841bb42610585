// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * direct.c - symbols that a patch module refers to in its machine code
 *
 * A direct reference is an undefined symbol called .kgr.POS.OBJECT.NAME.
 * References to the kernel itself are resolved while the module is relocated,
 * so that its alternatives, static calls and static keys are set up with the
 * addresses. References to a module go to a stub until that module is loaded,
 * see late.c.
 *
 * Unlike a pointer to a function, a direct reference needs neither an ENDBR at
 * the function nor a type hash before it, and most functions have neither.
 */

#define pr_fmt(fmt) "kgraft: " fmt

#include <linux/ctype.h>
#include <linux/kallsyms.h>
#include <linux/kgraft_module.h>
#include <linux/kstrtox.h>
#include <linux/module.h>
#include <linux/string.h>

#include "build.h"
#include "core.h"
#include "direct.h"
#include "late.h"
#include "lookup.h"
#include "symbol.h"

/* Copies the field of a name up to the next '.'; returns its length, or -1. */
static int kgr_direct_field(const char **pos, char *field, size_t size)
{
	const char *dot = strchr(*pos, '.');
	size_t len = dot ? dot - *pos : 0;

	if (!len || len >= size)
		return -1;
	memcpy(field, *pos, len);
	field[len] = '\0';
	*pos = dot + 1;
	return len;
}

/**
 * kgr_direct_parse - parse the name of a direct reference
 * @symbol: the name
 * @direct: filled in; refers to @symbol
 *
 * Return: %NULL; or the reason, if the name is malformed.
 */
const char *kgr_direct_parse(const char *symbol, struct kgr_direct *direct)
{
	char number[12];
	const char *pos;

	if (!kgr_is_direct(symbol))
		return "it does not begin with '.kgr.'";
	pos = symbol + strlen(".kgr.");
	if (kgr_direct_field(&pos, number, sizeof(number)) < 0 ||
	    !isdigit(number[0]) || kstrtoul(number, 10, &direct->sympos))
		return "it has no position";
	if (kgr_direct_field(&pos, direct->objname,
			     sizeof(direct->objname)) < 0)
		return "it has no object, or one with too long a name";
	direct->name = pos;
	if (!pos[0])
		return "it has no name";
	if (strlen(pos) >= KSYM_NAME_LEN)
		return "its name is too long";
	return kgr_object_name_impossible(direct->objname);
}

static int kgr_link_symbol(struct module *mod, const struct kgr_image *image,
			   unsigned int index)
{
	Elf_Sym *sym = (void *)image->symbols->sh_addr;
	const char *symbol = image->strings + sym[index].st_name, *why;
	struct kgr_direct direct;
	unsigned long addr;
	int ret;

	why = kgr_direct_parse(symbol, &direct);
	if (why) {
		pr_err("'%s': symbol '%s' is malformed: %s; write it with KGR_SYM()\n",
		       mod->name, symbol, why);
		return -EINVAL;
	}
	if (kgr_object_is(direct.objname, NULL))
		ret = kgr_find_symbol(mod->name, direct.name, NULL,
				      direct.sympos, &addr);
	else
		ret = kgr_late_add(mod, image, index, &direct, &addr);
	if (!ret)
		sym[index].st_value = addr;
	return ret;
}

/* May a module have direct references? */
static int kgr_check_link(const struct module *mod, bool is_patch)
{
	if (!is_patch) {
		pr_err("'%s': has symbols that begin with '.kgr.', but is not a patch module; include <linux/kgraft.h>\n",
		       mod->name);
		return -ENOEXEC;
	}
	if (test_bit(TAINT_PROPRIETARY_MODULE, &mod->taints)) {
		pr_err("'%s': uses symbols that are not exported, but its licence is not compatible with the GPL\n",
		       mod->name);
		return -ENOEXEC;
	}
	return 0;
}

/**
 * kgr_link_module - resolve the direct references of a module
 * @mod: the module, its other symbols resolved and nothing relocated
 * @image: its image
 * @is_patch: whether it declares itself a patch module, by MODULE_INFO(kgraft)
 *
 * Notes whether it is one, for the sites in its text. Taints the kernel as an
 * applied patch does: the module is linked to symbols that are specific to one
 * build of the kernel.
 *
 * Context: process context, may sleep.
 * Return: 0; -ENOEXEC if the module is for another build of the kernel, must not
 *	   have direct references, or has one in a place that cannot be set
 *	   later; -EINVAL if the name of one is malformed; -ENOENT if a symbol of
 *	   the kernel does not exist or is ambiguous; -ENOMEM. Every fault was
 *	   logged.
 */
int kgr_link_module(struct module *mod, const struct kgr_image *image,
		    bool is_patch)
{
	const Elf_Sym *sym = (void *)image->symbols->sh_addr;
	unsigned int nr = image->symbols->sh_size / sizeof(*sym);
	bool found = false;
	unsigned int i;
	int ret = 0;

	mod->kgr_patch = is_patch;
	if (is_patch)
		ret = kgr_build_check(mod, image);
	if (ret)
		return ret;
	for (i = 1; i < nr; i++) {
		if (sym[i].st_shndx != SHN_UNDEF ||
		    !kgr_is_direct(image->strings + sym[i].st_name))
			continue;
		if (!found)
			ret = kgr_check_link(mod, is_patch);
		found = true;
		if (ret && !is_patch)
			return ret;
		kgr_keep_error(&ret, kgr_link_symbol(mod, image, i));
	}
	if (!found || ret)
		return ret;
	/* As for symbols exported with EXPORT_SYMBOL_GPL(). */
	mod->using_gplonly_symbols = true;
	set_bit(TAINT_LIVEPATCH, &mod->taints);
	add_taint(TAINT_LIVEPATCH, LOCKDEP_STILL_OK);
	return 0;
}

/**
 * kgr_unlink_module - free the records of direct references of a module
 * @mod: the module, about to be freed
 *
 * Context: process context, may sleep.
 */
void kgr_unlink_module(struct module *mod)
{
	kgr_late_drop(mod);
}
