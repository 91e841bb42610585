// expect: D: constant `ops` changed and holds pointers to code
int ext(const void *x);

static int one(void)
{
	return ext((void *)1);
}

static int two(void)
{
	return ext((void *)2);
}

static int (*const ops[2])(void) = { one,
#ifdef PATCHED
	one
#else
	two
#endif
};

int user(int x)
{
#ifdef PATCHED
	(void)two;
#endif
	return ext(&ops[x]);
}
