// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * write.c - make an object file
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "obj.h"
#include "util.h"
#include "write.h"

struct out *out_new(const char *file)
{
	struct out *out = xalloc(sizeof(*out));
	struct out_symbol none = { };

	array_add(out->syms, out->nr_syms, none);
	if (file)
		out_symbol(out, file, STB_LOCAL, STT_FILE, NULL, 0, 0);
	return out;
}

struct out_section *out_section(struct out *out, const char *name, u32 type,
				u64 flags, u64 align)
{
	struct out_section *sec = xalloc(sizeof(*sec));

	sec->name = name;
	sec->type = type;
	/* Which symbol or section it goes with is not known any more. */
	sec->flags = flags & ~(u64)(SHF_GROUP | SHF_LINK_ORDER);
	sec->align = align;
	array_add(out->secs, out->nr_secs, sec);
	return sec;
}

/* A section that gathers from several places, not the copy of an entity. */
struct out_section *out_find(const struct out *out, const char *name)
{
	size_t i;

	for (i = 0; i < out->nr_secs; i++)
		if (!out->secs[i]->from && streq(out->secs[i]->name, name))
			return out->secs[i];
	return NULL;
}

size_t out_symbol(struct out *out, const char *name, u8 bind, u8 type,
		  struct out_section *sec, u64 value, u64 size)
{
	struct out_symbol sym = {
		.name = name, .bind = bind, .type = type, .sec = sec,
		.value = value, .size = size,
	};

	array_add(out->syms, out->nr_syms, sym);
	return out->nr_syms - 1;
}

size_t out_undefined(struct out *out, const char *name)
{
	size_t i;

	for (i = 1; i < out->nr_syms; i++)
		if (out->syms[i].bind != STB_LOCAL && !out->syms[i].sec &&
		    streq(out->syms[i].name, name))
			return i;
	return out_symbol(out, name, STB_GLOBAL, STT_NOTYPE, NULL, 0, 0);
}

bool out_has_symbol(const struct out *out, const char *name)
{
	size_t i;

	for (i = 1; i < out->nr_syms; i++)
		if (out->syms[i].bind != STB_LOCAL &&
		    streq(out->syms[i].name, name))
			return true;
	return false;
}

size_t out_section_symbol(struct out *out, struct out_section *sec)
{
	if (!sec->secsym)
		sec->secsym = out_symbol(out, "", STB_LOCAL, STT_SECTION, sec,
					 0, 0);
	return sec->secsym;
}

void out_reloc(struct out_section *sec, u64 off, u32 type, size_t sym,
	       s64 addend)
{
	struct out_reloc rel = {
		.off = off, .type = type, .sym = sym, .addend = addend,
	};

	array_add(sec->rel, sec->nr_rel, rel);
	/*
	 * The addend is in the relocation. If the assembler had resolved a
	 * branch, its distance is still here, and modules with such are refused.
	 */
	if (off + reloc_size(type) > sec->data.len)
		die(OWN_FAULT, "section `%s`: a relocation outside of it",
		    sec->name);
	memset(sec->data.data + off, 0, reloc_size(type));
}

/* --- Layout of the file --- */

struct file {
	struct buf bytes, shdrs, names, symtab, strtab;
	size_t nr_shdrs, first_global;
};

static u32 add_name(struct buf *names, const char *name)
{
	u32 off = names->len;

	if (!*name)
		return 0;
	buf_add(names, name, strlen(name) + 1);
	return off;
}

static void add_shdr(struct file *file, const char *name, Elf64_Shdr *sh,
		     const void *data)
{
	if (sh->sh_addralign < 1)
		sh->sh_addralign = 1;
	buf_pad(&file->bytes, sh->sh_addralign);
	sh->sh_name = add_name(&file->names, name);
	sh->sh_offset = file->bytes.len;
	if (sh->sh_type != SHT_NOBITS && sh->sh_size)
		buf_add(&file->bytes, data, sh->sh_size);
	buf_add(&file->shdrs, sh, sizeof(*sh));
	file->nr_shdrs++;
}

static void add_section(struct file *file, struct out_section *sec)
{
	Elf64_Shdr sh = {
		.sh_type = sec->type,
		.sh_flags = sec->flags,
		.sh_size = sec->data.len,
		.sh_addralign = sec->align,
		.sh_entsize = sec->entsize,
	};

	sec->index = file->nr_shdrs;
	add_shdr(file, sec->name, &sh, sec->data.data);
}

static void add_symbol(struct file *file, struct out_symbol *sym)
{
	Elf64_Sym es = {
		.st_info = ELF64_ST_INFO(sym->bind, sym->type),
		.st_value = sym->value,
		.st_size = sym->size,
	};

	es.st_name = add_name(&file->strtab, sym->name ? sym->name : "");
	if (sym->type == STT_FILE)
		es.st_shndx = SHN_ABS;
	else if (sym->sec)
		es.st_shndx = sym->sec->index;
	sym->index = file->symtab.len / sizeof(es);
	buf_add(&file->symtab, &es, sizeof(es));
}

/* Locals come first. */
static void add_symbols(struct file *file, struct out *out)
{
	size_t i;

	buf_add(&file->strtab, "", 1);
	for (i = 0; i < out->nr_syms; i++)
		if (out->syms[i].bind == STB_LOCAL)
			add_symbol(file, &out->syms[i]);
	file->first_global = file->symtab.len / sizeof(Elf64_Sym);
	for (i = 0; i < out->nr_syms; i++)
		if (out->syms[i].bind != STB_LOCAL)
			add_symbol(file, &out->syms[i]);
}

static void add_relocs(struct file *file, const struct out *out,
		       const struct out_section *sec, size_t symtab)
{
	struct buf data = { };
	Elf64_Shdr sh = {
		.sh_type = SHT_RELA,
		.sh_flags = SHF_INFO_LINK,
		.sh_link = symtab,
		.sh_info = sec->index,
		.sh_addralign = 8,
		.sh_entsize = sizeof(Elf64_Rela),
	};
	size_t i;

	for (i = 0; i < sec->nr_rel; i++) {
		const struct out_reloc *rel = &sec->rel[i];
		Elf64_Rela er = {
			.r_offset = rel->off,
			.r_info = ELF64_R_INFO(out->syms[rel->sym].index,
					       rel->type),
			.r_addend = rel->addend,
		};

		buf_add(&data, &er, sizeof(er));
	}
	sh.sh_size = data.len;
	add_shdr(file, xformat(".rela%s", sec->name), &sh, data.data);
}

static void add_tables(struct file *file, struct out *out)
{
	Elf64_Shdr symtab = { .sh_type = SHT_SYMTAB, .sh_addralign = 8,
			      .sh_entsize = sizeof(Elf64_Sym) };
	Elf64_Shdr strtab = { .sh_type = SHT_STRTAB };
	Elf64_Shdr names = { .sh_type = SHT_STRTAB };
	size_t i, index = file->nr_shdrs;

	add_symbols(file, out);
	symtab.sh_size = file->symtab.len;
	symtab.sh_link = index + 1;
	symtab.sh_info = file->first_global;
	add_shdr(file, ".symtab", &symtab, file->symtab.data);
	strtab.sh_size = file->strtab.len;
	add_shdr(file, ".strtab", &strtab, file->strtab.data);
	for (i = 0; i < out->nr_secs; i++)
		if (out->secs[i]->nr_rel)
			add_relocs(file, out, out->secs[i], index);
	names.sh_size = file->names.len + sizeof(".shstrtab");
	buf_add(&file->names, ".shstrtab", sizeof(".shstrtab"));
	names.sh_name = file->names.len - sizeof(".shstrtab");
	names.sh_offset = file->bytes.len;
	names.sh_addralign = 1;
	buf_add(&file->bytes, file->names.data, file->names.len);
	buf_add(&file->shdrs, &names, sizeof(names));
	file->nr_shdrs++;
}

/**
 * out_write - write the object file
 * @out: the object
 * @path: where to
 */
void out_write(struct out *out, const char *path)
{
	Elf64_Ehdr eh = {
		.e_ident = { ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3, ELFCLASS64,
			     ELFDATA2LSB, EV_CURRENT },
		.e_type = ET_REL, .e_machine = EM_X86_64,
		.e_version = EV_CURRENT, .e_ehsize = sizeof(eh),
		.e_shentsize = sizeof(Elf64_Shdr),
	};
	Elf64_Shdr none = { };
	struct file file = { };
	FILE *to;
	size_t i;

	buf_add(&file.bytes, &eh, sizeof(eh));
	buf_add(&file.names, "", 1);
	buf_add(&file.shdrs, &none, sizeof(none));
	file.nr_shdrs = 1;
	for (i = 0; i < out->nr_secs; i++)
		add_section(&file, out->secs[i]);
	add_tables(&file, out);
	buf_pad(&file.bytes, 8);
	eh.e_shoff = file.bytes.len;
	eh.e_shnum = file.nr_shdrs;
	eh.e_shstrndx = file.nr_shdrs - 1;
	memcpy(file.bytes.data, &eh, sizeof(eh));
	buf_add(&file.bytes, file.shdrs.data, file.shdrs.len);
	to = fopen(path, "wb");
	if (!to || fwrite(file.bytes.data, file.bytes.len, 1, to) != 1 ||
	    fclose(to))
		die(USAGE, "%s: cannot be written", path);
}
