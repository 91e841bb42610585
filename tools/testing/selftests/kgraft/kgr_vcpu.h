/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Virtual CPUs, each of a VM of its own, that do one thing for ever. */
#ifndef _KGR_VCPU_H
#define _KGR_VCPU_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>

enum kgr_vcpu_kind {
	KGR_VCPU_COMPUTES,
	/* nothing will end that */
	KGR_VCPU_HALTED,
	/* most of the time; counts ticks of 10 ms */
	KGR_VCPU_HALTED_WITH_TIMER,
	/* the second of its VM, for which the first has to send INIT and SIPI */
	KGR_VCPU_NOT_STARTED,
	KGR_VCPU_KINDS,
};

/**
 * struct kgr_vcpu - a virtual CPU and the thread that runs it
 * @fd:		its descriptor
 * @mem:	the memory of the VM, a page
 * @thread:	the thread; calls KVM_RUN as long as that is interrupted
 * @tid:	its TID, 0 before it has begun
 * @interrupted: how often KVM_RUN was interrupted
 * @error:	errno of another end of KVM_RUN, after which the thread has ended
 * @end:	ask the thread to end
 */
struct kgr_vcpu {
	int fd;
	unsigned char *mem;
	pthread_t thread;
	atomic_int tid, interrupted, error;
	atomic_bool end;
};

/* Return false if there is no KVM that works here. */
bool kgr_vcpu_make(struct kgr_vcpu *vcpu, enum kgr_vcpu_kind kind);
bool kgr_vcpu_start(struct kgr_vcpu *vcpu);

/* KVM_RUN is interrupted once more. */
void kgr_vcpu_stop(struct kgr_vcpu *vcpu);

/* Of one with a timer */
unsigned int kgr_vcpu_ticks(const struct kgr_vcpu *vcpu);

#endif
