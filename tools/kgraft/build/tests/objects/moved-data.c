// A variable that moves here from another file is not a second one.
// plan
// expect: D: `setting` is new in moved-data.c, and the kernel has one already
#ifdef REST
int setting = 1;
#else
#ifdef PATCHED
int setting = 1;
#else
extern int setting;
#endif

int get(void)
{
#ifdef PATCHED
	return setting + 1;
#else
	return setting;
#endif
}
#endif
