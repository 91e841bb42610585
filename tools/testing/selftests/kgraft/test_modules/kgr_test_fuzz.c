// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * kgr_test_fuzz.c - a description whose fields are wrong, by a seed
 *
 * Without a fault it could be applied. An even seed puts one wrong value into
 * one field, and consecutive ones do so to all fields in turn; an odd one makes
 * several such faults. "argument" is one of the fields: the pointer that
 * kgr_patch_kernel() gets.
 */

#include <linux/array_size.h>
#include <linux/kgraft.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/sched.h>
#include <linux/string.h>
#include <linux/vmalloc.h>

#define OBJ	"kgr_test_obj"
#define MOST	6

static unsigned long seed;
module_param(seed, ulong, 0400);
MODULE_PARM_DESC(seed, "which fields are wrong, and how");

static int kgr_new(void)
{
	return 1;
}

static int kgr_new_other(void)
{
	return 2;
}

static int kgr_pre(struct kgr_patch *patch, struct module *mod)
{
	return 0;
}

static void kgr_post(struct kgr_patch *patch, struct module *mod)
{
}

static void kgr_dtor(void *obj, void *data)
{
}

static void *ptr, *ptr_other;
static void *ptr_after __ro_after_init;
static void *ptr_init __initdata;
static void *const ptr_const;

static struct kgr_patch_obj objects[] = {
	{
		.name = OBJ,
		.pre_apply = kgr_pre,
		.post_apply = kgr_post,
		.pre_revert = kgr_post,
		.post_revert = kgr_post,
	},
	{ }, { },
};

static struct kgr_extern externs[] = {
	KGR_EXTERN(kgr_test_original, &ptr),
	KGR_EXTERN_OBJ(kgr_obj_secret, &ptr_other, OBJ),
	{ }, { },
};

static struct kgr_state states[] = {
	{ .id = 1, .version = 1 }, { .id = 2 }, { }, { },
};

static struct kgr_shadow_kind shadows[] = {
	{ .name = "fuzz", .id = 1, .dtor = kgr_dtor },
	{ .name = "fuzz too", .id = 2 },
	{ }, { },
};

static struct kgr_patch patch = {
	.name = KBUILD_MODNAME,
	.owner = THIS_MODULE,
	.objects = objects,
	.externs = externs,
	.states = states,
	.shadows = shadows,
	.patches = {
		KGR_PATCH(kgr_test_first, kgr_new),
		KGR_PATCH_OBJ(kgr_obj_0, kgr_new_other, OBJ),
		KGR_PATCH_END, KGR_PATCH_END
	},
};

static struct kgr_patch *argument = &patch;

static struct kgr_patch patch_init __initdata = { .owner = THIS_MODULE };
static struct kgr_patch patch_after __ro_after_init = { .owner = THIS_MODULE };
static struct module no_module;

static char text_init[] __initdata = "kgr_test_init";
static char text_long[64];

static int __init kgr_init_fn(void)
{
	return 0;
}

/* A page without a zero, and nothing behind it. */
static char *page;

enum kind { TEXT, CODE, LIST, POINTER, WORD, NUMBER, FLAG, OWNER, ARGUMENT };

struct field {
	void *at;
	enum kind kind;
};

/* With the entries that end the lists. */
static const struct field fields[] __initconst = {
	{ &argument, ARGUMENT },
	{ &patch.name, TEXT },
	{ &patch.owner, OWNER },
	{ &patch.replaces, TEXT },
	{ &patch.objects, LIST },
	{ &patch.externs, LIST },
	{ &patch.states, LIST },
	{ &patch.shadows, LIST },
	{ &patch.consistency, NUMBER },
	{ &patch.on_deadline, NUMBER },
	{ &patch.replace_all, FLAG },
	{ &patch.dry_run, FLAG },

	{ &patch.patches[0].name, TEXT },
	{ &patch.patches[0].new_fun, CODE },
	{ &patch.patches[0].objname, TEXT },
	{ &patch.patches[0].sympos, WORD },
	{ &patch.patches[1].name, TEXT },
	{ &patch.patches[1].new_fun, CODE },
	{ &patch.patches[1].objname, TEXT },
	{ &patch.patches[1].sympos, WORD },
	{ &patch.patches[2].name, TEXT },
	{ &patch.patches[2].new_fun, CODE },
	{ &patch.patches[2].objname, TEXT },
	{ &patch.patches[2].sympos, WORD },

	{ &objects[0].name, TEXT },
	{ &objects[0].srcversion, TEXT },
	{ &objects[0].build_id, TEXT },
	{ &objects[0].pre_apply, CODE },
	{ &objects[0].post_apply, CODE },
	{ &objects[0].pre_revert, CODE },
	{ &objects[0].post_revert, CODE },
	{ &objects[1].name, TEXT },
	{ &objects[1].srcversion, TEXT },
	{ &objects[1].build_id, TEXT },
	{ &objects[1].pre_apply, CODE },
	{ &objects[1].post_apply, CODE },
	{ &objects[1].pre_revert, CODE },
	{ &objects[1].post_revert, CODE },

	{ &externs[0].name, TEXT },
	{ &externs[0].addr, POINTER },
	{ &externs[0].objname, TEXT },
	{ &externs[0].user, TEXT },
	{ &externs[0].sympos, WORD },
	{ &externs[1].name, TEXT },
	{ &externs[1].addr, POINTER },
	{ &externs[1].objname, TEXT },
	{ &externs[1].user, TEXT },
	{ &externs[1].sympos, WORD },
	{ &externs[2].name, TEXT },
	{ &externs[2].addr, POINTER },
	{ &externs[2].objname, TEXT },
	{ &externs[2].user, TEXT },
	{ &externs[2].sympos, WORD },

	{ &states[0].id, WORD },
	{ &states[0].version, NUMBER },
	{ &states[1].id, WORD },
	{ &states[1].version, NUMBER },
	{ &states[2].id, WORD },
	{ &states[2].version, NUMBER },

	{ &shadows[0].name, TEXT },
	{ &shadows[0].id, WORD },
	{ &shadows[0].dtor, CODE },
	{ &shadows[1].name, TEXT },
	{ &shadows[1].id, WORD },
	{ &shadows[1].dtor, CODE },
	{ &shadows[2].name, TEXT },
	{ &shadows[2].id, WORD },
	{ &shadows[2].dtor, CODE },
};

/* Memory that is nobody's, or the user's, for each pointer. */
static void *places[] __initdata = {
	NULL, (void *)8, NULL, (void *)-4096L, (void *)0xdead000000000000UL,
};

static const char *const texts[] __initconst = {
	"", "vmlinux", "kgr_test_nothing", OBJ, "kgr-test-obj", "kgr_obj_1",
	"a/b", ".a", "a b", "\xff", "wake", "00", "memcmp", text_long, text_init,
};

/* Those that the kernel accepts as callbacks are called, with any arguments. */
static void *const codes[] __initconst = {
	kgr_new, kgr_new_other, kgr_init_fn, &ptr,
};

static void **const pointers[] __initconst = {
	&ptr, &ptr_other, &ptr_after, &ptr_init, (void **)&ptr_const,
	(void **)&jiffies,
};

static const unsigned long words[] __initconst = { 0, 1, 2, 3, ULONG_MAX };
static const unsigned int numbers[] __initconst = { 0, 1, 2, INT_MAX, UINT_MAX };

/* A pointer is to one of the places first. */
static unsigned int __init nr_values(enum kind kind)
{
	switch (kind) {
	case TEXT:
		return ARRAY_SIZE(places) + ARRAY_SIZE(texts) + 2;
	case CODE:
		return ARRAY_SIZE(places) + ARRAY_SIZE(codes);
	case POINTER:
		return ARRAY_SIZE(places) + ARRAY_SIZE(pointers);
	case LIST:
		return ARRAY_SIZE(places) + 2;
	case WORD:
		return ARRAY_SIZE(words);
	case NUMBER:
		return ARRAY_SIZE(numbers);
	case FLAG:
		return 2;
	case OWNER:
		return ARRAY_SIZE(places) + 2;
	case ARGUMENT:
		return ARRAY_SIZE(places) + 3;
	}
	return 0;
}

static void *__init text(unsigned int nr)
{
	if (nr < ARRAY_SIZE(texts))
		return (void *)texts[nr];
	/* One that never ends, one that does not end before its memory does. */
	return nr == ARRAY_SIZE(texts) ? page : page + PAGE_SIZE - 3;
}

static void *__init pointer(enum kind kind, unsigned int nr)
{
	switch (kind) {
	case TEXT:
		return text(nr);
	case CODE:
		return codes[nr];
	case POINTER:
		return pointers[nr];
	case LIST:
		return nr ? page + PAGE_SIZE - 24 : (void *)&patch_init;
	case OWNER:
		return nr ? (void *)page : &no_module;
	default:
		return nr == 2 ? (void *)(page + PAGE_SIZE - 24) :
		       nr ? &patch_after : &patch_init;
	}
}

static void __init put(const struct field *field, unsigned int nr)
{
	switch (field->kind) {
	case WORD:
		*(unsigned long *)field->at = words[nr];
		break;
	case NUMBER:
		*(unsigned int *)field->at = numbers[nr];
		break;
	case FLAG:
		*(bool *)field->at = nr;
		break;
	default:
		*(void **)field->at = nr < ARRAY_SIZE(places) ? places[nr] :
			pointer(field->kind, nr - ARRAY_SIZE(places));
		break;
	}
}

/* splitmix64 */
static unsigned int __init draw(u64 *state, unsigned int below)
{
	u64 z = (*state += 0x9e3779b97f4a7c15ULL);

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
	return (u32)(z ^ (z >> 31)) % below;
}

static void __init one_fault(unsigned int nr)
{
	unsigned int all = 0, i;

	for (i = 0; i < ARRAY_SIZE(fields); i++)
		all += nr_values(fields[i].kind);
	nr %= all;
	for (i = 0; nr >= nr_values(fields[i].kind); i++)
		nr -= nr_values(fields[i].kind);
	put(&fields[i], nr);
}

static void __init faults(void)
{
	unsigned int nr, field;
	u64 state = seed;

	if (!(seed % 2)) {
		one_fault(seed / 2);
		return;
	}
	for (nr = 2 + draw(&state, MOST - 1); nr; nr--) {
		/* If that is wrong, nothing else matters. */
		field = 1 + draw(&state, ARRAY_SIZE(fields) - 1);
		put(&fields[field],
		    draw(&state, nr_values(fields[field].kind)));
	}
}

static int __init kgr_test_fuzz_init(void)
{
	int ret;

	page = vmalloc(PAGE_SIZE);
	if (!page)
		return -ENOMEM;
	memset(page, 'a', PAGE_SIZE);
	memset(text_long, 'b', sizeof(text_long) - 1);
	/* Of the program that loads this. */
	places[2] = (void *)current->mm->arg_start;
	faults();
	ret = kgr_patch_kernel(argument);
	if (ret)
		vfree(page);
	return ret;
}

static void __exit kgr_test_fuzz_exit(void)
{
	kgr_patch_remove(&patch);
	vfree(page);
}

module_init(kgr_test_fuzz_init);
module_exit(kgr_test_fuzz_exit);
MODULE_DESCRIPTION("kGraft selftests: descriptions with faults at random");
MODULE_LICENSE("GPL");
