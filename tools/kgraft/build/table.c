// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * table.c - special sections: what they are, and their entries
 *
 * Sizes come from the kernel that is patched, see table_size(). A section that
 * nothing here knows is a registry: a patch must not have to add to it.
 */

#include <stdlib.h>

#include "obj.h"
#include "util.h"

static struct {
	const char *name;
	unsigned int value;
} *sizes;

static size_t nr_sizes;

/**
 * table_size - learn how large something is
 * @spec: NAME=SIZE, where NAME is that of a special section, or bug_line for
 *	  the offset of the line in an entry of __bug_table
 */
void table_size(const char *spec)
{
	const char *equal = strchr(spec, '=');

	if (!equal || atoi(equal + 1) <= 0)
		die(USAGE, "%s: is not NAME=SIZE", spec);
	sizes = xgrow(sizes, nr_sizes, sizeof(*sizes));
	sizes[nr_sizes].name = xformat("%.*s", (int)(equal - spec), spec);
	sizes[nr_sizes++].value = atoi(equal + 1);
}

static unsigned int size_of(const char *name)
{
	size_t i;

	for (i = 0; i < nr_sizes; i++)
		if (streq(sizes[i].name, name))
			return sizes[i].value;
	return 0;
}

unsigned int bug_line_offset(void)
{
	return size_of("bug_line");
}

/* Each entry is about the code that its first relocation refers to. */
static const char * const tables[] = {
	"__bug_table", "__ex_table", ".altinstructions", "__jump_table",
	".smp_locks", "__mcount_loc", ".kcfi_traps",
	"__patchable_function_entries",
	".discard.unreachable", ".discard.reachable", ".discard.instr_begin",
	".discard.instr_end", ".discard.retpoline_safe", ".discard.noendbr",
	".discard.ibt_endbr_noseal", ".discard.ignore_alts",
	".discard.intra_function_calls", ".discard.validate_unret",
	".discard.func_stack_frame_non_standard", ".discard.unwind_hints",
};

bool sec_is_table(const struct section *sec)
{
	size_t i;

	for (i = 0; i < sizeof(tables) / sizeof(*tables); i++)
		if (streq(sec->name, tables[i]))
			return true;
	return false;
}

/* What objtool and modpost make anew, and what a module has no use for. */
bool sec_is_dropped(const struct section *sec)
{
	static const char * const dropped[] = {
		".discard.addressable", ".modinfo", ".note", ".comment",
		".debug", ".export_symbol", "__ksymtab",
		".printk_index", ".eh_frame", ".llvm_addrsig",
		".static_call_tramp_key", ".gnu.linkonce.this_module",
		"__versions", ".discard.ksym",
	};
	/* Not .BTF_ids, which code uses. */
	static const char * const btf[] = { ".BTF", ".BTF.ext", ".BTF.base" };
	size_t i;

	for (i = 0; i < sizeof(dropped) / sizeof(*dropped); i++)
		if (sec_is(sec, dropped[i]))
			return true;
	for (i = 0; i < sizeof(btf) / sizeof(*btf); i++)
		if (streq(sec->name, btf[i]))
			return true;
	return false;
}

bool sec_is_btf_ids(const struct section *sec)
{
	return streq(sec->name, ".BTF_ids");
}

/**
 * sec_is_registry - does what is in a section count by being there?
 * @sec: the section
 *
 * Return: whether it is a list that the kernel reads, such as of init calls,
 *	   or a section that is not known.
 */
bool sec_is_registry(const struct section *sec)
{
	static const char * const plain[] = {
		".text", ".data", ".bss", ".rodata", ".init.text",
		".init.data", ".init.rodata", ".exit.text", ".exit.data",
		".altinstr", ".noinstr.text", ".sched.text", ".cpuidle.text",
		".spinlock.text", ".kprobes.text", ".entry.text", ".ref.text",
		".ref.data", ".head.text", ".softirqentry.text",
		".irqentry.text", ".static_call.text", "__dyndbg",
	};
	size_t i;

	if (!(sec->flags & SHF_ALLOC) || sec_is_table(sec) ||
	    sec_is_dropped(sec))
		return false;
	for (i = 0; i < sizeof(plain) / sizeof(*plain); i++)
		if (sec_is(sec, plain[i]))
			return false;
	return true;
}

/*
 * The size is that which the kernel's own compiler says, or there is one
 * relocation in each entry, at equal distances.
 */
static unsigned int entry_size(const struct section *sec)
{
	unsigned int size = size_of(sec->name);
	size_t i;

	if (!size && sec->nr_rel) {
		size = sec->size / sec->nr_rel;
		for (i = 0; i < sec->nr_rel; i++)
			if (sec->rel[i].off != i * size)
				size = 0;
	}
	if (size && sec->size % size == 0)
		return size;
	give_up(xformat("%s: kgr does not know how large an entry of section `%s` is",
			sec->obj->path, sec->name), "leave out what makes it");
}

/**
 * entry_piece - what an alternative replaces an instruction by
 * @entry: an entry of a special section
 * @start: set to where it begins, in .altinstr_replacement
 * @end: set to the first offset behind it
 *
 * Return: whether there is any; not for other sections.
 */
bool entry_piece(const struct entry *entry, u64 *start, u64 *end)
{
	const struct section *sec = entry->sec;
	const struct reloc *rel;
	u8 len;

	if (!streq(sec->name, ".altinstructions"))
		return false;
	/* struct alt_instr ends with instrlen and replacementlen. */
	len = sec->data[entry->end - 1];
	for_each_reloc(rel, sec, entry->start, entry->end) {
		if (!rel->sym->sec ||
		    !sec_is(rel->sym->sec, ".altinstr_replacement"))
			continue;
		*start = rel->addend +
			 (rel->sym->type == STT_SECTION ? 0 : rel->sym->value);
		*end = *start + len;
		if (*end > rel->sym->sec->size)
			die(OWN_FAULT, "%s: has a broken alternative",
			    sec->obj->path);
		return len;
	}
	return false;
}

static struct section *piece_section(const struct entry *entry)
{
	const struct reloc *rel;

	for_each_reloc(rel, entry->sec, entry->start, entry->end)
		if (rel->sym->sec &&
		    sec_is(rel->sym->sec, ".altinstr_replacement"))
			return rel->sym->sec;
	return NULL;
}

static void add_entry(struct section *sec, u64 start, u64 end)
{
	struct reloc *rel = first_reloc(sec, start, end);
	struct entry *entry = xalloc(sizeof(*entry));
	struct entity *owner = NULL;
	u64 first, last;
	s64 off;

	entry->sec = sec;
	entry->start = start;
	entry->end = end;
	if (rel && rel->sym->sec) {
		off = rel->sym->value + rel->addend;
		owner = sec_entity(rel->sym->sec, off);
	}
	entry->owner = owner;
	if (entry_piece(entry, &first, &last))
		decode_range(piece_section(entry), first, last);
	if (!owner)
		give_up(xformat("%s: section `%s` has an entry at 0x%llx about no code of it",
				sec->obj->path, sec->name,
				(unsigned long long)start),
			"leave out what makes it");
	array_add(owner->entries, owner->nr_entries, entry);
}

/**
 * obj_tables - read the special sections of an object
 * @obj: the object, its sections split into entities
 */
void obj_tables(struct object *obj)
{
	unsigned int size;
	struct section *sec;
	size_t i;
	u64 off;

	for (i = 1; i < obj->nr_secs; i++) {
		sec = obj->secs[i];
		if (!sec || !sec_is_table(sec) || !sec->size)
			continue;
		size = entry_size(sec);
		for (off = 0; off < sec->size; off += size)
			add_entry(sec, off, off + size);
	}
}
