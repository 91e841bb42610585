// SPDX-License-Identifier: GPL-2.0
/* For shadow.patch, by --main: what is left after a revert is freed. */

static const struct kgr_shadow_kind shadows[] = {
	{ .name = "eventfd writes", .id = 0x65667772UL },
	KGR_SHADOWS_END
};

#define KGR_MAIN_SHADOWS shadows
