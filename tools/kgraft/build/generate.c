// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * generate.c - what is written for people: main.c and the plan
 */

#include <stdio.h>
#include <stdlib.h>

#include "options.h"
#include "plan.h"

struct settings settings;

static struct {
	enum allowance allowance;
	const char *name;
} *allowances;

static size_t nr_allowances;

void allow(enum allowance allowance, const char *name)
{
	allowances = xgrow(allowances, nr_allowances, sizeof(*allowances));
	allowances[nr_allowances].allowance = allowance;
	allowances[nr_allowances++].name = name;
}

bool allowed(enum allowance allowance, const char *name)
{
	size_t i;

	for (i = 0; i < nr_allowances; i++)
		if (allowances[i].allowance == allowance && streq(allowances[i].name, name))
			return true;
	return false;
}

static void write_file(const char *path, const struct buf *buf)
{
	FILE *to = fopen(path, "wb");

	if (!to || (buf->len && fwrite(buf->data, buf->len, 1, to) != 1) ||
	    fclose(to))
		die(USAGE, "%s: cannot be written", path);
}

/* The list of modules that main.c has, and what the author declares. */
static void add_objects(struct buf *buf, bool builds)
{
	if (settings.main)
		buf_printf(buf, "#ifdef KGR_MAIN_OBJECTS\n\t.objects = %s,\n",
			   builds ? "all_objects" : "KGR_MAIN_OBJECTS");
	if (settings.main && builds)
		buf_printf(buf, "#else\n");
	if (builds)
		buf_printf(buf, "\t.objects = builds,\n");
	if (settings.main)
		buf_printf(buf, "#endif\n");
}

static void add_settings(struct buf *buf, bool builds)
{
	buf_printf(buf, "\t.name = \"%s\",\n\t.owner = THIS_MODULE,\n",
		   settings.name);
	if (settings.replace_all)
		buf_printf(buf, "\t.replace_all = true,\n");
	if (settings.set)
		buf_printf(buf, "\t.replaces = \"%s\",\n", settings.set);
	if (settings.per_function)
		buf_printf(buf, "\t.consistency = KGR_CONSISTENCY_FUNCTION,\n");
	add_objects(buf, builds);
	if (settings.main)
		buf_printf(buf, "#ifdef KGR_MAIN_STATES\n\t.states = KGR_MAIN_STATES,\n#endif\n"
			   "#ifdef KGR_MAIN_SHADOWS\n\t.shadows = KGR_MAIN_SHADOWS,\n#endif\n");
}

static void add_replacement(struct buf *buf, const struct replacement *rep)
{
	const char *module = rep->pair->module;

	buf_printf(buf, "\t\tKGR_PATCH_OBJPOS(%s, %s,\n\t\t\t\t ",
		   rep->name, rep->alias);
	if (streq(module, "vmlinux"))
		buf_printf(buf, "NULL, ");
	else
		buf_printf(buf, "\"%s\", ", module);
	buf_printf(buf, "%u),\n", rep->pos);
}

static const struct identity *identity_of(const char *module)
{
	size_t i;

	for (i = 0; i < settings.nr_identities; i++)
		if (streq(settings.identities[i].module, module))
			return &settings.identities[i];
	return NULL;
}

static bool is_first_of(const struct replacement *list, size_t i)
{
	size_t k;

	for (k = 0; k < i; k++)
		if (streq(list[k].pair->module, list[i].pair->module))
			return false;
	return true;
}

/*
 * Positions and links fit one build of a module only. Return: whether there is any
 * such build to name.
 */
static bool add_identities(struct buf *buf, const struct replacement *list,
			   size_t nr)
{
	struct buf builds = { };
	size_t i;

	for (i = 0; i < nr; i++) {
		const char *module = list[i].pair->module;
		const struct identity *identity = identity_of(module);

		if (identity && is_first_of(list, i))
			buf_printf(&builds, "\t{ .name = \"%s\", .%s = \"%s\" },\n",
				   module, identity->field, identity->value);
	}
	if (!builds.len)
		return false;
	buf_printf(buf, "\n/* The modules that the patch is for: these builds only. */\n"
		   "static const struct kgr_patch_obj builds[] = {\n");
	buf_add(buf, builds.data, builds.len);
	buf_printf(buf, "\tKGR_OBJECTS_END\n};\n");
	if (settings.main)
		buf_printf(buf, "\n#ifdef KGR_MAIN_OBJECTS\n#include \"objects.h\"\n#else\n"
			   "static void __init add_builds(void) { }\n#endif\n");
	return true;
}

/**
 * note_builds - note modules whose builds the patch does not tell apart
 * @plan: the plan
 */
void note_builds(const struct plan *plan)
{
	struct replacement *list;
	size_t nr, i;

	list = plan_replacements(plan, &nr);
	for (i = 0; i < nr; i++) {
		const char *module = list[i].pair->module;

		if (strcmp(module, "vmlinux") && !identity_of(module))
			note("any build of module %s is patched: the kernel knows neither its build id (CONFIG_STACKTRACE_BUILD_ID) nor its srcversion (CONFIG_MODULE_SRCVERSION_ALL)",
			     module);
	}
}

static void add_imports(struct buf *buf, const struct plan *plan)
{
	size_t i, k;

	for (i = 0; i < plan->nr_links; i++) {
		const char *space = plan->links[i]->space;

		for (k = 0; space && k < i; k++)
			if (plan->links[k]->space &&
			    streq(plan->links[k]->space, space))
				break;
		if (space && k == i)
			buf_printf(buf, "MODULE_INFO(import_ns, \"%s\");\n",
				   space);
	}
}

/**
 * write_main - write the part of the patch that is C
 * @plan: the plan
 * @path: where to
 */
void write_main(const struct plan *plan, const char *path)
{
	static const char spdx[] = "// SPDX\055License-Identifier:";
	struct replacement *list;
	struct buf buf = { };
	size_t nr, i;
	bool builds;

	list = plan_replacements(plan, &nr);
	buf_printf(&buf, "%s GPL-2.0\n"
		   "/*\n * The patch as kgr build made it. What it replaces functions by is in\n"
		   " * body-*.o_shipped, and why is in ../plan.txt.\n */\n\n"
		   "#include <linux/kgraft.h>\n#include <linux/module.h>\n\n",
		   spdx);
	if (settings.main)
		buf_printf(&buf, "#include \"author.c\"\n\n");
	for (i = 0; i < nr; i++)
		buf_printf(&buf, "void %s(void);\t/* %s */\n", list[i].alias,
			   list[i].pair->source);
	builds = add_identities(&buf, list, nr);
	buf_printf(&buf, "\nstatic struct kgr_patch patch = {\n");
	add_settings(&buf, builds);
	buf_printf(&buf, "\t.patches = {\n");
	for (i = 0; i < nr; i++)
		add_replacement(&buf, &list[i]);
	buf_printf(&buf, "\t\tKGR_PATCH_END\n\t},\n};\n\n"
		   "static int __init patch_init(void)\n{\n"
		   "%s\treturn kgr_patch_kernel(&patch);\n}\n\n"
		   "static void __exit patch_exit(void)\n{\n"
		   "\tkgr_patch_remove(&patch);\n}\n\n"
		   "module_init(patch_init);\nmodule_exit(patch_exit);\n"
		   "MODULE_LICENSE(\"GPL\");\n"
		   "MODULE_DESCRIPTION(\"kGraft patch made by kgr build\");\n",
		   builds && settings.main ? "\tadd_builds();\n" : "");
	add_imports(&buf, plan);
	if (settings.build_id)
		buf_printf(&buf, "MODULE_INFO(kgr_build, \"%s\");\n",
			   settings.build_id);
	write_file(path, &buf);
}

static void plan_entity(struct buf *buf, const struct pair *pair,
			const struct entity *ent)
{
	const char *name = entity_name(ent), *what = NULL;

	if (!ent->sym || ent->parent || ent->kind == CONST)
		return;
	if (ent->replace)
		what = ent->why;
	else if (ent->taken && ent->kind == FUNC)
		what = ent->state == NEW ? "new" : "copied";
	else if (ent->taken && ent->kind == DATA)
		what = ent->own ? "variable of the patch's own" :
		       ent->state == NEW ? "new variable" : "changed constant";
	if (what)
		buf_printf(buf, "  %-8s %-32s %s\n", pair->module, name, what);
}

static void plan_gone(struct buf *buf, const struct pair *pair)
{
	size_t i;

	for (i = 0; i < pair->orig->nr_ents; i++) {
		const struct entity *ent = pair->orig->ents[i];

		if (ent->state == GONE && !ent->parent && !ent->init &&
		    ent->kind == FUNC)
			buf_printf(buf, "  %-8s %-32s gone\n", pair->module,
				   entity_name(ent));
	}
}

/**
 * write_plan - write what the patch consists of, and why
 * @plan: the plan
 * @path: where to
 */
void write_plan(const struct plan *plan, const char *path)
{
	struct buf buf = { };
	size_t i, e;

	buf_printf(&buf, "patch %s\n", settings.name);
	if (settings.build_id)
		buf_printf(&buf, "for the kernel with build id %s\n",
			   settings.build_id);
	for (i = 0; i < plan->nr_pairs; i++) {
		const struct pair *pair = &plan->pairs[i];

		buf_printf(&buf, "\n%s:\n", pair->source);
		for (e = 0; e < pair->patched->nr_ents; e++)
			plan_entity(&buf, pair, pair->patched->ents[e]);
		plan_gone(&buf, pair);
	}
	if (plan->nr_links)
		buf_printf(&buf, "\nlinked:\n");
	for (i = 0; i < plan->nr_links; i++) {
		const struct link *link = plan->links[i];

		buf_printf(&buf, "  %-8s %-32s %s", link->object, link->name,
			   link->plain ? "exported" : "direct");
		if (link->pos)
			buf_printf(&buf, ", number %u of that name", link->pos);
		buf_printf(&buf, "\n");
	}
	buf_printf(&buf, "\n");
	print_notes(&buf);
	write_file(path, &buf);
}

/**
 * write_links - write what the symbols of the kernel are to be called
 * @plan: the plan
 * @path: where to; a file for objcopy --redefine-syms
 */
void write_links(const struct plan *plan, const char *path)
{
	struct buf buf = { };
	size_t i;

	for (i = 0; i < plan->nr_links; i++) {
		const struct link *link = plan->links[i];

		if (!link->plain)
			buf_printf(&buf, "%s .kgr.%u.%s.%s\n", link->as,
				   link->pos, link->object, link->name);
	}
	write_file(path, &buf);
}
