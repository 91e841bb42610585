// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * where.c - a plugin of QEMU's that counts the instructions of the kernel, by address
 *
 * Usage: -plugin where.so,from=ADDRESS,to=ADDRESS,out=FILE
 *
 * Counts from the execution of one address until that of another, which may repeat,
 * and writes a line "ADDRESS NUMBER" for each that was executed meanwhile. Addresses
 * are hexadecimal. For guests with one CPU.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "qemu_plugin.h"

#define EXPORT	__attribute__((visibility("default")))

EXPORT int qemu_plugin_version = 1;

/* The kernel's text, as it is without KASLR */
#define TEXT		0xffffffff81000000ull
#define TEXT_SIZE	(20u << 20)

/* One for each instruction that was ever executed; the first is for all others. */
struct counter {
	uint64_t addr;
	uint64_t now, begin, sum;
};

static struct counter counters[TEXT_SIZE];
static uint32_t nr = 1, index_of[TEXT_SIZE];

static uint64_t from, to;
static bool counting;
static const char *out;

static struct counter *counter_of(uint64_t addr)
{
	uint32_t *index;

	if (addr < TEXT || addr >= TEXT + TEXT_SIZE)
		return &counters[0];
	index = &index_of[addr - TEXT];
	if (!*index) {
		*index = nr++;
		counters[*index].addr = addr;
	}
	return &counters[*index];
}

static void begin(unsigned int cpu, void *arg)
{
	uint32_t i;

	(void)cpu;
	(void)arg;
	for (i = 0; i < nr && !counting; i++)
		counters[i].begin = counters[i].now;
	counting = true;
}

static void end(unsigned int cpu, void *arg)
{
	uint32_t i;

	(void)cpu;
	(void)arg;
	for (i = 0; i < nr && counting; i++)
		counters[i].sum += counters[i].now - counters[i].begin;
	counting = false;
}

static void translate(qemu_plugin_id_t id, struct qemu_plugin_tb *tb)
{
	size_t i, insns = qemu_plugin_tb_n_insns(tb);

	(void)id;
	for (i = 0; i < insns; i++) {
		struct qemu_plugin_insn *insn = qemu_plugin_tb_get_insn(tb, i);
		uint64_t addr = qemu_plugin_insn_vaddr(insn);

		if (addr == from)
			qemu_plugin_register_vcpu_insn_exec_cb(insn, begin, QEMU_PLUGIN_CB_NO_REGS,
							       NULL);
		if (addr == to)
			qemu_plugin_register_vcpu_insn_exec_cb(insn, end, QEMU_PLUGIN_CB_NO_REGS,
							       NULL);
		qemu_plugin_register_vcpu_insn_exec_inline(insn, QEMU_PLUGIN_INLINE_ADD_U64,
							   &counter_of(addr)->now, 1);
	}
}

static void write_all(qemu_plugin_id_t id, void *arg)
{
	FILE *file = fopen(out, "w");
	uint32_t i;

	(void)id;
	(void)arg;
	if (!file) {
		perror(out);
		return;
	}
	for (i = 1; i < nr; i++)
		if (counters[i].sum)
			fprintf(file, "%llx %llu\n", (unsigned long long)counters[i].addr,
				(unsigned long long)counters[i].sum);
	fclose(file);
}

EXPORT int qemu_plugin_install(qemu_plugin_id_t id, const struct qemu_info_t *info,
			       int argc, char **argv)
{
	int i;

	(void)info;
	for (i = 0; i < argc; i++) {
		if (!strncmp(argv[i], "from=", 5))
			from = strtoull(argv[i] + 5, NULL, 16);
		else if (!strncmp(argv[i], "to=", 3))
			to = strtoull(argv[i] + 3, NULL, 16);
		else if (!strncmp(argv[i], "out=", 4))
			out = argv[i] + 4;
	}
	if (!from || !to || !out) {
		fprintf(stderr, "where: from=, to= and out= are needed\n");
		return 1;
	}
	out = strdup(out);
	qemu_plugin_register_vcpu_tb_trans_cb(id, translate);
	qemu_plugin_register_atexit_cb(id, write_all, NULL);
	return 0;
}
