// The kernel decrypts what is in such sections of its own, and not those of modules.
// plan
// expect: S: decrypted.c: `shared` would be new in section `\.bss\.\.decrypted`
// expect: S: decrypted.c: `clock` would be new in section `\.data\.\.decrypted`
int ext(const void *x);

#ifdef PATCHED
static int shared __attribute__((section(".bss..decrypted")));
static int clock __attribute__((section(".data..decrypted"))) = 1;
#endif

int core(int x)
{
#ifdef PATCHED
	ext(&shared);
	ext(&clock);
#endif
	return ext(&x);
}
