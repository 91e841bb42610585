// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * user.c - reading the memory of a task that sleeps
 *
 * Only pages that are present are read. To bring one in may take long, and all
 * wake-ups of tasks would wait for it.
 */

#include <linux/highmem.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/mmap_lock.h>
#include <linux/sched/mm.h>
#include <linux/string.h>

#include "user.h"

static bool kgr_read_page(struct mm_struct *mm, unsigned long addr, void *to,
			  size_t size)
{
	struct page *page;
	void *from;
	long nr;

	if (!mmap_read_trylock(mm))
		return false;
	nr = get_user_pages_remote(mm, addr, 1, FOLL_NOFAULT, &page, NULL);
	mmap_read_unlock(mm);
	if (nr != 1)
		return false;
	from = kmap_local_page(page);
	memcpy(to, from + offset_in_page(addr), size);
	kunmap_local(from);
	put_page(page);
	return true;
}

/* Page by page. */
static bool kgr_read_mm(struct mm_struct *mm, unsigned long addr, void *to,
			size_t size)
{
	size_t part;

	for (; size; addr += part, to += part, size -= part) {
		part = min(size, PAGE_SIZE - offset_in_page(addr));
		if (!kgr_read_page(mm, addr, to, part))
			return false;
	}
	return true;
}

/**
 * kgr_read_user - read the memory of a task
 * @task: the task
 * @addr: where
 * @to: set to what is there
 * @size: how much
 *
 * Context: process context, no spinlock held.
 * Return: whether it could be read; if not, it may be the next time.
 */
bool kgr_read_user(struct task_struct *task, unsigned long addr, void *to,
		   size_t size)
{
	struct mm_struct *mm;
	bool ret;

	mm = get_task_mm(task);
	if (!mm)
		return false;
	ret = kgr_read_mm(mm, addr, to, size);
	/* If it is the last one, a worker takes the time that it takes. */
	mmput_async(mm);
	return ret;
}
