// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Threads of a process that stay in the kernel: workers of io_uring and vhost.
 */

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/io_uring.h>
#include <linux/vhost.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "../kselftest_harness.h"
#include "kgr_test.h"

#define P1 "kgr_test_patch1"

/* Time limit for one thread that is not held. */
#define BOUND_MS 2000

#define ENTRIES 64

static struct ring {
	int fd;
	struct io_uring_params params;
	char *sq, *cq;
	struct io_uring_sqe *sqes;
	/* what requests read */
	char text[ENTRIES][32];
} ring;

static bool ring_open(unsigned int flags, unsigned int idle_ms)
{
	struct io_uring_params *p = &ring.params;
	/* bounded, unbounded */
	unsigned int workers[2] = { 1, 1 };

	*p = (struct io_uring_params){
		.flags = flags,
		.sq_thread_idle = idle_ms,
	};
	ring.fd = syscall(SYS_io_uring_setup, ENTRIES, p);
	if (ring.fd < 0)
		return false;
	ring.sq = mmap(NULL, p->sq_off.array + ENTRIES * sizeof(int),
		       PROT_READ | PROT_WRITE, MAP_SHARED, ring.fd,
		       IORING_OFF_SQ_RING);
	ring.cq = mmap(NULL, p->cq_off.cqes +
		       p->cq_entries * sizeof(struct io_uring_cqe),
		       PROT_READ | PROT_WRITE, MAP_SHARED, ring.fd,
		       IORING_OFF_CQ_RING);
	ring.sqes = mmap(NULL, ENTRIES * sizeof(struct io_uring_sqe),
			 PROT_READ | PROT_WRITE, MAP_SHARED, ring.fd,
			 IORING_OFF_SQES);
	return ring.sq != MAP_FAILED && ring.cq != MAP_FAILED &&
	       ring.sqes != MAP_FAILED &&
	       !syscall(SYS_io_uring_register, ring.fd,
			IORING_REGISTER_IOWQ_MAX_WORKERS, workers, 2);
}

static atomic_uint *sq_word(unsigned int off)
{
	return (atomic_uint *)(ring.sq + off);
}

/*
 * Submits this many reads of a file at once; they run in a worker, because they
 * may block.
 */
static bool ring_read(int fd, unsigned int nr)
{
	atomic_uint *tail = sq_word(ring.params.sq_off.tail);
	unsigned int at = atomic_load(tail), i, flags = 0;

	for (i = 0; i < nr; i++, at++) {
		unsigned int n = at % ENTRIES;

		memset(ring.text[n], 0, sizeof(ring.text[n]));
		ring.sqes[n] = (struct io_uring_sqe){
			.opcode = IORING_OP_READ,
			.fd = fd,
			.addr = (unsigned long)ring.text[n],
			.len = sizeof(ring.text[n]) - 1,
			.user_data = n,
		};
		atomic_store(sq_word(ring.params.sq_off.array + 4 * n), n);
	}
	atomic_store(tail, at);
	if (!(ring.params.flags & IORING_SETUP_SQPOLL))
		return syscall(SYS_io_uring_enter, ring.fd, nr, 0, 0, NULL, 0) == nr;
	if (atomic_load(sq_word(ring.params.sq_off.flags)) & IORING_SQ_NEED_WAKEUP)
		flags = IORING_ENTER_SQ_WAKEUP;
	return !flags ||
	       syscall(SYS_io_uring_enter, ring.fd, nr, 0, flags, NULL, 0) >= 0;
}

/* The result of a read, in the order of completion. */
static bool ring_result(int seen[2])
{
	atomic_uint *head = (atomic_uint *)(ring.cq + ring.params.cq_off.head);
	atomic_uint *tail = (atomic_uint *)(ring.cq + ring.params.cq_off.tail);
	struct io_uring_cqe *cqes = (void *)(ring.cq + ring.params.cq_off.cqes);
	struct io_uring_cqe *cqe;
	unsigned int at = atomic_load(head);

	if (!KGR_WITHIN(KGR_SETTLE_MS, atomic_load(tail) != at))
		return false;
	cqe = &cqes[at % ring.params.cq_entries];
	if (cqe->res <= 0 ||
	    sscanf(ring.text[cqe->user_data], "%d %d", &seen[0], &seen[1]) != 2)
		return false;
	atomic_store(head, at + 1);
	return true;
}

/*
 * The thread of this process whose name begins like this; 0 if there is none.
 */
static pid_t find(const char *name)
{
	DIR *dir = opendir("/proc/self/task");
	char path[300], comm[64];
	struct dirent *t;
	pid_t tid = 0;

	while (!tid && (t = readdir(dir))) {
		snprintf(path, sizeof(path), "/proc/self/task/%s/comm", t->d_name);
		if (kgr_read(path, comm, sizeof(comm)) > 0 &&
		    !strncmp(comm, name, strlen(name)))
			tid = atoi(t->d_name);
	}
	closedir(dir);
	return tid;
}

static bool thread_pending(pid_t tid)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/self/task/%d/kgr_in_progress", tid);
	return kgr_number(path) == 1;
}

FIXTURE(io_uring) {};

FIXTURE_SETUP(io_uring)
{
	if (access("/proc/sys/kernel/io_uring_disabled", F_OK))
		SKIP(return, "needs CONFIG_IO_URING");
	ASSERT_TRUE(kgr_is_clean());
	ASSERT_TRUE(kgr_trace_start());
}

FIXTURE_TEARDOWN_PARENT(io_uring)
{
	EXPECT_TRUE(kgr_clean_up());
}

FIXTURE(kinds_worker) {};

FIXTURE_SETUP(kinds_worker)
{
	ASSERT_TRUE(kgr_is_clean());
	ASSERT_TRUE(kgr_trace_start());
}

FIXTURE_TEARDOWN_PARENT(kinds_worker)
{
	EXPECT_TRUE(kgr_clean_up());
}

/* It crosses, by one of two ways. */
#define EXPECT_CROSSES(_tid, _way, _other) do {				\
	const char *__way;						\
									\
	EXPECT_TRUE(KGR_WITHIN(BOUND_MS, !thread_pending(_tid)));	\
	__way = kgr_way(_tid);						\
	EXPECT_TRUE(!strcmp(__way, _way) || !strcmp(__way, _other)) {	\
		TH_LOG("crossed by '%s'", __way);			\
	}								\
} while (0)

TEST_F_TIMEOUT(io_uring, io_wq_idle, KGR_TIMEOUT)
{
	int fd = open(KGR_TARGET "pair", O_RDONLY), seen[2];
	pid_t tid;

	ASSERT_TRUE(ring_open(0, 0));
	ASSERT_TRUE(ring_read(fd, 1));
	ASSERT_TRUE(ring_result(seen));
	EXPECT_EQ(0, seen[0]);
	tid = find("iou-wrk-");
	ASSERT_LT(0, tid);
	ASSERT_TRUE(KGR_WITHIN(KGR_SETTLE_MS, kgr_task_state(tid) == 'S'));
	ASSERT_EQ(0, kgr_load(P1, NULL));
	EXPECT_CROSSES(tid, "sleep", "sleep");
	EXPECT_EQ(0, kgr_wait_done(KGR_SETTLE_MS));
	ASSERT_TRUE(ring_read(fd, 1));
	ASSERT_TRUE(ring_result(seen));
	EXPECT_EQ(1, seen[0]);
	EXPECT_EQ(1, seen[1]);
}

/* One request after the other, each in one universe. */
TEST_F_TIMEOUT(io_uring, io_wq_busy, KGR_TIMEOUT)
{
	int fd = open(KGR_TARGET "pair_sleep", O_RDONLY), seen[2], i, new = 0;
	pid_t tid, loader;
	long long late;

	ASSERT_TRUE(ring_open(0, 0));
	ASSERT_TRUE(ring_read(fd, ENTRIES));
	for (i = 0; i < 4; i++)
		ASSERT_TRUE(ring_result(seen));
	tid = find("iou-wrk-");
	ASSERT_LT(0, tid);
	loader = kgr_fork();
	if (!loader)
		_exit(kgr_load(P1, NULL) != 0);
	/* It has work until it has crossed, however long that takes. */
	late = kgr_now_ms() + KGR_SETTLE_MS;
	for (; i < ENTRIES; i++) {
		ASSERT_TRUE(ring_result(seen));
		EXPECT_EQ(seen[0], seen[1]);
		EXPECT_LE(new, seen[0]);
		new = seen[0];
		if (new || kgr_now_ms() > late)
			continue;
		ASSERT_TRUE(ring_read(fd, 1));
		i--;
	}
	/* In the middle of the requests, not at their end. */
	EXPECT_EQ(1, new);
	EXPECT_TRUE(kgr_reap(loader));
	EXPECT_CROSSES(tid, "loop", "loop");
	EXPECT_EQ(0, kgr_wait_done(KGR_SETTLE_MS));
}

/* Strict: a request that takes long blocks the change for as long. */
TEST_F_TIMEOUT(io_uring, io_wq_held, KGR_TIMEOUT)
{
	int fd = open(KGR_TARGET "block_hard", O_RDWR), seen[2];
	pid_t tid;

	ASSERT_TRUE(ring_open(0, 0));
	ASSERT_TRUE(ring_read(fd, 1));
	ASSERT_TRUE(KGR_WITHIN(KGR_SETTLE_MS,
			       kgr_number(KGR_TARGET "waiters") == 1));
	tid = find("iou-wrk-");
	ASSERT_LT(0, tid);
	ASSERT_EQ(0, kgr_load(P1, NULL));
	ASSERT_TRUE(KGR_WITHIN(KGR_SETTLE_MS, kgr_global("remaining") == 1));
	kgr_sleep_ms(KGR_QUIET_MS);
	EXPECT_TRUE(thread_pending(tid));
	EXPECT_EQ(1, kgr_global("in_progress"));
	ASSERT_EQ(1, write(fd, "1", 1));
	ASSERT_TRUE(ring_result(seen));
	EXPECT_EQ(0, seen[0]);
	EXPECT_EQ(0, seen[1]);
	EXPECT_CROSSES(tid, "sleep", "loop");
	EXPECT_EQ(0, kgr_wait_done(KGR_SETTLE_MS));
}

/* Never leaves its CPU voluntarily. */
TEST_F_TIMEOUT(io_uring, sqpoll_polling, KGR_TIMEOUT)
{
	int fd = open(KGR_TARGET "pair", O_RDONLY), seen[2];
	pid_t tid;

	ASSERT_TRUE(ring_open(IORING_SETUP_SQPOLL, 60000));
	/* It begins to poll after its first work. */
	ASSERT_TRUE(ring_read(fd, 1));
	ASSERT_TRUE(ring_result(seen));
	tid = find("iou-sqp-");
	ASSERT_LT(0, tid);
	EXPECT_FALSE(atomic_load(sq_word(ring.params.sq_off.flags)) &
		     IORING_SQ_NEED_WAKEUP);
	ASSERT_EQ(0, kgr_load(P1, NULL));
	EXPECT_CROSSES(tid, "loop", "loop");
	EXPECT_EQ(0, kgr_wait_done(KGR_SETTLE_MS));
}

TEST_F_TIMEOUT(io_uring, sqpoll_asleep, KGR_TIMEOUT)
{
	int fd = open(KGR_TARGET "pair", O_RDONLY), seen[2];
	pid_t tid;

	ASSERT_TRUE(ring_open(IORING_SETUP_SQPOLL, 1));
	ASSERT_TRUE(KGR_WITHIN(KGR_SETTLE_MS,
			       atomic_load(sq_word(ring.params.sq_off.flags)) &
			       IORING_SQ_NEED_WAKEUP));
	tid = find("iou-sqp-");
	ASSERT_LT(0, tid);
	ASSERT_TRUE(KGR_WITHIN(KGR_SETTLE_MS, kgr_task_state(tid) == 'S'));
	ASSERT_EQ(0, kgr_load(P1, NULL));
	EXPECT_CROSSES(tid, "sleep", "sleep");
	EXPECT_EQ(0, kgr_wait_done(KGR_SETTLE_MS));
	ASSERT_TRUE(ring_read(fd, 1));
	ASSERT_TRUE(ring_result(seen));
	EXPECT_EQ(1, seen[0]);
	EXPECT_EQ(1, seen[1]);
}

/* Stopped together with the process that it belongs to. */
TEST_F_TIMEOUT(io_uring, sqpoll_stopped, KGR_TIMEOUT)
{
	int status;
	pid_t pid;

	pid = kgr_fork();
	if (!pid) {
		if (!ring_open(IORING_SETUP_SQPOLL, 60000))
			_exit(4);
		raise(SIGSTOP);
		_exit(!kgr_now_is(1, 1));
	}
	ASSERT_EQ(pid, waitpid(pid, &status, WUNTRACED));
	ASSERT_TRUE(WIFSTOPPED(status));
	ASSERT_EQ(0, kgr_apply(P1));
	EXPECT_EQ(0, kgr_pending(pid));
	EXPECT_EQ('T', kgr_task_state(pid));
	kill(pid, SIGCONT);
	EXPECT_TRUE(kgr_reap(pid));
}

TEST_F_TIMEOUT(kinds_worker, vhost_idle, KGR_TIMEOUT)
{
	int fd = open("/dev/vhost-net", O_RDWR);
	pid_t tid;

	if (fd < 0)
		SKIP(return, "needs vhost_net");
	ASSERT_EQ(0, ioctl(fd, VHOST_SET_OWNER));
	ASSERT_TRUE(KGR_WITHIN(KGR_SETTLE_MS, (tid = find("vhost-"))));
	ASSERT_TRUE(KGR_WITHIN(KGR_SETTLE_MS, kgr_task_state(tid) == 'S'));
	ASSERT_EQ(0, kgr_load(P1, NULL));
	EXPECT_CROSSES(tid, "sleep", "sleep");
	EXPECT_EQ(0, kgr_wait_done(KGR_SETTLE_MS));
}

static atomic_bool end_of_kicks;
static atomic_long kicks;

static void *kick(void *arg)
{
	while (!atomic_load(&end_of_kicks)) {
		eventfd_write((long)arg, 1);
		atomic_fetch_add(&kicks, 1);
	}
	return NULL;
}

static bool kicks_go_on(void)
{
	long before = atomic_load(&kicks);

	return KGR_WITHIN(KGR_SETTLE_MS, atomic_load(&kicks) > before + 2);
}

/* A guest that always has something to send. */
TEST_F_TIMEOUT(kinds_worker, vhost_busy, KGR_TIMEOUT)
{
	int fd = open("/dev/vhost-net", O_RDWR), i;
	struct vhost_vring_file file;
	pthread_t threads[2];
	pid_t tid;

	if (fd < 0)
		SKIP(return, "needs vhost_net");
	ASSERT_EQ(0, ioctl(fd, VHOST_SET_OWNER));
	for (i = 0; i < 2; i++) {
		file.index = i;
		file.fd = eventfd(0, EFD_NONBLOCK);
		ASSERT_EQ(0, ioctl(fd, VHOST_SET_VRING_KICK, &file));
		ASSERT_EQ(0, pthread_create(&threads[i], NULL, kick,
					    (void *)(long)file.fd));
	}
	ASSERT_TRUE(KGR_WITHIN(KGR_SETTLE_MS, (tid = find("vhost-"))));
	for (i = 0; i < 10; i++) {
		ASSERT_TRUE(kicks_go_on());
		ASSERT_EQ(0, i % 2 ? kgr_revert(P1) : kgr_load(P1, NULL));
		EXPECT_CROSSES(tid, "loop", "sleep");
		EXPECT_EQ(0, kgr_wait_done(KGR_SETTLE_MS));
		if (i % 2)
			EXPECT_EQ(0, kgr_retire(P1));
	}
	atomic_store(&end_of_kicks, true);
	for (i = 0; i < 2; i++)
		pthread_join(threads[i], NULL);
}

int main(int argc, char **argv)
{
	return kgr_main(argc, argv, test_harness_run);
}
