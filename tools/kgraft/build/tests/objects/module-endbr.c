// Functions of a module, of which its list of seals says that IBT forbids to point to
// them. It has addresses when the module is there, and only relocations before.
// plan
// module
// expect: F: module-endbr.c takes the address of `sealed`, which IBT forbids
// expect: F: module-endbr.c takes the address of `bare`, which IBT forbids
// never: F: .*`(first|rare|taken)`.*
#define NOINLINE __attribute__((noinline, used))
int ext(int (*func)(int), int x);

NOINLINE int first(int x)
{
	return x + 1;
}

NOINLINE int sealed(int x)
{
	return x + 2;
}

NOINLINE int taken(int x)
{
	return x + 3;
}

/* Without ENDBR. */
static NOINLINE __attribute__((nocf_check)) int bare(int x)
{
	return x + 4;
}

__attribute__((noinline, cold, section(".text.unlikely"))) int rare(int x)
{
	return x + 5;
}

int core(int x)
{
#ifdef PATCHED
	ext(first, x);
	ext(sealed, x);
	ext(bare, x);
	ext(rare, x);
#endif
	return ext(taken, x) + bare(x);
}

#ifdef KERNEL
asm(".pushsection .ibt_endbr_seal, \"a\"\n"
    ".long sealed - .\n"
    ".popsection");
#endif
