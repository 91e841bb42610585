// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A thousand random changes, compared with a model: what each task runs.
 *
 * KGR_SEED in the environment replays a run, KGR_ROUNDS makes it longer.
 */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "../kselftest_harness.h"
#include "kgr_model.h"
#include "kgr_test.h"

#define OBJ	"kgr_test_obj"
#define HELD	6

FIXTURE(histories)
{
	struct kgr_model model;
	long first;
	bool obj;
	struct kgr_held held[HELD];
	int lives_in[HELD];
	int steps;
};

FIXTURE_SETUP(histories)
{
	ASSERT_TRUE(kgr_is_clean());
	self->first = kgr_global("universe");
	for (int i = 0; i < HELD; i++)
		self->lives_in[i] = -1;
}

FIXTURE_TEARDOWN_PARENT(histories)
{
	EXPECT_TRUE(kgr_clean_up());
}

static const char *life(int nr)
{
	static const char names[KGR_MODEL_PATCHES][16] = {
		"kgr_test_life1", "kgr_test_life2", "kgr_test_life3",
		"kgr_test_life4", "kgr_test_life5",
	};

	return names[nr];
}

static int choose(int nr)
{
	return random() % nr;
}

/* Tasks that are not held cross; the horizon depends on those that are held. */
/* A task that would cross nothing crosses wherever it is. */
static void cross_nothing(struct _test_data_histories *self)
{
	for (int i = 0; i < HELD; i++)
		if (self->lives_in[i] >= 0 &&
		    kgr_model_agree(&self->model, self->lives_in[i], self->obj))
			self->lives_in[i] = self->model.universe;
}

static bool settle(struct _test_data_histories *self)
{
	int horizon = self->model.universe;

	cross_nothing(self);
	for (int i = 0; i < HELD; i++)
		if (self->lives_in[i] >= 0 && self->lives_in[i] < horizon)
			horizon = self->lives_in[i];
	self->model.horizon = horizon;
	return KGR_WITHIN(KGR_SETTLE_MS,
			  kgr_global("horizon") - self->first == horizon) &&
	       KGR_WITHIN(KGR_SETTLE_MS,
			  kgr_global("in_progress") ==
			  (horizon != self->model.universe));
}

/* The answer of the kernel, and of the model. */
static bool same(const char *what, const char *name, int kernel, int model)
{
	if (kernel == model)
		return true;
	fprintf(stderr, "# %s %s: %d, the model says %d\n", what, name, kernel,
		model);
	return false;
}

static bool load(struct _test_data_histories *self, int nr)
{
	unsigned int mask = 1 + choose(255);
	bool replace_all = !choose(4);
	int set = choose(4) ? 0 : 1 + choose(2);
	char params[64];

	snprintf(params, sizeof(params), "mask=%u replace_all=%d%s%s", mask,
		 replace_all, set ? " set=" : "",
		 set ? set == 1 ? "one" : "two" : "");
	return same("load", life(nr), kgr_load(life(nr), params),
		    kgr_model_load(&self->model, nr, mask, replace_all, set));
}

static bool unload(struct _test_data_histories *self, int nr)
{
	bool gone = kgr_model_gone(&self->model, nr);
	int ret;

	if (gone && !KGR_WITHIN(KGR_SETTLE_MS, kgr_released(life(nr))))
		return false;
	ret = kgr_unload(life(nr));
	self->model.patch[nr].loaded = !!ret;
	return same("unload", life(nr), ret, gone ? 0 : -EWOULDBLOCK);
}

static bool change(struct _test_data_histories *self)
{
	int nr = choose(KGR_MODEL_PATCHES);

	if (!self->model.patch[nr].loaded)
		return load(self, nr);
	switch (choose(self->model.patch[nr].live ? 12 : 3)) {
	case 0:
		return unload(self, nr);
	case 1:
	case 2:
		return same("enable", life(nr), kgr_enable(life(nr)),
			    kgr_model_enable(&self->model, nr));
	default:
		return same("revert", life(nr), kgr_revert(life(nr)),
			    kgr_model_revert(&self->model, nr));
	}
}

static bool load_obj(struct _test_data_histories *self)
{
	int ret = self->obj ? kgr_unload(OBJ) : kgr_load(OBJ, NULL);

	self->obj = !self->obj;
	return same(self->obj ? "load" : "unload", OBJ, ret, 0);
}

/* A task that follows the newest universe, or one that was released. */
static bool hold(struct _test_data_histories *self)
{
	char kernel[8], obj[8];
	int i = choose(HELD);
	int seen[2];

	if (self->lives_in[i] < 0) {
		self->lives_in[i] = self->model.universe;
		return kgr_hold(&self->held[i], "world_hard");
	}
	kgr_model_world(&self->model, self->lives_in[i], kernel, obj);
	self->lives_in[i] = -1;
	return kgr_let_go(&self->held[i], seen) &&
	       kgr_world_seen(seen, kernel, self->obj ? obj : "-");
}

static bool world_is_right(struct _test_data_histories *self)
{
	char kernel[8], obj[8];

	kgr_model_world(&self->model, self->model.universe, kernel, obj);
	return kgr_world_is(kernel, self->obj ? obj : "-");
}

static bool statuses_are_right(struct _test_data_histories *self)
{
	for (int i = 0; i < KGR_MODEL_PATCHES; i++) {
		const struct kgr_model_patch *p = &self->model.patch[i];
		bool done = self->model.horizon >=
			    (p->live ? p->begun : p->replaced_in);
		const char *status = p->live ? done ? "applied" : "applying" :
				     !done ? "reverting" :
				     p->replaced ? "replaced" : "reverted";

		if (p->loaded && !KGR_WITHIN(KGR_SETTLE_MS,
					     kgr_status_is(life(i), status))) {
			fprintf(stderr, "# %s is not %s\n", life(i), status);
			return false;
		}
	}
	return true;
}

static bool step(struct _test_data_histories *self)
{
	switch (choose(8)) {
	case 0:
		if (!load_obj(self))
			return false;
		break;
	case 1:
	case 2:
	case 3:
		if (!hold(self))
			return false;
		break;
	default:
		if (!change(self))
			return false;
		break;
	}
	if (!same("universe", "", kgr_global("universe") - self->first,
		  self->model.universe))
		return false;
	return world_is_right(self) && settle(self) && world_is_right(self) &&
	       statuses_are_right(self);
}

TEST_F_TIMEOUT(histories, random, KGR_TIMEOUT)
{
	const char *env = getenv("KGR_SEED");
	unsigned int seed = env ? strtoul(env, NULL, 0) : time(NULL);
	int rounds = kgr_rounds(1000);

	ASSERT_LT(rounds, KGR_MODEL_WORLDS);
	srandom(seed);
	TH_LOG("seed %u", seed);
	for (self->steps = 0; self->steps < rounds; self->steps++) {
		ASSERT_TRUE(step(self)) {
			TH_LOG("in step %d; replay with KGR_SEED=%u",
			       self->steps, seed);
		}
	}
	TH_LOG("%d steps, %d universes", self->steps, self->model.universe);
}

int main(int argc, char **argv)
{
	return kgr_main(argc, argv, test_harness_run);
}
