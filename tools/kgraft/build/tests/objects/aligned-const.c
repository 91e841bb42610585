// A constant that the fix aligns is copied to where it is aligned, if it may be.
// plan
// expect: replaces core 0
// expect: \.text\.core R_X86_64_32S \.rodata\.table
// never: [A-Z]: .*
int ext(const void *x);

#ifdef PATCHED
#define TO(after) __attribute__((aligned(after)))
#else
#define TO(after)
#endif

static const char before[3] = "ab";
static const char table[5] TO(64) = "tabl";

int core(int x)
{
	ext(before);
	return ext(table);
}
