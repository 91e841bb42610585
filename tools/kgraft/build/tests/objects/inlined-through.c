// What the kernel's build inlined by way of another function, which it inlined as
// well, counts in each place: a call in another place does not stand for it.
// plan
// expect: vmlinux +inner +changed
// expect: vmlinux +outer +the kernel has inner inlined in it
// expect: vmlinux +twice +the kernel has inner inlined in it
// never: vmlinux +(mid|other) .*
int ext(int x);

#ifdef PATCHED
#define FACTOR 3
#else
#define FACTOR 5
#endif

static __attribute__((noinline)) int inner(int x)
{
	return ext(x) * FACTOR;
}

static __attribute__((noinline)) int mid(int x)
{
	return inner(x + 1) + 7;
}

#ifdef KERNEL
#define MID(x) (ext((x) + 1) * FACTOR + 7)
#define MID_CALLS(x) (inner((x) + 1) + 7)
#else
#define MID(x) mid(x)
#define MID_CALLS(x) mid(x)
#endif

int outer(int x)
{
	return inner(x) + MID(x);
}

/* The second one is inlined, and calls it. */
int twice(int x)
{
	return MID(x) / MID_CALLS(x + 9);
}

int other(int x)
{
	return mid(x) ^ MID_CALLS(x + 1);
}
