// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * symbol.c - finding the address of a symbol by its name
 *
 * Symbols in init memory are ignored. Those of the kernel stay in kallsyms
 * after their memory was freed. Those of a module are in kallsyms only until
 * the init of the module has returned: if they counted, the result (whether a
 * name is ambiguous, which function a position means) would depend on whether
 * the module is loaded before or after the patch.
 */

#define pr_fmt(fmt) "kgraft: " fmt

#include <linux/kallsyms.h>
#include <linux/module.h>
#include <linux/string.h>
#include <asm/sections.h>

#include "lookup.h"
#include "symbol.h"

/**
 * struct kgr_symbol - a search for a symbol
 * @name:	its name
 * @mod:	the module to search, %NULL for the kernel itself
 * @sympos:	position among the symbols of that name outside init memory,
 *		from 1; 0: any
 * @found:	number of symbols of that name outside init memory
 * @init:	number of symbols of that name in init memory
 * @addr:	address of the symbol at @sympos
 */
struct kgr_symbol {
	const char *name;
	const struct module *mod;
	unsigned long sympos;
	unsigned long found;
	unsigned long init;
	unsigned long addr;
};

static int kgr_match_symbol(struct kgr_symbol *sym, unsigned long addr)
{
	sym->found++;
	if (!sym->sympos || sym->found == sym->sympos)
		sym->addr = addr;
	return 0;
}

static int kgr_match_kernel_symbol(void *data, unsigned long addr)
{
	struct kgr_symbol *sym = data;

	if (!init_section_contains((void *)addr, 1))
		return kgr_match_symbol(sym, addr);
	sym->init++;
	return 0;
}

/* Like is_core_symbol() in kernel/module/kallsyms.c, but by address. */
static bool kgr_symbol_stays(const struct module *mod, unsigned long addr)
{
#ifdef CONFIG_SMP
	if (addr - (unsigned long)mod->percpu < mod->percpu_size)
		return true;
#endif
	return within_module_core(addr, mod);
}

/*
 * Called with module_mutex held. do_init_module() removes the init symbols from
 * kallsyms and clears the module's init ranges in a single section of that
 * lock, so both are seen either as before or as after it.
 */
static int kgr_match_module_symbol(void *data, const char *name,
				   unsigned long addr)
{
	struct kgr_symbol *sym = data;

	if (strcmp(name, sym->name))
		return 0;
	if (kgr_symbol_stays(sym->mod, addr))
		return kgr_match_symbol(sym, addr);
	if (within_module_init(addr, sym->mod))
		sym->init++;
	return 0;
}

static void kgr_search(struct kgr_symbol *sym, const char *objname)
{
	if (kgr_object_is(objname, NULL)) {
		kallsyms_on_each_match_symbol(kgr_match_kernel_symbol,
					      sym->name, sym);
		return;
	}
	sym->mod = kgr_find_module(objname);
	if (sym->mod)
		module_kallsyms_on_each_symbol(objname, kgr_match_module_symbol,
					       sym);
}

/**
 * kgr_find_symbol - find a symbol by its name
 * @patch: name of the patch, for messages
 * @name: the symbol
 * @objname: name of the module that has it, which must be loaded; %NULL for the
 *	     kernel itself
 * @sympos: position among the symbols of that name outside init memory, from 1;
 *	    0: the name must be unique
 * @addr: set to its address
 *
 * Context: process context, may sleep; for a module, kgr_mutex held.
 * Return: 0, or -ENOENT; the fault was logged.
 */
int kgr_find_symbol(const char *patch, const char *name, const char *objname,
		    unsigned long sympos, unsigned long *addr)
{
	struct kgr_symbol sym = { .name = name, .sympos = sympos };

	kgr_search(&sym, objname);

	if (!sym.found) {
		pr_err("'%s': no '%s' in %s%s\n", patch, name,
		       kgr_object_name(objname),
		       sym.init ? " except in its init memory, which is freed" : "");
		return -ENOENT;
	}
	if (!sympos && sym.found > 1) {
		pr_err("'%s': '%s' is ambiguous, %s has %lu; give the position of the one meant\n",
		       patch, name, kgr_object_name(objname), sym.found);
		return -ENOENT;
	}
	if (sympos > sym.found) {
		pr_err("'%s': position %lu of '%s' does not exist, %s has %lu%s\n",
		       patch, sympos, name, kgr_object_name(objname), sym.found,
		       sym.init ? " without those in init memory" : "");
		return -ENOENT;
	}
	*addr = sym.addr;
	return 0;
}
