// Data that is gone after boot stays as it was, which is said.
// expect: note: init-data.c: `table` is gone after boot and stays as it is
__attribute__((section(".init.data"))) int table[2] = { 1,
#ifdef PATCHED
	2
#else
	3
#endif
};

int other(void)
{
	return 1;
}
