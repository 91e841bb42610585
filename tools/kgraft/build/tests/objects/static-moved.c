// A static variable of another function is not the same one, though it has the name.
// plan
// expect gcc: D: static-moved.c: which of several `buf.0` is which is not clear
// expect clang: note: static-moved.c: variable `second.buf` is new.*
int ext(char *text);

int first(int x)
{
#ifndef PATCHED
	static char buf[64];

	ext(buf);
#endif
	return x;
}

int second(int x)
{
#ifdef PATCHED
	static char buf[64];

	return ext(buf);
#else
	return x + 1;
#endif
}
