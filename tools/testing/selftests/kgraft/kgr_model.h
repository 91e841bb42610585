/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What kGraft promises of any sequence of changes, said another way: a list of
 * what was applied at each universe, without versions, horizons or sites.
 *
 * Copyright (C) 2026 The kGraft authors
 */
#ifndef KGR_MODEL_H
#define KGR_MODEL_H

#include <stdbool.h>

#define KGR_MODEL_PATCHES	5
#define KGR_MODEL_FUNCS		8
#define KGR_MODEL_WORLDS	2048

/* What a change does to a patch. */
enum kgr_model_plan {
	KGR_MODEL_STAYS = 0,
	KGR_MODEL_BEGINS,
	KGR_MODEL_ENDS,
	KGR_MODEL_IS_REPLACED,
};

/**
 * struct kgr_model_patch - one of the patches kgr_test_life1 and so on
 * @loaded:	whether its module is
 * @live:	whether it is applied, as of the newest universe
 * @mask:	which functions it has
 * @replace_all: whether it replaces every other one
 * @set:	the set that it belongs to, 0 for none
 * @begun:	the universe in which it was last applied
 * @replaced:	whether the change that opened @replaced_in replaced it
 * @replaced_in: see @replaced
 * @order:	greater than that of all that were applied before
 * @plan:	what the change does to it that is planned and not made yet
 */
struct kgr_model_patch {
	bool loaded;
	bool live;
	unsigned int mask;
	bool replace_all;
	int set;
	int begun;
	bool replaced;
	int replaced_in;
	int order;
	enum kgr_model_plan plan;
};

/**
 * struct kgr_model - the kernel as it should be
 * @universe:	the newest, counted from the begin of the test
 * @horizon:	the oldest in which a task is held
 * @order:	last one that was given out
 * @patch:	the patches
 * @world:	what the functions return in each universe
 */
struct kgr_model {
	int universe;
	int horizon;
	int order;
	struct kgr_model_patch patch[KGR_MODEL_PATCHES];
	unsigned char world[KGR_MODEL_WORLDS][KGR_MODEL_FUNCS];
};

/*
 * Plans a change; then either makes it or forgets it. Planning fails if the
 * functions of the patches do not allow the change.
 */
int kgr_model_plan_load(struct kgr_model *m, int nr, unsigned int mask,
			bool replace_all, int set);
int kgr_model_plan_revert(struct kgr_model *m, int nr);
int kgr_model_plan_enable(struct kgr_model *m, int nr);
void kgr_model_make(struct kgr_model *m);
void kgr_model_forget(struct kgr_model *m);
struct kgr_model_patch *kgr_model_next(struct kgr_model *m,
				       const struct kgr_model_patch *p);

/* Oldest first; new patches are the last. */
#define kgr_model_for_each(m, p)					\
	for ((p) = kgr_model_next(m, NULL); (p); (p) = kgr_model_next(m, p))

/* Both in one. */
int kgr_model_load(struct kgr_model *m, int nr, unsigned int mask,
		   bool replace_all, int set);
int kgr_model_revert(struct kgr_model *m, int nr);
int kgr_model_enable(struct kgr_model *m, int nr);
bool kgr_model_agree(const struct kgr_model *m, int universe, bool obj);
void kgr_model_world(const struct kgr_model *m, int universe, char kernel[8],
		     char obj[8]);

#endif /* KGR_MODEL_H */
