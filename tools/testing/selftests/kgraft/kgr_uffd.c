// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A page that is missing until the test provides it: who touches it sleeps in an
 * exception, or in the kernel that does so on its behalf.
 */

#include <fcntl.h>
#include <linux/userfaultfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "kgr_test.h"

/*
 * Sets *uffd, which says who waits for the page. Returns NULL if the kernel has no
 * userfaultfd.
 */
void *kgr_missing_page(int *uffd)
{
	struct uffdio_register reg = { .mode = UFFDIO_REGISTER_MODE_MISSING };
	struct uffdio_api api = { .api = UFFD_API };
	size_t size = sysconf(_SC_PAGESIZE);
	void *page;

	page = mmap(NULL, size, PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	*uffd = syscall(SYS_userfaultfd, O_CLOEXEC);
	reg.range.start = (unsigned long)page;
	reg.range.len = size;
	if (page == MAP_FAILED || *uffd < 0 || ioctl(*uffd, UFFDIO_API, &api) ||
	    ioctl(*uffd, UFFDIO_REGISTER, &reg))
		return NULL;
	return page;
}

/* Full of zeroes. Returns whether it was missing. */
bool kgr_provide_page(int uffd, void *page)
{
	struct uffdio_zeropage zero = {
		.range = {
			.start = (unsigned long)page,
			.len = sysconf(_SC_PAGESIZE),
		},
	};

	return !ioctl(uffd, UFFDIO_ZEROPAGE, &zero);
}
