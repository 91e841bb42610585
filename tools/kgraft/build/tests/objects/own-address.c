// A function that is replaced and stores its own address stores the kernel's. In the
// patch, that has another name than the new function.
// plan
// expect: replaces again 0
// expect: .text.again R_X86_64_32S again.kgr2
int ext(int (*func)(int), int x);

static int again(int x)
{
#ifdef PATCHED
	return ext(again, x) + 2;
#else
	return ext(again, x) + 1;
#endif
}

int core(int x)
{
	return ext(again, x);
}
