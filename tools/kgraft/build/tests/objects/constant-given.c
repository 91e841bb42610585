// Init code has given the address of a constant away: who has it keeps the old one.
// What it only reads there has no effect any more.
// plan
// expect: D: constant `limits` changed, and `setup` has given its address away
// expect: D: constant `names` changed, and `setup` has given its address away
// never: D: .*`(shifts|permitted)`.*
// never: D: .*`start`.*
// options: --copy-const permitted
#define INIT __attribute__((section(".init.text"), no_instrument_function))
int reg(const void *x);
int ext(int x);

#ifdef PATCHED
#define LAST 9
#else
#define LAST 4
#endif

static const int limits[4] = { 1, 2, 3, LAST };
static const int names[4] = { 11, 12, 13, LAST };
static const int shifts[4] = { 21, 22, 23, LAST };
static const int permitted[4] = { 31, 32, 33, LAST };

int size(int i)
{
	return ext(limits[i & 3]) + names[i & 3] + shifts[i & 3] + permitted[i & 3];
}

INIT int setup(void)
{
	return reg(limits) + reg(names + 1) + reg(permitted);
}

INIT int start(int i)
{
	return ext(shifts[i & 3] + shifts[3]);
}
