// Two variables of one name in a function that changes: which is which is not clear.
// plan
// expect: D: statics-swapped.c: which of several `(core.n|n\..)` is which is not clear
int ext(void *x);

int core(int x)
{
#ifdef PATCHED
	if (x) {
		static int n;

		return ext(&n) + 1;
	} else {
		static int n;

		return n++;
	}
#else
	if (!x) {
		static int n;

		return n++;
	} else {
		static int n;

		return ext(&n);
	}
#endif
}
