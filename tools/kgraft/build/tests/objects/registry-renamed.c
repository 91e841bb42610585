// A named entry takes the place of another one, in a list that the kernel has read. One
// that only has another name is the same.
// expect: S: section `__param` has another entry `__param_new`
// never: S: section `\.initcall6\.init`.*
#define entry(name, value, section_)					\
	static const struct param name __attribute__((used,		\
		section(section_))) = { value, &variable }

struct param {
	const char *name;
	int *variable;
};

int variable;

#ifdef PATCHED
entry(__param_new, "new", "__param");
entry(__initcall_2_start, "start", ".initcall6.init");
#else
entry(__param_old, "old", "__param");
entry(__initcall_1_start, "start", ".initcall6.init");
#endif
