// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * change.c - requesting a change of a patch
 *
 * Documentation/kgraft.txt, section 12, explains the errors.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "change.h"
#include "fault.h"
#include "output.h"
#include "root.h"

static void add(struct kgr_changed *changed, const char *name)
{
	if (changed->nr < KGR_MAX_CHANGED)
		changed->list[changed->nr++] = kgr_dup(name);
}

/**
 * kgr_find - find the patches that a name means
 * @system: the state of kGraft
 * @name: of a patch, or of a module, which may have several
 * @found: the patches are added here
 *
 * Return: 0; or an exit status, after a message that there is none.
 */
int kgr_find(const struct kgr_system *system, const char *name,
	     struct kgr_changed *found)
{
	int before = found->nr;
	size_t i;

	for (i = 0; i < system->nr; i++) {
		if (strcmp(system->patches[i].name, name))
			continue;
		add(found, name);
		return 0;
	}
	for (i = 0; i < system->nr; i++)
		if (kgr_patch_is_called(&system->patches[i], name))
			add(found, system->patches[i].name);
	if (found->nr > before)
		return 0;
	return kgr_error(KGR_NOT_FOUND, 0,
			 "there is no patch or patch module '%s'; kgr patches lists them",
			 name);
}

/* All patches of a module. */
void kgr_find_module(const char *module, struct kgr_changed *found)
{
	struct kgr_patch patch;
	char **names;
	size_t nr, i;

	if (kgr_list(KGR_SYSFS, &names, &nr))
		return;
	for (i = 0; i < nr; i++) {
		if (!kgr_patch_read(names[i], &patch))
			continue;
		if (patch.module && !strcmp(patch.module, module))
			add(found, patch.name);
		kgr_patch_free(&patch);
	}
	kgr_list_free(names, nr);
}

void kgr_changed_free(struct kgr_changed *changed)
{
	while (changed->nr)
		free(changed->list[--changed->nr]);
}

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
