// A member that grows into the padding behind it, where no other one moves.
// plan
// expect: L: members of `padded` are elsewhere or of another size
struct padded {
#ifdef PATCHED
	unsigned short flag;
#else
	unsigned char flag;
#endif
	int number;
};

int get(const struct padded *padded)
{
	return padded->flag + padded->number;
}
