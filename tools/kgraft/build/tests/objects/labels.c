// A table of labels is about the code of its function, whether or not the table
// itself changes.
// plan
// expect: vmlinux +step +changed
// expect: \.(data\.rel\.ro|rodata)\S* R_X86_64_64 \.text\.step\+0x[1-9a-f]\S*
// never: \S+ \S+ (step\.)?table\S*
// never: D: .*
int ext(int x);

int step(const unsigned char *p)
{
	static const void *const table[] = { &&one, &&two, &&end };
	int x = 0;

	goto *table[*p];
one:
	x += ext(1);
	p++;
	goto *table[*p];
two:
#ifdef PATCHED
	x += ext(7);
#else
	x += ext(6);
#endif
	p++;
	goto *table[*p];
end:
	return x;
}
