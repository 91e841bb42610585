// SPDX-License-Identifier: GPL-2.0-or-later
/* Virtual CPUs. Their guests are a few instructions in real mode. */

#include <errno.h>
#include <fcntl.h>
#include <linux/kvm.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "kgr_vcpu.h"

/* Places in the memory of the VM */
#define GUEST_CODE	0x500
#define GUEST_HANDLER	0x5c0
#define GUEST_TICKS	0x600
#define GUEST_STACK	0x1000
#define GUEST_SIZE	4096

/* Where the interrupt of the timer comes. */
#define TIMER_VECTOR	8

static const struct {
	bool devices;
	unsigned char code[40];
} guests[] = {
	/* a jump to itself */
	[KGR_VCPU_COMPUTES] = { false, { 0xeb, 0xfe } },
	/* cli; hlt; a jump to hlt */
	[KGR_VCPU_HALTED] = { true, { 0xfa, 0xf4, 0xeb, 0xfd } },
	[KGR_VCPU_HALTED_WITH_TIMER] = { true, {
		/* interrupt controller: four words, and the mask */
		0xb0, 0x11, 0xe6, 0x20, 0xb0, TIMER_VECTOR, 0xe6, 0x21,
		0xb0, 0x04, 0xe6, 0x21, 0xb0, 0x01, 0xe6, 0x21,
		0xb0, 0xfe, 0xe6, 0x21,
		/* timer: its mode, and the count for 10 ms, 11932 */
		0xb0, 0x34, 0xe6, 0x43, 0xb0, 0x9c, 0xe6, 0x40,
		0xb0, 0x2e, 0xe6, 0x40,
		/* sti; hlt; a jump to hlt */
		0xfb, 0xf4, 0xeb, 0xfd,
	} },
};

/* inc word [GUEST_TICKS]; out 0x20 to the interrupt controller; iret */
static const unsigned char on_tick[] = {
	0xff, 0x06, GUEST_TICKS & 0xff, GUEST_TICKS >> 8, 0xb0, 0x20, 0xe6, 0x20,
	0xcf,
};

/* A VM with the devices that every VMM lets the kernel emulate, or without. */
static int make_vm(struct kgr_vcpu *vcpu, bool devices)
{
	int kvm = open("/dev/kvm", O_RDWR | O_CLOEXEC), vm;
	struct kvm_userspace_memory_region region = { .memory_size = GUEST_SIZE };
	struct kvm_pit_config pit = { };

	vm = ioctl(kvm, KVM_CREATE_VM, 0);
	if (kvm < 0 || vm < 0)
		return -1;
	if (devices && (ioctl(vm, KVM_CREATE_IRQCHIP, 0) ||
			ioctl(vm, KVM_CREATE_PIT2, &pit)))
		return -1;
	vcpu->mem = mmap(NULL, GUEST_SIZE, PROT_READ | PROT_WRITE,
			 MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (vcpu->mem == MAP_FAILED)
		return -1;
	region.userspace_addr = (unsigned long)vcpu->mem;
	return ioctl(vm, KVM_SET_USER_MEMORY_REGION, &region) ? -1 : vm;
}

static bool make_guest(struct kgr_vcpu *vcpu, enum kgr_vcpu_kind kind)
{
	struct kvm_regs regs = {
		.rflags = 2, .rip = GUEST_CODE, .rsp = GUEST_STACK,
	};
	int vm = make_vm(vcpu, guests[kind].devices);
	/* Offset and segment */
	unsigned short vector[2] = { GUEST_HANDLER, 0 };
	struct kvm_sregs sregs;

	vcpu->fd = ioctl(vm, KVM_CREATE_VCPU, 0);
	if (vm < 0 || vcpu->fd < 0 || ioctl(vcpu->fd, KVM_GET_SREGS, &sregs))
		return false;
	memcpy(vcpu->mem + TIMER_VECTOR * sizeof(vector), vector, sizeof(vector));
	memcpy(vcpu->mem + GUEST_CODE, guests[kind].code, sizeof(guests[kind].code));
	memcpy(vcpu->mem + GUEST_HANDLER, on_tick, sizeof(on_tick));
	sregs.cs.base = 0;
	sregs.cs.selector = 0;
	return !ioctl(vcpu->fd, KVM_SET_SREGS, &sregs) &&
	       !ioctl(vcpu->fd, KVM_SET_REGS, &regs);
}

bool kgr_vcpu_make(struct kgr_vcpu *vcpu, enum kgr_vcpu_kind kind)
{
	int vm;

	*vcpu = (struct kgr_vcpu){ .fd = -1 };
	if (kind != KGR_VCPU_NOT_STARTED)
		return make_guest(vcpu, kind);
	vm = make_vm(vcpu, true);
	if (vm < 0 || ioctl(vm, KVM_CREATE_VCPU, 0) < 0)
		return false;
	vcpu->fd = ioctl(vm, KVM_CREATE_VCPU, 1);
	return vcpu->fd >= 0;
}

static void on_signal(int sig)
{
}

static void *run(void *arg)
{
	struct kgr_vcpu *vcpu = arg;

	atomic_store(&vcpu->tid, syscall(SYS_gettid));
	while (!atomic_load(&vcpu->end)) {
		/* One that is to be started may say EAGAIN. */
		if (!ioctl(vcpu->fd, KVM_RUN, 0) ||
		    (errno != EINTR && errno != EAGAIN)) {
			atomic_store(&vcpu->error, errno ?: -1);
			break;
		}
		atomic_fetch_add(&vcpu->interrupted, 1);
	}
	return NULL;
}

bool kgr_vcpu_start(struct kgr_vcpu *vcpu)
{
	struct sigaction action = { .sa_handler = on_signal };

	return !sigaction(SIGUSR1, &action, NULL) &&
	       !pthread_create(&vcpu->thread, NULL, run, vcpu);
}

void kgr_vcpu_stop(struct kgr_vcpu *vcpu)
{
	atomic_store(&vcpu->end, true);
	pthread_kill(vcpu->thread, SIGUSR1);
	pthread_join(vcpu->thread, NULL);
}

unsigned int kgr_vcpu_ticks(const struct kgr_vcpu *vcpu)
{
	unsigned short ticks;

	memcpy(&ticks, vcpu->mem + GUEST_TICKS, sizeof(ticks));
	return ticks;
}
