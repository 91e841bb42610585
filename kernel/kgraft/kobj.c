// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * kobj.c - the directories in sysfs, and uevents
 *
 * The files in the directories are in sysfs.c.
 */

#include <linux/kobject.h>
#include <linux/lockdep.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/sysfs.h>

#include "applied.h"
#include "core.h"
#include "kobj.h"
#include "transition.h"
#include "universe.h"

/* /sys/kernel/kgraft; a kset, because only members of one have uevents. */
static struct kset *kgr_kset;

static const char * const kgr_status_names[] = {
	[KGR_PATCH_INIT]	= "applying",
	[KGR_PATCH_APPLYING]	= "applying",
	[KGR_PATCH_APPLIED]	= "applied",
	[KGR_PATCH_REVERTING]	= "reverting",
	[KGR_PATCH_LEAVING]	= "reverting",
	[KGR_PATCH_REVERTED]	= "reverted",
	[KGR_PATCH_REPLACED]	= "replaced",
};

static_assert(ARRAY_SIZE(kgr_status_names) == KGR_PATCH_NR_STATUS);

/**
 * kgr_status_name - what user space calls the status of a patch
 * @applied: the patch
 *
 * Context: any. A snapshot.
 * Return: the word in its status file.
 */
const char *kgr_status_name(const struct kgr_applied *applied)
{
	return kgr_status_names[READ_ONCE(applied->status)];
}

static void kgr_applied_free(struct kobject *kobj)
{
	struct kgr_applied *applied = to_kgr_applied(kobj);

	kfree(applied->objs);
	kfree(applied->exts);
	kfree(applied);
}

/*
 * Making the directory may fail after some of its files are there. They are then
 * removed, which waits for their users, with kgr_mutex held: they must not wait
 * for that.
 */
static ssize_t kgr_patch_show(struct kobject *kobj, struct attribute *attr,
			      char *buf)
{
	if (!kgr_patch_is(to_kgr_applied(kobj), KGR_FLAG_SHOWN))
		return -ENODEV;
	return kobj_sysfs_ops.show(kobj, attr, buf);
}

static ssize_t kgr_patch_store(struct kobject *kobj, struct attribute *attr,
			       const char *buf, size_t len)
{
	if (!kgr_patch_is(to_kgr_applied(kobj), KGR_FLAG_SHOWN))
		return -ENODEV;
	return kobj_sysfs_ops.store(kobj, attr, buf, len);
}

static const struct sysfs_ops kgr_patch_sysfs_ops = {
	.show = kgr_patch_show,
	.store = kgr_patch_store,
};

/* kgr_kobj_create_root() adds the attributes. */
static struct kobj_type kgr_patch_ktype __ro_after_init = {
	.release = kgr_applied_free,
	.sysfs_ops = &kgr_patch_sysfs_ops,
};

/**
 * kgr_kobj_init - initialise the kobject of a patch, which then owns its memory
 * @applied: the patch; must be freed with kgr_kobj_remove()
 */
void kgr_kobj_init(struct kgr_applied *applied)
{
	kobject_init(&applied->kobj, &kgr_patch_ktype);
	applied->kobj.kset = kgr_kset;
}

/* --- /sys/kernel/kgraft/<patch>/ --- */

/**
 * kgr_kobj_add - create the directory of a patch
 * @applied: the patch
 *
 * Its files answer -ENODEV until the caller sets %KGR_FLAG_SHOWN.
 *
 * Context: kgr_mutex held.
 * Return: 0 or an error; the caller must call kgr_kobj_remove() in both cases.
 */
int kgr_kobj_add(struct kgr_applied *applied)
{
	int ret;

	lockdep_assert_held(&kgr_mutex);

	/*
	 * If it fails, it removes files while kgr_mutex is held, and other files
	 * of their kind do wait for that. These do not, see kgr_patch_show(),
	 * which lockdep cannot know.
	 */
	lockdep_off();
	ret = kobject_add(&applied->kobj, NULL, "%s", applied->patch->name);
	lockdep_on();
	if (ret)
		return ret;
	return sysfs_create_link(&applied->kobj, &applied->owner->mkobj.kobj,
				 "owner");
}

/**
 * kgr_kobj_remove - remove the directory of a patch, if any, and free it
 * @applied: the patch; gone when this returns
 *
 * Context: kgr_mutex must not be held: a task that accesses one of the files
 *	    may be waiting for it.
 */
void kgr_kobj_remove(struct kgr_applied *applied)
{
	if (applied->kobj.state_in_sysfs) {
		sysfs_remove_link(&applied->kobj, "owner");
		kobject_del(&applied->kobj);
	}
	kobject_put(&applied->kobj);
}

/**
 * kgr_kobj_event - send a uevent for a patch
 * @applied: the patch
 * @action: the kind of event
 *
 * kgr_uevent() adds the status of the patch.
 *
 * Context: kgr_mutex held.
 */
void kgr_kobj_event(struct kgr_applied *applied, enum kobject_action action)
{
	lockdep_assert_held(&kgr_mutex);

	kobject_uevent(&applied->kobj, action);
	if (action != KOBJ_CHANGE)
		return;
	sysfs_notify(&applied->kobj, NULL, "status");
	sysfs_notify(&applied->kobj, NULL, "forced");
}

/**
 * kgr_notify_progress - tell user space that in_progress has changed
 *
 * Context: kgr_mutex held.
 */
void kgr_notify_progress(void)
{
	lockdep_assert_held(&kgr_mutex);

	kobject_uevent(kgr_kobj, KOBJ_CHANGE);
	sysfs_notify(kgr_kobj, NULL, "in_progress");
}

static int kgr_uevent_patch(const struct kgr_applied *applied,
			    struct kobj_uevent_env *env)
{
	return add_uevent_var(env, "KGRAFT_PATCH=%s",
			      kobject_name(&applied->kobj)) ?:
	       add_uevent_var(env, "KGRAFT_UNIVERSE=%u",
			      READ_ONCE(applied->universe)) ?:
	       add_uevent_var(env, "KGRAFT_STATUS=%s",
			      kgr_status_name(applied)) ?:
	       add_uevent_var(env, "KGRAFT_FORCED=%d",
			      kgr_patch_is(applied, KGR_FLAG_FORCED));
}

static int kgr_uevent_root(struct kobj_uevent_env *env)
{
	return add_uevent_var(env, "KGRAFT_UNIVERSE=%u",
			      READ_ONCE(kgr_newest)) ?:
	       add_uevent_var(env, "KGRAFT_IN_PROGRESS=%d", kgr_in_progress());
}

/* For every uevent, including those that the kobject core sends. */
static int kgr_uevent(const struct kobject *kobj, struct kobj_uevent_env *env)
{
	if (kobj == kgr_kobj)
		return kgr_uevent_root(env);
	return kgr_uevent_patch(container_of_const(kobj, struct kgr_applied,
						   kobj), env);
}

static const struct kset_uevent_ops kgr_uevent_ops = {
	.uevent = kgr_uevent,
};

/**
 * kgr_kobj_create_root - create the directory of kGraft
 * @root: its attributes
 * @patch: the attributes of the directories of patches
 *
 * Return: 0 or an error.
 */
int __init kgr_kobj_create_root(const struct attribute_group *root,
				const struct attribute_group **patch)
{
	int ret;

	kgr_patch_ktype.default_groups = patch;
	kgr_kset = kset_create_and_add("kgraft", &kgr_uevent_ops, kernel_kobj);
	if (!kgr_kset)
		return -ENOMEM;
	ret = sysfs_create_group(&kgr_kset->kobj, root);
	if (ret) {
		kset_unregister(kgr_kset);
		return ret;
	}
	kgr_kobj = &kgr_kset->kobj;
	/*
	 * The directory itself sends uevents, too: make it a member of its own
	 * set, which is never unregistered.
	 */
	kgr_kobj->kset = kgr_kset;
	return 0;
}
