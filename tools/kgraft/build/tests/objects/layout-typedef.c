// A structure that only a typedef names.
// plan
// expect: L: `thing_t` is 12 bytes long instead of 8
typedef struct {
	int first;
#ifdef PATCHED
	int more;
#endif
	int last;
} thing_t;

int last(thing_t *thing)
{
	return thing->last;
}
