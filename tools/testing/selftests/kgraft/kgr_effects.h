/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What else kGraft promises of any sequence of changes, beside what runs: which
 * callbacks are called, which symbols are found, which states are handed on, and
 * how long shadow variables stay.
 *
 * The manual's words, and not the kernel's code, are the model of this model.
 *
 * Copyright (C) 2026 The kGraft authors
 */
#ifndef KGR_EFFECTS_H
#define KGR_EFFECTS_H

#include <stdbool.h>
#include <stddef.h>

#include "kgr_model.h"

#define KGR_EFFECTS_KINDS	2

/* The objects of each patch. */
enum kgr_effects_object {
	KGR_KERNEL = 0,
	KGR_OBJ,
	KGR_OBJECTS,
};

/**
 * struct kgr_traits - what a patch is like, chosen when it is loaded
 * @mask: which functions it has
 * @replace_all: whether it replaces every other one
 * @set: the set that it belongs to, 0 for none
 * @version: of its state, 0: it has none
 * @kinds: of shadow variables that it attaches, bit by bit
 * @third: whether its replacements in the module use a symbol of a third one
 * @missing: whether they use a symbol that no module has
 * @refuse: what its pre_apply returns for each object
 */
struct kgr_traits {
	unsigned int mask;
	bool replace_all;
	int set;
	unsigned int version;
	unsigned int kinds;
	bool third;
	bool missing;
	int refuse[KGR_OBJECTS];
};

/**
 * struct kgr_effects_patch - a patch, as the author of its callbacks sees it
 * @is: what it is like
 * @held: whether a task may run it, or return into it
 * @applied: whether every task runs it, and its callbacks know
 * @attached: whether it knows the object; the kernel counts if it is held
 * @kept: whether it knows the symbols for the module although it was released,
 *	because it was replaced
 * @prepared: pre_apply has succeeded, and post_revert is owed
 * @posted: post_apply was called, and pre_revert is owed
 * @called: the callbacks that were called, and the destructors
 * @state_seen: version of the state that its pre_apply has seen last, -1: none
 */
struct kgr_effects_patch {
	struct kgr_traits is;
	bool held;
	bool applied;
	bool attached[KGR_OBJECTS];
	bool kept;
	bool prepared[KGR_OBJECTS];
	bool posted[KGR_OBJECTS];
	char called[256];
	long state_seen;
};

/**
 * struct kgr_effects - the kernel as it should be
 * @m: what runs
 * @patch: what else patches do
 * @obj: whether the module that they are about is loaded
 * @third: whether the one that has a symbol for them is
 * @released: the patches that the last kgr_effects_advance() has released, bit by
 *	      bit
 * @shadow: which patch has attached the variable of each kind, 0: there is none
 */
struct kgr_effects {
	struct kgr_model m;
	struct kgr_effects_patch patch[KGR_MODEL_PATCHES];
	bool obj;
	bool third;
	unsigned int released;
	int shadow[KGR_EFFECTS_KINDS];
};

int kgr_effects_load(struct kgr_effects *e, int nr,
		     const struct kgr_traits *traits);
int kgr_effects_try(struct kgr_effects *e, int nr,
		    const struct kgr_traits *traits);
int kgr_effects_revert(struct kgr_effects *e, int nr);
int kgr_effects_enable(struct kgr_effects *e, int nr);
int kgr_effects_unload(struct kgr_effects *e, int nr);
int kgr_effects_load_obj(struct kgr_effects *e, int fail);
int kgr_effects_unload_obj(struct kgr_effects *e);
int kgr_effects_load_third(struct kgr_effects *e, int fail);
int kgr_effects_unload_third(struct kgr_effects *e);
void kgr_effects_advance(struct kgr_effects *e, int horizon);
void kgr_effects_call(struct kgr_effects *e, int universe);
void kgr_effects_text(const struct kgr_effects *e, int nr, char *buf,
		      size_t size);

#endif /* KGR_EFFECTS_H */
