// Without a symbol, an address within a string does not say what it is counted from.
// plan
// expect: S: string-inside.c: `tail` refers to the inside of a string
asm(".pushsection .rodata.mine.str1.1, \"aMS\", @progbits, 1\n"
    ".string \"abcdef\"\n"
    ".popsection");

const char *tail(void)
{
	const char *text;

#ifdef PATCHED
	asm volatile("nop");
#endif
	asm("movq $.rodata.mine.str1.1+3, %0" : "=r"(text));
	return text;
}
