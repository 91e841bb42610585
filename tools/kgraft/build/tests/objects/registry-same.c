// Entries without names stay the same when the code that they are for changes.
// expect: function hook replaced
// never: S: .*
int ext(int x);

int hook(int x)
{
#ifdef PATCHED
	return ext(x) + 2;
#else
	return x + 1;
#endif
}

asm(".section \".pci_fixup_final\", \"a\"\n"
    ".balign 16\n"
    ".short 0x8086, 1\n"
    ".long 0, 0\n"
    ".long hook - .\n"
    ".previous");
