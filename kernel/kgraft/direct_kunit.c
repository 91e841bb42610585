// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * direct_kunit.c - tests of the names of direct references, and of what x86
 *		    writes for them
 */

#include <kunit/test.h>
#include <linux/elf.h>
#include <linux/kallsyms.h>
#include <linux/module.h>
#include <linux/string.h>

#include "arch.h"
#include "core.h"
#include "direct.h"
#include "lookup.h"
#include "object.h"
#include "symbol.h"

static void parse_good(struct kunit *test)
{
	struct kgr_direct direct;

	KUNIT_EXPECT_NULL(test, kgr_direct_parse(".kgr.0.vmlinux.foo", &direct));
	KUNIT_EXPECT_EQ(test, direct.sympos, 0);
	KUNIT_EXPECT_STREQ(test, direct.objname, "vmlinux");
	KUNIT_EXPECT_TRUE(test, kgr_object_is(direct.objname, NULL));
	KUNIT_EXPECT_STREQ(test, direct.name, "foo");

	KUNIT_EXPECT_NULL(test, kgr_direct_parse(".kgr.12.snd_pcm.x", &direct));
	KUNIT_EXPECT_EQ(test, direct.sympos, 12);
	KUNIT_EXPECT_STREQ(test, direct.objname, "snd_pcm");
	KUNIT_EXPECT_STREQ(test, direct.name, "x");

	/* What the compiler makes of names. */
	KUNIT_EXPECT_NULL(test, kgr_direct_parse(".kgr.1.ext4.foo.constprop.0",
						 &direct));
	KUNIT_EXPECT_STREQ(test, direct.objname, "ext4");
	KUNIT_EXPECT_STREQ(test, direct.name, "foo.constprop.0");
}

static void parse_malformed(struct kunit *test)
{
	static const char *const names[] = {
		"", "foo", ".kgr", ".kgr.", ".kgr.0", ".kgr.0.", ".kgr.0.vmlinux",
		".kgr.0.vmlinux.", ".kgr..vmlinux.foo", ".kgr.0..foo",
		".kgr.x.vmlinux.foo", ".kgr.-1.vmlinux.foo", ".kgr.+1.vmlinux.foo",
		".kgr.0x1.vmlinux.foo", ".kgr. 1.vmlinux.foo",
		".kgr.vmlinux.foo", ".kgr.99999999999999999999.vmlinux.foo",
		".kgr.0.snd-pcm.foo", ".kgr.0.a/b.foo", ".kgr.0.a b.foo",
		".klp.sym.vmlinux.foo,0",
	};
	struct kgr_direct direct;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(names); i++)
		KUNIT_EXPECT_NOT_NULL_MSG(test,
					  kgr_direct_parse(names[i], &direct),
					  "'%s' was taken", names[i]);
}

/* An object or a name that is longer than any can be, and one less. */
static void parse_long(struct kunit *test)
{
	const size_t size = MODULE_NAME_LEN + KSYM_NAME_LEN + 32;
	char *symbol = kunit_kzalloc(test, size, GFP_KERNEL);
	struct kgr_direct direct;
	char *end;

	KUNIT_ASSERT_NOT_NULL(test, symbol);
	end = symbol + sprintf(symbol, ".kgr.0.");
	memset(end, 'm', MODULE_NAME_LEN - 1);
	memcpy(end + MODULE_NAME_LEN - 1, ".foo", sizeof(".foo"));
	KUNIT_EXPECT_NULL(test, kgr_direct_parse(symbol, &direct));
	memset(end, 'm', MODULE_NAME_LEN);
	memcpy(end + MODULE_NAME_LEN, ".foo", sizeof(".foo"));
	KUNIT_EXPECT_NOT_NULL(test, kgr_direct_parse(symbol, &direct));

	end = symbol + sprintf(symbol, ".kgr.0.vmlinux.");
	memset(end, 'n', KSYM_NAME_LEN - 1);
	end[KSYM_NAME_LEN - 1] = '\0';
	KUNIT_EXPECT_NULL(test, kgr_direct_parse(symbol, &direct));
	memset(end, 'n', KSYM_NAME_LEN);
	end[KSYM_NAME_LEN] = '\0';
	KUNIT_EXPECT_NOT_NULL(test, kgr_direct_parse(symbol, &direct));
}

static int find(const char *name, const char *objname, unsigned long sympos,
		unsigned long *addr)
{
	int ret;

	mutex_lock(&kgr_mutex);
	ret = kgr_find_symbol("kunit", name, objname, sympos, addr);
	mutex_unlock(&kgr_mutex);
	return ret;
}

static void find_symbols(struct kunit *test)
{
	unsigned long first, second, addr;

	KUNIT_EXPECT_EQ(test, find("kgr_find_symbol", NULL, 0, &addr), 0);
	KUNIT_EXPECT_EQ(test, addr, (unsigned long)kgr_find_symbol);
	KUNIT_EXPECT_EQ(test, find("kgr_find_symbol", "vmlinux", 1, &addr), 0);
	KUNIT_EXPECT_EQ(test, find("kgr_find_symbol", NULL, 2, &addr), -ENOENT);
	KUNIT_EXPECT_EQ(test, find("kgr_no_such_symbol", NULL, 0, &addr), -ENOENT);
	KUNIT_EXPECT_EQ(test, find("kgr_find_symbol", "no_such_module", 0, &addr),
			-ENOENT);
	/* In init memory. */
	KUNIT_EXPECT_EQ(test, find("boot_command_line", NULL, 0, &addr), -ENOENT);

	if (!IS_ENABLED(CONFIG_KGRAFT_TEST_TARGET))
		return;
	KUNIT_EXPECT_EQ(test, find("kgr_test_dup", NULL, 0, &addr), -ENOENT);
	KUNIT_EXPECT_EQ(test, find("kgr_test_dup", NULL, 1, &first), 0);
	KUNIT_EXPECT_EQ(test, find("kgr_test_dup", NULL, 2, &second), 0);
	KUNIT_EXPECT_EQ(test, find("kgr_test_dup", NULL, 3, &addr), -ENOENT);
	KUNIT_EXPECT_LT(test, first, second);
	/* There is one more in init memory. */
	KUNIT_EXPECT_EQ(test, find("kgr_test_many_03", NULL, 0, &addr), 0);
}

#ifdef CONFIG_X86_64
/* What the module loader writes, and what it would not. */
static void relocations(struct kunit *test)
{
	const unsigned long place = 0xffffffffa0001000, addr = 0xffffffffa0000ff0;
	u64 value;

	KUNIT_EXPECT_EQ(test, kgr_arch_reloc_size(R_X86_64_PLT32), 4);
	KUNIT_EXPECT_EQ(test, kgr_arch_reloc_size(R_X86_64_PC32), 4);
	KUNIT_EXPECT_EQ(test, kgr_arch_reloc_size(R_X86_64_32S), 4);
	KUNIT_EXPECT_EQ(test, kgr_arch_reloc_size(R_X86_64_64), 8);
	KUNIT_EXPECT_EQ(test, kgr_arch_reloc_size(R_X86_64_PC64), 0);
	KUNIT_EXPECT_EQ(test, kgr_arch_reloc_size(R_X86_64_NONE), 0);

	KUNIT_EXPECT_EQ(test, kgr_arch_reloc_value(R_X86_64_PLT32, place, addr,
						   &value), 0);
	KUNIT_EXPECT_EQ(test, (u32)value, (u32)-0x10);
	KUNIT_EXPECT_EQ(test, kgr_arch_reloc_value(R_X86_64_32S, place, addr,
						   &value), 0);
	KUNIT_EXPECT_EQ(test, (u32)value, (u32)addr);
	KUNIT_EXPECT_EQ(test, kgr_arch_reloc_value(R_X86_64_64, place, addr,
						   &value), 0);
	KUNIT_EXPECT_EQ(test, value, addr);

	KUNIT_EXPECT_EQ(test, kgr_arch_reloc_value(R_X86_64_PC32, place, 0,
						   &value), 0);
	KUNIT_EXPECT_EQ(test, kgr_arch_reloc_value(R_X86_64_PC32, place,
						   0xffff888000000000, &value),
			-ERANGE);
	KUNIT_EXPECT_EQ(test, kgr_arch_reloc_value(R_X86_64_32S, place,
						   0xffff888000000000, &value),
			-ERANGE);
	KUNIT_EXPECT_EQ(test, kgr_arch_reloc_value(R_X86_64_64, place,
						   0xffff888000000000, &value),
			0);
}
#endif

static struct kunit_case direct_cases[] = {
	KUNIT_CASE(parse_good),
	KUNIT_CASE(parse_malformed),
	KUNIT_CASE(parse_long),
	KUNIT_CASE(find_symbols),
#ifdef CONFIG_X86_64
	KUNIT_CASE(relocations),
#endif
	{}
};

static struct kunit_suite direct_suite = {
	.name = "kgraft_direct",
	.test_cases = direct_cases,
};

kunit_test_suites(&direct_suite);

MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("kGraft: tests of direct references");
