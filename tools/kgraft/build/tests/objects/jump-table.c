// The table of a switch is about the code of its function: the new code has its own.
// plan
// flags: -fno-pie -fcf-protection=none -fjump-tables
// expect: vmlinux +choose +changed
// expect: \.rodata\S* R_X86_64_64 \.text\.choose\+0x[1-9a-f]\S*
// never: \.rodata\S* R_X86_64_64 choose\S*
int ext(int x);

int choose(int x)
{
	switch (x) {
	case 0:
		return ext(5) + 1;
	case 1:
		return ext(17) * 3;
	case 2:
		return ext(3) - 9;
	case 3:
#ifdef PATCHED
		return ext(8) ^ 21;
#else
		return ext(9) ^ 21;
#endif
	case 4:
		return ext(100) | 64;
	case 5:
		return ext(110) & 15;
	case 6:
		return ext(112) / 15;
	}
	return 0;
}
