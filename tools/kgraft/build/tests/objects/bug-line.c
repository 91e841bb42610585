// The line of a bug entry is not code.
// expect: function warns same
#ifdef PATCHED
#define LINE "77"
#else
#define LINE "55"
#endif

int warns(int x)
{
	if (x == 5)
		__asm__ volatile("1: ud2\n.pushsection __bug_table, \"aw\"\n"
				 ".long 1b - .\n.long 0\n.word " LINE "\n.word 0\n.popsection");
	return x;
}
