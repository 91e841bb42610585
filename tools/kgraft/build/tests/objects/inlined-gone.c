// The kernel has a changed function inlined in one that is itself inlined, and has
// no other code of that one to call.
// plan
// expect: T: vmlinux has no `middle` of inlined-gone.c
int ext(int x);

#ifdef KERNEL
#define maybe_inline __attribute__((always_inline))
#else
#define maybe_inline __attribute__((noinline))
#endif

maybe_inline int inner(int x)
{
#ifdef PATCHED
	return ext(x) * 3;
#else
	return ext(x) * 5;
#endif
}

static maybe_inline int middle(int x)
{
	return inner(x + 4) * 11;
}

int around(int x)
{
	return middle(x) / 13;
}
