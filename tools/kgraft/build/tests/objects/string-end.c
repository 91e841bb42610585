// The end of a string is no string of its own.
// plan
// expect: vmlinux +walk +changed
// expect: \.text\.walk \S+ \.rodata\.str1\.1(\+0x(b|10))?
// expect: \.text\.walk \S+ \.rodata\.str1\.1\+0xb
// never: \.text\.walk \S+ \.rodata\.str1\.1\+0xc
int ext(int x);

int walk(void)
{
	int sum = 0;

	for (const char *s = "hello world"; s < &"hello world"[11]; s++)
		sum += ext(*s);
#ifdef PATCHED
	sum++;
#endif
	return sum;
}
