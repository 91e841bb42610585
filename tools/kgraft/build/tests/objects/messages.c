// Of several messages in a function one is gone: a patch brings those that it has.
// plan
// expect: replaces first 0
// expect: vmlinux +first +changed
// never: .* which is not clear.*
int ext(const char *msg);

int first(int x)
{
#ifndef PATCHED
	if (x == 1) {
		static const char __msg[] = "one is no number of a message";

		return ext(__msg);
	}
#endif
	if (x == 2) {
		static const char __msg[] = "two is no number of a message";

		return ext(__msg);
	}
	if (x == 3) {
		static const char __msg[] = "three is no number of a message";

		return ext(__msg);
	}
	return 0;
}
