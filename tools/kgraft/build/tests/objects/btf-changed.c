// The kernel has resolved its lists of BTF IDs, so another ID in one has no effect.
// plan
// expect: S: the BTF IDs in section `\.BTF_ids` change \(btf-changed.c\)
// never: D: .*
#include "btf.h"
int ext(const void *x);

LIST(ids);
ID(struct, sock);
#ifdef PATCHED
ID(struct, inet_sock);
#else
ID(struct, sk_buff);
#endif

int core(int x)
{
#ifdef PATCHED
	ext(&x);
#endif
	return ext(ids) + ids[1];
}
