// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * symbol.c - from the name of a symbol to its address
 *
 * Symbols in init memory do not count. Those of the kernel stay in kallsyms
 * after their memory was freed. Those of a module are in kallsyms while the
 * module is in its init, and are gone afterwards: if they counted, a name could
 * be ambiguous or not, and a position could mean one function or another, as
 * the module is loaded after the patch or before it.
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
 * @mod:	the module that is searched, %NULL for the kernel itself
 * @sympos:	position among those of that name that stay, from 1; 0: any
 * @found:	how many of that name stay
 * @init:	how many of that name are in init memory
 * @addr:	address of the one that is meant
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

/* As is_core_symbol() in kernel/module/kallsyms.c, but by the address. */
static bool kgr_symbol_stays(const struct module *mod, unsigned long addr)
{
#ifdef CONFIG_SMP
	if (addr - (unsigned long)mod->percpu < mod->percpu_size)
		return true;
#endif
	return within_module_core(addr, mod);
}

/*
 * Called with module_mutex held. do_init_module() takes the init symbols out
 * of kallsyms and clears the module's init ranges in one section of it: what
 * is seen here is both of the time before or both of the time after.
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
 * @patch: whose, for messages
 * @name: the symbol
 * @objname: name of the module that has it, which is there; %NULL for the
 *	     kernel itself
 * @sympos: which of several of that name that are not in init memory, from 1;
 *	    0: it must be unique
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
		       sym.init ? " but in its init memory, which is freed" : "");
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
