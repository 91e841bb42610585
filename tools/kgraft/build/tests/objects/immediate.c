// What follows the field of a PC-relative operand does not count.
// expect: function store same
// expect: function load replaced
static volatile int cells[4];

void store(void)
{
	cells[1] = 0x12345678;
}

int load(void)
{
#ifdef PATCHED
	return cells[2];
#else
	return cells[3];
#endif
}
