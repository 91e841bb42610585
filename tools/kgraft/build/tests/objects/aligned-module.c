// Sections of a module are aligned as it says, and variables at offsets in them.
// plan
// module
// expect: D: data `page` is to be aligned to 4096 bytes \(aligned-module.c\)
// expect: D: data `odd` is to be aligned to 16 bytes \(aligned-module.c\)
// never: D: .*`(even|wide)`.*
int ext(const void *x);

#ifdef PATCHED
#define TO(before, after) __attribute__((aligned(after)))
#else
#define TO(before, after) __attribute__((aligned(before)))
#endif
/* In the module, the first 8 bytes of this section are of something else. */
#ifdef KERNEL
asm(".pushsection .data.odd, \"aw\"; .quad 1; .popsection");
#define ODD __attribute__((section(".data.odd")))
#define EVEN TO(64, 64)
#else
#define ODD TO(8, 16)
#define EVEN TO(8, 16)
#endif

static char page[4096] TO(64, 4096) = "page";
static char wide[64] TO(64, 64) = "wide";
static long long even EVEN = 2;
static long long odd ODD = 3;

int core(int x)
{
	page[x]++;
	wide[x]++;
	even++;
	odd++;
	ext(page);
	ext(wide);
	ext(&even);
	return ext(&odd);
}
