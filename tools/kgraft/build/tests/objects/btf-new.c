// A function that BPF programs may call from now on would have to be in a set.
// plan
// expect: S: the BTF IDs in section `\.BTF_ids` change \(btf-new.c\)
// never: S: .*has a (new|changed) entry.*
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
