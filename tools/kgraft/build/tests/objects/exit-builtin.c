// What a module would do when it is unloaded, the kernel never does.
// plan
// expect: note: exit-builtin.c: `quit` is gone after boot and stays as it is
// never: F: .*
#ifdef PATCHED
#define ADDED 2
#else
#define ADDED 1
#endif
int ext(int x);

__attribute__((section(".exit.text"), no_instrument_function)) int quit(int x)
{
	return ext(x) + ADDED;
}

int report(int x)
{
	return ext(x) - ADDED;
}
