// The variable of one inlined function is not that of another, which is inlined in the
// same place instead of it.
// plan
// expect gcc: D: statics-replaced.c: which of several `budget.0` is which is not clear
// expect clang: note: statics-replaced.c: variable `fresh.budget` is new.*
int ext(int x);

#ifdef PATCHED
static inline int fresh(int x)
{
	static int budget = 100;

	return budget -= 2 * x;
}
#define limit fresh
#else
static inline int old_limit(int x)
{
	static int budget = 100;

	return budget -= x;
}
#define limit old_limit
#endif

int charge(int x)
{
	return ext(limit(x));
}
