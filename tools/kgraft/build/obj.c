// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * obj.c - read an object file
 */

#include <fcntl.h>
#include <gelf.h>
#include <libelf.h>
#include <stdlib.h>
#include <unistd.h>

#include "obj.h"
#include "util.h"

/**
 * reloc_size - how many bytes a relocation writes
 * @type: R_X86_64_*
 *
 * Return: their number; 0 if the type is not known.
 */
unsigned int reloc_size(u32 type)
{
	switch (type) {
	case R_X86_64_64:
	case R_X86_64_PC64:
		return 8;
	case R_X86_64_32:
	case R_X86_64_32S:
	case R_X86_64_PC32:
	case R_X86_64_PLT32:
		return 4;
	}
	return 0;
}

bool reloc_pcrel(u32 type)
{
	return type == R_X86_64_PC32 || type == R_X86_64_PLT32 ||
	       type == R_X86_64_PC64;
}

static void fault(const char *path, const char *what)
{
	die(OWN_FAULT, "%s: %s", path, what);
}

static struct section *read_section(struct object *obj, Elf *elf, Elf_Scn *scn,
				    size_t strndx)
{
	struct section *sec = xalloc(sizeof(*sec));
	Elf_Data *data;
	GElf_Shdr sh;

	if (!gelf_getshdr(scn, &sh))
		fault(obj->path, "has a broken section header");
	sec->obj = obj;
	sec->index = elf_ndxscn(scn);
	sec->name = elf_strptr(elf, strndx, sh.sh_name);
	sec->type = sh.sh_type;
	sec->flags = sh.sh_flags;
	sec->size = sh.sh_size;
	sec->align = sh.sh_addralign;
	sec->entsize = sh.sh_entsize;
	if (!sec->name)
		fault(obj->path, "has a section without a name");
	if (sec->type == SHT_NOBITS)
		return sec;
	data = elf_rawdata(scn, NULL);
	if (!data || (sec->size && (!data->d_buf || data->d_size < sec->size)))
		fault(obj->path, "has a section whose data is missing");
	sec->data = data->d_buf;
	if (sec->flags & SHF_STRINGS && sec->size && sec->data[sec->size - 1])
		fault(obj->path, "has a string without end");
	return sec;
}

static struct section *section_at(const struct object *obj, size_t index)
{
	if (index >= obj->nr_secs || !obj->secs[index])
		fault(obj->path, "refers to a section that it does not have");
	return obj->secs[index];
}

static void read_symbol(struct object *obj, struct symbol *sym,
			const GElf_Sym *es, const char *name)
{
	if (!name)
		fault(obj->path, "has a symbol without a name");
	sym->name = name;
	sym->bind = GELF_ST_BIND(es->st_info);
	sym->type = GELF_ST_TYPE(es->st_info);
	sym->value = es->st_value;
	sym->size = es->st_size;
	if (sym->type == STT_FILE && !obj->file)
		obj->file = name;
	if (es->st_shndx == SHN_UNDEF)
		return;
	if (es->st_shndx == SHN_ABS) {
		sym->abs = true;
		return;
	}
	if (es->st_shndx >= SHN_LORESERVE)
		fault(obj->path, "has a common symbol or more than 65279 sections");
	sym->sec = section_at(obj, es->st_shndx);
	if (sym->value > sym->sec->size ||
	    sym->size > sym->sec->size - sym->value)
		fault(obj->path, "has a symbol outside of its section");
	if (sym->type == STT_SECTION) {
		sym->name = sym->sec->name;
		sym->sec->secsym = sym;
	}
}

static void read_symbols(struct object *obj, Elf *elf, Elf_Scn *scn)
{
	Elf_Data *data = elf_getdata(scn, NULL);
	GElf_Shdr sh;
	GElf_Sym es;
	size_t i;

	if (!data || !gelf_getshdr(scn, &sh) || !sh.sh_entsize)
		fault(obj->path, "has a broken symbol table");
	obj->nr_syms = sh.sh_size / sh.sh_entsize;
	obj->syms = xalloc(obj->nr_syms * sizeof(*obj->syms));
	for (i = 0; i < obj->nr_syms; i++) {
		if (!gelf_getsym(data, i, &es))
			fault(obj->path, "has a broken symbol");
		read_symbol(obj, &obj->syms[i], &es,
			    elf_strptr(elf, sh.sh_link, es.st_name));
	}
}

static int by_offset(const void *a, const void *b)
{
	const struct reloc *ra = a, *rb = b;

	if (ra->off != rb->off)
		return ra->off < rb->off ? -1 : 1;
	return 0;
}

static void read_relocs(struct object *obj, Elf_Scn *scn)
{
	Elf_Data *data = elf_getdata(scn, NULL);
	struct section *sec;
	struct reloc *rel;
	GElf_Rela er;
	GElf_Shdr sh;
	size_t i, nr;

	if (!data || !gelf_getshdr(scn, &sh) || !sh.sh_entsize)
		fault(obj->path, "has a broken relocation section");
	sec = section_at(obj, sh.sh_info);
	if (sec->nr_rel)
		fault(obj->path, "has two sets of relocations for a section");
	nr = sh.sh_size / sh.sh_entsize;
	sec->rel = xalloc(nr * sizeof(*sec->rel));
	for (i = 0; i < nr; i++) {
		rel = &sec->rel[sec->nr_rel];
		if (!gelf_getrela(data, i, &er) ||
		    GELF_R_SYM(er.r_info) >= obj->nr_syms)
			fault(obj->path, "has a broken relocation");
		rel->off = er.r_offset;
		rel->type = GELF_R_TYPE(er.r_info);
		rel->addend = er.r_addend;
		rel->sym = &obj->syms[GELF_R_SYM(er.r_info)];
		if (rel->type == R_X86_64_NONE)
			continue;
		if (!(sec->flags & SHF_ALLOC)) {
			sec->nr_rel++;
			continue;
		}
		if (!reloc_size(rel->type))
			give_up(xformat("%s: section `%s` has a relocation of unknown type %u",
					obj->path, sec->name, rel->type),
				"leave out what makes it");
		if (rel->off + reloc_size(rel->type) > sec->size)
			fault(obj->path, "has a relocation outside of its section");
		sec->nr_rel++;
	}
	qsort(sec->rel, sec->nr_rel, sizeof(*sec->rel), by_offset);
}

static Elf *open_elf(const char *path)
{
	int fd = open(path, O_RDONLY);
	GElf_Ehdr eh;
	Elf *elf;

	if (fd < 0)
		die(USAGE, "%s: cannot be opened", path);
	elf = elf_version(EV_CURRENT) == EV_NONE ? NULL :
	      elf_begin(fd, ELF_C_READ, NULL);
	if (!elf || !gelf_getehdr(elf, &eh) || eh.e_type != ET_REL ||
	    eh.e_machine != EM_X86_64 || eh.e_ident[EI_CLASS] != ELFCLASS64)
		die(OWN_FAULT, "%s: is no object file for x86-64", path);
	return elf;
}

/**
 * obj_read - read an object file
 * @path: the file
 *
 * Ends the program if the file is not as expected.
 *
 * Return: the object; its sections are not split into entities yet.
 */
struct object *obj_read(const char *path)
{
	struct object *obj = xalloc(sizeof(*obj));
	Elf *elf = open_elf(path);
	Elf_Scn *scn = NULL, *symtab = NULL;
	size_t strndx, i;

	obj->path = path;
	if (elf_getshdrnum(elf, &obj->nr_secs) ||
	    elf_getshdrstrndx(elf, &strndx))
		fault(path, "has broken section headers");
	obj->secs = xalloc(obj->nr_secs * sizeof(*obj->secs));
	while ((scn = elf_nextscn(elf, scn))) {
		struct section *sec = read_section(obj, elf, scn, strndx);

		obj->secs[sec->index] = sec;
		if (sec->type == SHT_SYMTAB)
			symtab = scn;
	}
	if (!symtab)
		fault(path, "has no symbols");
	read_symbols(obj, elf, symtab);
	for (i = 1; i < obj->nr_secs; i++) {
		/* Those of debugging information are of no interest here. */
		if (obj->secs[i] && obj->secs[i]->type == SHT_RELA &&
		    !starts_with(obj->secs[i]->name, ".rela.debug"))
			read_relocs(obj, elf_getscn(elf, i));
		if (obj->secs[i] && obj->secs[i]->type == SHT_REL)
			fault(path, "has relocations without addends");
	}
	return obj;
}
