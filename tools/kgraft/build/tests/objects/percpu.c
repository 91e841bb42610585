// A variable that becomes one for each CPU is another one, and so is one that was.
// plan
// expect: S: percpu.c: `count` would be new in section `.data..percpu`
// expect: note: percpu.c: variable `total` is new, and starts as the source says
#define percpu __attribute__((section(".data..percpu")))
int ext(int x);

#ifdef PATCHED
static percpu int count = 1;
static int total = 1;
#else
static int count = 1;
static percpu int total = 1;
#endif

int core(int x)
{
#ifdef PATCHED
	asm("incl %%gs:%0" : "+m" (count));
	total++;
#else
	count++;
	asm("incl %%gs:%0" : "+m" (total));
#endif
	return ext(x);
}
