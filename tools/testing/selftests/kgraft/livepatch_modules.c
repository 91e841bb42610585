// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Modules made for livepatch, carried out by kGraft, and the modules that they are
 * about: these come and go, are refused, and take their time in init and exit.
 */

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "../kselftest_harness.h"
#include "kgr_klp.h"
#include "kgr_test.h"

#define L1	"kgr_test_klp1"
#define L2	"kgr_test_klp2"
#define RELA	"kgr_test_klp_rela"
#define OBJ	"kgr_test_obj"

/* What the replacements of L1 and L2 return */
#define V1	51
#define V2	52

FIXTURE(livepatch_modules) {
	pid_t child;
};

FIXTURE_SETUP(livepatch_modules)
{
	if (kgr_number(KGR_DIR "livepatch") < 0)
		SKIP(return, "needs CONFIG_KGRAFT_LIVEPATCH");
	ASSERT_TRUE(kgr_is_clean());
}

FIXTURE_TEARDOWN_PARENT(livepatch_modules)
{
	EXPECT_TRUE(kgr_clean_up());
}

TEST_F_TIMEOUT(livepatch_modules, modules_come_and_go, KGR_TIMEOUT)
{
	ASSERT_EQ(0, klp_apply(L1, "mask=9"));
	ASSERT_EQ(0, kgr_load(OBJ, NULL));
	EXPECT_EQ(1, klp_number(L1, OBJ "/patched"));
	EXPECT_TRUE(kgr_param_is(OBJ, "init_saw", "51"));
	ASSERT_EQ(0, kgr_unload(OBJ));
	EXPECT_EQ(0, klp_number(L1, OBJ "/patched"));
	EXPECT_TRUE(kgr_param_is(L1, "calls",
				 "pre_patch:vmlinux post_patch:vmlinux pre_patch:" OBJ
				 " post_patch:" OBJ " pre_unpatch:" OBJ
				 " post_unpatch:" OBJ));

	/* One that is refused leaves no trace, and can come later. */
	ASSERT_EQ(0, kgr_write("/sys/module/" L1 "/parameters/calls", "then"));
	ASSERT_EQ(0, kgr_write("/sys/module/" L1 "/parameters/refuse", "-19"));
	EXPECT_EQ(-ENODEV, kgr_load(OBJ, NULL));
	EXPECT_FALSE(kgr_module_loaded(OBJ));
	EXPECT_EQ(0, klp_number(L1, OBJ "/patched"));
	EXPECT_TRUE(kgr_param_is(L1, "calls", "then pre_patch:" OBJ));
	ASSERT_EQ(0, kgr_write("/sys/module/" L1 "/parameters/refuse", "0"));
	ASSERT_EQ(0, kgr_load(OBJ, NULL));
	EXPECT_EQ(1, klp_number(L1, OBJ "/patched"));

	/* There already when a patch comes that must not be */
	EXPECT_EQ(-ENODEV, kgr_load(L2, "mask=9 refuse=-19"));
	EXPECT_FALSE(kgr_patch_exists(L2));
	EXPECT_EQ(-ENOENT, klp_number(L2, "enabled"));
	EXPECT_TRUE(kgr_now_is(V1, 0));
	ASSERT_EQ(0, klp_apply(L2, "mask=9"));
	EXPECT_TRUE(kgr_now_is(V2, 0));
	EXPECT_EQ(0, klp_retire(L1));
	EXPECT_EQ(0, klp_retire(L2));
	EXPECT_EQ(0, kgr_unload(OBJ));
}

/* klp.rela: written when the module comes, cleared when it goes, time and again */
TEST_F_TIMEOUT(livepatch_modules, relocations, KGR_TIMEOUT)
{
	int rounds = kgr_rounds(4), i;

	ASSERT_EQ(0, kgr_load(OBJ, NULL));
	ASSERT_EQ(0, klp_apply(RELA, NULL));
	for (i = 0; i < rounds; i++) {
		EXPECT_EQ(1, klp_number(RELA, OBJ "/patched"));
		ASSERT_EQ(0, kgr_unload(OBJ));
		EXPECT_EQ(0, klp_number(RELA, OBJ "/patched"));
		ASSERT_EQ(0, kgr_load(OBJ, NULL));
		EXPECT_TRUE(kgr_param_is(OBJ, "init_saw", "42"));
	}
	/* The kernel's function, too, is the one that is patched. */
	ASSERT_EQ(0, klp_apply(L1, "mask=2"));
	ASSERT_EQ(0, kgr_unload(OBJ));
	ASSERT_EQ(0, kgr_load(OBJ, NULL));
	EXPECT_TRUE(kgr_param_is(OBJ, "init_saw", "93"));
	EXPECT_EQ(0, klp_retire(L1));

	/* Its exit can use them when it is over. */
	ASSERT_EQ(0, kgr_write("/sys/module/" RELA "/parameters/told", "1"));
	EXPECT_EQ(0, klp_retire(RELA));
	EXPECT_TRUE(kgr_param_is(OBJ, "init_saw", "43"));
	EXPECT_EQ(0, kgr_unload(OBJ));
}

/* Another patch refuses the module: what was written for it is cleared. */
TEST_F_TIMEOUT(livepatch_modules, relocations_of_refused, KGR_TIMEOUT)
{
	ASSERT_EQ(0, klp_apply(RELA, NULL));
	ASSERT_EQ(0, klp_apply(L1, "mask=8 refuse=-19"));
	EXPECT_EQ(-ENODEV, kgr_load(OBJ, NULL));
	EXPECT_EQ(-ENODEV, kgr_load(OBJ, NULL));

	/* It is loaded nevertheless, as if no patch had functions of it. */
	ASSERT_EQ(0, kgr_write(KGR_DIR "force_load_module", "1"));
	ASSERT_EQ(0, kgr_load(OBJ, NULL));
	ASSERT_EQ(0, kgr_write(KGR_DIR "force_load_module", "0"));
	EXPECT_TRUE(kgr_param_is(OBJ, "init_saw", "0"));
	EXPECT_EQ(0, klp_number(RELA, OBJ "/patched"));
	ASSERT_EQ(0, klp_apply(L2, "mask=8"));
	EXPECT_EQ(1, klp_number(L2, OBJ "/patched"));
	EXPECT_EQ(0, klp_retire(L2));
	ASSERT_EQ(0, kgr_unload(OBJ));

	EXPECT_EQ(0, klp_retire(L1));
	ASSERT_EQ(0, kgr_load(OBJ, NULL));
	EXPECT_TRUE(kgr_param_is(OBJ, "init_saw", "42"));
	EXPECT_EQ(0, klp_retire(RELA));
	EXPECT_EQ(0, kgr_unload(OBJ));
}

static bool is_in(const char *module, const char *state)
{
	char path[64], now[32];

	snprintf(path, sizeof(path), "/sys/module/%s/initstate", module);
	return kgr_read(path, now, sizeof(now)) > 0 && !strcmp(now, state);
}

static pid_t in_child(int (*op)(void))
{
	pid_t pid = kgr_fork();

	if (!pid)
		_exit(op() != 0);
	return pid;
}

static int obj_comes(void)
{
	char params[32];

	snprintf(params, sizeof(params), "hold=%d", KGR_SETTLE_MS);
	return kgr_load(OBJ, params);
}

static int obj_goes(void)
{
	return kgr_unload(OBJ);
}

/* Lets the module go on that obj_comes() or obj_goes() have held. */
static bool go_on(pid_t child)
{
	return !kgr_write("/sys/module/" OBJ "/parameters/go", "1") &&
	       kgr_reap(child);
}

/*
 * A livepatch is released while the module is in its init, and then in its exit:
 * its own exit calls a function of that module, which is there in both cases.
 */
TEST_F_TIMEOUT(livepatch_modules, relocations_meanwhile, KGR_TIMEOUT)
{
	static const struct {
		int (*op)(void);
		const char *state, *params, *tells;
	} meanwhile[] = {
		{ obj_comes, "coming", "told=1", "43" },
		{ obj_goes, "going", "told=2", "44" },
	};
	int i;

	ASSERT_EQ(0, klp_apply(RELA, meanwhile[0].params));
	for (i = 0; i < 2; i++) {
		self->child = in_child(meanwhile[i].op);
		ASSERT_TRUE(KGR_WITHIN(KGR_SETTLE_MS,
				       is_in(OBJ, meanwhile[i].state)));
		EXPECT_EQ(1, klp_number(RELA, OBJ "/patched"));
		EXPECT_EQ(0, klp_retire(RELA));
		EXPECT_TRUE(is_in(OBJ, meanwhile[i].state));
		EXPECT_TRUE(kgr_param_is(OBJ, "init_saw", meanwhile[i].tells));
		/* One that is there now, and not when the first ended */
		if (!i)
			ASSERT_EQ(0, klp_apply(RELA, meanwhile[1].params));
		EXPECT_TRUE(is_in(OBJ, meanwhile[i].state));
		ASSERT_TRUE(go_on(self->child));
	}
}

int main(int argc, char **argv)
{
	return kgr_main(argc, argv, test_harness_run);
}
