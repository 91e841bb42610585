// One that ftrace does not reach is copied, and what calls it is replaced.
// expect: function hidden copied
// expect: function caller replaced: calls hidden, which ftrace cannot reach
int ext(int x);

static __attribute__((noinline, no_instrument_function)) int hidden(int x)
{
#ifdef PATCHED
	return ext(x) * 3;
#else
	return ext(x) * 5;
#endif
}

int caller(int x)
{
	return hidden(x) + 1;
}
