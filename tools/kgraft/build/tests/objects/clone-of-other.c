// A clone of a function has its name from the compiler, which makes them one by one: in
// the kernel, that may be another one.
// plan
// expect gcc: T: vmlinux has no `foo.constprop.0` of clone-of-other.c
// expect clang: vmlinux +core +changed
// never: T: .*`bar.*
int ext(int x);
int other(int x);

static __attribute__((noinline)) int foo(int x, int y)
{
	return ext(x * y + 77) * y + 3;
}

#ifdef KERNEL
int before(int x)
{
	return foo(x, 1);
}
#define called(x) other(x)
#else
#define called(x) foo(x, 2)
#endif

static __attribute__((noinline)) int bar(int x, int y)
{
	return ext(x * y + 99) * y + 5;
}

int core(int x)
{
#ifdef PATCHED
	if (x > 7)
		return 0;
#endif
	return called(x) + bar(x, 3);
}
