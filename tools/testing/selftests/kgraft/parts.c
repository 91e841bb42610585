// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Calls that have done part of their work when they are woken continue with the
 * rest: nothing is lost, nothing is done twice, and nothing is returned before
 * all is done. If a signal ends them, they return what they have done.
 */

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/sched.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <unistd.h>

#include "../kselftest_harness.h"
#include "kgr_test.h"

#define P1	"kgr_test_patch1"

/* More than fits into any buffer. */
#define LARGE	(8 << 20)

/* A small amount, which does not end the call. */
#define LITTLE	(64 << 10)

static unsigned char buf[LARGE];

/* The content of the stream at this offset: the number of its word. */
static unsigned char byte_at(unsigned long at)
{
	return (at / 4) >> (at % 4 * 8);
}

static bool bytes_are(const unsigned char *bytes, unsigned long at, size_t nr)
{
	size_t i;

	for (i = 0; i < nr; i++)
		if (bytes[i] != byte_at(at + i))
			return false;
	return true;
}

static void make_bytes(unsigned char *bytes, unsigned long at, size_t nr)
{
	size_t i;

	for (i = 0; i < nr; i++)
		bytes[i] = byte_at(at + i);
}

static int make_pipe(int fd[2])
{
	return pipe(fd);
}

static int make_unix(int fd[2])
{
	return socketpair(AF_UNIX, SOCK_STREAM, 0, fd);
}

static int make_tcp(int fd[2])
{
	struct sockaddr_in addr = {
		.sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	socklen_t len = sizeof(addr);
	int l = socket(AF_INET, SOCK_STREAM, 0), size = 4096;

	fd[1] = socket(AF_INET, SOCK_STREAM, 0);
	setsockopt(fd[1], SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
	if (bind(l, (struct sockaddr *)&addr, len) || listen(l, 1) ||
	    getsockname(l, (struct sockaddr *)&addr, &len) ||
	    connect(fd[1], (struct sockaddr *)&addr, len))
		return -1;
	fd[0] = accept(l, NULL, NULL);
	close(l);
	return fd[0] < 0 ? -1 : 0;
}

static ssize_t by_write(int fd)
{
	return write(fd, buf, LARGE);
}

static ssize_t by_writev(int fd)
{
	struct iovec iov[] = {
		{ buf, 1001 },
		{ buf + 1001, LITTLE },
		{ buf + 1001 + LITTLE, LARGE - 1001 - LITTLE },
	};

	return writev(fd, iov, 3);
}

static ssize_t by_send(int fd)
{
	return send(fd, buf, LARGE, 0);
}

/* With a header that spans two pages. */
static ssize_t by_sendmsg(int fd)
{
	static char pages[3 * 4096];
	unsigned long second = ((unsigned long)pages + 8191) & ~4095UL;
	struct iovec iov[] = { { buf, 1001 }, { buf + 1001, LARGE - 1001 } };
	struct msghdr *msg = (struct msghdr *)(second - 24);

	msg->msg_iov = iov;
	msg->msg_iovlen = 2;
	return sendmsg(fd, msg, 0);
}

static ssize_t send_file(int fd, size_t count)
{
	char path[] = "/tmp/kgr_parts.XXXXXX";
	int file = mkstemp(path);

	unlink(path);
	if (write(file, buf, LARGE) != LARGE || lseek(file, 0, SEEK_SET))
		return -1;
	return sendfile(fd, file, NULL, count);
}

static ssize_t by_sendfile(int fd)
{
	return send_file(fd, LARGE);
}

/* All there is: a count that is too much from any position but the first. */
static ssize_t by_sendfile_all(int fd)
{
	return send_file(fd, SSIZE_MAX);
}

/* The result of the other process, in shared memory. */
struct found {
	long result;
	int error;
	bool right, back;
	pid_t sharer;
};

FIXTURE(parts) {
	struct found *found;
	int fd[2];
	pid_t pid;
};

FIXTURE_VARIANT(parts) {
	int (*make)(int fd[2]);
	ssize_t (*call)(int fd);
};

FIXTURE_VARIANT_ADD(parts, write_pipe) { make_pipe, by_write };
FIXTURE_VARIANT_ADD(parts, writev_pipe) { make_pipe, by_writev };
FIXTURE_VARIANT_ADD(parts, write_unix) { make_unix, by_write };
FIXTURE_VARIANT_ADD(parts, send_unix) { make_unix, by_send };
FIXTURE_VARIANT_ADD(parts, sendmsg_unix) { make_unix, by_sendmsg };
FIXTURE_VARIANT_ADD(parts, sendfile_tcp) { make_tcp, by_sendfile };
FIXTURE_VARIANT_ADD(parts, sendfile_all_tcp) { make_tcp, by_sendfile_all };
FIXTURE_VARIANT_ADD(parts, write_tcp) { make_tcp, by_write };
FIXTURE_VARIANT_ADD(parts, writev_tcp) { make_tcp, by_writev };

FIXTURE_SETUP(parts)
{
	int fd[2];

	ASSERT_TRUE(kgr_is_clean());
	self->found = mmap(NULL, sizeof(*self->found), PROT_READ | PROT_WRITE,
			   MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	ASSERT_NE(MAP_FAILED, self->found);
	ASSERT_EQ(0, variant->make(fd));
	/* Not before: a fixture's data is shared with the child. */
	self->fd[0] = fd[0];
	self->fd[1] = fd[1];
}

FIXTURE_TEARDOWN_PARENT(parts)
{
	EXPECT_TRUE(kgr_clean_up());
}

/*
 * Reads that many bytes, or those that are left if the other end is closed.
 * Returns their number; -1 if they are not those at this offset.
 */
static ssize_t take_right(int fd, unsigned long at, size_t nr)
{
	static unsigned char some[LITTLE];
	size_t taken = 0;
	ssize_t got;

	while (taken < nr) {
		got = read(fd, some, nr - taken < LITTLE ? nr - taken : LITTLE);
		if (!got)
			break;
		if (got < 0 || !bytes_are(some, at + taken, got))
			return -1;
		taken += got;
	}
	return taken;
}

static bool take(int fd, unsigned long at, size_t nr)
{
	return take_right(fd, at, nr) == (ssize_t)nr;
}

/* A writer is woken by each of 20 changes, and can then write some more. */
TEST_F_TIMEOUT(parts, are_a_whole, KGR_TIMEOUT)
{
	unsigned long at = 0;
	char *trace;
	pid_t pid;
	int i;

	pid = kgr_fork();
	if (!pid) {
		make_bytes(buf, 0, LARGE);
		self->found->result = variant->call(self->fd[1]);
		self->found->back = true;
		_exit(0);
	}
	self->pid = pid;
	ASSERT_TRUE(kgr_trace_start());
	for (i = 0; i < 20; i++) {
		kgr_sleep_ms(20);
		ASSERT_TRUE(KGR_WITHIN(KGR_SETTLE_MS,
				       kgr_task_state(pid) == 'S'));
		ASSERT_EQ(0, kgr_toggle(P1, i));
		EXPECT_FALSE(self->found->back);
		ASSERT_TRUE(take(self->fd[0], at, LITTLE));
		at += LITTLE;
	}
	trace = kgr_trace_stop();
	EXPECT_LE(20, kgr_trace_ways(trace, pid, "exit"));
	free(trace);
	EXPECT_TRUE(take(self->fd[0], at, LARGE - at));
	EXPECT_TRUE(kgr_reap(pid));
	EXPECT_EQ(LARGE, self->found->result);
}

/*
 * A task that shares the descriptors could reuse the number for another file,
 * which would get the rest: not woken while there is such a task.
 */
TEST_F_TIMEOUT(parts, stay_if_shared, KGR_TIMEOUT)
{
	pid_t pid = kgr_fork();

	if (!pid) {
		pid = syscall(SYS_clone, CLONE_FILES | SIGCHLD, 0, 0, 0, 0);
		if (!pid)
			_exit(!pause());
		self->found->sharer = pid;
		make_bytes(buf, 0, LARGE);
		self->found->result = variant->call(self->fd[1]);
		_exit(0);
	}
	self->pid = pid;
	ASSERT_TRUE(KGR_WITHIN(KGR_SETTLE_MS, self->found->sharer));
	ASSERT_TRUE(take(self->fd[0], 0, LITTLE));
	kgr_sleep_ms(20);
	ASSERT_TRUE(KGR_WITHIN(KGR_SETTLE_MS, kgr_task_state(pid) == 'S'));
	ASSERT_EQ(0, kgr_load(P1, NULL));
	ASSERT_TRUE(KGR_WITHIN(KGR_SETTLE_MS, kgr_global("remaining") == 1));
	kgr_sleep_ms(KGR_QUIET_MS);
	EXPECT_EQ(1, kgr_pending(pid));

	kill(self->found->sharer, SIGKILL);
	EXPECT_EQ(0, kgr_wait_done(KGR_SETTLE_MS));
	EXPECT_TRUE(take(self->fd[0], LITTLE, LARGE - LITTLE));
	EXPECT_TRUE(kgr_reap(pid));
	EXPECT_EQ(LARGE, self->found->result);
}

/*
 * Another process makes the file non-blocking. A socket asks for that when the
 * call begins: made again, the call would not wait for the rest any more.
 */
TEST_F_TIMEOUT(parts, stay_if_nonblocking, KGR_TIMEOUT)
{
	pid_t pid;

	if (variant->make == make_pipe || variant->call == by_sendfile ||
	    variant->call == by_sendfile_all)
		return; /* they ask again after each wait */
	pid = kgr_fork();
	if (!pid) {
		make_bytes(buf, 0, LARGE);
		self->found->result = variant->call(self->fd[1]);
		_exit(0);
	}
	ASSERT_TRUE(take(self->fd[0], 0, LITTLE));
	kgr_sleep_ms(20);
	ASSERT_TRUE(KGR_WITHIN(KGR_SETTLE_MS, kgr_task_state(pid) == 'S'));
	ASSERT_EQ(0, fcntl(self->fd[1], F_SETFL, O_NONBLOCK));
	ASSERT_EQ(0, kgr_load(P1, NULL));
	ASSERT_TRUE(KGR_WITHIN(KGR_SETTLE_MS, kgr_global("remaining") == 1));
	kgr_sleep_ms(KGR_QUIET_MS);
	ASSERT_EQ(1, kgr_pending(pid));

	EXPECT_TRUE(take(self->fd[0], LITTLE, LARGE - LITTLE));
	EXPECT_TRUE(kgr_reap(pid));
	EXPECT_EQ(LARGE, self->found->result);
	EXPECT_EQ(0, kgr_wait_done(KGR_SETTLE_MS));
}

static void on_signal(int sig)
{
}

/*
 * The other end is closed: the writer has written a part, and gets no signal.
 */
TEST_F_TIMEOUT(parts, are_cut, KGR_TIMEOUT)
{
	pid_t pid = kgr_fork();

	if (!pid) {
		close(self->fd[0]);
		if (variant->make == make_pipe)
			signal(SIGPIPE, SIG_IGN);
		self->found->result = variant->call(self->fd[1]);
		_exit(0);
	}
	close(self->fd[1]);
	kgr_sleep_ms(20);
	ASSERT_TRUE(KGR_WITHIN(KGR_SETTLE_MS, kgr_task_state(pid) == 'S'));
	ASSERT_EQ(0, kgr_toggle(P1, 0));
	ASSERT_TRUE(KGR_WITHIN(KGR_SETTLE_MS, kgr_task_state(pid) == 'S'));
	close(self->fd[0]);
	EXPECT_TRUE(kgr_reap(pid));
	EXPECT_LT(0, self->found->result);
	EXPECT_GT(LARGE, self->found->result);
	EXPECT_EQ(0, kgr_toggle(P1, 1));
}

/*
 * Writes continuously, and is often interrupted by signals. An interrupted call
 * returns how much it has written, and the next one begins there.
 */
static void write_on(int fd, struct found *found)
{
	struct itimerval it = { { 0, 700 }, { 0, 700 } };
	struct sigaction sa = { .sa_handler = on_signal };
	unsigned long at = 0;
	ssize_t ret;

	sigaction(SIGALRM, &sa, NULL);
	setitimer(ITIMER_REAL, &it, NULL);
	while (!found->back) {
		make_bytes(buf, at, 2 * LITTLE);
		ret = write(fd, buf, 2 * LITTLE);
		if (ret < 0 && errno != EINTR) {
			found->error = errno;
			break;
		}
		at += ret > 0 ? ret : 0;
	}
}

TEST_F_TIMEOUT(parts, are_counted, KGR_TIMEOUT)
{
	unsigned long at = 0;
	pid_t pid, reader;
	ssize_t ret;
	int i;

	pid = kgr_fork();
	if (!pid) {
		close(self->fd[0]);
		write_on(self->fd[1], self->found);
		_exit(0);
	}
	reader = kgr_fork();
	if (!reader) {
		close(self->fd[1]);
		self->found->right = true;
		while (self->found->right && !self->found->back) {
			ret = take_right(self->fd[0], at, 4096);
			/*
			 * It may end in the middle, but not before it is told
			 * to.
			 */
			self->found->right = ret == 4096 ||
					     (ret >= 0 && self->found->back);
			self->found->result = at;
			at += 4096;
			kgr_sleep_ms(1);
		}
		_exit(!self->found->right);
	}
	close(self->fd[0]);
	close(self->fd[1]);
	for (i = 0; i < kgr_rounds(40); i++)
		ASSERT_EQ(0, kgr_toggle(P1, i));
	if (i % 2)
		ASSERT_EQ(0, kgr_toggle(P1, i));
	self->found->back = true;
	EXPECT_TRUE(kgr_reap(reader)) {
		TH_LOG("at byte %ld; the writer ended with error %d",
		       self->found->result, self->found->error);
	}
	kgr_kill(pid);
}

/* A receiver that has a part of what it waits for */
FIXTURE(received) {
	struct found *found;
	int fd[2];
};

FIXTURE_SETUP(received)
{
	int fd[2];

	ASSERT_TRUE(kgr_is_clean());
	self->found = mmap(NULL, sizeof(*self->found), PROT_READ | PROT_WRITE,
			   MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	ASSERT_NE(MAP_FAILED, self->found);
	ASSERT_EQ(0, make_unix(fd));
	self->fd[0] = fd[0];
	self->fd[1] = fd[1];
}

FIXTURE_TEARDOWN_PARENT(received)
{
	EXPECT_TRUE(kgr_clean_up());
}

/*
 * A local socket whose peer leaves unread data behind has an error, which a receiver
 * takes with it that has received a part: the next one finds the end.
 */
TEST_F_TIMEOUT(received, takes_the_error, KGR_TIMEOUT)
{
	pid_t pid;

	ASSERT_EQ(1, write(self->fd[0], "x", 1));
	ASSERT_EQ(LITTLE, write(self->fd[1], buf, LITTLE));
	pid = kgr_fork();
	if (!pid) {
		close(self->fd[1]);
		self->found->result = recv(self->fd[0], buf, 2 * LITTLE, MSG_WAITALL);
		if (recv(self->fd[0], buf, LITTLE, 0))
			self->found->error = errno;
		_exit(0);
	}
	close(self->fd[0]);
	kgr_sleep_ms(20);
	ASSERT_TRUE(KGR_WITHIN(KGR_SETTLE_MS, kgr_task_state(pid) == 'S'));
	ASSERT_EQ(0, kgr_toggle(P1, 0));
	ASSERT_TRUE(KGR_WITHIN(KGR_SETTLE_MS, kgr_task_state(pid) == 'S'));
	close(self->fd[1]);
	EXPECT_TRUE(kgr_reap(pid));
	EXPECT_EQ(LITTLE, self->found->result);
	EXPECT_EQ(0, self->found->error);
	EXPECT_EQ(0, kgr_toggle(P1, 1));
}

int main(int argc, char **argv)
{
	return kgr_main(argc, argv, test_harness_run);
}
