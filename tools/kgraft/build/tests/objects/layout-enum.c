// A constant of an enum that has another number. Objects and code of the kernel have
// the old one; of what counts the others, that is only noted.
// plan
// options: --layout-ok allowed --layout-ok ANON_B
// expect: L: enum constant `PI_IGNORE` is 2 instead of 1
// expect: L: enum constant `STATE_ON` is 2 instead of 1
// expect: L: enum constant `FLAG_B` is 4 instead of 2
// expect: L: enum constant `GONE_B` is 0 instead of 1
// expect: L: enum constant `MOVED_MAX_A` is 2 instead of 1
// expect: L: enum constant `MANY_MAX` is 2 instead of 1
// expect: L: enum constant `FEWER_MAX` is 1 instead of 2
// expect: L: enum constant `IN_B` is 2 instead of 1
// expect: note: layout-enum.c: enum constant `__ATTR_MAX` is 3 instead of 2: code that is not replaced goes on with the old value
// expect: note: layout-enum.c: enum constant `NR_KINDS` is 3 instead of 2
// never: (L|note): .*`(PI_(NONE|NEW|DONE)|STATE_OFF|ALLOWED_.|ANON_.|LAST_.|OTHER_.|RENAMED_.*|NEGATIVE_.)`.*
#ifdef PATCHED
#define NEW(name, ...) name, ## __VA_ARGS__
#define OLD(...)
#else
#define NEW(...)
#define OLD(name, ...) name, ## __VA_ARGS__
#endif

/* Without a name of its own. */
enum { PI_NONE, NEW(PI_NEW,) PI_IGNORE, PI_WAIT = PI_IGNORE + 1, PI_DONE };
enum state { STATE_OFF, NEW(STATE_HALF,) STATE_ON };
typedef enum { FLAG_A = 1, NEW(FLAG_X = 2, FLAG_B = 4) OLD(FLAG_B = 2) } flags_t;
enum gone { OLD(GONE_A,) GONE_B };

/* Before what only counts the others. */
enum attr { ATTR_A, ATTR_B, NEW(ATTR_C,) __ATTR_MAX, ATTR_MAX = __ATTR_MAX };
enum { KIND_A, KIND_B, NEW(KIND_C,) NR_KINDS };
enum { LAST_A, LAST_B NEW(, LAST_C) };

/* Not what it looks like. */
enum moved { MOVED_A, NEW(MOVED_B,) MOVED_MAX_A, MOVED_MAX_B };
enum many { MANY_A, NEW(MANY_B,) MANY_MAX, MANY_NR, MANY_LAST };
enum fewer { FEWER_A, OLD(FEWER_B,) FEWER_MAX };

enum allowed { ALLOWED_A, NEW(ALLOWED_X,) ALLOWED_B };
enum { ANON_A, NEW(ANON_X,) ANON_B };
enum { RENAMED_A, NEW(RENAMED_C,) OLD(RENAMED_B,) RENAMED_MAX };
enum { NEGATIVE_A = -2, NEGATIVE_B };
int ext(int x);

int core(enum state state, flags_t flags, enum gone gone, enum attr attr, enum allowed allowed,
	 enum moved moved, enum many many, enum fewer fewer)
{
	enum inner { IN_A, NEW(IN_X,) IN_B } in = IN_A;

	ext(PI_NONE);
	ext(KIND_A);
	ext(ANON_A);
	ext(LAST_A);
	ext(RENAMED_A);
	ext(NEGATIVE_A);
	ext(in);
	return ext(state + flags + gone + attr + allowed + moved + many + fewer);
}

/* Two functions may have constants of one name. */
int one(void)
{
	enum { OTHER_A, OTHER_B } x = OTHER_B;

	return ext(x);
}

int two(void)
{
	enum { OTHER_B = 5, OTHER_A } x = OTHER_B;

	return ext(x);
}
