// The kernel's build may number static variables differently.
// plan
// expect: vmlinux +first +changed
// expect gcc: \.text\.first \S+ count\.1(-0x4)?
// never gcc: \.text\.first \S+ count\.0.*
// expect clang: \.text\.first \S+ first\.count(-0x4)?
int ext(int *x);

#ifndef KERNEL
int second(int x)
{
	static int count = 1;

	return ext(&count) + x;
}
#endif

int first(int x)
{
	static int count = 1;

#ifdef PATCHED
	return ext(&count) + x + 1;
#else
	return ext(&count) + x;
#endif
}

#ifdef KERNEL
int second(int x)
{
	static int count = 1;

	return ext(&count) + x;
}
#endif
