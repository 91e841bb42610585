// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * resolve.c - from what an author wrote to addresses, before anything happens
 *
 * Every fault gets its own line in the log: an author who has three wants to
 * see three. The errno is that of the first.
 */

#define pr_fmt(fmt) "kgraft: " fmt

#include <linux/ftrace.h>
#include <linux/kallsyms.h>
#include <linux/kernfs.h>
#include <linux/module.h>
#include <linux/string.h>
#include <linux/sysfs.h>

#include "core.h"
#include "move.h"
#include "patch.h"
#include "resolve.h"

/* Keeps the first of several errors. */
static void kgr_fault(int *first, int err)
{
	if (!*first)
		*first = err;
}

static int kgr_check_name(const struct kgr_patch *patch)
{
	struct kernfs_node *kn;

	if (!patch->name || !patch->name[0]) {
		pr_err("a patch without a name; set .name\n");
		return -EINVAL;
	}
	if (strlen(patch->name) >= MODULE_NAME_LEN) {
		pr_err("'%s': name too long, at most %zu characters\n",
		       patch->name, MODULE_NAME_LEN - 1);
		return -EINVAL;
	}
	if (strchr(patch->name, '/') || patch->name[0] == '.') {
		pr_err("'%s': a name must not start with '.' or have a '/'\n",
		       patch->name);
		return -EINVAL;
	}
	kn = kernfs_find_and_get(kgr_kobj->sd, patch->name);
	if (kn) {
		kernfs_put(kn);
		pr_err("'%s': name taken, see /sys/kernel/kgraft; remove that patch or choose another name\n",
		       patch->name);
		return -EEXIST;
	}
	return 0;
}

/**
 * kgr_check_patch - is a patch well-formed?
 * @patch: what the author wrote
 * @nr: set to the number of its functions
 *
 * Context: kgr_mutex held.
 * Return: 0, -EINVAL or -EEXIST; every fault was logged.
 */
int kgr_check_patch(const struct kgr_patch *patch, unsigned int *nr)
{
	const struct kgr_patch_fun *fun;
	int ret = kgr_check_name(patch);
	const char *name = patch->name ?: "(null)";

	*nr = 0;
	if (!patch->owner) {
		pr_err("'%s': no owner; set .owner = THIS_MODULE in a module\n",
		       name);
		kgr_fault(&ret, -EINVAL);
	}
	for (fun = patch->patches; fun->name || fun->new_fun; fun++) {
		(*nr)++;
		if (fun->name && fun->name[0] && fun->new_fun)
			continue;
		pr_err("'%s': entry %u lacks %s\n", name, *nr,
		       fun->new_fun ? "the name of a function" :
				      "a replacement");
		kgr_fault(&ret, -EINVAL);
	}
	if (!*nr) {
		pr_err("'%s': no functions to replace\n", name);
		kgr_fault(&ret, -EINVAL);
	}
	return ret;
}

struct kgr_symbol {
	unsigned long sympos;
	unsigned long found;
	unsigned long addr;
};

static int kgr_match_symbol(void *data, unsigned long addr)
{
	struct kgr_symbol *sym = data;

	sym->found++;
	if (!sym->sympos || sym->found == sym->sympos)
		sym->addr = addr;
	return 0;
}

static int kgr_find_symbol(const struct kgr_applied *applied,
			   const struct kgr_patch_fun *fun, unsigned long *addr)
{
	struct kgr_symbol sym = { .sympos = fun->sympos };

	kallsyms_on_each_match_symbol(kgr_match_symbol, fun->name, &sym);

	if (!sym.found) {
		pr_err("'%s': no function '%s' in the kernel\n",
		       applied->patch->name, fun->name);
		return -ENOENT;
	}
	if (!sym.sympos && sym.found > 1) {
		pr_err("'%s': '%s' is ambiguous, there are %lu; give its position with KGR_PATCH_OBJPOS()\n",
		       applied->patch->name, fun->name, sym.found);
		return -ENOENT;
	}
	if (sym.sympos > sym.found) {
		pr_err("'%s': position %lu of '%s' does not exist, there are %lu\n",
		       applied->patch->name, sym.sympos, fun->name, sym.found);
		return -ENOENT;
	}
	*addr = sym.addr;
	return 0;
}

static int kgr_resolve_func(const struct kgr_applied *applied,
			    struct kgr_func *func)
{
	const struct kgr_patch_fun *fun = func->fun;
	const char *name = applied->patch->name, *why;
	int ret;

	if (!within_module_mem_type((unsigned long)fun->new_fun,
				    applied->owner, MOD_TEXT)) {
		pr_err("'%s': replacement %ps of '%s' is not in the text of module %s\n",
		       name, fun->new_fun, fun->name, applied->owner->name);
		return -EINVAL;
	}
	if (fun->objname && strcmp(fun->objname, "vmlinux")) {
		pr_err("'%s': '%s' of module %s: functions of modules cannot be patched yet\n",
		       name, fun->name, fun->objname);
		return -EOPNOTSUPP;
	}
	ret = kgr_find_symbol(applied, fun, &func->addr);
	if (ret)
		return ret;

	func->ip = ftrace_location(func->addr);
	if (!func->ip ||
	    !kallsyms_lookup_size_offset(func->addr, &func->size, NULL)) {
		pr_err("'%s': '%s' cannot be patched: ftrace cannot reach it (inlined, notrace, noinstr, or not a function)\n",
		       name, fun->name);
		return -EINVAL;
	}
	why = kgr_move_refuses(func->addr, fun->name);
	if (why) {
		pr_err("'%s': '%s' cannot be patched: %s\n", name, fun->name,
		       why);
		return -EINVAL;
	}
	return 0;
}

/* Two names may share one address: compare what was found. */
static int kgr_check_twice(const struct kgr_applied *applied,
			   const struct kgr_func *func)
{
	const struct kgr_func *f;

	for (f = applied->funcs; f < func; f++) {
		if (!f->ip || f->ip != func->ip)
			continue;
		pr_err("'%s': '%s' and '%s' are the same function\n",
		       applied->patch->name, f->fun->name, func->fun->name);
		return -EINVAL;
	}
	return 0;
}

/**
 * kgr_resolve - find all functions of a patch
 * @applied: the patch; its functions are filled in
 *
 * Context: kgr_mutex held, may sleep.
 * Return: 0; -EINVAL, -ENOENT or -EOPNOTSUPP, and every fault was logged.
 */
int kgr_resolve(struct kgr_applied *applied)
{
	struct kgr_func *func;
	int ret = 0;

	kgr_for_each_func(applied, func) {
		func->fun = &applied->patch->patches[func - applied->funcs];
		kgr_fault(&ret, kgr_resolve_func(applied, func));
		if (func->ip)
			kgr_fault(&ret, kgr_check_twice(applied, func));
		cond_resched();
	}
	return ret;
}
