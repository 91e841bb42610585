// A variable that is only named like one of dynamic debugging is the kernel's.
// plan
// expect: vmlinux +get +changed
// expect: \.text\.get \S+ descriptor(-0x4)?
// never: note: .*
int ext(int x);

static int descriptor = 5;

int set(int x)
{
	descriptor = x;
	return 0;
}

int get(void)
{
#ifdef PATCHED
	return descriptor + 1;
#else
	return descriptor;
#endif
}
