// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Loading and unloading test modules by the bare system calls, so that libkmod
 * adds nothing to the measured times and the errors.
 */

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "kgr_test.h"

/* Beside the program, whether built or installed there. */
static int open_module(const char *module)
{
	char exe[PATH_MAX], path[PATH_MAX + 64];
	ssize_t len = readlink("/proc/self/exe", exe, sizeof(exe) - 1);

	if (len < 0)
		return -1;
	exe[len] = '\0';
	snprintf(path, sizeof(path), "%s/test_modules/%s.ko", dirname(exe),
		 module);
	return open(path, O_RDONLY | O_CLOEXEC);
}

/*
 * What user space sees if the init of a module fails. 7.3 keeps -EEXIST for a
 * module that is loaded already.
 */
int kgr_init_error(int error)
{
	struct utsname host;

	if (error == -EEXIST && !uname(&host) && atoi(host.release) >= 7)
		return -EBUSY;
	return error;
}

int kgr_load(const char *module, const char *params)
{
	int fd = open_module(module);
	int ret = 0;

	if (fd < 0) {
		ret = -errno;
		fprintf(stderr, "# %s.ko: %s\n", module, strerror(errno));
		return ret;
	}
	if (syscall(SYS_finit_module, fd, params ?: "", 0))
		ret = -errno;
	close(fd);
	return ret;
}

/* For loading it later without reading files. */
bool kgr_image_read(struct kgr_image *image, const char *module,
		    const char *params)
{
	int fd = open_module(module);
	struct stat st;
	bool ok;

	image->data = NULL;
	image->params = params;
	if (fd < 0)
		return false;
	ok = !fstat(fd, &st) && (image->data = malloc(st.st_size)) &&
	     read(fd, image->data, st.st_size) == st.st_size;
	image->size = st.st_size;
	close(fd);
	return ok;
}

int kgr_image_load(const struct kgr_image *image)
{
	return syscall(SYS_init_module, image->data, image->size,
		       image->params ?: "") ? -errno : 0;
}

int kgr_unload(const char *module)
{
	return syscall(SYS_delete_module, module, O_NONBLOCK) ? -errno : 0;
}

/* Loads a patch and waits until all tasks run it. */
int kgr_apply(const char *patch)
{
	int ret = kgr_load(patch, NULL);

	return ret ?: kgr_wait_done(KGR_SETTLE_MS);
}

int kgr_revert(const char *patch)
{
	char path[256];

	snprintf(path, sizeof(path), KGR_DIR "%s/revert", patch);
	return kgr_write(path, "1");
}

int kgr_enable(const char *patch)
{
	char path[256];

	snprintf(path, sizeof(path), KGR_DIR "%s/enable", patch);
	return kgr_write(path, "1");
}

/* Reverts a patch and waits until no task runs it. */
int kgr_revert_done(const char *patch)
{
	int ret = kgr_revert(patch);

	return ret ?: kgr_wait_done(KGR_SETTLE_MS);
}

/* Change number @nr of a patch, from 0: applied and reverted in turn. */
int kgr_toggle(const char *patch, int nr)
{
	if (!nr)
		return kgr_apply(patch);
	if (nr % 2)
		return kgr_revert_done(patch);
	return kgr_enable(patch) ?: kgr_wait_done(KGR_SETTLE_MS);
}

/* Whether no task can be inside the patch any more. */
bool kgr_released(const char *patch)
{
	return kgr_status_is(patch, "reverted") ||
	       kgr_status_is(patch, "replaced");
}

/* Unloads the module of a patch whose revert is complete. */
int kgr_retire(const char *patch)
{
	int ret;

	if (!KGR_WITHIN(KGR_SETTLE_MS, kgr_released(patch)))
		return -ETIMEDOUT;
	ret = kgr_unload(patch);
	return ret ?: kgr_patch_exists(patch) ? -EEXIST : 0;
}

bool kgr_module_loaded(const char *module)
{
	char path[128];

	snprintf(path, sizeof(path), "/sys/module/%s/refcnt", module);
	return !access(path, F_OK);
}

/* Patches of the same functions, by number from 1. */
const char *kgr_generation(int nr)
{
	static const char names[KGR_GENERATIONS][16] = {
		"kgr_test_patch1", "kgr_test_patch2", "kgr_test_patch3",
		"kgr_test_patch4", "kgr_test_patch5", "kgr_test_patch6",
		"kgr_test_patch7", "kgr_test_patch8",
	};

	return names[nr - 1];
}

static void *retire_fn(void *arg)
{
	return (void *)(long)kgr_retire(arg);
}

/*
 * Unloads the first @nr of them at the same time: each waits for grace periods,
 * and together they wait once.
 */
int kgr_retire_all(int nr)
{
	pthread_t threads[nr];
	void *result;
	int i, ret = 0;

	for (i = 0; i < nr; i++) {
		if (pthread_create(&threads[i], NULL, retire_fn,
				   (void *)kgr_generation(i + 1)))
			return -EAGAIN;
	}
	for (i = 0; i < nr; i++) {
		pthread_join(threads[i], &result);
		if (result)
			ret = (long)result;
	}
	return ret;
}
