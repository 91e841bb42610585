// Its flags are.
// expect: function warns replaced
#ifdef PATCHED
#define FLAGS "1"
#else
#define FLAGS "3"
#endif

int warns(int x)
{
	if (x == 5)
		__asm__ volatile("1: ud2\n.pushsection __bug_table, \"aw\"\n"
				 ".long 1b - .\n.long 0\n.word 5\n.word " FLAGS "\n.popsection");
	return x;
}
