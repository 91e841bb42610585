// expect: S: section `__my_list` has a new entry
int here(void);

int here(void)
{
	return 1;
}

static int (*const one)(void) __attribute__((used, section("__my_list"))) = here;
#ifdef PATCHED
static int (*const two)(void) __attribute__((used, section("__my_list"))) = here;
#endif
