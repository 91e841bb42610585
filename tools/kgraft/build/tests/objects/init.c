// expect: note: .*`setup` is gone after boot and stays as it is
int ext(int x);

__attribute__((section(".init.text"))) int setup(int x)
{
#ifdef PATCHED
	return ext(x) + 2;
#else
	return ext(x) + 1;
#endif
}
