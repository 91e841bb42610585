// A global function that becomes another name of a second one is not replaced by that:
// the kernel has both, and other files go on calling the first.
// expect: F: function `bar` becomes another name of `foo`, and other files use the old one
// expect: D: data `limit` becomes another name of `bound`, and other files use the old one
// never: [FD]: .*`(same|twice|was|local)`.*
int ext(int x);

int bound = 3;
int foo(int x)
{
	return ext(x) + bound;
}

#ifdef PATCHED
int bar(int x) __attribute__((alias("foo")));
extern int limit __attribute__((alias("bound")));
#else
int limit = 3;
int bar(int x)
{
	return ext(x) - limit;
}
#endif

/* It was one before. */
int same(int x)
{
	return ext(x) + 2;
}

int twice(int x) __attribute__((alias("same")));

/* What uses it changes, and is replaced. */
static __attribute__((noinline, used)) int was(int x)
{
	return ext(x) + 4;
}

#ifdef PATCHED
static int local(int x) __attribute__((alias("was")));
#else
static __attribute__((noinline)) int local(int x)
{
	return ext(x) + 5;
}
#endif

int user(int x)
{
	return local(x) + 1;
}
