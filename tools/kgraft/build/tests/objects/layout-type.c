// A member of the same size, in the same place, may be something else.
// plan
// expect: L: members of `lists` are elsewhere or of another size or type
// expect: L: members of `kinds` are elsewhere or of another size or type
// expect: L: members of `arrays` are elsewhere or of another size or type
// never: L: .*`(same|pointers|list_head|list)`.*
struct list { struct list *next, *prev; };
struct hlist { struct hlist *first, **last; };
enum on { OFF, ON };
enum kind { NO, YES };
typedef struct { int n; } counter_t;
typedef struct { int n; } refs_t;
typedef struct list list_t;

#ifdef PATCHED
#define NOW(before, after) after
#else
#define NOW(before, after) before
#endif

struct lists { int x; NOW(struct list, struct hlist) head; };
struct kinds { int x; NOW(enum on, enum kind) kind; };
struct arrays { int x; const NOW(counter_t, refs_t) all[2][2]; };

/* By another name, or what is only pointed to. */
struct same { NOW(struct list, list_t) a; NOW(int, unsigned int) b; volatile NOW(list_t, struct list) c[2]; };
struct pointers { NOW(struct list, struct hlist) *a; };

int core(struct lists *lists, struct kinds *kinds, struct arrays *arrays, struct same *same,
	 struct pointers *pointers)
{
	return lists->x + kinds->x + arrays->x + !same->a.next + !pointers->a;
}
