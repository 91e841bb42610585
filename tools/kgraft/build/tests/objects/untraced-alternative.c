// What calls a function that ftrace does not reach may do so only in what an
// alternative replaces an instruction by.
// plan
// options: --size .altinstructions=14
// expect: vmlinux +caller +calls hidden, which ftrace cannot reach
// never: vmlinux +other .*
int ext(int x);

__attribute__((noinline, no_instrument_function, used)) static int hidden(int x)
{
#ifdef PATCHED
	return ext(x) * 3;
#else
	return ext(x) * 5;
#endif
}

int caller(int x)
{
	asm volatile("661:\n call ext\n662:\n"
		     ".pushsection .altinstructions, \"a\"\n"
		     " .long 661b - .\n .long 663f - .\n .long 0\n"
		     " .byte 662b - 661b\n .byte 664f - 663f\n"
		     ".popsection\n"
		     ".pushsection .altinstr_replacement, \"ax\"\n"
		     "663: call hidden\n664:\n"
		     ".popsection" : "+D" (x) : : "memory");
	return x + 1;
}

int other(int x)
{
	return ext(x) - 1;
}
