// A table of labels that may have been written is the kernel's, and about old code.
// plan
// expect: D: data `(step\.)?table\S*` holds addresses within the code of `step`, which
int ext(int x);
extern void **last;

int step(const unsigned char *p)
{
	static const void *table[] = { &&one, &&two };

	last = (void **)&table[1];
	goto *table[*p];
one:
	return ext(1);
two:
#ifdef PATCHED
	return ext(7);
#else
	return ext(6);
#endif
}
