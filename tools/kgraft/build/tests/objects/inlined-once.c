// A function that the kernel's build inlined in one place and calls in another is
// replaced with what calls it.
// plan
// expect: vmlinux +inner +changed
// expect: vmlinux +outer +the kernel has inner inlined in it
// never: vmlinux +other .*
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

#ifdef KERNEL
#define inlined(x) (ext(x) * FACTOR)
#else
#define inlined(x) inner(x)
#endif

int outer(int x)
{
	return inner(x) + inlined(x + 1);
}

int other(int x)
{
	return inner(x) + inner(x - 1);
}
