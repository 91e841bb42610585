// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * kgr_test_klp_rela.c - a livepatch that uses what is not exported
 *
 * klp_rela.py makes relocations of livepatch of the references: to a function of
 * the kernel, and to one of a module that may come later.
 */

#include <linux/kgraft.h>
#include <linux/livepatch.h>
#include <linux/module.h>
#include <linux/moduleparam.h>

int klp_see(unsigned int half) KGR_SYM(kgr_test_see);
/* A function without arguments */
#define KLP_FUNCTION(name, sym)						\
int name(void)								\
	sym

KLP_FUNCTION(klp_tell, KGR_SYM_OBJ(kgr_obj_tell, "kgr_test_obj"));

#define KLP_VARIABLE(name, sym)						\
extern int name								\
	sym

KLP_VARIABLE(klp_seen, KGR_SYM_OBJ(init_saw, "kgr_test_obj"));

static int told;
module_param(told, int, 0600);
MODULE_PARM_DESC(told, "what its exit adds, by its relocations; 0: it uses none");

/* What kgr_obj_tell() and kgr_test_second() return, together */
static int klp_new_obj(void)
{
	return klp_tell() + klp_see(1);
}

static struct klp_func funcs[] = {
	{
		.old_name = "kgr_obj_0",
		.new_func = klp_new_obj,
	}, { }
};

static struct klp_object objs[] = {
	{
		.name = "kgr_test_obj",
		.funcs = funcs,
	}, { }
};

static struct klp_patch patch = {
	.mod = THIS_MODULE,
	.objs = objs,
};

static int __init kgr_test_klp_rela_init(void)
{
	return klp_enable_patch(&patch);
}

/* It is disabled then, but what it is linked to stays. */
static void __exit kgr_test_klp_rela_exit(void)
{
	if (told)
		klp_seen = klp_tell() + told;
}

module_init(kgr_test_klp_rela_init);
module_exit(kgr_test_klp_rela_exit);
MODULE_INFO(livepatch, "Y");
MODULE_DESCRIPTION("kGraft selftests: a livepatch with relocations of its own");
MODULE_LICENSE("GPL");
