// A compound literal that can be written is data like any other.
// expect: D: data `(__compound_literal\S*|\.compoundliteral\S*)` changed
// expect: function user same
struct init {
	const char *name;
	int flags;
};

struct clock {
	struct init *init;
};

int ext(struct clock *clock);

static struct clock clock = {
#ifdef PATCHED
	.init = &(struct init){ .name = "x", .flags = 8 },
#else
	.init = &(struct init){ .name = "x", .flags = 0 },
#endif
};

int user(void)
{
	return ext(&clock);
}
