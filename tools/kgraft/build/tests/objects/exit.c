// Code of a module that runs when the module is unloaded is there until then, and
// ftrace does not reach it. What runs when it is loaded does so with no patch.
// plan
// module
// expect: F: `cleanup_module` changed, which runs when the module is unloaded, and ftrace cannot reach it
// expect: F: `quit` changed, which runs when the module is unloaded, and ftrace cannot reach it
// expect: note: exit.c: `init_module` runs when the module is loaded, and stays as it is
// expect: note: exit.c: `settings` runs when the module is loaded, and stays as it is
// never: note: .*boot.*
// never: F: .*`report`.*
#define INIT __attribute__((section(".init.text"), cold, no_instrument_function))
#define EXIT __attribute__((section(".exit.text"), cold, no_instrument_function))
int ext(int x);

#ifdef PATCHED
#define ADDED(x) ext(x)
#else
#define ADDED(x) 0
#endif

int settings[2] __attribute__((section(".init.data"))) = { 1,
#ifdef PATCHED
	1
#endif
};

INIT int init_module(void)
{
	ADDED(1);
	return ext(settings[0] + settings[1]);
}

static EXIT int kgr_exit(void)
{
	ADDED(2);
	return ext(3);
}

int cleanup_module(void) __attribute__((alias("kgr_exit")));

/* Not the module's exit function, but that of a device. */
static EXIT int quit(int x)
{
	return ADDED(4) + ext(x);
}

int (*const remove_device)(int x) = quit;

int report(int x)
{
	return ADDED(5) + ext(x);
}
