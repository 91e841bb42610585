// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * redirect.c - what ways to redirect a function cost a CPU's return predictor
 *
 * A model in user space of the control flow only: no registers are saved and
 * nothing is looked up. An emulator has no predictor of returns, so this runs on
 * the CPU that runs it. Each call is made at the end of a chain of
 * callers, because a return that comes out wrong may make all of theirs wrong.
 *
 * Prints samples as bench does: ns for the chain and one call in it, less what
 * the same costs with a function that is not redirected.
 */
#include <stdio.h>
#include <time.h>

/* The best of so many batches counts: in the others, something came between. */
#define CALLS	2000
#define BATCHES	200
#define ROUNDS	5

/*
 * f_NAME is the function, new_function what runs instead.
 *
 *   plain   is not redirected
 *   jump    jumps at its entry
 *   direct  calls a trampoline, which drops the way back and jumps
 *   ftrace  calls a trampoline, which calls a handler, changes the way back to
 *           the new function, and returns there
 */
asm("	.text\n"
	"new_function:\n"
	"	mov	$1, %eax\n"
	"	ret\n"

	"f_plain:\n"
	"	mov	$1, %eax\n"
	"	ret\n"

	"f_jump:\n"
	"	jmp	new_function\n"

	"direct_trampoline:\n"
	"	add	$8, %rsp\n"
	"	jmp	new_function\n"
	"f_direct:\n"
	"	call	direct_trampoline\n"
	"	ret\n"

	"handler:\n"
	"	lea	new_function(%rip), %rax\n"
	"	ret\n"
	"ftrace_trampoline:\n"
	"	call	handler\n"
	"	mov	%rax, (%rsp)\n"
	"	ret\n"
	"f_ftrace:\n"
	"	call	ftrace_trampoline\n"
	"	ret\n");

/* A chain of DEPTH callers, the last of which calls the function. */
#define CHAIN(name)							\
asm("	.text\n"							\
	"chain_" #name ":\n"						\
	"	test	%edi, %edi\n"					\
	"	jz	1f\n"						\
	"	dec	%edi\n"						\
	"	call	chain_" #name "\n"				\
	"	inc	%eax\n"						\
	"	ret\n"							\
	"1:	call	f_" #name "\n"					\
	"	ret\n");						\
int chain_##name(int depth)

CHAIN(plain);
CHAIN(jump);
CHAIN(direct);
CHAIN(ftrace);

static double now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1e9 + ts.tv_nsec;
}

static double measure(int (*chain)(int depth), int depth)
{
	double start, took, least = 1e9;
	int batch, i;

	for (batch = 0; batch < BATCHES; batch++) {
		start = now_ns();
		for (i = 0; i < CALLS; i++)
			chain(depth);
		took = (now_ns() - start) / CALLS;
		if (took < least)
			least = took;
	}
	return least;
}

int main(void)
{
	static const struct {
		const char *name;
		int (*chain)(int depth);
	} ways[] = {
		{ "jump at the entry", chain_jump },
		{ "direct call", chain_direct },
		{ "ftrace handler", chain_ftrace },
	};
	static const int depths[] = { 1, 16 };
	unsigned int round, way, depth;

	for (round = 0; round < ROUNDS; round++) {
		for (depth = 0; depth < 2; depth++) {
			double plain = measure(chain_plain, depths[depth]);

			for (way = 0; way < sizeof(ways) / sizeof(*ways); way++)
				printf("host.%s, %d deep\tns\tnone\t%.2f\n",
				       ways[way].name, depths[depth],
				       measure(ways[way].chain, depths[depth]) - plain);
		}
	}
	return 0;
}
