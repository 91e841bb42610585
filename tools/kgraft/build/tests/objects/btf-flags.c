// Flags of functions in a set: one loses them, another one gets them.
// plan
// expect: S: the BTF IDs in section `\.BTF_ids` change \(btf-flags.c\)
// never: D: .*
#define PASTE2(a, b) a ## b
#define PASTE(a, b) PASTE2(a, b)
#define IN_BTF_IDS(text) asm(".pushsection .BTF_ids, \"a\"\n" text "\n.popsection")
#define LIST(name) IN_BTF_IDS(".local " #name "\n" #name ":"); extern unsigned int name[]
#define ID3(symbol, word) \
	IN_BTF_IDS(".local " #symbol "\n.type " #symbol ", STT_OBJECT\n.size " #symbol ", 4\n" \
		   #symbol ": .zero 4\n" word)
#define ID2(symbol, word) ID3(symbol, word)
#define ID(kind, name) \
	ID2(PASTE(PASTE(__BTF_ID__##kind##__##name##__, __COUNTER__), __LINE__), "")
#define FLAGS(flags) ".long " #flags
#define ID_FLAGS(kind, name, flags) \
	ID2(PASTE(PASTE(__BTF_ID__##kind##__##name##__, __COUNTER__), __LINE__), FLAGS(flags))
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
