// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The changes that kgrtorture makes. One thread makes them, chosen by the seed
 * and the model alone, so that they can be made again.
 */

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "kgr_model.h"
#include "kgr_test.h"
#include "kgr_torture.h"

#define MAX_HELD	6

#define FAILSLAB	"/sys/kernel/debug/failslab/"

static struct kgr_steps {
	struct kgr_random random;
	struct kgr_model model, before;
	/* which patches are consistent per function */
	bool function[KGR_MODEL_PATCHES];
	long first;
	pid_t held[MAX_HELD];
	int nr_held;
	bool failing;
	bool verbose;
	long steps, changes, failed;
} s;

static unsigned int choose(unsigned int below)
{
	return kgr_random(&s.random, below);
}

static const char *name_of(int nr)
{
	static const char names[KGR_MODEL_PATCHES][16] = {
		"kgr_test_tort1", "kgr_test_tort2", "kgr_test_tort3",
		"kgr_test_tort4", "kgr_test_tort5",
	};

	return names[nr];
}

static bool wrong(const char *what, const char *name, long is, long should)
{
	printf("# %s %s: %ld, should be %ld\n", what, name, is, should);
	return false;
}

bool kgr_steps_no_fault(void)
{
	char text[300] = "";

	if (kgr_read(KGR_TORT_DIR "faults", text, sizeof(text)) < 0)
		return wrong("reading", "faults", -1, 0);
	if (!strncmp(text, "0 ", 2) || !strcmp(text, "0"))
		return true;
	printf("# faults: %s\n", text);
	return false;
}

/* Says what the newest universe of the model will show, before it is opened. */
static bool announce(bool relaxed, bool start)
{
	char line[64], value[KGR_MODEL_FUNCS + 1] = "";
	int f;

	for (f = 0; f < KGR_MODEL_FUNCS; f++)
		value[f] = '0' + s.model.world[s.model.universe][f];
	snprintf(line, sizeof(line), "%u %s %d %d",
		 (unsigned int)(s.first + s.model.universe), value, relaxed,
		 start);
	kgr_log("universe %ld is to be %s%s", s.first + s.model.universe, value,
		relaxed ? ", per function" : "");
	return !kgr_write(KGR_TORT_DIR "world", line);
}

/* A single strict patch that begins or ends makes the whole change strict. */
static bool is_relaxed(void)
{
	int i;

	for (i = 0; i < KGR_MODEL_PATCHES; i++)
		if (s.model.patch[i].live != s.before.patch[i].live &&
		    !s.function[i])
			return false;
	return true;
}

/* The kernel's answer, and the model's. What memory was short for is undone. */
static bool same(const char *what, int nr, int kernel, int model)
{
	kgr_log("%s %s: %d", what, name_of(nr), kernel);
	s.changes++;
	if (kernel == -ENOMEM && s.failing) {
		s.failed++;
		s.model = s.before;
	} else if (kernel != model) {
		return wrong(what, name_of(nr), kernel, model);
	}
	if (kgr_global("universe") != (unsigned int)(s.first + s.model.universe))
		return wrong("universe after", what, kgr_global("universe"),
			     s.first + s.model.universe);
	return true;
}

static void may_fail(bool on)
{
	if (s.failing)
		kgr_write("/proc/thread-self/make-it-fail", on ? "1" : "0");
}

static bool reaped_all(void)
{
	int i, status;

	kgr_write(KGR_TORT_DIR "release", "1");
	for (i = 0; i < s.nr_held; i++)
		if (s.held[i] && waitpid(s.held[i], &status, WNOHANG) == s.held[i])
			s.held[i] = 0;
	for (i = 0; i < s.nr_held; i++)
		if (s.held[i])
			return false;
	s.nr_held = 0;
	return true;
}

/* Nothing holds a change any more. */
static bool let_all_go(void)
{
	kgr_log("let %d go", s.nr_held);
	/* With "none", tasks that sleep for ever are in the way. */
	kgr_write(KGR_DIR "wake", "transparent");
	if (KGR_WITHIN(KGR_TORT_BOUND_MS, reaped_all()))
		return true;
	return wrong("tasks that don't end", "", s.nr_held, 0);
}

static void show_blocker(const struct kgr_blocker *b, void *arg)
{
	printf("# in the way: %ld %s, universe %ld, %s, %s, %ld ms, %s, %s\n",
	       b->tid, b->comm, b->universe, b->kind, b->reason, b->waited_ms,
	       b->syscall, b->wchan);
}

/* Every task can cross: so all changes complete. */
static bool settle(void)
{
	int ret;

	if (!let_all_go())
		return false;
	ret = kgr_wait_done(KGR_TORT_BOUND_MS);
	kgr_log("settled: %d", ret);
	if (ret) {
		kgr_blockers(4096, show_blocker, NULL);
		return wrong("changes that don't complete", "", ret, 0);
	}
	if (kgr_global("horizon") != (unsigned int)(s.first + s.model.universe))
		return wrong("horizon", "", kgr_global("horizon"),
			     s.first + s.model.universe);
	s.model.horizon = s.model.universe;
	return true;
}

static bool status_right(int nr)
{
	const struct kgr_model_patch *p = &s.model.patch[nr];
	const char *status = p->live ? "applied" :
			     p->replaced ? "replaced" : "reverted";

	if (!p->loaded || KGR_WITHIN(KGR_TORT_BOUND_MS,
				     kgr_status_is(name_of(nr), status)))
		return true;
	printf("# %s is not %s\n", name_of(nr), status);
	return false;
}

/* The model does not know how far tasks are while a change is on. */
static bool depends_on_horizon(int nr)
{
	const struct kgr_model_patch *p = &s.model.patch[nr];
	int i;

	for (i = 0; p->live && i < KGR_MODEL_PATCHES; i++)
		if (s.model.patch[i].loaded && !s.model.patch[i].live &&
		    s.model.patch[i].replaced &&
		    s.model.patch[i].replaced_in == p->begun)
			return true;
	return false;
}

static bool load(int nr)
{
	unsigned int mask = 0, i;
	bool replace_all = !choose(5);
	int set = choose(4) ? 0 : 1 + choose(2), model, kernel;
	char params[96];

	for (i = 0; i < KGR_MODEL_FUNCS; i += 2)
		if (choose(2))
			mask |= 3 << i;
	mask = mask ?: 0xff;
	s.function[nr] = !choose(3);
	snprintf(params, sizeof(params), "mask=%u replace_all=%d function=%d%s%s",
		 mask, replace_all, s.function[nr], set ? " set=" : "",
		 set ? set == 1 ? "one" : "two" : "");
	model = kgr_model_load(&s.model, nr, mask, replace_all, set);
	if (!model && !announce(is_relaxed(), false))
		return false;
	kgr_log("insmod %s %s", name_of(nr), params);
	may_fail(true);
	kernel = kgr_load(name_of(nr), params);
	may_fail(false);
	return same("load", nr, kernel, model);
}

static bool revert(int nr)
{
	int model, kernel;

	if (depends_on_horizon(nr) && !settle())
		return false;
	s.before = s.model;
	model = kgr_model_revert(&s.model, nr);
	if (!model && !announce(is_relaxed(), false))
		return false;
	may_fail(true);
	kernel = kgr_revert(name_of(nr));
	may_fail(false);
	return same("revert", nr, kernel, model);
}

static bool enable(int nr)
{
	int model = kgr_model_enable(&s.model, nr), kernel;

	if (!model && !announce(is_relaxed(), false))
		return false;
	may_fail(true);
	kernel = kgr_enable(name_of(nr));
	may_fail(false);
	return same("enable", nr, kernel, model);
}

static bool unload_once(int nr, int *ret)
{
	*ret = kgr_unload(name_of(nr));
	return *ret != -EWOULDBLOCK;
}

/* It is unloaded as soon as no task can be inside, which must be soon. */
static bool unload(int nr)
{
	int ret;

	if (s.model.patch[nr].live) {
		ret = kgr_unload(name_of(nr));
		return ret == -EWOULDBLOCK ||
		       wrong("rmmod of a live", name_of(nr), ret, -EWOULDBLOCK);
	}
	if (!let_all_go())
		return false;
	if (!KGR_WITHIN(KGR_TORT_BOUND_MS, kgr_released(name_of(nr)))) {
		kgr_blockers(4096, show_blocker, NULL);
		return wrong("not released", name_of(nr), 0, 1);
	}
	if (!KGR_WITHIN(KGR_TORT_BOUND_MS, unload_once(nr, &ret)) || ret)
		return wrong("rmmod", name_of(nr), ret, 0);
	kgr_log("unloaded %s", name_of(nr));
	s.model.patch[nr].loaded = false;
	return true;
}

static bool change(void)
{
	int nr = choose(KGR_MODEL_PATCHES);
	const struct kgr_model_patch *p = &s.model.patch[nr];

	s.before = s.model;
	if (!p->loaded)
		return load(nr);
	switch (choose(p->live ? 12 : 4)) {
	case 0:
	case 1:
		return unload(nr);
	case 2:
		return enable(nr);
	case 3:
		return p->live ? revert(nr) : enable(nr);
	default:
		return revert(nr);
	}
}

/* A task that stays where it is until it is let go, or woken. */
static bool hold(void)
{
	long holders = kgr_number(KGR_TORT_DIR "holders");
	const char *file = choose(2) ? KGR_TORT_DIR "hold" : KGR_TORT_DIR "nap";
	char buf[64];
	pid_t pid;

	if (s.nr_held == MAX_HELD)
		return let_all_go();
	pid = kgr_fork();
	if (!pid)
		_exit(kgr_read(file, buf, sizeof(buf)) < 0);
	if (pid < 0)
		return wrong("fork", "", pid, 1);
	s.held[s.nr_held++] = pid;
	kgr_log("held %d", pid);
	/* One that naps may be woken and on its way back just now. */
	(void)KGR_WITHIN(1000, kgr_number(KGR_TORT_DIR "holders") > holders);
	return true;
}

static bool knob(void)
{
	static const char *const policies[] = {
		"none", "transparent", "transparent", "all"
	};
	static const char *const once[] = { "1", "all" };

	if (!choose(3)) {
		kgr_log("wake now");
		return !kgr_write(KGR_DIR "wake_now", once[choose(2)]);
	}
	kgr_log("wake policy");
	return !kgr_write(KGR_DIR "wake", policies[choose(4)]);
}

static bool step(void)
{
	switch (choose(20)) {
	case 0:
	case 1:
	case 2:
		return hold();
	case 3:
		return let_all_go();
	case 4:
	case 5:
		for (int i = 0; i < KGR_MODEL_PATCHES; i++)
			if (!i && !settle())
				return false;
			else if (!status_right(i))
				return false;
		return true;
	case 6:
		return knob();
	case 7:
		kgr_sleep_ms(choose(40));
		return true;
	default:
		return change();
	}
}

bool kgr_steps_step(void)
{
	s.steps++;
	if (!step() || !kgr_steps_no_fault()) {
		printf("# in step %ld\n", s.steps);
		return false;
	}
	if (s.verbose)
		printf("# step %ld: universe %d\n", s.steps, s.model.universe);
	return true;
}

/* Whether there is no room for more universes. */
bool kgr_steps_full(void)
{
	return s.model.universe >= KGR_MODEL_WORLDS - 8;
}

bool kgr_steps_begin(unsigned long seed, bool verbose)
{
	memset(&s, 0, sizeof(s));
	s.verbose = verbose;
	kgr_random_seed(&s.random, seed);
	s.first = kgr_global("universe");
	/* One allocation of a hundred, of changes alone. */
	s.failing = !kgr_write(FAILSLAB "task-filter", "Y") &&
		    !kgr_write(FAILSLAB "probability", "1") &&
		    !kgr_write(FAILSLAB "times", "-1") &&
		    !kgr_write(FAILSLAB "verbose", "0");
	return announce(false, true) && !kgr_write(KGR_TORT_DIR "callers", "1");
}

bool kgr_steps_end(void)
{
	int nr;

	kgr_write(KGR_DIR "wake", "transparent");
	/* One that was about to be replaced may come back: so until none is live. */
	for (nr = 0; nr < KGR_MODEL_PATCHES; nr++) {
		if (!s.model.patch[nr].loaded || !s.model.patch[nr].live)
			continue;
		s.before = s.model;
		if (!settle() || !revert(nr))
			return false;
		nr = -1;
	}
	if (!settle())
		return false;
	for (nr = 0; nr < KGR_MODEL_PATCHES; nr++)
		if (s.model.patch[nr].loaded && !unload(nr))
			return false;
	if (kgr_write(KGR_TORT_DIR "callers", "0") || !kgr_steps_no_fault())
		return false;
	printf("# %ld steps, %ld changes, %ld failed allocations, %d universes\n",
	       s.steps, s.changes, s.failed, s.model.universe);
	return true;
}

void kgr_steps_abandon(void)
{
	int i;

	kgr_write(KGR_TORT_DIR "callers", "0");
	kgr_write(KGR_TORT_DIR "release", "1");
	for (i = 0; i < s.nr_held; i++)
		if (s.held[i])
			kill(s.held[i], SIGKILL);
}
