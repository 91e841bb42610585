// A weak alias may be another file's function in the kernel, which has the better one.
// plan
// expect: .text.core R_X86_64_PLT32 hook-0x4
// never: .text.core R_X86_64_PLT32 base.*
int ext(int x);

#ifdef REST
int hook(int x)
{
	return ext(x) + 44;
}
#else
int base(int x)
{
	return ext(x) + 1;
}

int hook(int x) __attribute__((weak, alias("base")));

int core(int x)
{
#ifdef PATCHED
	if (x > 7)
		return 0;
#endif
	return hook(x) * 2;
}
#endif
