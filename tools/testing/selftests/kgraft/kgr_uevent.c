// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The uevents that kGraft sends, as udev receives them.
 */

#include <linux/netlink.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "kgr_test.h"

/* A socket that receives every uevent from now on, or a negative number. */
int kgr_uevents_open(void)
{
	struct sockaddr_nl addr = { .nl_family = AF_NETLINK, .nl_groups = 1 };
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC,
			NETLINK_KOBJECT_UEVENT);

	if (fd >= 0 && bind(fd, (void *)&addr, sizeof(addr))) {
		close(fd);
		fd = -1;
	}
	return fd;
}

/*
 * The next uevent of kGraft within some milliseconds, as a sequence of
 * NUL-terminated strings. Returns their length, or 0.
 */
size_t kgr_uevent_next(int fd, int ms, char *buf, size_t size)
{
	static const char ours[] = "SUBSYSTEM=kgraft";
	struct pollfd pfd = { .fd = fd, .events = POLLIN };
	long long end = kgr_now_ms() + ms, left = ms;
	ssize_t len;

	while (poll(&pfd, 1, left) == 1) {
		len = recv(fd, buf, size - 1, 0);
		if (len > 0 && memmem(buf, len, ours, sizeof(ours))) {
			buf[len] = '\0';
			return len;
		}
		left = end - kgr_now_ms();
		if (left < 0)
			left = 0;
	}
	return 0;
}

/* The value of a variable of a uevent; "" if it is missing. */
const char *kgr_uevent_value(const char *uevent, size_t len, const char *name)
{
	size_t name_len = strlen(name);
	const char *at;

	for (at = uevent; at < uevent + len; at += strlen(at) + 1)
		if (!strncmp(at, name, name_len) && at[name_len] == '=')
			return at + name_len + 1;
	return "";
}
