/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * objects.h - the objects that the author declares, and the builds of modules
 *
 * A part of the patches that kgr build makes with --main. main.c includes it behind
 * builds[], which has the modules that the patch is for.
 */
#include <linux/kernel.h>
#include <linux/string.h>

static struct kgr_patch_obj
	all_objects[ARRAY_SIZE(KGR_MAIN_OBJECTS) + ARRAY_SIZE(builds)];

/* An entry of all_objects; one that is not in use if there is none of that name. */
static struct kgr_patch_obj * __init find_object(const char *name)
{
	struct kgr_patch_obj *obj = all_objects;

	while (memchr_inv(obj, 0, sizeof(*obj)) &&
	       (!obj->name || strcmp(obj->name, name)))
		obj++;
	return obj;
}

/* What the author says of a module holds. */
static void __init add_builds(void)
{
	const struct kgr_patch_obj *build;

	memcpy(all_objects, KGR_MAIN_OBJECTS, sizeof(KGR_MAIN_OBJECTS));
	for (build = builds; build->name; build++) {
		struct kgr_patch_obj *obj = find_object(build->name);

		obj->name = build->name;
		if (obj->srcversion || obj->build_id)
			continue;
		obj->srcversion = build->srcversion;
		obj->build_id = build->build_id;
	}
}
