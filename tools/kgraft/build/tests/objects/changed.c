// expect: function changed replaced
// expect: function same same
// expect: function added new
// expect: function dropped gone
int ext(int x);

__attribute__((noinline)) int changed(int x)
{
#ifdef PATCHED
	return ext(x) + 2;
#else
	return ext(x) + 1;
#endif
}

int same(int x)
{
	return ext(x) + changed(x);
}

#ifdef PATCHED
int added(int x)
{
	return ext(x) - 5;
}
#else
int dropped(int x)
{
	return ext(x) - 4;
}
#endif
