// A function that BPF programs may call from now on would have to be in a set.
// plan
// expect: S: the BTF IDs in section `\.BTF_ids` change \(btf-new.c\)
// never: S: .*has a (new|changed) entry.*
#include "btf.h"
int ext(const void *x);

LIST(set);
IN_BTF_IDS("__BTF_ID__set__set: .zero 4");
ID(func, core);
#ifdef PATCHED
ID(func, fresh);
#endif
IN_BTF_IDS(".size __BTF_ID__set__set, . - set");

int core(int x)
{
	return ext(&x);
}

#ifdef PATCHED
__attribute__((used)) int fresh(int x)
{
	return ext(&x) + 1;
}
#endif
