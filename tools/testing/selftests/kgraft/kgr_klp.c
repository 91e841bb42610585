// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Livepatches in the tests, by the files of livepatch.
 */

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "kgr_klp.h"
#include "kgr_test.h"

#define KLP_DIR	"/sys/kernel/livepatch/"

bool klp_possible(void)
{
	return access(KLP_DIR, F_OK) == 0;
}

static const char *klp_path(const char *patch, const char *file)
{
	static char path[256];

	snprintf(path, sizeof(path), KLP_DIR "%s/%s", patch, file);
	return path;
}

long klp_number(const char *patch, const char *file)
{
	return kgr_number(klp_path(patch, file));
}

int klp_write(const char *patch, const char *file, const char *text)
{
	return kgr_write(klp_path(patch, file), text);
}

bool klp_settles(const char *patch)
{
	return KGR_WITHIN(KGR_SETTLE_MS, !klp_number(patch, "transition"));
}

bool klp_gone(const char *patch)
{
	return KGR_WITHIN(KGR_SETTLE_MS,
			  klp_number(patch, "enabled") == -ENOENT);
}

int klp_apply(const char *patch, const char *params)
{
	int ret = kgr_load(patch, params);

	return ret ?: klp_settles(patch) ? 0 : -ETIMEDOUT;
}

int klp_disable(const char *patch)
{
	int ret = klp_write(patch, "enabled", "0");

	return ret ?: klp_gone(patch) ? 0 : -ETIMEDOUT;
}

/* Its module can be had as soon as its directory is gone, or just after. */
int klp_retire(const char *patch)
{
	int ret = klp_disable(patch);

	if (ret)
		return ret;
	return KGR_WITHIN(KGR_SETTLE_MS, !kgr_unload(patch)) ? 0 : -EBUSY;
}
