// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Virtual CPUs: a thread in KVM_RUN crosses at once, whether its guest computes,
 * is halted, or was not started yet. KVM_RUN returns for it, once.
 */

#include "../kselftest_harness.h"
#include "kgr_test.h"
#include "kgr_vcpu.h"

#define P1 "kgr_test_patch1"

/* Time limit for a virtual CPU that is not held. */
#define BOUND_MS 2000

FIXTURE(kinds_vcpu) {};

FIXTURE_SETUP(kinds_vcpu)
{
	ASSERT_TRUE(kgr_is_clean());
	ASSERT_TRUE(kgr_trace_start());
}

FIXTURE_TEARDOWN_PARENT(kinds_vcpu)
{
	EXPECT_TRUE(kgr_clean_up());
}

/* Each of six changes makes KVM_RUN return once, and is not kept waiting. */
static void change_beside(struct __test_metadata *_metadata,
			  struct kgr_vcpu *vcpu)
{
	int i;

	ASSERT_TRUE(kgr_vcpu_start(vcpu));
	ASSERT_TRUE(KGR_WITHIN(KGR_SETTLE_MS, atomic_load(&vcpu->tid)));
	kgr_sleep_ms(200);
	EXPECT_EQ(0, atomic_load(&vcpu->error));
	ASSERT_EQ(0, atomic_load(&vcpu->interrupted));
	for (i = 0; i < 6; i++) {
		ASSERT_EQ(0, i % 2 ? kgr_revert(P1) : kgr_load(P1, NULL));
		EXPECT_TRUE(KGR_WITHIN(BOUND_MS, kgr_pending(vcpu->tid) == 0));
		EXPECT_STREQ("exit", kgr_way(vcpu->tid));
		EXPECT_EQ(0, kgr_wait_done(KGR_SETTLE_MS));
		EXPECT_TRUE(KGR_WITHIN(BOUND_MS,
				       atomic_load(&vcpu->interrupted) == i + 1));
		if (i % 2)
			EXPECT_EQ(0, kgr_retire(P1));
	}
	kgr_vcpu_stop(vcpu);
	EXPECT_EQ(0, atomic_load(&vcpu->error));
	EXPECT_EQ(7, atomic_load(&vcpu->interrupted));
}

/*
 * Only an interrupt ends the guest mode, and then it would enter the guest
 * again.
 */
TEST_F_TIMEOUT(kinds_vcpu, computes, KGR_TIMEOUT)
{
	struct kgr_vcpu vcpu;

	if (!kgr_vcpu_make(&vcpu, KGR_VCPU_COMPUTES))
		SKIP(return, "needs a KVM that works");
	change_beside(_metadata, &vcpu);
}

TEST_F_TIMEOUT(kinds_vcpu, halted, KGR_TIMEOUT)
{
	struct kgr_vcpu vcpu;

	if (!kgr_vcpu_make(&vcpu, KGR_VCPU_HALTED))
		SKIP(return, "needs a KVM that works");
	change_beside(_metadata, &vcpu);
}

TEST_F_TIMEOUT(kinds_vcpu, not_started, KGR_TIMEOUT)
{
	struct kgr_vcpu vcpu;

	if (!kgr_vcpu_make(&vcpu, KGR_VCPU_NOT_STARTED))
		SKIP(return, "needs a KVM that works");
	change_beside(_metadata, &vcpu);
}

/*
 * It may not be halted when a change comes, and then leaves the guest as one
 * that computes. Its timer goes on either way.
 */
TEST_F_TIMEOUT(kinds_vcpu, halted_with_timer, KGR_TIMEOUT)
{
	struct kgr_vcpu vcpu;

	if (!kgr_vcpu_make(&vcpu, KGR_VCPU_HALTED_WITH_TIMER))
		SKIP(return, "needs a KVM that works");
	change_beside(_metadata, &vcpu);
	EXPECT_GT(kgr_vcpu_ticks(&vcpu), 10);
}

int main(int argc, char **argv)
{
	return kgr_main(argc, argv, test_harness_run);
}
