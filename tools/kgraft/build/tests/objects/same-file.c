// Two objects of one file name with the same local names: where their global symbols
// are says which is which.
// plan
// expect: replaces twice 1
int ext(int x);

static __attribute__((noinline)) int twice(int x)
{
#ifdef PATCHED
	return ext(x) * 2;
#else
	return ext(x) + ext(x);
#endif
}

#ifdef REST
int rest(int x)
{
	return twice(x) + 1;
}
#else
int core(int x)
{
	return twice(x) - 1;
}
#endif
