// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * direct.c - how x86 code refers to symbols, and which functions may be called
 *	      through a pointer
 */

#include <linux/elf.h>
#include <linux/errno.h>
#include <linux/memory.h>
#include <linux/mutex.h>
#include <linux/string.h>
#include <linux/uaccess.h>

#include <asm/ibt.h>
#include <asm/text-patching.h>

#include "../../../kernel/kgraft/arch.h"

/**
 * kgr_arch_reloc_size - how much of a place does a relocation write?
 * @type: the type of the relocation
 *
 * Return: the size in bytes; 0 if it cannot be written again later.
 */
unsigned int kgr_arch_reloc_size(unsigned int type)
{
	switch (type) {
	case R_X86_64_64:
		return 8;
	case R_X86_64_PC32:
	case R_X86_64_PLT32:
	case R_X86_64_32S:
		return 4;
	default:
		return 0;
	}
}

/**
 * kgr_arch_reloc_value - what does a relocation write?
 * @type: its type
 * @place: where it writes
 * @addr: the address of the symbol, with the addend
 * @value: set to what it writes
 *
 * Return: 0, or -ERANGE if the symbol cannot be reached.
 */
int kgr_arch_reloc_value(unsigned int type, unsigned long place,
			 unsigned long addr, u64 *value)
{
	s64 val = addr;

	if (type == R_X86_64_PC32 || type == R_X86_64_PLT32)
		val -= place;
	*value = val;
	return type == R_X86_64_64 || val == (s32)val ? 0 : -ERANGE;
}

/**
 * kgr_arch_reloc_is - has a place what its relocation wrote?
 * @place: where it wrote
 * @value: what it wrote
 * @size: its size in bytes
 *
 * With call depth tracking, a direct call goes to the code that counts it, in
 * the padding before the function, and counts as the same. What is written later
 * calls the function itself: the depth is then too small, which is safe.
 *
 * Return: whether it has.
 */
bool kgr_arch_reloc_is(const void *place, u64 value, unsigned int size)
{
	if (!memcmp(place, &value, size))
		return true;
#ifdef CONFIG_MITIGATION_CALL_DEPTH_TRACKING
	if (size == 4)
		return (u32)value - *(u32 *)place <= CONFIG_FUNCTION_PADDING_BYTES;
#endif
	return false;
}

/**
 * kgr_arch_poke_begin - before calls of kgr_arch_poke()
 *
 * Context: process context, may sleep.
 */
void kgr_arch_poke_begin(void)
{
	mutex_lock(&text_mutex);
}

/**
 * kgr_arch_poke - write to code that does not run, or to read-only data
 * @place: where, in a module
 * @value: what
 * @size: its size in bytes
 *
 * Context: between kgr_arch_poke_begin() and kgr_arch_poke_end().
 */
void kgr_arch_poke(void *place, const void *value, size_t size)
{
	text_poke(place, value, size);
}

/**
 * kgr_arch_poke_end - after calls of kgr_arch_poke()
 *
 * No CPU goes on with what it has fetched of the code as it was before.
 *
 * Context: process context, may sleep.
 */
void kgr_arch_poke_end(void)
{
	text_poke_sync();
	mutex_unlock(&text_mutex);
}

/**
 * kgr_arch_no_pointer - why must a function not be called through a pointer?
 * @addr: the function
 *
 * What the kernel is built for decides, not what the CPU enforces: a patch must
 * not work on one machine and oops on the next.
 *
 * Return: why, in a few words; %NULL if it may be.
 */
const char *kgr_arch_no_pointer(unsigned long addr)
{
#ifdef CONFIG_X86_KERNEL_IBT
	u32 insn;

	if (get_kernel_nofault(insn, (u32 *)addr) ||
	    insn == gen_endbr_poison() || !is_endbr(insn))
		return "it has no ENDBR";
#endif
	if (IS_ENABLED(CONFIG_CFI_CLANG))
		return "its type is not known to CFI";
	return NULL;
}
