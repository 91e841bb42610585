// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * kgraft_module.c - a patch for a module that may be loaded later
 *
 * Changes the output of ethtool for a tun device:
 *
 *	# insmod kgraft_module.ko
 *	# modprobe tun; ip tuntap add name t0 mode tun
 *	# ethtool -i t0
 *	driver: tun
 *	version: kgrafted
 *
 * The two modules can be loaded in either order, and tun can be unloaded and
 * loaded again while the patch is applied.
 */

#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/ethtool.h>
#include <linux/kgraft.h>
#include <linux/module.h>
#include <linux/netdevice.h>
#include <linux/string.h>

/*
 * A function of tun that is not exported and that the replacement calls. It is
 * linked when tun is loaded, before the replacement can run.
 */
u32 tun_get_msglevel(struct net_device *dev) KGR_SYM_OBJ(tun_get_msglevel, "tun");

static void kgr_tun_get_drvinfo(struct net_device *dev,
				struct ethtool_drvinfo *info)
{
	strscpy(info->driver, "tun", sizeof(info->driver));
	strscpy(info->version, "kgrafted", sizeof(info->version));
	snprintf(info->bus_info, sizeof(info->bus_info), "messages %u",
		 tun_get_msglevel(dev));
}

/*
 * Called before the module is patched. If it returns an error, the patch is
 * refused, or, if the module is just being loaded, the loading.
 */
static int sample_pre_apply(struct kgr_patch *patch, struct module *mod)
{
	pr_info("about to patch %s\n", mod->name);
	return 0;
}

static void sample_post_revert(struct kgr_patch *patch, struct module *mod)
{
	pr_info("%s is no longer patched\n", mod->name);
}

/*
 * A fix is made for one build of the module. A vendor names that build:
 *
 *	.srcversion = "0123456789ABCDEF01234567",
 *
 * as printed by "modinfo -F srcversion tun". Any other build is refused.
 */
static const struct kgr_patch_obj objects[] = {
	{
		.name = "tun",
		.pre_apply = sample_pre_apply,
		.post_revert = sample_post_revert,
	},
	KGR_OBJECTS_END
};

static struct kgr_patch patch = {
	.name = "sample-module",
	.owner = THIS_MODULE,
	.objects = objects,
	.patches = {
		KGR_PATCH_OBJ(tun_get_drvinfo, kgr_tun_get_drvinfo, "tun"),
		KGR_PATCH_END
	},
};

/*
 * "insmod kgraft_module.ko dry_run=1" logs what is wrong and changes nothing.
 */
module_param_named(dry_run, patch.dry_run, bool, 0444);
MODULE_PARM_DESC(dry_run, "only check whether the patch can be applied");

static int __init kgraft_module_init(void)
{
	return kgr_patch_kernel(&patch);
}

static void __exit kgraft_module_exit(void)
{
	kgr_patch_remove(&patch);
}

module_init(kgraft_module_init);
module_exit(kgraft_module_exit);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("kGraft: a patch of a module");
