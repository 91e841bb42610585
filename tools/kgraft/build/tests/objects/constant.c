// A table that only functions of this file use goes with them.
// expect: function user replaced
// expect: function other same
int ext(int x);
static const int table[8] = { 1, 2, 3, 4, 5, 6, 7,
#ifdef PATCHED
	9
#else
	8
#endif
};

int user(int x)
{
	return ext(table[x & 7]);
}

int other(int x)
{
	return ext(x);
}
