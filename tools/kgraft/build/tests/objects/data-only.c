// The kernel has read the value, or reads it: no function can be replaced for it.
// plan
// expect: note: no function changes, only data
// expect: D: data `setting` changed
int ext(int x);

#ifdef PATCHED
int setting = 2;
#else
int setting = 1;
#endif

int user(void)
{
	return ext(setting);
}
