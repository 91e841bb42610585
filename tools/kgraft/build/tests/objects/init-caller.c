// Code of a module that runs when the module is loaded stays as it is, also where the
// fix has it call a function in another way, as with arguments that it does not use.
// plan
// module
// expect gcc: F: `init_module` calls `helper.*, which changes, and itself stays as it is
// expect: F: `setup` calls `adjust.*, which changes, and itself stays as it is
// never: F: .*`(same|other)`.*
#define INIT __attribute__((section(".init.text"), cold, no_instrument_function))
#define NOINLINE __attribute__((noinline))
struct dev {
	int a, b;
};

int ext(int x);

static NOINLINE int helper(struct dev *d, int x)
{
#ifdef PATCHED
	return ext(d->a + d->b + x);
#else
	return ext(d->a + x);
#endif
}

#ifdef PATCHED
#define adjust(x) adjust(x, 7)
NOINLINE int (adjust)(int x, int y)
{
	return ext(x + y) + 1;
}
#else
NOINLINE int adjust(int x)
{
	return ext(x) + 1;
}
#endif

/* Called as before: what calls it stays the same. */
NOINLINE int same(int x)
{
#ifdef PATCHED
	return ext(x) + 5;
#else
	return ext(x) + 4;
#endif
}

int open(struct dev *d, int x)
{
	return helper(d, x) + 3;
}

INIT int init_module(struct dev *d)
{
	return helper(d, 1) + 2;
}

INIT int setup(void)
{
	return adjust(3) * 5;
}

INIT int other(void)
{
	return same(4) * 5;
}
