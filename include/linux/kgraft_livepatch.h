/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where livepatch calls kGraft, which carries out what klp_enable_patch() is
 * given. See kernel/kgraft/livepatch.c.
 */
#ifndef _LINUX_KGRAFT_LIVEPATCH_H
#define _LINUX_KGRAFT_LIVEPATCH_H

#include <linux/types.h>

struct klp_patch;
struct klp_state;
struct task_struct;

#ifdef CONFIG_KGRAFT_LIVEPATCH

int kgr_livepatch_claim(struct klp_patch *klp);
bool kgr_livepatch_serves(const struct klp_patch *klp);
int kgr_livepatch_enable(struct klp_patch *klp);
int kgr_livepatch_set(struct klp_patch *klp, bool enable);
bool kgr_livepatch_changing(const struct klp_patch *klp);
int kgr_livepatch_force(struct klp_patch *klp);
int kgr_livepatch_order(const struct klp_patch *klp);
void kgr_livepatch_forget(struct klp_patch *klp);
bool kgr_livepatch_calls(void);
struct klp_state *kgr_livepatch_prev_state(unsigned long id);
int kgr_livepatch_state(const struct task_struct *task, int state);

#else /* !CONFIG_KGRAFT_LIVEPATCH */

static inline int kgr_livepatch_claim(struct klp_patch *klp)
{
	return 0;
}

static inline bool kgr_livepatch_serves(const struct klp_patch *klp)
{
	return false;
}

static inline int kgr_livepatch_enable(struct klp_patch *klp)
{
	return 0;
}

static inline int kgr_livepatch_set(struct klp_patch *klp, bool enable)
{
	return 0;
}

static inline bool kgr_livepatch_changing(const struct klp_patch *klp)
{
	return false;
}

static inline int kgr_livepatch_force(struct klp_patch *klp)
{
	return 0;
}

static inline int kgr_livepatch_order(const struct klp_patch *klp)
{
	return 0;
}

static inline void kgr_livepatch_forget(struct klp_patch *klp) { }

static inline bool kgr_livepatch_calls(void)
{
	return false;
}

static inline struct klp_state *kgr_livepatch_prev_state(unsigned long id)
{
	return NULL;
}

static inline int kgr_livepatch_state(const struct task_struct *task, int state)
{
	return state;
}

#endif /* CONFIG_KGRAFT_LIVEPATCH */

#endif /* _LINUX_KGRAFT_LIVEPATCH_H */
