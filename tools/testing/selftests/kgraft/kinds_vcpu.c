// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Virtual CPUs: a thread in KVM_RUN crosses at once, whether its guest computes,
 * is halted, or was not started yet. KVM_RUN returns -EINTR for it, once.
 */

#include <errno.h>
#include <fcntl.h>
#include <linux/kvm.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>

#include "../kselftest_harness.h"
#include "kgr_test.h"

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

struct vcpu {
	int fd;
	atomic_int tid;
	atomic_int interrupted;
	atomic_bool end;
	int error;
	unsigned char *mem;
};

static void on_signal(int sig)
{
}

/* A virtual CPU that is to be started may say that it was woken for nothing. */
static bool ended_early(int error)
{
	return error == EINTR || error == EAGAIN;
}

static void *run_vcpu(void *arg)
{
	struct vcpu *vcpu = arg;

	atomic_store(&vcpu->tid, syscall(SYS_gettid));
	while (!atomic_load(&vcpu->end)) {
		if (ioctl(vcpu->fd, KVM_RUN, 0) == 0 || !ended_early(errno)) {
			vcpu->error = errno ?: -1;
			break;
		}
		atomic_fetch_add(&vcpu->interrupted, 1);
	}
	return NULL;
}

/* All in real mode, from address 0x500. */
#define GUEST_CODE	0x500
#define GUEST_HANDLER	0x5c0
#define GUEST_TICKS	0x600

/* A jump to itself */
static const unsigned char code_spins[] = { 0xeb, 0xfe };

/* cli; hlt; a jump to hlt */
static const unsigned char code_halts[] = { 0xfa, 0xf4, 0xeb, 0xfd };

/* A timer of 10 ms that counts at GUEST_TICKS; halted in between */
static const unsigned char code_ticks[] = {
	/* out 0x11, 8, 4 and 1 to the interrupt controller, and its mask */
	0xb0, 0x11, 0xe6, 0x20, 0xb0, 0x08, 0xe6, 0x21, 0xb0, 0x04, 0xe6, 0x21,
	0xb0, 0x01, 0xe6, 0x21, 0xb0, 0xfe, 0xe6, 0x21,
	/* out 0x34 to the timer, and its count, 11932 */
	0xb0, 0x34, 0xe6, 0x43, 0xb0, 0x9c, 0xe6, 0x40, 0xb0, 0x2e, 0xe6, 0x40,
	/* sti; hlt; a jump to hlt */
	0xfb, 0xf4, 0xeb, 0xfd,
};

/* inc word [GUEST_TICKS]; out 0x20 to the interrupt controller; iret */
static const unsigned char code_on_tick[] = {
	0xff, 0x06, 0x00, 0x06, 0xb0, 0x20, 0xe6, 0x20, 0xcf,
};

/* After stop_vcpu() */
static unsigned int guest_ticks(const struct vcpu *vcpu)
{
	unsigned short ticks;

	memcpy(&ticks, vcpu->mem + GUEST_TICKS, sizeof(ticks));
	return ticks;
}

/* A VM with the devices that every VMM lets the kernel emulate, or without. */
static int make_vm(struct vcpu *vcpu, bool devices)
{
	int kvm = open("/dev/kvm", O_RDWR | O_CLOEXEC), vm;
	struct kvm_pit_config pit = { };
	struct kvm_userspace_memory_region region = {
		.memory_size = 4096,
	};

	vm = ioctl(kvm, KVM_CREATE_VM, 0);
	if (kvm < 0 || vm < 0)
		return -1;
	if (devices && (ioctl(vm, KVM_CREATE_IRQCHIP, 0) ||
			ioctl(vm, KVM_CREATE_PIT2, &pit)))
		return -1;
	vcpu->mem = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
			 MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	region.userspace_addr = (unsigned long)vcpu->mem;
	return ioctl(vm, KVM_SET_USER_MEMORY_REGION, &region) ? -1 : vm;
}

static bool make_vcpu(struct vcpu *vcpu, bool devices, const void *code,
		      size_t size)
{
	struct kvm_regs regs = { .rflags = 2, .rip = GUEST_CODE, .rsp = 0x1000 };
	int vm = make_vm(vcpu, devices);
	struct kvm_sregs sregs;

	vcpu->fd = ioctl(vm, KVM_CREATE_VCPU, 0);
	if (vm < 0 || vcpu->fd < 0 || ioctl(vcpu->fd, KVM_GET_SREGS, &sregs))
		return false;
	memcpy(vcpu->mem + GUEST_CODE, code, size);
	memcpy(vcpu->mem + GUEST_HANDLER, code_on_tick, sizeof(code_on_tick));
	/* Interrupt 8: offset, segment 0 */
	*(unsigned int *)(vcpu->mem + 8 * 4) = GUEST_HANDLER;
	sregs.cs.base = 0;
	sregs.cs.selector = 0;
	return !ioctl(vcpu->fd, KVM_SET_SREGS, &sregs) &&
	       !ioctl(vcpu->fd, KVM_SET_REGS, &regs);
}

/* The second of a VM waits to be started by the first. */
static bool make_waiting_vcpu(struct vcpu *vcpu)
{
	int vm = make_vm(vcpu, true);

	if (vm < 0 || ioctl(vm, KVM_CREATE_VCPU, 0) < 0)
		return false;
	vcpu->fd = ioctl(vm, KVM_CREATE_VCPU, 1);
	return vcpu->fd >= 0;
}

static void stop_vcpu(struct vcpu *vcpu, pthread_t thread)
{
	atomic_store(&vcpu->end, true);
	pthread_kill(thread, SIGUSR1);
	pthread_join(thread, NULL);
}

/* Each of six changes makes KVM_RUN return once, and is not kept waiting. */
static void change_beside_vcpu(struct __test_metadata *_metadata,
			       struct vcpu *vcpu)
{
	struct sigaction action = { .sa_handler = on_signal };
	pthread_t thread;
	int i;

	ASSERT_EQ(0, sigaction(SIGUSR1, &action, NULL));
	ASSERT_EQ(0, pthread_create(&thread, NULL, run_vcpu, vcpu));
	ASSERT_TRUE(KGR_WITHIN(KGR_SETTLE_MS, atomic_load(&vcpu->tid)));
	kgr_sleep_ms(200);
	EXPECT_EQ(0, vcpu->error);
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
	stop_vcpu(vcpu, thread);
	EXPECT_EQ(0, vcpu->error);
	EXPECT_EQ(7, atomic_load(&vcpu->interrupted));
}

#define MAKE_VCPU(_vcpu, _devices, _code)				\
	make_vcpu(_vcpu, _devices, _code, sizeof(_code))

/*
 * Only an interrupt ends the guest mode, and then it would enter the guest
 * again.
 */
TEST_F_TIMEOUT(kinds_vcpu, computes, KGR_TIMEOUT)
{
	struct vcpu vcpu = { .fd = -1 };

	if (!MAKE_VCPU(&vcpu, false, code_spins))
		SKIP(return, "needs a KVM that works");
	change_beside_vcpu(_metadata, &vcpu);
}

TEST_F_TIMEOUT(kinds_vcpu, halted, KGR_TIMEOUT)
{
	struct vcpu vcpu = { .fd = -1 };

	if (!MAKE_VCPU(&vcpu, true, code_halts))
		SKIP(return, "needs a KVM that works");
	change_beside_vcpu(_metadata, &vcpu);
}

TEST_F_TIMEOUT(kinds_vcpu, not_started, KGR_TIMEOUT)
{
	struct vcpu vcpu = { .fd = -1 };

	if (!make_waiting_vcpu(&vcpu))
		SKIP(return, "needs a KVM that works");
	change_beside_vcpu(_metadata, &vcpu);
}

/*
 * It may not be halted when a change comes, and then leaves the guest as one
 * that computes. Its timer goes on either way.
 */
TEST_F_TIMEOUT(kinds_vcpu, halted_with_timer, KGR_TIMEOUT)
{
	struct vcpu vcpu = { .fd = -1 };
	unsigned int ticks;

	if (!MAKE_VCPU(&vcpu, true, code_ticks))
		SKIP(return, "needs a KVM that works");
	change_beside_vcpu(_metadata, &vcpu);
	ticks = guest_ticks(&vcpu);
	EXPECT_GT(ticks, 10);
	TH_LOG("%u ticks", ticks);
}

int main(int argc, char **argv)
{
	return kgr_main(argc, argv, test_harness_run);
}
