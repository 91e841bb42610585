/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * functions.h - bench_f_1000() to bench_f_1999(), or the first of them
 *
 * BENCH_FIRST_1(E), _10(E), _100(E) and _1000(E) write E(number) for so many.
 * The first digit is there so that no number is taken for an octal one.
 *
 * Copyright (C) 2026 The kGraft authors
 */
#ifndef BENCH_FUNCTIONS_H
#define BENCH_FUNCTIONS_H

#define BENCH_TENTH(E, n)						\
	E(n##0) E(n##1) E(n##2) E(n##3) E(n##4)				\
	E(n##5) E(n##6) E(n##7) E(n##8) E(n##9)

#define BENCH_HUNDREDTH(E, n)						\
	BENCH_TENTH(E, n##0) BENCH_TENTH(E, n##1)			\
	BENCH_TENTH(E, n##2) BENCH_TENTH(E, n##3)			\
	BENCH_TENTH(E, n##4) BENCH_TENTH(E, n##5)			\
	BENCH_TENTH(E, n##6) BENCH_TENTH(E, n##7)			\
	BENCH_TENTH(E, n##8) BENCH_TENTH(E, n##9)

#define BENCH_FIRST_1(E)	E(1000)
#define BENCH_FIRST_10(E)	BENCH_TENTH(E, 100)
#define BENCH_FIRST_100(E)	BENCH_HUNDREDTH(E, 10)
#define BENCH_FIRST_1000(E)						\
	BENCH_HUNDREDTH(E, 10) BENCH_HUNDREDTH(E, 11)			\
	BENCH_HUNDREDTH(E, 12) BENCH_HUNDREDTH(E, 13)			\
	BENCH_HUNDREDTH(E, 14) BENCH_HUNDREDTH(E, 15)			\
	BENCH_HUNDREDTH(E, 16) BENCH_HUNDREDTH(E, 17)			\
	BENCH_HUNDREDTH(E, 18) BENCH_HUNDREDTH(E, 19)

/* The functions that BENCH_NR says, in a patch module. */
#define BENCH_PASTE(a, b)	a##b
#define BENCH_FIRST(nr)		BENCH_PASTE(BENCH_FIRST_, nr)

#endif /* BENCH_FUNCTIONS_H */
