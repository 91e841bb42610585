// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * sysfs.c - /sys/kernel/kgraft
 *
 * See Documentation/ABI/testing/sysfs-kernel-kgraft.
 */

#include <linux/array_size.h>
#include <linux/build_bug.h>
#include <linux/kobject.h>
#include <linux/module.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/sysfs.h>

#include "applied.h"
#include "core.h"
#include "deadline.h"
#include "force.h"
#include "jump.h"
#include "lookup.h"
#include "module.h"
#include "kobj.h"
#include "object.h"
#include "patch.h"
#include "scan.h"
#include "sysfs.h"
#include "tally.h"
#include "transition.h"
#include "universe.h"
#include "wake.h"

/* --- Words in the files; kgr_status_name() and kgr_way_name() have others --- */

static const char * const kgr_wake_names[] = {
	[KGR_WAKE_NONE]		= "none",
	[KGR_WAKE_TRANSPARENT]	= "transparent",
	[KGR_WAKE_ALL]		= "all",
};

static_assert(ARRAY_SIZE(kgr_wake_names) == KGR_NR_WAKE_POLICIES);

static const char * const kgr_on_deadline_names[] = {
	[KGR_DEADLINE_REPORT]	= "report",
	[KGR_DEADLINE_REVERT]	= "revert",
};

static_assert(ARRAY_SIZE(kgr_on_deadline_names) == KGR_DEADLINE_REVERT + 1);

/* --- Numbers in the files --- */

static int kgr_store_uint(const char *buf, unsigned int *value)
{
	unsigned int new;
	int ret = kstrtouint(buf, 0, &new);

	if (!ret)
		WRITE_ONCE(*value, new);
	return ret;
}

/* --- /sys/kernel/kgraft/ --- */

static ssize_t in_progress_show(struct kobject *kobj,
				struct kobj_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "%d\n", kgr_in_progress());
}

static ssize_t universe_show(struct kobject *kobj,
			     struct kobj_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "%u\n", READ_ONCE(kgr_newest));
}

static ssize_t horizon_show(struct kobject *kobj,
			    struct kobj_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "%u\n", READ_ONCE(kgr_horizon));
}

static ssize_t remaining_show(struct kobject *kobj,
			      struct kobj_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "%u\n", kgr_count_remaining());
}

static ssize_t wake_show(struct kobject *kobj, struct kobj_attribute *attr,
			 char *buf)
{
	return sysfs_emit(buf, "%s\n", kgr_wake_names[READ_ONCE(kgr_wake_policy)]);
}

static ssize_t wake_store(struct kobject *kobj, struct kobj_attribute *attr,
			  const char *buf, size_t len)
{
	int policy = sysfs_match_string(kgr_wake_names, buf);

	if (policy < 0)
		return policy;
	WRITE_ONCE(kgr_wake_policy, policy);
	kgr_retry_soon();
	return len;
}

static ssize_t wake_at_once_show(struct kobject *kobj,
				 struct kobj_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "%u\n", READ_ONCE(kgr_wake_at_once));
}

static ssize_t wake_at_once_store(struct kobject *kobj,
				  struct kobj_attribute *attr,
				  const char *buf, size_t len)
{
	return kgr_store_uint(buf, &kgr_wake_at_once) ?: len;
}

static ssize_t wake_delay_ms_show(struct kobject *kobj,
				  struct kobj_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "%u\n", READ_ONCE(kgr_wake_delay_ms));
}

static ssize_t wake_delay_ms_store(struct kobject *kobj,
				   struct kobj_attribute *attr,
				   const char *buf, size_t len)
{
	int ret = kgr_store_uint(buf, &kgr_wake_delay_ms);

	if (ret)
		return ret;
	kgr_retry_soon();
	return len;
}

/*
 * "1": the tasks that would be woken anyway, after the delay. "all": every
 * task. A number above 1, or "tid" and a number: that task alone.
 */
static ssize_t wake_now_store(struct kobject *kobj, struct kobj_attribute *attr,
			      const char *buf, size_t len)
{
	size_t prefix = str_has_prefix(buf, "tid ");
	unsigned int tid;
	int ret = 0;

	if (sysfs_streq(buf, "1"))
		kgr_wake_now(READ_ONCE(kgr_wake_policy));
	else if (sysfs_streq(buf, "all"))
		kgr_wake_now(KGR_WAKE_ALL);
	else if (kstrtouint(buf + prefix, 10, &tid) || !tid || tid > INT_MAX)
		ret = -EINVAL;
	else
		ret = kgr_wake_one(tid);
	return ret ?: len;
}

static ssize_t force_load_module_show(struct kobject *kobj,
				      struct kobj_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "%d\n", READ_ONCE(kgr_force_load_module));
}

static ssize_t force_load_module_store(struct kobject *kobj,
				       struct kobj_attribute *attr,
				       const char *buf, size_t len)
{
	bool force;
	int ret = kstrtobool(buf, &force);

	if (ret)
		return ret;
	WRITE_ONCE(kgr_force_load_module, force);
	return len;
}

static ssize_t jump_show(struct kobject *kobj, struct kobj_attribute *attr,
			 char *buf)
{
	return sysfs_emit(buf, "%d\n", kgr_jump_is_on());
}

static ssize_t jump_store(struct kobject *kobj, struct kobj_attribute *attr,
			  const char *buf, size_t len)
{
	bool on;
	int ret = kstrtobool(buf, &on) ?: kgr_jump_set(on);

	return ret ?: len;
}

/* The files that do something do it for "1" only. */
static int kgr_store_one(const char *buf)
{
	unsigned int value;

	return kstrtouint(buf, 0, &value) || value != 1 ? -EINVAL : 0;
}

static ssize_t force_store(struct kobject *kobj, struct kobj_attribute *attr,
			   const char *buf, size_t len)
{
	int ret = kgr_store_one(buf);

	if (ret)
		return ret;
	ret = kgr_force();
	return ret ?: len;
}

static struct kobj_attribute in_progress_attr = __ATTR_RO(in_progress);
static struct kobj_attribute universe_attr = __ATTR_RO(universe);
static struct kobj_attribute horizon_attr = __ATTR_RO(horizon);
static struct kobj_attribute remaining_attr = __ATTR_RO(remaining);
static struct kobj_attribute force_load_module_attr =
	__ATTR_RW(force_load_module);
static struct kobj_attribute jump_attr = __ATTR_RW(jump);
static struct kobj_attribute wake_attr = __ATTR_RW(wake);
static struct kobj_attribute wake_at_once_attr = __ATTR_RW(wake_at_once);
static struct kobj_attribute wake_delay_ms_attr = __ATTR_RW(wake_delay_ms);
static struct kobj_attribute force_attr = __ATTR_WO(force);
static struct kobj_attribute wake_now_attr = __ATTR_WO(wake_now);

static struct attribute *kgr_root_attrs[] = {
	&in_progress_attr.attr,
	&universe_attr.attr,
	&horizon_attr.attr,
	&remaining_attr.attr,
	&wake_attr.attr,
	&wake_at_once_attr.attr,
	&wake_delay_ms_attr.attr,
	&force_attr.attr,
	&force_load_module_attr.attr,
	&jump_attr.attr,
	&wake_now_attr.attr,
	NULL
};

static const struct attribute_group kgr_root_group = {
	.attrs = kgr_root_attrs,
};

/* --- /sys/kernel/kgraft/<patch>/ --- */

static ssize_t status_show(struct kobject *kobj, struct kobj_attribute *attr,
			   char *buf)
{
	struct kgr_applied *applied = to_kgr_applied(kobj);

	return sysfs_emit(buf, "%s\n", kgr_status_name(applied));
}

static ssize_t forced_show(struct kobject *kobj, struct kobj_attribute *attr,
			   char *buf)
{
	struct kgr_applied *applied = to_kgr_applied(kobj);

	return sysfs_emit(buf, "%d\n", kgr_patch_is(applied, KGR_FLAG_FORCED));
}

static ssize_t consistency_show(struct kobject *kobj,
				struct kobj_attribute *attr, char *buf)
{
	struct kgr_applied *applied = to_kgr_applied(kobj);

	return sysfs_emit(buf, "%s\n",
			  kgr_consistency_names[kgr_patch_consistency(applied)]);
}

static ssize_t patch_universe_show(struct kobject *kobj,
				   struct kobj_attribute *attr, char *buf)
{
	struct kgr_applied *applied = to_kgr_applied(kobj);

	return sysfs_emit(buf, "%u\n", READ_ONCE(applied->universe));
}

/* Modules that are never unloaded have no references to count. */
#ifdef CONFIG_MODULE_UNLOAD
static ssize_t refs_show(struct kobject *kobj, struct kobj_attribute *attr,
			 char *buf)
{
	struct kgr_applied *applied = to_kgr_applied(kobj);

	return sysfs_emit(buf, "%d\n", module_refcount(applied->owner));
}
#endif

static ssize_t revert_store(struct kobject *kobj, struct kobj_attribute *attr,
			    const char *buf, size_t len)
{
	int ret = kgr_store_one(buf);

	if (ret)
		return ret;
	ret = kgr_patch_revert(to_kgr_applied(kobj));
	return ret ?: len;
}

static ssize_t enable_store(struct kobject *kobj, struct kobj_attribute *attr,
			    const char *buf, size_t len)
{
	int ret = kgr_store_one(buf);

	if (ret)
		return ret;
	ret = kgr_patch_enable(to_kgr_applied(kobj));
	return ret ?: len;
}

static ssize_t replace_all_show(struct kobject *kobj,
				struct kobj_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "%d\n", to_kgr_applied(kobj)->patch->replace_all);
}

static ssize_t deadline_ms_show(struct kobject *kobj,
				struct kobj_attribute *attr, char *buf)
{
	struct kgr_applied *applied = to_kgr_applied(kobj);

	return sysfs_emit(buf, "%u\n", READ_ONCE(applied->deadline.ms));
}

static ssize_t deadline_ms_store(struct kobject *kobj,
				 struct kobj_attribute *attr,
				 const char *buf, size_t len)
{
	unsigned int ms;
	int ret = kstrtouint(buf, 0, &ms);

	if (ret)
		return ret;
	kgr_deadline_set(to_kgr_applied(kobj), ms);
	return len;
}

static ssize_t on_deadline_show(struct kobject *kobj,
				struct kobj_attribute *attr, char *buf)
{
	struct kgr_applied *applied = to_kgr_applied(kobj);

	return sysfs_emit(buf, "%s\n",
			  kgr_on_deadline_names[READ_ONCE(applied->deadline.action)]);
}

static ssize_t on_deadline_store(struct kobject *kobj,
				 struct kobj_attribute *attr,
				 const char *buf, size_t len)
{
	int what = sysfs_match_string(kgr_on_deadline_names, buf);

	if (what < 0)
		return what;
	kgr_on_deadline_set(to_kgr_applied(kobj), what);
	return len;
}

/* "NAME NUMBER" in each line, "-" for what there is not yet. */
static ssize_t statistics_show(struct kobject *kobj,
			       struct kobj_attribute *attr, char *buf)
{
	struct kgr_stats *stats = &to_kgr_applied(kobj)->stats;
	enum kgr_way way;
	int len;

	mutex_lock(&kgr_mutex);
	len = sysfs_emit(buf, "began_ms %lld\n", ktime_to_ms(stats->start));
	if (stats->complete)
		len += sysfs_emit_at(buf, len, "took_ms %lld\n", stats->ms);
	else
		len += sysfs_emit_at(buf, len, "took_ms -\n");
	len += sysfs_emit_at(buf, len, "longest_ms %lld\n",
			     stats->longest_ms);
	for (way = 0; way < KGR_NR_WAYS; way++)
		len += sysfs_emit_at(buf, len, "%s %lu\n", kgr_way_name(way),
				     kgr_stats_crossed(stats, way));
	mutex_unlock(&kgr_mutex);
	return len;
}

static struct kobj_attribute status_attr = __ATTR_RO(status);
static struct kobj_attribute statistics_attr = __ATTR_RO(statistics);
static struct kobj_attribute forced_attr = __ATTR_RO(forced);
static struct kobj_attribute consistency_attr = __ATTR_RO(consistency);
static struct kobj_attribute patch_universe_attr =
	__ATTR(universe, 0444, patch_universe_show, NULL);
#ifdef CONFIG_MODULE_UNLOAD
static struct kobj_attribute refs_attr = __ATTR_RO(refs);
#endif
static struct kobj_attribute revert_attr = __ATTR_WO(revert);
static struct kobj_attribute deadline_ms_attr = __ATTR_RW(deadline_ms);
static struct kobj_attribute on_deadline_attr = __ATTR_RW(on_deadline);
static struct kobj_attribute enable_attr = __ATTR_WO(enable);
static struct kobj_attribute replace_all_attr = __ATTR_RO(replace_all);

static struct attribute *kgr_patch_attrs[] = {
	&status_attr.attr,
	&statistics_attr.attr,
	&forced_attr.attr,
	&consistency_attr.attr,
	&patch_universe_attr.attr,
#ifdef CONFIG_MODULE_UNLOAD
	&refs_attr.attr,
#endif
	&revert_attr.attr,
	&deadline_ms_attr.attr,
	&on_deadline_attr.attr,
	&enable_attr.attr,
	&replace_all_attr.attr,
	NULL
};

static int kgr_state_line(char *buf, size_t size,
			  const struct kgr_applied *applied,
			  const struct kgr_func *func)
{
	const struct kgr_patch_fun *fun = func->fun;

	return scnprintf(buf, size, "%s %s %lu %d\n", fun->name,
			 kgr_object_name(func->obj->name), fun->sympos,
			 kgr_patch_func_state(applied, func));
}

/* Newer kernels have it const: what the groups of attributes have here. */
#define kgr_bin_attribute \
	typeof(**((struct attribute_group *)NULL)->bin_attrs)

/*
 * A patch may have hundreds of functions, which is more than the page that an
 * ordinary attribute has to offer: the whole table is made for every read, and
 * the part that was asked for is copied. Only the state changes, which is one
 * digit, so that a reader that continues finds the lines in place.
 */
static ssize_t state_read(struct file *file, struct kobject *kobj,
			  kgr_bin_attribute *attr, char *buf, loff_t pos,
			  size_t count)
{
	struct kgr_applied *applied = to_kgr_applied(kobj);
	size_t size = 1, len = 0;
	struct kgr_func *func;
	char *table;
	ssize_t ret;

	kgr_for_each_func(applied, func)
		size += strlen(func->fun->name) + MODULE_NAME_LEN + 32;
	table = kvmalloc(size, GFP_KERNEL);
	if (!table)
		return -ENOMEM;
	kgr_for_each_func(applied, func)
		len += kgr_state_line(table + len, size - len, applied, func);
	ret = memory_read_from_buffer(buf, count, &pos, table, len);
	kvfree(table);
	return ret;
}

static BIN_ATTR_RO(state, 0);

static kgr_bin_attribute *kgr_patch_bin_attrs[] = {
	&bin_attr_state,
	NULL
};

static const struct attribute_group kgr_patch_group = {
	.attrs = kgr_patch_attrs,
	.bin_attrs = kgr_patch_bin_attrs,
};

static const struct attribute_group *kgr_patch_groups[] = {
	&kgr_patch_group,
	NULL
};

/**
 * kgr_sysfs_init - make /sys/kernel/kgraft and its files
 *
 * Return: 0 or an error.
 */
int __init kgr_sysfs_init(void)
{
	return kgr_kobj_create_root(&kgr_root_group, kgr_patch_groups);
}
