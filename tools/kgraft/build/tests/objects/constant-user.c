// A constant that holds the address of one that changed changes with it: not if it
// has pointers to code, as with one that changed itself.
// expect: D: constant `ops` uses `range` and holds pointers to code
// expect: function look replaced
// never: D: .*`(table|added)`.*
struct ops {
	int (*get)(int x);
	const int *range;
};

int ext(const void *x);

static const int range[4] = { 1, 2, 3,
#ifdef PATCHED
	9
#else
	4
#endif
};

static int get(int x)
{
	return x + 1;
}

static const struct ops ops = { .get = get, .range = range };
static const int *const table[2] = { range, range + 2 };

int probe(void)
{
	return ext(&ops);
}

int look(int x)
{
	return ext(table[x & 1]);
}

#ifdef PATCHED
static const struct ops added = { .get = get, .range = range };

int later(void)
{
	return ext(&added);
}
#endif
