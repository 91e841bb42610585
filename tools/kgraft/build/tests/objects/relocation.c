// expect: S: .* has a relocation of unknown type (9|41|42)
int load(void)
{
	int x;

	__asm__("movl external@GOTPCREL(%%rip), %0" : "=r" (x));
	return x;
}
