// Lists of BTF IDs, as <linux/btf_ids.h> makes them.
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
