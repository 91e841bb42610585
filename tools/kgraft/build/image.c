// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * image.c - the symbols of the kernel or of a module, and which one is meant
 *
 * A name may be that of several. The locals of an object are the group behind
 * the name of its source. A position counts the symbols of a name as kGraft does
 * (kernel/kgraft/symbol.c): by address, in a module by their order, those in init
 * memory left out.
 */

#include <fcntl.h>
#include <gelf.h>
#include <libelf.h>
#include <stdlib.h>

#include "image.h"

#define HASH_SIZE	131072

static size_t hash_of(const char *name)
{
	u32 hash = 5381;

	while (*name)
		hash = hash * 33 + (u8)*name++;
	return hash % HASH_SIZE;
}

/* What scripts/mksysmap keeps out of kallsyms. */
static bool not_in_kallsyms(const struct image_symbol *sym)
{
	const char *name = sym->name;

	return sym->type == STT_FILE || sym->type == STT_SECTION || !*name ||
	       starts_with(name, "$") || starts_with(name, ".L") ||
	       starts_with(name, "__crc_") || starts_with(name, "__kstrtab") ||
	       starts_with(name, "__kcfi_typeid_");
}

static const u8 endbr[] = { 0xf3, 0x0f, 0x1e, 0xfa };

/* Has the kernel IBT? It is read before its modules. */
static bool needs_endbr;

static bool is_kernel(const struct image *image)
{
	return streq(image->object, "vmlinux");
}

/* Values count from the section in a module, and are addresses in the kernel. */
static const u8 *code_of(struct image_symbol *sym, Elf_Scn *scn,
			 const GElf_Shdr *sh)
{
	u64 off = sym->value - sh->sh_addr;
	Elf_Data *data;

	if (!(sh->sh_flags & SHF_EXECINSTR))
		return NULL;
	data = elf_rawdata(scn, NULL);
	if (!data || !data->d_buf || data->d_size < sizeof(endbr) ||
	    off > data->d_size - sizeof(endbr))
		return NULL;
	sym->room = data->d_size - off;
	return (const u8 *)data->d_buf + off;
}

static void add_symbol(struct image *image, struct image_symbol *sym,
		       const GElf_Sym *es, const char *name, Elf *elf)
{
	Elf_Scn *scn;
	GElf_Shdr sh;
	const char *sec = "";
	size_t strndx;

	sym->name = name;
	sym->value = es->st_value;
	sym->size = es->st_size;
	sym->bind = GELF_ST_BIND(es->st_info);
	sym->type = GELF_ST_TYPE(es->st_info);
	sym->ignored = es->st_shndx == SHN_UNDEF || not_in_kallsyms(sym);
	if (es->st_shndx == SHN_ABS && sym->bind == STB_LOCAL)
		sym->ignored = true;
	scn = es->st_shndx < SHN_LORESERVE ? elf_getscn(elf, es->st_shndx) :
					     NULL;
	if (!scn || !gelf_getshdr(scn, &sh) ||
	    elf_getshdrstrndx(elf, &strndx))
		return;
	sym->code = code_of(sym, scn, &sh);
	if (is_kernel(image))
		return;
	sym->sec = es->st_shndx;
	sym->align = sh.sh_addralign;
	sec = elf_strptr(elf, strndx, sh.sh_name);
	sym->init = !(sh.sh_flags & SHF_ALLOC) || starts_with(sec, ".init");
}

static void add_seal(struct image *image, size_t sec, u64 value)
{
	struct image_seal seal = { .sec = sec, .value = value };

	array_add(image->seals, image->nr_seals, seal);
}

/* Each field of the list has the address of a function, relative to itself. */
static void read_seals(struct image *image, const Elf_Data *data, u64 start)
{
	s32 off;
	u64 i;

	needs_endbr = true;
	for (i = 0; data && i + 4 <= data->d_size; i += 4) {
		memcpy(&off, (const u8 *)data->d_buf + i, 4);
		add_seal(image, 0, start + i + off);
	}
}

/* That of a module has relocations instead. */
static void read_seal_relocs(struct image *image, Elf_Data *data)
{
	const struct image_symbol *sym;
	GElf_Rela rela;
	int i;

	for (i = 0; data && gelf_getrela(data, i, &rela); i++) {
		if (GELF_R_SYM(rela.r_info) >= image->nr_syms)
			continue;
		sym = &image->syms[GELF_R_SYM(rela.r_info)];
		add_seal(image, sym->sec, sym->value + rela.r_addend);
	}
}

static void add_part(struct image *image, Elf_Scn *scn, const GElf_Shdr *sh)
{
	Elf_Data *data = elf_rawdata(scn, NULL);
	struct image_part part = { .start = sh->sh_addr };

	if (!data || !data->d_buf)
		return;
	part.size = data->d_size;
	part.data = data->d_buf;
	array_add(image->parts, image->nr_parts, part);
}

static void note_section(struct image *image, Elf *elf, Elf_Scn *scn)
{
	const char *name;
	GElf_Shdr sh;
	size_t strndx;

	if (elf_getshdrstrndx(elf, &strndx) || !gelf_getshdr(scn, &sh))
		return;
	name = elf_strptr(elf, strndx, sh.sh_name);
	if (!name)
		return;
	if (is_kernel(image) && sh.sh_flags & SHF_ALLOC)
		add_part(image, scn, &sh);
	if (is_kernel(image) && streq(name, ".ibt_endbr_seal"))
		read_seals(image, elf_rawdata(scn, NULL), sh.sh_addr);
	if (!is_kernel(image) && streq(name, ".rela.ibt_endbr_seal"))
		read_seal_relocs(image, elf_getdata(scn, NULL));
}

static void read_symtab(struct image *image, Elf *elf, Elf_Scn *scn)
{
	Elf_Data *data = elf_getdata(scn, NULL);
	GElf_Shdr sh;
	GElf_Sym es;
	size_t i;

	if (!data || !gelf_getshdr(scn, &sh) || !sh.sh_entsize)
		return;
	image->nr_syms = sh.sh_size / sh.sh_entsize;
	image->syms = xalloc(image->nr_syms * sizeof(*image->syms));
	for (i = 0; i < image->nr_syms; i++)
		if (gelf_getsym(data, i, &es))
			add_symbol(image, &image->syms[i], &es,
				   elf_strptr(elf, sh.sh_link, es.st_name),
				   elf);
}

/* Backwards, so that each list is in the order of the table. */
static void fill_hash(struct image *image)
{
	struct image_symbol *sym;
	size_t i, slot;

	image->hash = xalloc(HASH_SIZE * sizeof(*image->hash));
	for (i = image->nr_syms; i-- > 0;) {
		sym = &image->syms[i];
		if (sym->ignored || !sym->name)
			continue;
		slot = hash_of(sym->name);
		sym->next = image->hash[slot];
		image->hash[slot] = sym;
	}
}

static void find_init(struct image *image)
{
	const struct image_symbol *begin = image_global(image, "__init_begin");
	const struct image_symbol *end = image_global(image, "__init_end");
	size_t i;

	if (!begin || !end)
		die(WRONG_TREE, "vmlinux has no __init_begin or __init_end");
	for (i = 0; i < image->nr_syms; i++)
		image->syms[i].init = image->syms[i].value >= begin->value &&
				      image->syms[i].value < end->value;
}

/**
 * image_read - read the symbols of the kernel or of a module
 * @path: vmlinux or the .ko file
 * @object: "vmlinux" or the name of the module
 *
 * Return: them.
 */
struct image *image_read(const char *path, const char *object)
{
	struct image *image = xalloc(sizeof(*image));
	int fd = open(path, O_RDONLY);
	Elf_Scn *scn = NULL;
	GElf_Shdr sh;
	Elf *elf;

	image->object = object;
	elf_version(EV_CURRENT);
	elf = fd < 0 ? NULL : elf_begin(fd, ELF_C_READ_MMAP, NULL);
	if (!elf)
		die(WRONG_TREE, "%s: cannot be read; is the kernel built?", path);
	while ((scn = elf_nextscn(elf, scn)))
		if (gelf_getshdr(scn, &sh) && sh.sh_type == SHT_SYMTAB)
			read_symtab(image, elf, scn);
	while ((scn = elf_nextscn(elf, scn)))
		note_section(image, elf, scn);
	if (!image->nr_syms)
		die(WRONG_TREE, "%s: has no symbols; kgr needs it unstripped",
		    path);
	fill_hash(image);
	if (is_kernel(image))
		find_init(image);
	return image;
}

/* --- Groups of locals --- */

static size_t group_end(const struct image *image, size_t group)
{
	size_t i = group + 1;

	while (i < image->nr_syms && image->syms[i].type != STT_FILE &&
	       image->syms[i].bind == STB_LOCAL)
		i++;
	return i;
}

/* What the kernel keeps of an object, whatever else it drops. */
static bool is_kept(const struct symbol *sym)
{
	return sym->bind == STB_LOCAL && sym->sec &&
	       (sym->type == STT_FUNC || sym->type == STT_OBJECT) &&
	       sym->sec->flags & SHF_ALLOC &&
	       (sec_is(sym->sec, ".text") || sec_is(sym->sec, ".data") ||
		sec_is(sym->sec, ".bss") || sec_is(sym->sec, ".rodata"));
}

static bool in_group(const struct image *image, size_t group, size_t end,
		     const char *name)
{
	size_t i;

	for (i = group; i < end; i++)
		if (streq(image->syms[i].name, name))
			return true;
	return false;
}

static bool group_fits(const struct image *image, size_t group,
		       const struct object *obj)
{
	size_t end = group_end(image, group), i;

	for (i = 1; i < obj->nr_syms; i++)
		if (is_kept(&obj->syms[i]) &&
		    !in_group(image, group, end, obj->syms[i].name))
			return false;
	return true;
}

/* Where a section of the object is, by a symbol that only it defines. */
static bool section_address(const struct image *image, const struct object *obj,
			    const struct section *sec, u64 *address)
{
	const struct image_symbol *global;
	size_t i;

	for (i = 1; i < obj->nr_syms; i++) {
		const struct symbol *sym = &obj->syms[i];

		if (sym->sec != sec || sym->bind != STB_GLOBAL)
			continue;
		global = image_global(image, sym->name);
		if (!global)
			continue;
		*address = global->value - sym->value;
		return true;
	}
	return false;
}

static bool has_at(const struct image *image, size_t group, const char *name,
		   u64 value)
{
	size_t end = group_end(image, group), i;

	for (i = group; i < end; i++)
		if (image->syms[i].value == value &&
		    streq(image->syms[i].name, name))
			return true;
	return false;
}

/*
 * Are the locals where they are in the object, beside its globals? One is enough:
 * no other object has it there.
 */
static bool group_is_beside(const struct image *image, size_t group,
			    const struct object *obj)
{
	u64 address;
	size_t i;

	for (i = 1; i < obj->nr_syms; i++) {
		const struct symbol *sym = &obj->syms[i];

		if (is_kept(sym) &&
		    section_address(image, obj, sym->sec, &address))
			return has_at(image, group, sym->name,
				      address + sym->value);
	}
	return false;
}

static size_t find_groups(struct pair *pair, bool beside)
{
	const struct object *obj = pair->kernel;
	const struct image *image = pair->image;
	size_t i, found = 0;

	for (i = 1; obj->file && i < image->nr_syms; i++) {
		if (image->syms[i].type != STT_FILE ||
		    strcmp(image->syms[i].name, obj->file) ||
		    !group_fits(image, i, obj) ||
		    (beside && !group_is_beside(image, i, obj)))
			continue;
		pair->group = i;
		found++;
	}
	return found;
}

/**
 * image_group - find the locals of an object among those of the kernel
 * @pair: the object
 *
 * Return: whether there is exactly one group that it can be.
 */
bool image_group(struct pair *pair)
{
	size_t found = find_groups(pair, false);

	if (found > 1)
		found = find_groups(pair, true);
	if (found != 1)
		pair->group = 0;
	return found == 1;
}

const struct image_symbol *image_local(const struct pair *pair,
				       const char *name)
{
	const struct image *image = pair->image;
	const struct image_symbol *sym;
	size_t i, end;

	if (!pair->group)
		return NULL;
	end = group_end(image, pair->group);
	for (i = pair->group + 1; i < end; i++) {
		sym = &image->syms[i];
		if (!sym->ignored && streq(sym->name, name))
			return sym;
	}
	return NULL;
}

const struct image_symbol *image_global(const struct image *image,
					const char *name)
{
	const struct image_symbol *sym;

	for (sym = image->hash[hash_of(name)]; sym; sym = sym->next)
		if (sym->bind != STB_LOCAL && streq(sym->name, name))
			return sym;
	return NULL;
}

/**
 * image_position - which of the symbols of its name is it?
 * @image: the kernel or module
 * @meant: the symbol
 *
 * Return: its position from 1 as kGraft counts, 0 if it is the only one.
 */
unsigned int image_position(const struct image *image,
			    const struct image_symbol *meant)
{
	bool by_address = is_kernel(image);
	const struct image_symbol *sym;
	unsigned int position = 1, nr = 0;

	for (sym = image->hash[hash_of(meant->name)]; sym; sym = sym->next) {
		if (sym->init || strcmp(sym->name, meant->name))
			continue;
		nr++;
		if (by_address ? sym->value < meant->value : sym < meant)
			position++;
	}
	return nr > 1 ? position : 0;
}

/**
 * image_is_aligned - is the address of a symbol a multiple of something?
 * @image: the kernel or module
 * @sym: the symbol
 * @align: of what, a power of two
 *
 * Return: whether it is, wherever the kernel or the section of the module is.
 */
bool image_is_aligned(const struct image *image,
		      const struct image_symbol *sym, u64 align)
{
	return sym->value % align == 0 &&
	       (is_kernel(image) || sym->align >= align);
}

static bool is_sealed(const struct image *image,
		      const struct image_symbol *sym)
{
	size_t i;

	for (i = 0; i < image->nr_seals; i++)
		if (image->seals[i].sec == sym->sec &&
		    image->seals[i].value == sym->value)
			return true;
	return false;
}

/**
 * image_may_point_to - may the address of a function be called?
 * @image: the kernel or module
 * @sym: the function
 *
 * Return: whether it has an ENDBR that the kernel leaves there, or the kernel
 *	   needs none.
 */
bool image_may_point_to(const struct image *image,
			const struct image_symbol *sym)
{
	if (sym->type != STT_FUNC || !needs_endbr || !sym->code)
		return true;
	return !memcmp(sym->code, endbr, sizeof(endbr)) &&
	       !is_sealed(image, sym);
}

/**
 * image_at - what is at an address of the kernel
 * @image: the kernel
 * @address: where
 * @room: set to the number of bytes from there to the end of the section
 *
 * Return: that; %NULL if its file has nothing there.
 */
const u8 *image_at(const struct image *image, u64 address, u64 *room)
{
	const struct image_part *part;
	size_t i;

	for (i = 0; i < image->nr_parts; i++) {
		part = &image->parts[i];
		if (address < part->start || address - part->start >= part->size)
			continue;
		*room = part->size - (address - part->start);
		return part->data + (address - part->start);
	}
	return NULL;
}

/**
 * image_label_at - is what is at the beginning of a function a label?
 * @func: a function of an object that was compiled for the kernel or a module
 *
 * lockdep wants to know where in a function it is called, and the compiler may say
 * at the beginning. With IBT, a function whose address is taken has an ENDBR there.
 *
 * Return: whether an address that the function itself takes of its beginning can
 *	   only be that of a label.
 */
bool image_label_at(const struct entity *func)
{
	u64 value = func->sym->value;

	return needs_endbr &&
	       value + sizeof(endbr) <= func->sec->size &&
	       memcmp(func->sec->data + value, endbr, sizeof(endbr));
}

/* --- Exports --- */

struct export {
	const char *name, *module;
	const char *space;
	struct export *next;
};

static struct export *exports[HASH_SIZE];

static void add_export(char *line)
{
	char *field[5] = { }, *pos = line;
	struct export *export;
	size_t i;

	for (i = 0; i < 5 && pos; i++)
		field[i] = strsep(&pos, "\t");
	if (!field[3])
		return;
	export = xalloc(sizeof(*export));
	export->name = field[1];
	export->module = field[2];
	export->space = field[4] && *field[4] ? field[4] : NULL;
	export->next = exports[hash_of(field[1])];
	exports[hash_of(field[1])] = export;
}

/**
 * exports_read - learn what is exported
 * @path: Module.symvers
 */
void exports_read(const char *path)
{
	char *text = read_file(path), *line;

	while ((line = strsep(&text, "\n")))
		add_export(line);
}

/**
 * exported_by - which object exports a symbol?
 * @name: the symbol
 * @space: set to the namespace that modules must import, %NULL: none
 *
 * Return: "vmlinux" or the path of the module; %NULL: it is not exported.
 */
const char *exported_by(const char *name, const char **space)
{
	const struct export *export;

	for (export = exports[hash_of(name)]; export; export = export->next) {
		if (strcmp(export->name, name))
			continue;
		*space = export->space;
		return export->module;
	}
	return NULL;
}
