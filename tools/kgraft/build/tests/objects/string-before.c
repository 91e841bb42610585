// An address that is counted from a string stays counted from that string.
// plan
// expect: vmlinux +digit +changed
// expect: \.text\.digit \S+ \.rodata\.str1\.1-0x30
int ext(int x);
int say(const char *s);

int first(void)
{
	return say("a string that comes first, and is long enough for 48 characters");
}

int digit(long c)
{
	const char *digits;

#ifdef PATCHED
	ext(1);
#endif
	asm("movq %1, %0" : "=r"(digits) : "i"("zyxwvutsrq" - '0'));
	return digits[c];
}
