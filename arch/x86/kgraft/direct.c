// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * direct.c - how x86 code refers to symbols, and which functions may be called
 *	      through a pointer
 */

#include <linux/elf.h>
#include <linux/errno.h>
#include <linux/kgraft_backport.h>
#include <linux/memory.h>
#include <linux/mutex.h>
#include <linux/string.h>
#include <linux/uaccess.h>

#include <asm/ibt.h>
#include <asm/text-patching.h>

#include "../../../kernel/kgraft/arch.h"

/**
 * kgr_arch_reloc_size - how many bytes does a relocation write?
 * @type: the type of the relocation
 *
 * Return: the number of bytes; 0 if the relocation cannot be redone later.
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
 * @place: the address that it writes to
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
 * kgr_arch_reloc_is - does a place still have what its relocation wrote?
 * @place: the address that it wrote to
 * @value: the value that it wrote
 * @size: its size in bytes
 *
 * With call depth tracking, a direct call goes to the accounting code in the
 * padding before the function; this counts as unchanged. A call that is written
 * later goes to the function itself: the call depth is then too small, which is
 * safe.
 *
 * Return: whether it does.
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
 * kgr_arch_poke_begin - prepare for calls of kgr_arch_poke()
 *
 * Context: process context, may sleep.
 */
void kgr_arch_poke_begin(void)
{
	mutex_lock(&text_mutex);
}

/**
 * kgr_arch_poke - write to code that does not run, or to read-only data
 * @place: the address, in a module
 * @value: what to write
 * @size: its size in bytes
 *
 * Context: between kgr_arch_poke_begin() and kgr_arch_poke_end().
 */
void kgr_arch_poke(void *place, const void *value, size_t size)
{
	text_poke(place, value, size);
}

/**
 * kgr_arch_poke_end - finish calls of kgr_arch_poke()
 *
 * Makes all CPUs discard instructions that they prefetched before.
 *
 * Context: process context, may sleep.
 */
void kgr_arch_poke_end(void)
{
	smp_text_poke_sync_each_cpu();
	mutex_unlock(&text_mutex);
}

/**
 * kgr_arch_no_pointer - may a function be called through a pointer?
 * @addr: the function
 *
 * The configuration of the kernel decides, not what the CPU enforces: a patch
 * must not work on one machine and oops on the next.
 *
 * Return: the reason why not, in a few words; %NULL if it may.
 */
const char *kgr_arch_no_pointer(unsigned long addr)
{
#ifdef CONFIG_X86_KERNEL_IBT
	u32 insn;

	if (get_kernel_nofault(insn, (u32 *)addr) || insn != gen_endbr())
		return "it has no ENDBR";
#endif
	/* 6.12 has the second name. */
	if (IS_ENABLED(CONFIG_CFI) || IS_ENABLED(CONFIG_CFI_CLANG))
		return "its type is not known to CFI";
	return NULL;
}
