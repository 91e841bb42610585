// Entries without names may be for other code than before.
// expect: S: section `\.pci_fixup_final` has a changed entry
#ifdef PATCHED
#define HOOK "other"
#else
#define HOOK "hook"
#endif

int hook(int x)
{
	return x + 1;
}

int other(int x)
{
	return x + 2;
}

asm(".section \".pci_fixup_final\", \"a\"\n"
    ".balign 16\n"
    ".short 0x8086, 1\n"
    ".long 0, 0\n"
    ".long " HOOK " - .\n"
    ".previous");
