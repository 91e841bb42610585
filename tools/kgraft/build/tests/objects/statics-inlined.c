// Two variables of one name in a function that changes, one of them from a function
// that is inlined in it: that says which is which.
// plan
// expect: vmlinux +core +changed
// never: D: .*
// never: note: .*is new.*
int ext(void *x);

static inline __attribute__((always_inline)) int inner(int x)
{
	static int buf[8];

	return ext(buf) + buf[x];
}

int core(int x)
{
	static int buf[8];

#ifdef PATCHED
	if (x > 7)
		return 0;
#endif
	return ext(buf) + buf[x] + inner(x);
}
