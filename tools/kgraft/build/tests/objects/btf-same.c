// Lists of BTF IDs that stay as they are: what refers to them does, too, and what changes
// uses those of the kernel. An ID may be in several lists.
// plan
// expect: replaces core 0
// expect: \.text\.core R_X86_64_(32S|PC32|32|64) __BTF_ID__struct__sock__[0-9]+\S*
// expect: \.text\.core R_X86_64_(32S|PC32|32|64) __BTF_ID__struct__file__[0-9]+\S*
// expect: \.text\.core R_X86_64_(32S|PC32|32|64) __BTF_ID__struct__page__[0-9]+\S*
// never: replaces (other|both|set) .*
// never: [A-Z]: .*
// never: note: .*
#include "btf.h"
int ext(const void *x);

LIST(ids);
ID(struct, sock);
ID(struct, sk_buff);
IN_BTF_IDS(".zero 4");
ID(struct, page);
LIST(again);
ID(struct, file);
ID(struct, sock);

int core(int x)
{
#ifdef PATCHED
	ext(again);
	/* Not used before. */
	if (x)
		ext(&ids[3]);
#endif
	return ext(ids) + ids[0];
}

int other(int x)
{
	return ids[1] + x;
}

int both(int x)
{
	return again[1] + ids[2] + ext(again) + x;
}
