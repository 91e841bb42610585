// Members of a structure that has no name of its own, in a named member.
// plan
// expect: L: members of `outer` are elsewhere or of another size
struct outer {
	struct {
#ifdef PATCHED
		int two, one;
#else
		int one, two;
#endif
	} pair[3];
};

int one(struct outer *outer)
{
	return outer->pair[1].one;
}
