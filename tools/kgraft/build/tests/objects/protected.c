// What the kernel has made read-only stays so: code that writes to it would fault.
// expect: D: data `(core\.)?limit.*` becomes writable
// expect: D: data `cache` becomes writable
// never: D: data `(core\.)?count.*
int ext(const void *x);

#ifdef PATCHED
static void *cache;
#define maybe_const
#else
static void *cache __attribute__((section(".data..ro_after_init")));
#define maybe_const const
#endif

int init(void *x)
{
	cache = x;
	return 0;
}

int core(int x)
{
	static maybe_const int limit = 7;
	static int count = 7;

	return ext(cache) + ext(&limit) + ext(&count) + x;
}
