// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A virtual CPU of each kind, until one of them ends or its timer stops; for
 * scripts/daemons.
 */

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "kgr_vcpu.h"

static const char * const names[] = {
	[KGR_VCPU_COMPUTES] = "computes",
	[KGR_VCPU_HALTED] = "halted",
	[KGR_VCPU_HALTED_WITH_TIMER] = "halted with a timer",
	[KGR_VCPU_NOT_STARTED] = "not started",
};

/* Seconds in which the timer ticks at least once. */
#define PATIENCE	5

int main(void)
{
	static struct kgr_vcpu vcpus[KGR_VCPU_KINDS];
	unsigned int i, ticks, last = 0;

	for (i = 0; i < KGR_VCPU_KINDS; i++) {
		if (kgr_vcpu_make(&vcpus[i], i) && kgr_vcpu_start(&vcpus[i]))
			continue;
		printf("error: no virtual CPU that is %s\n", names[i]);
		return 1;
	}
	for (;;) {
		sleep(PATIENCE);
		for (i = 0; i < KGR_VCPU_KINDS; i++) {
			int error = atomic_load(&vcpus[i].error);

			if (!error)
				continue;
			printf("error: the virtual CPU that is %s has ended: %s\n",
			       names[i], error < 0 ? "KVM_RUN returned" :
			       strerror(error));
			return 1;
		}
		ticks = kgr_vcpu_ticks(&vcpus[KGR_VCPU_HALTED_WITH_TIMER]);
		if (ticks == last) {
			printf("error: the timer has stopped\n");
			return 1;
		}
		last = ticks;
	}
}
