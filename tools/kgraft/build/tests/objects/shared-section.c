// Functions in one section: calls among them have no relocation.
// expect: function first replaced
// expect: function second same
#define shared __attribute__((section(".sched.text"), noinline))
int ext(int x);

static shared int first(int x)
{
#ifdef PATCHED
	return ext(x) + ext(x + 1) + ext(x + 2);
#else
	return ext(x) + 1;
#endif
}

shared int second(int x)
{
	return first(x) + ext(x);
}
