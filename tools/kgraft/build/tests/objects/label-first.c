// Where lockdep says that it is called from, the compiler may name the beginning of the
// function. With IBT that is no address that anybody calls: the patch has its own.
// plan
// expect: replaces middle 0
// expect: \.text\.middle \S+ \.text\.middle.*
// never: F: .*
// never: .* uses the address of .*
int ext(int x, unsigned long ip);
int (*volatile pointer)(int x, unsigned long ip) = ext;

/* As objtool would make it: the kernel has IBT. */
asm(".pushsection .ibt_endbr_seal,\"a\"; .long 0; .popsection");

static __attribute__((noinline)) int middle(int x)
{
	unsigned long ip;

	asm volatile("movq $middle, %0" : "=r"(ip));
#ifdef PATCHED
	x++;
#endif
	return ext(x, ip) + 1;
}

int first(int x)
{
	return middle(x) + middle(x + 1);
}
