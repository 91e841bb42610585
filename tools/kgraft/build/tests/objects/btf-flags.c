// Flags of functions in a set: one loses them, another one gets them.
// plan
// expect: S: the BTF IDs in section `\.BTF_ids` change \(btf-flags.c\)
// never: D: .*
#include "btf.h"
int ext(const void *x);
#ifdef PATCHED
#define FIRST 0
#define SECOND 1
#else
#define FIRST 1
#define SECOND 0
#endif

LIST(set);
IN_BTF_IDS("__BTF_ID__set8__set: .zero 4\n.long 1");
ID_FLAGS(func, one, FIRST);
ID_FLAGS(func, two, SECOND);
IN_BTF_IDS(".size __BTF_ID__set8__set, . - set");

int core(int x)
{
#ifdef PATCHED
	ext(&x);
#endif
	return ext(set);
}
