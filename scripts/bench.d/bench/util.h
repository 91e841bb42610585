/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What all measurements use: time, files, and lines of samples.
 *
 * Copyright (C) 2026 The kGraft authors
 */
#ifndef _BENCH_UTIL_H
#define _BENCH_UTIL_H

#include <stddef.h>

void die(const char *what);
void nap_us(long us);
double now_ms(void);

/* Under icount, instructions. */
unsigned long cycles(void);

/* A line of NAME and WHAT together, unit, who and value. */
void sample(const char *name, const char *what, const char *unit,
	    const char *who, double value);

/* The length, or a negative error; buf is terminated either way. */
int read_file(const char *path, char *buf, size_t size);

/* These end the program if the file cannot be read or written. */
double number(const char *path);
void write_file(const char *path, const char *text);

#endif /* _BENCH_UTIL_H */
