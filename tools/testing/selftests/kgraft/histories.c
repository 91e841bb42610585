// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Hundreds of random changes, compared with a model: what each task runs, and
 * which callbacks, symbols, states and shadow variables patches see.
 *
 * KGR_SEED in the environment replays a run, KGR_ROUNDS makes it longer.
 */

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "../kselftest_harness.h"
#include "kgr_effects.h"
#include "kgr_test.h"
#include "kgr_torture.h"

#define OBJ	"kgr_test_obj"
#define THIRD	"kgr_test_third"
#define HELD	6

/* The patches have room for that many callbacks. */
#define MANY_CALLED	160

FIXTURE(histories)
{
	struct kgr_effects model;
	long first;
	struct kgr_held held[HELD];
	int lives_in[HELD];
	int steps;
	int refused;
};

FIXTURE_SETUP(histories)
{
	ASSERT_TRUE(kgr_is_clean());
	ASSERT_TRUE(kgr_log_init());
	kgr_log_start();
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

/* A task that would cross nothing crosses wherever it is. */
static void cross_nothing(struct _test_data_histories *self)
{
	const struct kgr_model *m = &self->model.m;

	for (int i = 0; i < HELD; i++)
		if (self->lives_in[i] >= 0 &&
		    kgr_model_agree(m, self->lives_in[i], self->model.obj))
			self->lives_in[i] = m->universe;
}

/* Tasks that are not held cross; the horizon depends on those that are held. */
static bool settle(struct _test_data_histories *self)
{
	int universe = self->model.m.universe;
	int horizon = universe;

	cross_nothing(self);
	for (int i = 0; i < HELD; i++)
		if (self->lives_in[i] >= 0 && self->lives_in[i] < horizon)
			horizon = self->lives_in[i];
	kgr_effects_advance(&self->model, horizon);
	return KGR_WITHIN(KGR_SETTLE_MS,
			  kgr_global("horizon") - self->first == horizon) &&
	       KGR_WITHIN(KGR_SETTLE_MS,
			  kgr_global("in_progress") == (horizon != universe));
}

/* The answer of the kernel, and of the model. */
static bool same(struct _test_data_histories *self, const char *what,
		 const char *name, int kernel, int model)
{
	kgr_log("%s %s: %d", what, name, kernel);
	self->refused += !!kernel;
	if (kernel == model)
		return true;
	fprintf(stderr, "# %s %s: %d, the model says %d\n", what, name, kernel,
		model);
	return false;
}

/* What a pre_apply may return; the manual has an answer for any value. */
static int refusal(void)
{
	return choose(4) ? -EPROTO : 5;
}

static void choose_traits(struct kgr_traits *t)
{
	*t = (struct kgr_traits){
		.mask = 1 + choose(255),
		.replace_all = !choose(4),
		.set = choose(4) ? 0 : 1 + choose(2),
		.version = choose(3),
		.kinds = choose(4),
		.third = !choose(4),
		.missing = !choose(24),
	};
	if (!choose(12))
		t->refuse[choose(KGR_OBJECTS)] = refusal();
}

static void traits_text(const struct kgr_traits *t, char *buf, size_t size)
{
	char refuses[KGR_OBJECTS][32] = { "", "" };

	for (int o = 0; o < KGR_OBJECTS; o++)
		if (t->refuse[o])
			snprintf(refuses[o], sizeof(refuses[o]), " refuse%s=%d",
				 o == KGR_OBJ ? "_obj" : "", t->refuse[o]);
	snprintf(buf, size,
		 "mask=%u replace_all=%d%s%s state_version=%u kinds=%u%s%s%s%s",
		 t->mask, t->replace_all, t->set ? " set=" : "",
		 t->set ? t->set == 1 ? "one" : "two" : "", t->version,
		 t->kinds, t->third ? " third=" THIRD : "",
		 t->missing ? " bad_extern=kgr_nothing" : "",
		 refuses[KGR_KERNEL], refuses[KGR_OBJ]);
}

/* A dry run leaves the module loaded, and no patch. */
static bool try(struct _test_data_histories *self, int nr,
		const struct kgr_traits *t, const char *params)
{
	char dry[256];
	int ret;

	snprintf(dry, sizeof(dry), "%s dry_run=1", params);
	ret = kgr_load(life(nr), dry);
	if (!same(self, "try", life(nr), ret,
		  kgr_effects_try(&self->model, nr, t)))
		return false;
	return ret || same(self, "unload", life(nr), kgr_unload(life(nr)), 0);
}

static bool load(struct _test_data_histories *self, int nr)
{
	struct kgr_traits t;
	char params[200];

	choose_traits(&t);
	traits_text(&t, params, sizeof(params));
	kgr_log("%s", params);
	if (!choose(8))
		return try(self, nr, &t, params);
	return same(self, "load", life(nr), kgr_load(life(nr), params),
		    kgr_effects_load(&self->model, nr, &t));
}

static bool unload(struct _test_data_histories *self, int nr)
{
	return same(self, "unload", life(nr), kgr_unload(life(nr)),
		    kgr_effects_unload(&self->model, nr));
}

/* From now on its pre_apply returns this. */
static bool set_refusal(struct _test_data_histories *self, int nr, int o, int ret)
{
	char path[128], value[16];

	kgr_log("%s refuses %s: %d", life(nr), o ? OBJ : "the kernel", ret);
	snprintf(path, sizeof(path), "/sys/module/%s/parameters/refuse%s",
		 life(nr), o ? "_obj" : "");
	snprintf(value, sizeof(value), "%d", ret);
	self->model.patch[nr].is.refuse[o] = ret;
	return !kgr_write(path, value);
}

static bool enable(struct _test_data_histories *self, int nr)
{
	int o = choose(2 * KGR_OBJECTS);
	bool refuses = o < KGR_OBJECTS;

	if (refuses && !set_refusal(self, nr, o, refusal()))
		return false;
	return same(self, "enable", life(nr), kgr_enable(life(nr)),
		    kgr_effects_enable(&self->model, nr)) &&
	       (!refuses || set_refusal(self, nr, o, 0));
}

static bool change(struct _test_data_histories *self)
{
	int nr = choose(KGR_MODEL_PATCHES);

	if (!self->model.m.patch[nr].loaded)
		return load(self, nr);
	switch (choose(self->model.m.patch[nr].live ? 12 : 3)) {
	case 0:
		return unload(self, nr);
	case 1:
	case 2:
		return enable(self, nr);
	default:
		return same(self, "revert", life(nr), kgr_revert(life(nr)),
			    kgr_effects_revert(&self->model, nr));
	}
}

/* Loads one of the other modules, whose init fails from time to time. */
static int load_module(const char *module, int *fail)
{
	*fail = choose(6) ? 0 : -EIO;
	return kgr_load(module, *fail ? "fail=-5" : NULL);
}

static bool load_third(struct _test_data_histories *self)
{
	int ret, fail;

	if (self->model.third)
		return same(self, "unload", THIRD, kgr_unload(THIRD),
			    kgr_effects_unload_third(&self->model));
	ret = load_module(THIRD, &fail);
	return same(self, "load", THIRD, ret,
		    kgr_effects_load_third(&self->model, fail));
}

static bool load_obj(struct _test_data_histories *self)
{
	int nr = choose(3 * KGR_MODEL_PATCHES), ret, fail;
	bool refuses = nr < KGR_MODEL_PATCHES && self->model.m.patch[nr].loaded;

	if (self->model.obj)
		return same(self, "unload", OBJ, kgr_unload(OBJ),
			    kgr_effects_unload_obj(&self->model));
	if (refuses && !set_refusal(self, nr, KGR_OBJ, refusal()))
		return false;
	ret = load_module(OBJ, &fail);
	return same(self, "load", OBJ, ret,
		    kgr_effects_load_obj(&self->model, fail)) &&
	       (!refuses || set_refusal(self, nr, KGR_OBJ, 0));
}

/* A task that follows the newest universe, or one that was released. */
static bool hold(struct _test_data_histories *self)
{
	const struct kgr_model *m = &self->model.m;
	char kernel[8], obj[8];
	int i = choose(HELD);
	int seen[2];

	if (self->lives_in[i] < 0) {
		kgr_log("task %d is held", i);
		self->lives_in[i] = m->universe;
		return kgr_hold(&self->held[i], "world_hard");
	}
	kgr_log("task %d is let go", i);
	kgr_effects_call(&self->model, self->lives_in[i]);
	kgr_model_world(m, self->lives_in[i], kernel, obj);
	self->lives_in[i] = -1;
	return kgr_let_go(&self->held[i], seen) &&
	       kgr_world_seen(seen, kernel, self->model.obj ? obj : "-");
}

static bool world_is_right(struct _test_data_histories *self)
{
	const struct kgr_model *m = &self->model.m;
	char kernel[8], obj[8];

	kgr_effects_call(&self->model, m->universe);
	kgr_model_world(m, m->universe, kernel, obj);
	return kgr_world_is(kernel, self->model.obj ? obj : "-");
}

static bool statuses_are_right(struct _test_data_histories *self)
{
	for (int i = 0; i < KGR_MODEL_PATCHES; i++) {
		const struct kgr_model_patch *p = &self->model.m.patch[i];
		bool done = self->model.m.horizon >=
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

/* What a patch module says, and what the model does. */
struct said {
	char kernel[320], model[320];
};

static bool ask(struct _test_data_histories *self, int nr, struct said *said)
{
	kgr_effects_text(&self->model, nr, said->model, sizeof(said->model));
	said->model[strcspn(said->model, "\n")] = '\0';
	return kgr_param_read(life(nr), "seen", said->kernel,
			      sizeof(said->kernel)) >= 0;
}

/* How often the destructor of each kind was called for each patch's variable. */
struct destroyed {
	int nr[KGR_EFFECTS_KINDS][10];
};

/* Takes the calls of destructors out of a text, and counts them. */
static void without_destructors(char *text, struct destroyed *destroyed)
{
	char *to = text;

	for (; *text; text++) {
		if ((*text == 's' || *text == 't') && isdigit(text[1])) {
			destroyed->nr[*text - 's'][text[1] - '0']++;
			text++;
		} else {
			*to++ = *text;
		}
	}
	*to = '\0';
}

/*
 * If several patches are released that have declared a kind, that which is released
 * last destroys its variables. The model releases all at once, but the horizon may
 * move in steps.
 */
static bool all_seen(struct _test_data_histories *self)
{
	struct destroyed kernel = { }, model = { };
	struct said said;

	for (int i = 0; i < KGR_MODEL_PATCHES; i++) {
		if (!self->model.m.patch[i].loaded)
			continue;
		if (!ask(self, i, &said))
			return false;
		if (self->model.released & 1 << i) {
			without_destructors(said.kernel, &kernel);
			without_destructors(said.model, &model);
		}
		if (strcmp(said.kernel, said.model))
			return false;
	}
	return !memcmp(&kernel, &model, sizeof(kernel));
}

static bool report(struct _test_data_histories *self)
{
	struct said said;

	for (int i = 0; i < KGR_MODEL_PATCHES; i++)
		if (self->model.m.patch[i].loaded && ask(self, i, &said))
			kgr_param_is(life(i), "seen", said.model);
	return false;
}

/* What is called when all tasks have crossed is called a little later. */
static bool effects_are_right(struct _test_data_histories *self)
{
	if (!KGR_WITHIN(KGR_SETTLE_MS, all_seen(self)))
		return report(self);
	for (int i = 0; i < KGR_MODEL_PATCHES; i++) {
		struct kgr_effects_patch *x = &self->model.patch[i];
		struct said said;
		char text[320];
		size_t len;

		if (!self->model.m.patch[i].loaded || !ask(self, i, &said))
			continue;
		len = strcspn(said.kernel, "|");
		if (len >= sizeof(x->called))
			return false;
		memcpy(x->called, said.kernel, len);
		x->called[len] = '\0';
		if (strlen(x->called) < MANY_CALLED)
			continue;
		snprintf(text, sizeof(text),
			 "/sys/module/%s/parameters/callbacks", life(i));
		kgr_write(text, "\n");
		x->called[0] = '\0';
	}
	return true;
}

static bool step(struct _test_data_histories *self)
{
	bool ok;

	switch (choose(12)) {
	case 0:
	case 1:
		ok = load_obj(self);
		break;
	case 2:
		/* It is there most of the time: others need it. */
		ok = (self->model.third && choose(3)) || load_third(self);
		break;
	case 3:
	case 4:
	case 5:
	case 6:
		ok = hold(self);
		break;
	default:
		ok = change(self);
		break;
	}
	if (!ok || kgr_global("universe") - self->first !=
		   self->model.m.universe)
		return false;
	return world_is_right(self) && settle(self) && world_is_right(self) &&
	       statuses_are_right(self) && effects_are_right(self);
}

TEST_F_TIMEOUT(histories, random, KGR_TIMEOUT)
{
	const char *env = getenv("KGR_SEED");
	unsigned int seed = env ? strtoul(env, NULL, 0) : time(NULL);
	int rounds = kgr_rounds(700);

	ASSERT_LT(rounds, KGR_MODEL_WORLDS);
	srandom(seed);
	TH_LOG("seed %u", seed);
	for (self->steps = 0; self->steps < rounds; self->steps++) {
		ASSERT_TRUE(step(self)) {
			kgr_log_print();
			TH_LOG("in step %d; replay with KGR_SEED=%u",
			       self->steps, seed);
		}
	}
	TH_LOG("%d steps, %d universes, %d refusals", self->steps,
	       self->model.m.universe, self->refused);
}

int main(int argc, char **argv)
{
	return kgr_main(argc, argv, test_harness_run);
}
