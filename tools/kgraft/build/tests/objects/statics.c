// What the compiler numbers is numbered anew: nothing changes.
// expect: function first replaced
// expect: function second same
// expect: function third same
int ext(int *x);

int first(int x)
{
#ifdef PATCHED
	static int fresh = 7;
	ext(&fresh);
#endif
	return x + 1;
}

int second(int x)
{
	static int count = 1;

	return ext(&count) + x;
}

int third(int x)
{
	static int count = 1;

	return ext(&count) - x;
}
