// expect: F: function `seen` changed, and ftrace cannot reach it
int ext(int x);

__attribute__((no_instrument_function)) int seen(int x)
{
#ifdef PATCHED
	return ext(x) * 3;
#else
	return ext(x) * 5;
#endif
}
