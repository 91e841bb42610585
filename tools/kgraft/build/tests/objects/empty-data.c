// An empty variable has the address of another, which is found nevertheless.
// plan
// expect: replaces first 0
// expect: \.text\.first \S+ before(-0x4)?
// expect: \.text\.first \S+ after(-0x4)?
// never: .* has no .*
struct key { };
int ext(struct key *key, int *x);

static int before;
static int after;

int first(int x)
{
	static struct key one, two, three;

#ifdef PATCHED
	x++;
#endif
	return ext(&one, &before) + ext(&two, &after) + ext(&three, &x);
}
