// Two objects of one file name with the same local names, and nothing else.
// plan
// expect: T: vmlinux has no `twice` of same-file-unclear.c
// expect: note: same-file-unclear.c: kgr does not know which locals of the kernel are its own
int ext(int x);

static __attribute__((noinline)) int twice(int x)
{
#ifdef PATCHED
	return ext(x) * 2;
#else
	return ext(x) + ext(x);
#endif
}

static __attribute__((used)) int user(int x)
{
	return twice(x) - 1;
}

/* Makes it two objects: REST. */
