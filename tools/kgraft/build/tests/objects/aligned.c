// A variable that the fix aligns is where it was in the kernel. That is enough for some.
// plan
// expect: D: data `page` is to be aligned to 4096 bytes \(aligned.c\)
// expect: D: data `count` is to be aligned to 64 bytes \(aligned.c\)
// never: D: .*`(lucky|less|names|first)`.*
int ext(const void *x);

#ifdef PATCHED
#define TO(before, after) __attribute__((aligned(after)))
#else
#define TO(before, after) __attribute__((aligned(before)))
#endif
#define TOGETHER __attribute__((section(".data..read_mostly")))

/* In the kernel, it is not at the beginning of a page. */
static char names[4] = "abc";
static char page[4096] TO(1, 4096) = "page";
static int count TO(4, 64) = 1;
static int less TO(64, 4) = 2;

/* Here it already is. */
#ifdef KERNEL
static int lucky __attribute__((aligned(128))) = 3;
#else
static int lucky TO(4, 32) = 3;
#endif

/* Another one wants it, which is new. */
#ifdef PATCHED
static long long added[2] TOGETHER __attribute__((aligned(64))) = { 1, 2 };
#endif
static int second TOGETHER = 1;
static int first TOGETHER = 2;

int core(int x)
{
	names[x]++;
	page[x]++;
	count++;
	less++;
	lucky++;
	first++;
	second++;
	ext(names);
	ext(page);
	ext(&count);
	ext(&less);
	ext(&lucky);
	ext(&first);
	return ext(&second);
}

int user(int x)
{
#ifdef PATCHED
	added[x]++;
	ext(added);
#endif
	return ext(&first);
}
