// expect: F: function `pointed` changed, and ftrace cannot reach it
int ext(int x);

static __attribute__((no_instrument_function)) int pointed(int x)
{
#ifdef PATCHED
	return ext(x) * 3;
#else
	return ext(x) * 5;
#endif
}

int (*pointer)(int) = pointed;
