// The initial value of a variable that each copy of a function has is part of it.
// expect gcc: function user replaced
// expect clang: D: data `user._rs` changed
struct rs {
	int interval, burst;
};

int ratelimit(struct rs *rs, const char *func);

int user(void)
{
#ifdef PATCHED
	static struct rs _rs = { 5000, 1 };
#else
	static struct rs _rs = { 5000, 10 };
#endif

	return ratelimit(&_rs, __func__);
}
