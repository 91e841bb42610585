// expect: D: data `setting` changed
// expect: function user same
#ifdef PATCHED
int setting = 2;
#else
int setting = 1;
#endif

int user(void)
{
	return setting;
}
