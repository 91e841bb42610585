// The text that is counted from is what counts, not what lies at the address.
// plan
// expect: vmlinux +digit +changed
int say(const char *s);

int first(void)
{
	return say("a string that comes first, and is long enough for 48 characters");
}

int digit(long c)
{
	const char *digits;

#ifdef PATCHED
	asm("movq %1, %0" : "=r"(digits) : "i"("ABCDEFGHIX" - '0'));
#else
	asm("movq %1, %0" : "=r"(digits) : "i"("ABCDEFGHIJ" - '0'));
#endif
	return digits[c];
}
