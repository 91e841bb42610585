// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * cmd_doctor.c - kgr doctor: problems of this kernel, or of a patch for it
 *
 * Reports every problem, not only the first. A dry run has the kernel check
 * what only the kernel can check.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "blocker.h"
#include "command.h"
#include "doctor.h"
#include "module.h"
#include "output.h"
#include "patch.h"
#include "root.h"
#include "site.h"

/* A change that takes longer is reported. */
#define KGR_LONG_MS	60000

static const char *file;

static struct kgr_findings findings;

static const char * const words[] = {
	[KGR_GOOD] = "ok",
	[KGR_NOTE] = "note",
	[KGR_BAD] = "bad",
};

static const enum kgr_color colors[] = {
	[KGR_GOOD] = KGR_GREEN,
	[KGR_NOTE] = KGR_YELLOW,
	[KGR_BAD] = KGR_RED,
};

void kgr_finding(enum kgr_finding_level level, const char *name,
		 const char *format, ...)
{
	char *text, *printable;
	json_object *object;
	va_list args;

	va_start(args, format);
	text = kgr_vformat(format, args);
	va_end(args);
	findings.nr[level]++;
	if (kgr_json) {
		object = json_object_new_object();
		kgr_json_add(object, "level", words[level]);
		kgr_json_add(object, "check", name);
		kgr_json_add(object, "text", text);
		json_object_array_add(findings.array, object);
	} else if (level != KGR_GOOD || kgr_opt.verbose || file) {
		printable = kgr_printable(text);
		kgr_say("%s%-4s%s  %-12s %s", kgr_paint(colors[level]),
			words[level], kgr_paint(KGR_PLAIN), name, printable);
		free(printable);
	}
	free(text);
}

/* --- the kernel --- */

static void check_present(void)
{
	if (kgr_system_is_there())
		kgr_finding(KGR_GOOD, "kgraft", "%s exists", KGR_SYSFS);
	else
		kgr_finding(KGR_BAD, "kgraft",
			    "this kernel has no kGraft; boot one with CONFIG_KGRAFT=y");
}

static void check_ftrace(void)
{
	unsigned int enabled;

	if (!kgr_read_number(&enabled, "/proc/sys/kernel/ftrace_enabled"))
		kgr_finding(KGR_BAD, "ftrace",
			    "/proc/sys/kernel/ftrace_enabled does not exist; CONFIG_DYNAMIC_FTRACE=y is needed");
	else if (!enabled)
		kgr_finding(KGR_BAD, "ftrace",
			    "it is off, so no patch can be applied; sysctl kernel.ftrace_enabled=1");
	else
		kgr_finding(KGR_GOOD, "ftrace", "it is on");
}

static void check_modules(void)
{
	unsigned int taint;

	if (kgr_modules_are_disabled())
		kgr_finding(KGR_BAD, "modules",
			    "no module can be loaded until the next boot (modules_disabled)");
	if (kgr_read_number(&taint, "/proc/sys/kernel/tainted") &&
	    taint & (1 << 7 | 1 << 9))
		kgr_finding(KGR_NOTE, "taint",
			    "the kernel has warned or oopsed; dmesg shows where");
}

static void check_lockdown(void)
{
	enum kgr_lockdown level = kgr_lockdown();

	if (level == KGR_LOCKDOWN_NONE)
		return;
	kgr_finding(KGR_NOTE, "lockdown",
		    "it is on: only modules that are signed by a key of this kernel can be loaded%s",
		    level == KGR_LOCKDOWN_CONFIDENTIALITY ?
			    ", and kgr trace cannot record" : "");
}

static void check_debugfs(void)
{
	struct kgr_blockers blockers;

	kgr_blockers_read(&blockers);
	if (!blockers.err)
		kgr_finding(KGR_GOOD, "debugfs", "the reasons of blockers are available");
	else if (blockers.err == -EACCES || blockers.err == -EPERM)
		kgr_finding(KGR_NOTE, "debugfs",
			    "only root can see which tasks block, and why");
	else
		kgr_finding(KGR_NOTE, "debugfs",
			    "reasons are not available; mount -t debugfs none /sys/kernel/debug");
	kgr_blockers_free(&blockers);
}

static void check_policies(void)
{
	char *wake = kgr_read_word(KGR_SYSFS "/wake");
	unsigned int value;

	if (wake && !strcmp(wake, "none"))
		kgr_finding(KGR_NOTE, "wake",
			    "no sleeper is woken: a change is complete only when every task has woken by itself");
	free(wake);
	if (kgr_read_number(&value, KGR_SYSFS "/force_load_module") && value)
		kgr_finding(KGR_NOTE, "modules",
			    "force_load_module is 1: a module that cannot be patched is loaded without the fix");
}

static void check_site(const struct kgr_site *site)
{
	if (!strcmp(site->replacement, "-") || !strcmp(site->others, "-"))
		return;
	if (strstr(site->others, "direct:"))
		kgr_finding(KGR_NOTE, "functions",
			    "%s has a BPF trampoline (%s): a program there can end the call before the fix runs",
			    site->function, site->others);
	else if (kgr_opt.verbose)
		kgr_finding(KGR_NOTE, "functions", "%s is shared with %s",
			    site->function, site->others);
}

static void check_patch(const struct kgr_patch *patch,
			const struct kgr_blockers *blockers)
{
	const struct kgr_blocker *oldest;
	size_t unpatched = kgr_patch_unpatched(patch), nr;
	char *waited;

	if (unpatched)
		kgr_finding(KGR_BAD, "patches",
			    "%s: %zu functions run the original, because their module could not be patched",
			    patch->name, unpatched);
	if (patch->forced)
		kgr_finding(KGR_NOTE, "patches",
			    "%s: tasks were forced to cross its last change",
			    patch->name);
	oldest = kgr_blockers_oldest(blockers, patch, &nr);
	if (!oldest || oldest->waited_ms < KGR_LONG_MS)
		return;
	waited = kgr_duration(oldest->waited_ms);
	kgr_finding(KGR_NOTE, "patches",
		    "%s: %s for %s, blocked by %zu tasks; kgr blocking %s",
		    patch->name, kgr_status_word(patch->status), waited, nr,
		    patch->name);
	free(waited);
}

static void check_patches(void)
{
	struct kgr_blockers blockers;
	struct kgr_system system;
	struct kgr_sites sites;
	size_t i;

	if (!kgr_system_is_there() || kgr_system_read(&system))
		return;
	kgr_blockers_read(&blockers);
	for (i = 0; i < system.nr; i++)
		check_patch(&system.patches[i], &blockers);
	kgr_sites_read(&sites);
	for (i = 0; i < sites.nr; i++)
		check_site(&sites.list[i]);
	kgr_sites_free(&sites);
	kgr_blockers_free(&blockers);
	kgr_finding(KGR_GOOD, "patches", "%zu", system.nr);
	kgr_system_free(&system);
}

static int run_doctor(void)
{
	findings = (struct kgr_findings){ };
	if (kgr_json)
		findings.array = kgr_json_array(kgr_json, "findings");
	check_present();
	kgr_check_config();
	check_ftrace();
	check_modules();
	check_lockdown();
	check_debugfs();
	check_policies();
	check_patches();
	if (file)
		kgr_check_file(file);
	if (findings.nr[KGR_BAD])
		kgr_say("%s%d problems found%s", kgr_paint(KGR_RED),
			findings.nr[KGR_BAD], kgr_paint(KGR_PLAIN));
	else if (file)
		kgr_say("%sno problem found that would keep it from loading%s",
			kgr_paint(KGR_GREEN), kgr_paint(KGR_PLAIN));
	else
		kgr_say("%sno problem found%s", kgr_paint(KGR_GREEN),
			kgr_paint(KGR_PLAIN));
	return findings.nr[KGR_BAD] ? KGR_NO : KGR_OK;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	if (key != ARGP_KEY_ARG)
		return ARGP_ERR_UNKNOWN;
	if (file)
		argp_error(state, "one module at a time");
	file = arg;
	return 0;
}

const struct kgr_command kgr_doctor_command = {
	.name = "doctor",
	.brief = "find problems of this kernel, or of a patch for it",
	.usage = "[FILE|NAME]",
	.parse = parse,
	.run = run_doctor,
	.takes = KGR_TAKES_MODULES,
};
