// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * declared.c - in which function a static variable is declared
 *
 * The compiler inlines functions, and code that uses the variable of one is that of
 * another. Debugging information says which one it was in the source.
 */

#include <dwarf.h>
#include <elfutils/libdw.h>
#include <elfutils/libdwfl.h>

#include "compare.h"

struct declaration {
	const char *variable, *func;
};

static struct declarations {
	const struct object *obj;
	struct declaration *all;
	size_t nr;
} *known;

static size_t nr_known;

static bool address_of(Dwarf_Die *die, u64 *address)
{
	Dwarf_Attribute attr;
	Dwarf_Op *ops;
	size_t nr;

	if (!dwarf_attr(die, DW_AT_location, &attr) ||
	    dwarf_getlocation(&attr, &ops, &nr) || nr != 1 ||
	    ops[0].atom != DW_OP_addr)
		return false;
	*address = ops[0].number;
	return true;
}

static void add_variable(struct declarations *list, Dwfl_Module *mod,
			 const char *func, u64 address)
{
	const char *name = dwfl_module_addrname(mod, address);
	struct declaration one;

	if (!name)
		return;
	one.variable = xformat("%s", name);
	one.func = xformat("%s", func);
	array_add(list->all, list->nr, one);
}

static void walk(struct declarations *list, Dwfl_Module *mod, Dwarf_Die *die,
		 const char *func, u64 bias)
{
	Dwarf_Die child;
	u64 address;

	if (dwarf_child(die, &child))
		return;
	do {
		switch (dwarf_tag(&child)) {
		case DW_TAG_variable:
			if (func && address_of(&child, &address))
				add_variable(list, mod, func, address + bias);
			break;
		case DW_TAG_subprogram:
		case DW_TAG_inlined_subroutine:
			walk(list, mod, &child, dwarf_diename(&child), bias);
			break;
		case DW_TAG_lexical_block:
			walk(list, mod, &child, func, bias);
			break;
		}
	} while (!dwarf_siblingof(&child, &child));
}

static void read_declarations(struct declarations *list)
{
	static const Dwfl_Callbacks callbacks = {
		.find_elf = dwfl_build_id_find_elf,
		.find_debuginfo = dwfl_standard_find_debuginfo,
		.section_address = dwfl_offline_section_address,
	};
	const char *path = list->obj->path;
	Dwfl *dwfl = dwfl_begin(&callbacks);
	Dwarf_Die *unit = NULL;
	Dwarf_Addr bias;

	if (!dwfl || !dwfl_report_offline(dwfl, path, path, -1) ||
	    dwfl_report_end(dwfl, NULL, NULL))
		die(OWN_FAULT, "%s: cannot be read", path);
	while ((unit = dwfl_nextcu(dwfl, unit, &bias)))
		walk(list, dwfl_cumodule(unit), unit, NULL, bias);
	dwfl_end(dwfl);
}

static const struct declarations *declarations_of(const struct object *obj)
{
	struct declarations list = { .obj = obj };
	size_t i;

	for (i = 0; i < nr_known; i++)
		if (known[i].obj == obj)
			return &known[i];
	read_declarations(&list);
	array_add(known, nr_known, list);
	return &known[nr_known - 1];
}

/**
 * declared_in - in which function is a variable declared?
 * @ent: the variable
 *
 * Return: its name; %NULL if that is not known.
 */
const char *declared_in(const struct entity *ent)
{
	const struct declarations *list = declarations_of(ent->obj);
	size_t i;

	for (i = 0; i < list->nr; i++)
		if (streq(list->all[i].variable, ent->sym->name))
			return list->all[i].func;
	return NULL;
}
