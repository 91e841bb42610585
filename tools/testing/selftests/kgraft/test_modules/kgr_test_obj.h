/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the files of kgr_test_obj call of each other.
 *
 * Copyright (C) 2026 The kGraft authors
 */
#ifndef KGR_TEST_OBJ_H
#define KGR_TEST_OBJ_H

int kgr_obj_init_twins(void);

#endif /* KGR_TEST_OBJ_H */
