// SPDX-License-Identifier: GPL-2.0
/* For lock.patch, by --main: what is left after a revert is freed. */

static const struct kgr_shadow_kind shadows[] = {
	{ .name = "eventfd lock", .id = 0x65666c6bUL },
	KGR_SHADOWS_END
};

#define KGR_MAIN_SHADOWS shadows
