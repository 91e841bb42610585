// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * change.c - requesting a change of a patch
 *
 * Documentation/kgraft.txt, section 12, explains the errors.
 */
#include <errno.h>
#include <string.h>

#include "change.h"
#include "fault.h"
#include "output.h"
#include "root.h"

static const char *revert_words(int err)
{
	switch (-err) {
	case EINVAL:
		return "it is already reverted, or being reverted";
	case EBUSY:
		return "a later patch has a function that would come back; revert that patch first";
	case ENOENT:
	case ENODEV:
		return "it does not exist any more, or is being removed";
	case EACCES:
	case EPERM:
		return "only root may do this";
	default:
		return strerror(-err);
	}
}

static const char *enable_words(int err)
{
	switch (-err) {
	case EINVAL:
		return "it is already applied, or being applied";
	case EBUSY:
		return "a later patch, or another user of ftrace, has one of its functions";
	case ENODEV:
		return "its module is being unloaded, or ftrace has shut down";
	case EACCES:
	case EPERM:
		return "only root may do this";
	default:
		return strerror(-err);
	}
}

static int ask(const char *patch, const char *file,
	       const char *(*words)(int err))
{
	int fd = kgr_faults_begin(), ret, status;

	ret = kgr_write("1\n", KGR_SYSFS "/%s/%s", patch, file);
	if (!ret) {
		kgr_faults_end(fd, NULL);
		return 0;
	}
	status = kgr_status_of(ret);
	kgr_error(status, 0, "cannot %s '%s': %s", file, patch, words(ret));
	kgr_faults_end(fd, NULL);
	return status;
}

/* Begins to revert a patch. Returns 0, or an exit status after a message. */
int kgr_revert(const char *patch)
{
	return ask(patch, "revert", revert_words);
}

/* Begins to apply a patch again; the same. */
int kgr_enable(const char *patch)
{
	return ask(patch, "enable", enable_words);
}
