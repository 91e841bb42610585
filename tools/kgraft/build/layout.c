// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * layout.c - structures that a fix makes different
 *
 * Objects of the old layout exist, and code of the old kind goes on making them.
 * What counts is the size, and where each member is, how large, and which structure
 * or enum, by debugging information.
 */

#include <dwarf.h>
#include <elfutils/libdw.h>
#include <elfutils/libdwfl.h>
#include <stdlib.h>

#include "compare.h"
#include "enums.h"
#include "layout.h"
#include "options.h"

struct layout {
	const char *name;
	u64 size;
	struct buf members;
};

struct layouts {
	struct layout *all;
	size_t nr;
	struct enums enums;
};

static u64 attr_value(Dwarf_Die *die, unsigned int name, u64 otherwise)
{
	Dwarf_Attribute attr;
	Dwarf_Word value;

	if (!dwarf_attr_integrate(die, name, &attr) ||
	    dwarf_formudata(&attr, &value))
		return otherwise;
	return value;
}

static bool is_aggregate(Dwarf_Die *die)
{
	int tag = dwarf_tag(die);

	return tag == DW_TAG_structure_type || tag == DW_TAG_union_type;
}

static bool is_enum(Dwarf_Die *die)
{
	return dwarf_tag(die) == DW_TAG_enumeration_type;
}

static bool type_of(Dwarf_Die *die, Dwarf_Die *type)
{
	Dwarf_Attribute attr;

	return dwarf_attr_integrate(die, DW_AT_type, &attr) &&
	       dwarf_formref_die(&attr, type);
}

static void add_members(struct buf *buf, Dwarf_Die *die, u64 base);

/* The type, or that of its elements. */
static bool element_type(Dwarf_Die *die, Dwarf_Die *type)
{
	if (!type_of(die, type))
		return false;
	while (dwarf_tag(type) == DW_TAG_array_type)
		if (!type_of(type, type))
			return false;
	return true;
}

/* Of a structure or enum, that of its typedef if it has no other. */
static const char *type_name(Dwarf_Die *member)
{
	const char *name = "";
	Dwarf_Die type = *member;

	while (type_of(&type, &type)) {
		switch (dwarf_tag(&type)) {
		case DW_TAG_typedef:
			name = dwarf_diename(&type);
			break;
		case DW_TAG_array_type:
		case DW_TAG_const_type:
		case DW_TAG_volatile_type:
		case DW_TAG_atomic_type:
			break;
		case DW_TAG_structure_type:
		case DW_TAG_union_type:
		case DW_TAG_enumeration_type:
			return dwarf_diename(&type) ? dwarf_diename(&type) :
						      name;
		default:
			return "";
		}
	}
	return "";
}

/* In bytes; 0 for an array without an end. One that grows may move no other. */
static u64 size_of(Dwarf_Die *member)
{
	Dwarf_Word size;
	Dwarf_Die type;

	if (!type_of(member, &type) || dwarf_aggregate_size(&type, &size) < 0)
		return 0;
	return size;
}

/*
 * Members of anonymous structures are members of what they are in. Of a structure
 * without a name of its own, nothing else looks at the members.
 */
static void add_member(struct buf *buf, Dwarf_Die *member, u64 base)
{
	u64 bits = 8 * attr_value(member, DW_AT_data_member_location, 0);
	const char *name = dwarf_diename(member);
	Dwarf_Die type;

	bits = base + attr_value(member, DW_AT_data_bit_offset, bits);
	if (!name && type_of(member, &type) && is_aggregate(&type)) {
		add_members(buf, &type, bits);
		return;
	}
	buf_printf(buf, "%s@%llu:%llu+%llu %s ", name ? name : "",
		   (unsigned long long)bits,
		   (unsigned long long)attr_value(member, DW_AT_bit_size, 0),
		   (unsigned long long)size_of(member), type_name(member));
	if (name && element_type(member, &type) && is_aggregate(&type) &&
	    !dwarf_diename(&type)) {
		buf_printf(buf, "{ ");
		add_members(buf, &type, 0);
		buf_printf(buf, "}%llu ",
			   (unsigned long long)attr_value(&type,
							  DW_AT_byte_size, 0));
	}
}

static void add_members(struct buf *buf, Dwarf_Die *die, u64 base)
{
	Dwarf_Die member;

	if (dwarf_child(die, &member))
		return;
	do {
		if (dwarf_tag(&member) == DW_TAG_member)
			add_member(buf, &member, base);
	} while (!dwarf_siblingof(&member, &member));
}

static void add_layout(struct layouts *layouts, Dwarf_Die *die,
		       const char *name)
{
	struct layout layout = { .name = name };
	Dwarf_Attribute attr;

	if (!layout.name || dwarf_attr(die, DW_AT_declaration, &attr))
		return;
	layout.name = xformat("%s", layout.name);
	layout.size = attr_value(die, DW_AT_byte_size, 0);
	add_members(&layout.members, die, 0);
	buf_add(&layout.members, "", 1);
	array_add(layouts->all, layouts->nr, layout);
}

static void add_type(struct layouts *layouts, Dwarf_Die *type, const char *name)
{
	if (is_aggregate(type))
		add_layout(layouts, type, name);
	else if (is_enum(type))
		enums_add(&layouts->enums, type, name);
}

/* Structures and enums of a file, and those within its functions. */
static void walk(struct layouts *layouts, Dwarf_Die *die)
{
	Dwarf_Die child, type;

	if (dwarf_child(die, &child))
		return;
	do {
		if (dwarf_tag(&child) != DW_TAG_typedef)
			add_type(layouts, &child, dwarf_diename(&child));
		else if (type_of(&child, &type) && !dwarf_diename(&type))
			add_type(layouts, &type, dwarf_diename(&child));
		if (dwarf_haschildren(&child) && !is_enum(&child))
			walk(layouts, &child);
	} while (!dwarf_siblingof(&child, &child));
}

static int by_name(const void *a, const void *b)
{
	const struct layout *x = a, *y = b;
	int order = strcmp(x->name, y->name);

	if (!order)
		order = strcmp(x->members.data, y->members.data);
	return order;
}

/* Its types are in another file, or in none. */
static bool is_skeleton(Dwarf_Die *unit)
{
	return dwarf_hasattr(unit, DW_AT_dwo_name) ||
	       dwarf_hasattr(unit, DW_AT_GNU_dwo_name);
}

static void read_layouts(struct layouts *layouts, const char *path)
{
	static const Dwfl_Callbacks callbacks = {
		.find_elf = dwfl_build_id_find_elf,
		.find_debuginfo = dwfl_standard_find_debuginfo,
		.section_address = dwfl_offline_section_address,
	};
	Dwfl *dwfl = dwfl_begin(&callbacks);
	Dwarf_Die *unit = NULL;
	bool units = false;
	Dwarf_Addr bias;

	if (!dwfl || !dwfl_report_offline(dwfl, path, path, -1) ||
	    dwfl_report_end(dwfl, NULL, NULL))
		die(OWN_FAULT, "%s: has no debugging information", path);
	while ((unit = dwfl_nextcu(dwfl, unit, &bias))) {
		if (is_skeleton(unit))
			die(OWN_FAULT, "%s: has its debugging information in another file",
			    path);
		walk(layouts, unit);
		units = true;
	}
	if (!units)
		die(OWN_FAULT, "%s: has no debugging information", path);
	if (layouts->nr)
		qsort(layouts->all, layouts->nr, sizeof(*layouts->all),
		      by_name);
	dwfl_end(dwfl);
}

static size_t same_names(const struct layouts *layouts, size_t i)
{
	size_t nr = 1;

	while (i + nr < layouts->nr &&
	       streq(layouts->all[i].name, layouts->all[i + nr].name))
		nr++;
	return nr;
}

static void refuse_layout(const struct layout *a, const struct layout *b,
			  const char *source)
{
	const char *what;

	if (allowed(LAYOUT_OK, a->name))
		return;
	if (a->size != b->size)
		what = xformat("`%s` is %llu bytes long instead of %llu (%s)",
			       a->name, (unsigned long long)b->size,
			       (unsigned long long)a->size, source);
	else
		what = xformat("members of `%s` are elsewhere or of another size or type (%s)",
			       a->name, source);
	refuse('L', what,
	       xformat("use a shadow variable, or --layout-ok %s if none outlives a call",
		       a->name));
}

static void compare_same(const struct layout *a, size_t nr_a,
			 const struct layout *b, size_t nr_b,
			 const char *source)
{
	size_t i;

	for (i = 0; i < nr_a && i < nr_b; i++) {
		if (a[i].size == b[i].size &&
		    streq(a[i].members.data, b[i].members.data))
			continue;
		refuse_layout(&a[i], &b[i], source);
		return;
	}
}

/**
 * layout_check - refuse structures and enums that are different
 * @orig: the object before the fix, with debugging information
 * @patched: after it
 * @source: what it was made of
 */
void layout_check(const char *orig, const char *patched, const char *source)
{
	struct layouts a = { }, b = { };
	size_t i = 0, k = 0, nr_a, nr_b;
	int order;

	read_layouts(&a, orig);
	read_layouts(&b, patched);
	enums_compare(&a.enums, &b.enums, source);
	while (i < a.nr && k < b.nr) {
		nr_a = same_names(&a, i);
		nr_b = same_names(&b, k);
		order = strcmp(a.all[i].name, b.all[k].name);
		if (!order)
			compare_same(&a.all[i], nr_a, &b.all[k], nr_b, source);
		if (order <= 0)
			i += nr_a;
		if (order >= 0)
			k += nr_b;
	}
}
