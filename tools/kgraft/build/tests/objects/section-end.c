// The end of an array is where another variable of its section begins: with a new one
// between, it is not clear which is meant.
// plan
// expect gcc: S: section-end.c: `core` may mean `before` or the end of `array`, where there was no border
// expect clang: .text.core R_X86_64_32S array\+0x190
// never: S: .*`other`.*
#define placed __attribute__((section(".data..read_mostly")))
int ext(int *x);

#ifdef PATCHED
static int before placed = 5;
#endif
static int array[100] placed = { 1, 2, 3 };
#ifdef PATCHED
static int behind placed = 6;
#endif

int core(void)
{
	int *pos;

	for (pos = array; pos < array + 100; pos++)
		ext(pos);
#ifdef PATCHED
	ext((int *)7);
#endif
	return 0;
}

int other(void)
{
#ifdef PATCHED
	ext(&behind);
	return before;
#else
	return 0;
#endif
}
