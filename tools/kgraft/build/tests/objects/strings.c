// expect: function said replaced
// expect: function other same
int ext(const char *x, const char *y);

int said(void)
{
#ifdef PATCHED
	return ext("something else", __func__) + 1;
#else
	return ext("something", __func__) + 1;
#endif
}

int other(void)
{
	return ext("the same", __func__) + 1;
}
