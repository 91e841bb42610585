// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * kgr-obj.c - from objects before and after a fix to the body of a patch
 *
 * For kgr-build, which knows how objects are made. By itself it says what is
 * different in two objects:
 *
 *	kgr-obj [--size NAME=SIZE]... diff ORIGINAL.o PATCHED.o
 */

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>

#include "layout.h"
#include "options.h"
#include "plan.h"

static const char usage[] =
"Usage: kgr-obj [OPTION...] diff ORIGINAL.o PATCHED.o\n"
"       kgr-obj [OPTION...] plan KDIR JOBS DIRECTORY\n"
"\n"
"  --size NAME=SIZE    of an entry in that special section\n"
"  --copy-const NAME   a constant that may be copied\n"
"  --layout-ok NAME    a structure or enum that may change\n"
"  --name NAME         of the patch\n"
"  --set NAME          the set that it belongs to\n"
"  --replace-all       it replaces all others\n"
"  --per-function      KGR_CONSISTENCY_FUNCTION\n"
"  --main              there is an author.c\n"
"  --build-id HEX      of the kernel\n"
"  --identity MODULE.FIELD=VALUE\n"
"                      of the build of a module, as in struct kgr_patch_obj\n";

static const char *state_of(const struct entity *ent)
{
	if (ent->replace)
		return "replaced";
	if (ent->copied)
		return "copied";
	switch (ent->state) {
	case CHANGED:
		return "changed";
	case NEW:
		return "new";
	case GONE:
		return "gone";
	default:
		return "same";
	}
}

static bool is_gone(const struct entity *ent)
{
	return ent->state == GONE;
}

static void print_states(const struct object *obj, bool gone)
{
	size_t i;

	for (i = 0; i < obj->nr_ents; i++) {
		const struct entity *ent = obj->ents[i];

		if (!ent->sym || (ent->kind != FUNC && ent->kind != DATA) ||
		    gone != is_gone(ent))
			continue;
		printf("%s %s %s", ent->kind == FUNC ? "function" : "data",
		       entity_name(ent), state_of(ent));
		if (ent->why && strcmp(ent->why, "changed"))
			printf(": %s", ent->why);
		printf("\n");
	}
}

static struct object *load(const char *path, const struct pair *pair,
			   bool look_only)
{
	struct object *obj = obj_read(path);

	obj->look_only = look_only;
	obj->of_module = strcmp(pair->module, "vmlinux");
	obj_split(obj);
	return obj;
}

static enum status run_diff(char **args)
{
	struct pair pair = { .module = "vmlinux", .source = args[1] };
	struct buf notes = { };

	pair.orig = load(args[0], &pair, false);
	pair.patched = load(args[1], &pair, false);
	if (pair.patched->file)
		pair.source = pair.patched->file;
	compare(&pair);
	print_states(pair.patched, false);
	print_states(pair.orig, true);
	print_notes(&notes);
	buf_add(&notes, "", 1);
	fputs(notes.data, stdout);
	print_refusals();
	return refusals() ? REFUSED : BUILT;
}

/* A line: source, its object in KDIR, the module's file or "-", its name. */
static void add_job(struct plan *plan, const char *kdir, const char *dir,
		    char *line)
{
	struct pair pair = { .number = plan->nr_pairs + 1 };
	const char *file, *object;

	pair.source = strsep(&line, "\t");
	object = strsep(&line, "\t");
	file = strsep(&line, "\t");
	pair.module = line;
	if (!object || !file || !line)
		die(OWN_FAULT, "a job is malformed");
	pair.kernel = load(xformat("%s/%s", kdir, object), &pair, true);
	pair.orig = load(xformat("%s/orig/%s", dir, object), &pair, false);
	pair.patched = load(xformat("%s/patched/%s", dir, object), &pair,
			    false);
	if (strcmp(file, "-"))
		pair.image = image_read(xformat("%s/%s", kdir, file),
					pair.module);
	layout_check(pair.orig->path, pair.patched->path, pair.source);
	array_add(plan->pairs, plan->nr_pairs, pair);
}

static void find_group(struct pair *pair)
{
	if (image_group(pair))
		return;
	/* Only what is local needs it. */
	note("%s: kgr does not know which locals of the kernel are its own",
	     pair->source);
}

static bool is_empty(const struct plan *plan)
{
	size_t i, e;

	for (i = 0; i < plan->nr_pairs; i++)
		for (e = 0; e < plan->pairs[i].patched->nr_ents; e++)
			if (plan->pairs[i].patched->ents[e]->replace)
				return false;
	return true;
}

static bool functions_are_same(const struct object *obj)
{
	size_t i;

	for (i = 0; i < obj->nr_ents; i++)
		if (obj->ents[i]->kind == FUNC && !obj->ents[i]->init &&
		    obj->ents[i]->state != SAME)
			return false;
	return true;
}

/* There is no patch for it, whatever is refused besides. */
static bool only_data(const struct plan *plan)
{
	size_t i;

	for (i = 0; i < plan->nr_pairs; i++)
		if (!functions_are_same(plan->pairs[i].orig) ||
		    !functions_are_same(plan->pairs[i].patched))
			return false;
	return true;
}

static bool all_same(const struct object *obj)
{
	size_t i;

	for (i = 0; i < obj->nr_ents; i++)
		if (obj->ents[i]->state != SAME)
			return false;
	return true;
}

/* On stdout, as what is refused. */
static void say_nothing(const struct plan *plan)
{
	bool same = true;
	size_t i;

	for (i = 0; i < plan->nr_pairs; i++)
		same &= all_same(plan->pairs[i].orig) &&
			all_same(plan->pairs[i].patched);
	puts(same ? "the machine code stays the same" :
		    "only init code changes, or what nothing uses");
}

static void write_all(struct plan *plan, const char *dir)
{
	size_t i;

	for (i = 0; i < plan->nr_pairs; i++)
		extract(plan, &plan->pairs[i],
			xformat("%s/body-%zu.o", dir, i + 1));
	write_main(plan, xformat("%s/main.c", dir));
	write_links(plan, xformat("%s/links", dir));
	write_plan(plan, xformat("%s/plan.txt", dir));
}

static void print_plan(const struct plan *plan)
{
	struct replacement *list;
	size_t nr, i;

	list = plan_replacements(plan, &nr);
	for (i = 0; i < nr; i++)
		fprintf(stderr, "  %-8s %-32s %s\n", list[i].pair->module,
			entity_name(list[i].ent), list[i].ent->why);
	fprintf(stderr, "kgr: %zu function%s replaced, %zu symbols linked\n",
		nr, nr == 1 ? "" : "s", plan->nr_links);
}

static enum status run_plan(char **args)
{
	struct plan plan = { };
	struct buf notes = { };
	char *jobs, *line;
	size_t i, nr;

	plan.kernel = image_read(xformat("%s/vmlinux", args[0]), "vmlinux");
	exports_read(xformat("%s/Module.symvers", args[0]));
	jobs = read_file(args[1]);
	while ((line = strsep(&jobs, "\n")))
		if (*line)
			add_job(&plan, args[0], args[2], line);
	for (i = 0; i < plan.nr_pairs; i++) {
		if (!plan.pairs[i].image)
			plan.pairs[i].image = plan.kernel;
		find_group(&plan.pairs[i]);
		check_built(&plan.pairs[i]);
		pair_with_kernel(&plan.pairs[i]);
		compare(&plan.pairs[i]);
	}
	plan_make(&plan);
	plan_replacements(&plan, &nr);
	note_builds(&plan);
	print_notes(&notes);
	buf_add(&notes, "", 1);
	fputs(notes.data, stderr);
	if (refusals()) {
		if (only_data(&plan))
			fputs("note: no function changes, only data\n", stderr);
		print_refusals();
		return REFUSED;
	}
	if (is_empty(&plan)) {
		say_nothing(&plan);
		return NOTHING;
	}
	write_all(&plan, args[2]);
	print_plan(&plan);
	return BUILT;
}

static void add_identity(char *spec)
{
	struct identity identity = { };

	identity.module = strsep(&spec, ".");
	identity.field = strsep(&spec, "=");
	identity.value = spec;
	if (!identity.value)
		die(USAGE, "--identity: MODULE.FIELD=VALUE");
	array_add(settings.identities, settings.nr_identities, identity);
}

static void parse(int argc, char **argv)
{
	static const struct option long_options[] = {
		{ "size", required_argument, NULL, 's' },
		{ "copy-const", required_argument, NULL, 'c' },
		{ "layout-ok", required_argument, NULL, 'l' },
		{ "name", required_argument, NULL, 'n' },
		{ "set", required_argument, NULL, 'S' },
		{ "replace-all", no_argument, NULL, 'r' },
		{ "per-function", no_argument, NULL, 'f' },
		{ "main", no_argument, NULL, 'm' },
		{ "build-id", required_argument, NULL, 'b' },
		{ "identity", required_argument, NULL, 'i' },
		{ }
	};
	int c;

	while ((c = getopt_long(argc, argv, "+", long_options, NULL)) != -1) {
		switch (c) {
		case 's':
			table_size(optarg);
			break;
		case 'c':
			allow(COPY_CONST, optarg);
			break;
		case 'l':
			allow(LAYOUT_OK, optarg);
			break;
		case 'n':
			settings.name = optarg;
			break;
		case 'S':
			settings.set = optarg;
			break;
		case 'r':
			settings.replace_all = true;
			break;
		case 'f':
			settings.per_function = true;
			break;
		case 'm':
			settings.main = "author.c";
			break;
		case 'b':
			settings.build_id = optarg;
			break;
		case 'i':
			add_identity(optarg);
			break;
		default:
			fputs(usage, stderr);
			exit(USAGE);
		}
	}
}

int main(int argc, char **argv)
{
	parse(argc, argv);
	argv += optind;
	argc -= optind;
	if (argc == 3 && streq(argv[0], "diff"))
		return run_diff(argv + 1);
	if (argc == 4 && streq(argv[0], "plan"))
		return run_plan(argv + 1);
	fputs(usage, stderr);
	return USAGE;
}
