// Two variables of one name in a function that does not change: which is which is seen
// by what they begin with, wherever the compiler has put them.
// plan
// expect: vmlinux +core +uses limits, which changed
// expect gcc: .text.core R_X86_64_32S n.0
// expect gcc: .text.core R_X86_64_PC32 n.1-0x[0-9a-f]+
// expect clang: .text.core R_X86_64_32S core.n.1
// expect clang: .text.core R_X86_64_PC32 core.n-0x[0-9a-f]+
int ext(const void *x);

static const int limits[2] = { 1,
#ifdef PATCHED
	3
#else
	2
#endif
};

int core(int x)
{
	ext(limits);
	if (x) {
		static int n = 5;

		return n--;
	} else {
		static int n;

		return ext(&n);
	}
}
