// The names of BTF IDs have numbers, which the fix changes with what it adds before.
// plan
// expect: replaces core 0
// expect: \.text\.core R_X86_64_(32S|PC32|32|64) __BTF_ID__struct__sock__0[0-9]+\S*
// never: replaces other .*
// never: [A-Z]: .*
#include "btf.h"
int ext(const void *x);
#ifdef PATCHED
int more[__COUNTER__ + 1];
#endif

LIST(ids);
ID(struct, sock);
ID(struct, sk_buff);
LIST(set);
IN_BTF_IDS("__BTF_ID__set__set: .zero 4");
ID(func, core);
IN_BTF_IDS(".size __BTF_ID__set__set, . - set");

int core(int x)
{
#ifdef PATCHED
	ext(&x);
#endif
	return ext(ids) + ids[0];
}

int other(int x)
{
	return ids[1] + x + set[0];
}
