// What the kernel's build inlined, and that of the patch does not, is replaced with
// the function that it is in, also where one is in another that is.
// plan
// expect: vmlinux +inner +changed
// expect: vmlinux +outer +the kernel has inner inlined in it
// expect: vmlinux +outermost +the kernel has (inner|outer) inlined in it
// never: vmlinux +other .*
int ext(int x);

#ifdef KERNEL
#define maybe_inline __attribute__((always_inline))
#else
#define maybe_inline __attribute__((noinline))
#endif

static maybe_inline int inner(int x)
{
#ifdef PATCHED
	return ext(x) * 3;
#else
	return ext(x) * 5;
#endif
}

maybe_inline int outer(int x)
{
	return inner(x) + 1;
}

int outermost(int x)
{
	return outer(x) ^ 7;
}

/* The kernel's calls it, too. */
int other(int x)
{
	int (*volatile called)(int) = inner;

	return called(x) - 1;
}
