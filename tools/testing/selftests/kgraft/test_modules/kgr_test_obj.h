/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KGR_TEST_OBJ_H
#define KGR_TEST_OBJ_H

int kgr_obj_init_twins(void);

#endif /* KGR_TEST_OBJ_H */
