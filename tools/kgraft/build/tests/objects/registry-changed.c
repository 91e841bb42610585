// An entry without a name, in a list that the kernel has read, is changed.
// expect: S: section `\.pci_fixup_final` has a changed entry
#ifdef PATCHED
#define ID "0x1234"
#else
#define ID "0x1233"
#endif

int hook(int x)
{
	return x + 1;
}

asm(".section \".pci_fixup_final\", \"a\"\n"
    ".balign 16\n"
    ".short 0x8086, " ID "\n"
    ".long 0, 0\n"
    ".long hook - .\n"
    ".previous");
