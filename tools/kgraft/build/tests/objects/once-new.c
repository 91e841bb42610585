// DO_ONCE() has been done in the kernel: it does not initialise a variable that is new.
// plan
// expect: D: once-new.c: DO_ONCE\(\) in `first` has been done, and `(first\.)?key.*` is new
// never: D: .*`second`.*
void fill(void *what, int size);
int ext(int x);

#define once(variable) ({						\
	static _Bool __attribute__((section(".data..do_once"))) ___done; \
									\
	if (!___done) {							\
		___done = 1;						\
		fill(&(variable), sizeof(variable));			\
	}								\
})

int first(int x)
{
#ifdef PATCHED
	static long long key[2];
#else
	static int secret;
#define key secret
#endif

	once(key);
	return ext(*(int *)&key) + x;
#undef key
}

int second(int x)
{
	static int seed;

	once(seed);
#ifdef PATCHED
	return ext(seed) - x;
#else
	return ext(seed) + x;
#endif
}
