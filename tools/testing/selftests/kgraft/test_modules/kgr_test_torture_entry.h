/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A kernel entry, and those who make some.
 */
#ifndef KGR_TEST_TORTURE_ENTRY_H
#define KGR_TEST_TORTURE_ENTRY_H

#include "kgr_test_torture.h"

/**
 * struct kgr_tort_entry - a kernel entry that is being judged
 * @where:	in what context
 * @begun:	the universe it began in
 * @at:		the universe it was in when last looked at
 * @loose:	whether tasks may cross between two calls, as the context gives
 *		consistency per function only
 * @hold:	whether modules are held
 * @fns:	the functions that were there at the begin
 * @value:	what they returned the last time, -1: not called yet
 */
struct kgr_tort_entry {
	const char *where;
	u32 begun;
	u32 at;
	bool loose;
	bool hold;
	kgr_tort_fn_t fns[KGR_TORT_FUNCS];
	int value[KGR_TORT_FUNCS];
};

void kgr_tort_begin(struct kgr_tort_entry *e, const char *where, bool loose,
		    bool hold);
void kgr_tort_call(struct kgr_tort_entry *e, unsigned int nr,
		   unsigned int dwell_us);
void kgr_tort_calls(struct kgr_tort_entry *e, unsigned int nr);
void kgr_tort_end(struct kgr_tort_entry *e);
void kgr_tort_atomic(const char *where);

int kgr_tort_callers_start(void);
void kgr_tort_callers_stop(void);
int kgr_tort_callers_show(char *buf, size_t size);

#endif /* KGR_TEST_TORTURE_ENTRY_H */
