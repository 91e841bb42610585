/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the tests of shadow variables attach, and to what; each file of them has
 * its own.
 *
 * Copyright (C) 2026 The kGraft authors
 */
#ifndef _KGRAFT_SHADOW_TEST_H
#define _KGRAFT_SHADOW_TEST_H

#include <linux/atomic.h>
#include <linux/slab.h>
#include <linux/types.h>

#include "shadow.h"

/*
 * Structures are told apart by address only, and never looked into. So any
 * addresses will do, as many as a test wants.
 */
static char objects[64];

static void *far_object(unsigned long nr)
{
	return (void *)(0x1000 + nr * 192);
}

/* What the variables hold, so that a wrong one is noticed. */
struct content {
	unsigned long salt;
	void *obj;
	unsigned long check;
};

static atomic_t constructed, destroyed;

static int construct(void *obj, void *data, void *ctor_data)
{
	struct content *c = data;

	c->salt = (unsigned long)ctor_data;
	c->obj = obj;
	c->check = c->salt ^ (unsigned long)obj;
	atomic_inc(&constructed);
	return 0;
}

static void destroy(void *obj, void *data)
{
	atomic_inc(&destroyed);
}

static bool intact(const void *obj, const struct content *c)
{
	return c->obj == obj && c->check == (c->salt ^ (unsigned long)obj);
}

static void *attach(void *obj, unsigned long id)
{
	return kgr_shadow_get_or_alloc(obj, id, sizeof(struct content),
				       GFP_KERNEL, construct, NULL);
}

#endif /* _KGRAFT_SHADOW_TEST_H */
