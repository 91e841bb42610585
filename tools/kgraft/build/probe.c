// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * probe.c - how large entries of special sections are, in the kernel that is
 * patched; compiled as one of its objects, and read, not run
 */

#include <linux/bug.h>
#include <linux/build_bug.h>
#include <linux/jump_label.h>
#include <linux/kbuild.h>
#include <linux/objtool_types.h>
#include <linux/processor.h>
#include <linux/stddef.h>
#include <asm/alternative.h>
#include <asm/extable.h>

#define SAY(name, value) \
	({ asm volatile("\n.ascii \"->" name " %0\"" : : "i" (value)); })
#define SIZE(name, type) SAY(name, sizeof(type))

static void __used kgr_probe(void)
{
	SIZE("__bug_table", struct bug_entry);
	SIZE("__ex_table", struct exception_table_entry);
	SIZE(".altinstructions", struct alt_instr);
	SIZE("__jump_table", struct jump_entry);
	SIZE(".discard.unwind_hints", struct unwind_hint);
#ifdef CONFIG_DEBUG_BUGVERBOSE
	SAY("bug_line", offsetof(struct bug_entry, line));
#endif
	/* table.c relies on it. */
	BUILD_BUG_ON(offsetof(struct alt_instr, replacementlen) !=
		     sizeof(struct alt_instr) - 1);
}
