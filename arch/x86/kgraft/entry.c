// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * entry.c - the code at the entry of a function
 */

#include <linux/build_bug.h>
#include <linux/ftrace.h>
#include <linux/kgraft_backport.h>
#include <linux/lockdep.h>
#include <linux/memory.h>
#include <linux/string.h>
#include <linux/uaccess.h>
#include <linux/unaligned.h>

#include <asm/text-patching.h>

#include "../../../kernel/kgraft/arch.h"

static_assert(KGR_ENTRY_BYTES == CALL_INSN_SIZE);
static_assert(KGR_ENTRY_BYTES == JMP32_INSN_SIZE);

/**
 * kgr_arch_calls_ftrace - does a function call ftrace at its entry?
 * @ip: the address of the call
 * @trampoline: the trampoline of an ops that is registered for it
 * @entry: set to the bytes at @ip
 *
 * ftrace uses @trampoline if that ops is the only one for the function, and
 * otherwise one of the two common trampolines.
 *
 * Context: text_mutex held, so that ftrace does not modify the code meanwhile.
 * Return: whether it does.
 */
bool kgr_arch_calls_ftrace(unsigned long ip, unsigned long trampoline,
			   u8 entry[KGR_ENTRY_BYTES])
{
	unsigned long to;

	lockdep_assert_held(&text_mutex);

	if (copy_from_kernel_nofault(entry, (void *)ip, KGR_ENTRY_BYTES)) {
		memset(entry, 0, KGR_ENTRY_BYTES);
		return false;
	}
	if (entry[0] != CALL_INSN_OPCODE)
		return false;
	to = ip + CALL_INSN_SIZE + (s32)get_unaligned_le32(entry + 1);
	return to == FTRACE_ADDR || to == FTRACE_REGS_ADDR ||
	       (trampoline && to == trampoline);
}

/**
 * kgr_arch_jump_reaches - can a jump at the entry of a function get there?
 * @ip: where the entry calls ftrace
 * @to: the address
 *
 * Return: whether it can.
 */
bool kgr_arch_jump_reaches(unsigned long ip, unsigned long to)
{
	long distance = to - (ip + JMP32_INSN_SIZE);

	return distance == (s32)distance;
}

/**
 * kgr_arch_jumps - does the entry of a function jump?
 * @ip: where it would call ftrace
 * @to: where it would jump
 *
 * Context: text_mutex held, so that ftrace does not modify the code meanwhile.
 * Return: whether there is a jump to @to.
 */
bool kgr_arch_jumps(unsigned long ip, unsigned long to)
{
	u8 entry[JMP32_INSN_SIZE], jump[JMP32_INSN_SIZE];

	lockdep_assert_held(&text_mutex);

	__text_gen_insn(jump, JMP32_INSN_OPCODE, (void *)ip, (void *)to,
			JMP32_INSN_SIZE);
	return !copy_from_kernel_nofault(entry, (void *)ip, sizeof(entry)) &&
	       !memcmp(entry, jump, sizeof(entry));
}

/**
 * kgr_arch_set_entry - make the entry of a function a call or a jump
 * @ip: where it calls ftrace, or jumps
 * @to: what it is to call, or where it is to jump
 * @jump: which of the two
 *
 * For when ftrace does not do that. On return, every CPU runs the new text.
 *
 * Context: text_mutex held, may sleep.
 */
void kgr_arch_set_entry(unsigned long ip, unsigned long to, bool jump)
{
	u8 insn[KGR_ENTRY_BYTES];

	lockdep_assert_held(&text_mutex);

	__text_gen_insn(insn, jump ? JMP32_INSN_OPCODE : CALL_INSN_OPCODE,
			(void *)ip, (void *)to, sizeof(insn));
	smp_text_poke_single((void *)ip, insn, sizeof(insn), NULL);
}
