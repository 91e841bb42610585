// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * wait.c - where in the kernel a task sleeps
 *
 * That a system call restarts unnoticed (restart.c) is only true of the wait
 * that the call is there for. The call may sleep elsewhere as well: on a lock,
 * in a page fault, in the open of a file, or in the receive function by which a
 * sockmap replaces that of the protocol. Code there may take an interruption
 * for the end of a timeout, lose what it has in hand, or tell another process.
 *
 * So a task sleeps in a wait of its own only if the first function on its stack
 * that does not belong to the scheduler is in the table of wait_rows.c. What is
 * not listed there, or not found in this kernel, is some other wait, and the
 * task is not woken under the policy "transparent".
 */

#define pr_fmt(fmt) "kgraft: " fmt

#include <linux/bsearch.h>
#include <linux/hash.h>
#include <linux/init.h>
#include <linux/kallsyms.h>
#include <linux/kernel.h>
#include <linux/module.h>
#include <linux/printk.h>
#include <linux/sort.h>
#include <linux/string.h>
#include <linux/stringhash.h>
#include <linux/workqueue.h>

#include "core.h"
#include "site.h"
#include "stack.h"
#include "wait.h"
#include "wait_rows.h"

/* Pieces of code for all names together. */
#define KGR_WAIT_CODES		256

/*
 * A task with one of these on its stack is not woken under any policy: it is in
 * a wait that is not its own, and that an interruption would disturb.
 *  - in a page fault. The sleeper does not leave, it spins until the page is
 *    there, or makes the server of the page give up.
 *  - in the lookup of a path, until a file system is mounted there.
 *  - in task work: in the last close of a socket that lingers.
 *  - in a request of poll() to a FUSE server, which would be told.
 * All of these are functions that return to their caller's frame.
 */
static const struct {
	const char *name;
	bool exists;
} kgr_elsewhere_names[] = {
	{ "handle_mm_fault", true },
	{ "handle_userfault", IS_ENABLED(CONFIG_USERFAULTFD) },
	{ "filename_lookup", true },
	{ "task_work_run", true },
	{ IS_MODULE(CONFIG_FUSE_FS) ? "fuse:__fuse_simple_request" :
				      "__fuse_simple_request",
	  IS_BUILTIN(CONFIG_FUSE_FS) },
};

/* Their code. kgr_mutex. */
static struct kgr_code kgr_elsewhere[ARRAY_SIZE(kgr_elsewhere_names)];

/* One of them was not found: no task can be woken. kgr_mutex. */
static bool kgr_elsewhere_lost;

/**
 * struct kgr_wait_code - a function of a row
 * @code:	its code; size 0: it is ignored
 * @row:	the row
 * @name:	which of the row's names, an index
 * @symbol:	hash of its symbol's whole name
 *
 * A name may have several: the compiler splits and copies a function, and adds
 * ".cold", ".isra.0" or a similar suffix to the name of each part.
 */
struct kgr_wait_code {
	struct kgr_code code;
	unsigned char row;
	unsigned char name;
	unsigned int symbol;
};

/*
 * Those of the kernel first, then those of modules, each sorted by address.
 * Read and written with kgr_mutex held.
 */
static struct kgr_wait_code kgr_wait_codes[KGR_WAIT_CODES];
static unsigned int kgr_nr_wait_codes, kgr_nr_kernel_codes;

/**
 * struct kgr_wait_name - a name to look for
 * @name:	the name
 * @row:	the row that it is in
 * @index:	its index in the row
 * @twice:	two functions have this name, so that it is useless
 */
struct kgr_wait_name {
	const char *name;
	unsigned char row;
	unsigned char index;
	bool twice;
};

/* Sorted. kgr_mutex. */
static struct kgr_wait_name kgr_wait_names[KGR_WAIT_ROWS * KGR_WAIT_NAMES];
static unsigned int kgr_nr_wait_names;

static int kgr_wait_name_cmp(const void *a, const void *b)
{
	const struct kgr_wait_name *x = a, *y = b;

	return strcmp(x->name, y->name);
}

static void kgr_wait_sort_names(void)
{
	unsigned int row, i;

	for (row = 0; row < KGR_WAIT_ROWS; row++)
		for (i = 0; i < KGR_WAIT_NAMES; i++)
			if (kgr_wait_rows[row].names[i])
				kgr_wait_names[kgr_nr_wait_names++] =
				(struct kgr_wait_name){
					.name = kgr_wait_rows[row].names[i],
					.row = row,
					.index = i,
				};
	sort(kgr_wait_names, kgr_nr_wait_names, sizeof(kgr_wait_names[0]),
	     kgr_wait_name_cmp, NULL);
}

/* The part of the name of a symbol that is compared. */
struct kgr_wait_symbol {
	const char *name;
	size_t len;
};

static int kgr_wait_symbol_cmp(const void *key, const void *elem)
{
	const struct kgr_wait_symbol *symbol = key;
	const struct kgr_wait_name *name = elem;
	int cmp = strncmp(symbol->name, name->name, symbol->len);

	return cmp ?: -!!name->name[symbol->len];
}

/* Ignores what the compiler, or the macro of a system call, adds to a name. */
static struct kgr_wait_name *kgr_wait_name_of(const char *name)
{
	struct kgr_wait_symbol symbol = { .name = name };

	if (name[0] == '_' && name[1] == '_') {
		name = strstr(name, "_sys_");
		if (name)
			symbol.name = name + 1;
	}
	symbol.len = strchrnul(symbol.name, '.') - symbol.name;
	return bsearch(&symbol, kgr_wait_names, kgr_nr_wait_names,
		       sizeof(kgr_wait_names[0]), kgr_wait_symbol_cmp);
}

/* Two functions have the same name: it is unknown which of them is meant. */
static void kgr_wait_drop(struct kgr_wait_name *name)
{
	unsigned int i;

	pr_warn("two functions are named %s: tasks that sleep in them are not woken\n",
		name->name);
	name->twice = true;
	for (i = 0; i < kgr_nr_wait_codes; i++)
		if (kgr_wait_codes[i].row == name->row &&
		    kgr_wait_codes[i].name == name->index)
			kgr_wait_codes[i].code.size = 0;
}

static bool kgr_wait_known(const struct kgr_wait_name *name,
			   unsigned int symbol, unsigned long addr)
{
	const struct kgr_wait_code *code;
	unsigned int i;

	for (i = 0; i < kgr_nr_wait_codes; i++) {
		code = &kgr_wait_codes[i];
		if (code->row == name->row && code->name == name->index &&
		    code->symbol == symbol && code->code.addr != addr)
			return true;
	}
	return false;
}

static void kgr_wait_add(struct kgr_wait_name *name, const char *symbol,
			 unsigned long addr)
{
	unsigned int hash = full_name_hash(NULL, symbol, strlen(symbol));
	unsigned long size;

	if (name->twice)
		return;
	if (kgr_wait_known(name, hash, addr)) {
		kgr_wait_drop(name);
		return;
	}
	if (kgr_nr_wait_codes == KGR_WAIT_CODES) {
		pr_warn_once("too many symbols of waits: some sleepers are not woken\n");
		return;
	}
	if (!kallsyms_lookup_size_offset(addr, &size, NULL))
		return;
	kgr_wait_codes[kgr_nr_wait_codes++] = (struct kgr_wait_code){
		.code = { .addr = addr, .size = size },
		.row = name->row,
		.name = name->index,
		.symbol = hash,
	};
}

static int kgr_wait_kernel_symbol(void *data, const char *symbol,
				  unsigned long addr)
{
	struct kgr_wait_name *name = kgr_wait_name_of(symbol);

	/* Not core_kernel_text(): init code is part of that during boot. */
	if (name && !kgr_wait_rows[name->row].module && is_kernel_text(addr))
		kgr_wait_add(name, symbol, addr);
	return 0;
}

static int kgr_wait_module_symbol(void *data, const char *symbol,
				  unsigned long addr)
{
	struct kgr_wait_name *name = kgr_wait_name_of(symbol);
	const char *module = data;

	if (name && kgr_wait_rows[name->row].module &&
	    !strcmp(kgr_wait_rows[name->row].module, module) &&
	    is_module_text_address(addr))
		kgr_wait_add(name, symbol, addr);
	return 0;
}

static int kgr_wait_code_cmp(const void *a, const void *b)
{
	const struct kgr_wait_code *x = a, *y = b;

	return x->code.addr < y->code.addr ? -1 : x->code.addr > y->code.addr;
}

static void kgr_wait_sort_codes(unsigned int from)
{
	sort(kgr_wait_codes + from, kgr_nr_wait_codes - from,
	     sizeof(kgr_wait_codes[0]), kgr_wait_code_cmp, NULL);
}

/* Log the rows of which no function was found. */
static void kgr_wait_tell_missing(void)
{
	unsigned int row, i;

	for (row = 0; row < KGR_WAIT_ROWS; row++) {
		const struct kgr_wait_row *r = &kgr_wait_rows[row];
		bool found = false;

		for (i = 0; i < kgr_nr_wait_codes; i++)
			found |= kgr_wait_codes[i].row == row &&
				 kgr_wait_codes[i].code.size;
		if (!found && r->what && !r->module && !r->absent)
			pr_warn("no symbol of the wait of %s: tasks that sleep there are not woken\n",
				r->what);
	}
}

/* The text of the kernel does not move: once is enough. */
static void kgr_wait_find_kernel(void)
{
	lockdep_assert_held(&kgr_mutex);

	if (kgr_nr_wait_names)
		return;
	kgr_wait_sort_names();
	kallsyms_on_each_symbol(kgr_wait_kernel_symbol, NULL);
	kgr_wait_tell_missing();
	kgr_wait_sort_codes(0);
	kgr_nr_kernel_codes = kgr_nr_wait_codes;
}

static void kgr_wait_find_fn(struct work_struct *work)
{
	mutex_lock(&kgr_mutex);
	kgr_wait_find_kernel();
	mutex_unlock(&kgr_mutex);
}

static DECLARE_WORK(kgr_wait_find_work, kgr_wait_find_fn);

/*
 * This visits all symbols of the kernel, which takes longer than a change
 * should. A change that begins meanwhile waits for kgr_mutex; a change that
 * begins earlier visits them itself.
 */
static int __init kgr_wait_init(void)
{
	queue_work(system_dfl_wq, &kgr_wait_find_work);
	return 0;
}
late_initcall(kgr_wait_init);

/* Modules come and go: each time. Rows of one module stand together. */
static void kgr_wait_find_modules(void)
{
	const char *last = NULL;
	unsigned int row;

	kgr_nr_wait_codes = kgr_nr_kernel_codes;
	for (row = 0; row < KGR_WAIT_ROWS; row++) {
		const char *module = kgr_wait_rows[row].module;

		if (!module || (last && !strcmp(module, last)))
			continue;
		module_kallsyms_on_each_symbol(module, kgr_wait_module_symbol,
					       (void *)module);
		last = module;
	}
	kgr_wait_sort_codes(kgr_nr_kernel_codes);
}

static void kgr_wait_find_elsewhere(void)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(kgr_elsewhere); i++) {
		struct kgr_code *code = &kgr_elsewhere[i];
		const char *name = kgr_elsewhere_names[i].name;
		bool exists = kgr_elsewhere_names[i].exists;
		unsigned long addr, size;

		/* The text of the kernel does not move. */
		if (exists && code->size)
			continue;
		addr = kallsyms_lookup_name(name);
		if (!addr || !kallsyms_lookup_size_offset(addr, &size, NULL)) {
			addr = 0;
			size = 0;
		}
		if (exists && !size) {
			pr_warn_once("no symbol %s: sleepers are not woken\n",
				     name);
			kgr_elsewhere_lost = true;
		}
		code->addr = addr;
		code->size = size;
	}
}

/* Longer stacks are looked at each time. */
#define KGR_WAIT_ENTRIES	24

/**
 * struct kgr_wait_seen - a stack that was looked at, and the answer
 * @nr:		its number of return addresses; 0 if unused
 * @entries:	the addresses
 * @wait:	the answer
 */
struct kgr_wait_seen {
	unsigned int nr;
	unsigned long entries[KGR_WAIT_ENTRIES];
	enum kgr_wait wait;
};

#define KGR_WAIT_SEEN_BITS	6

/*
 * Of thousands of sleepers, most sleep in a few places. Forgotten when the code
 * is looked for anew. kgr_mutex.
 */
static struct kgr_wait_seen kgr_wait_seen[1 << KGR_WAIT_SEEN_BITS];

static void kgr_wait_forget(void)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(kgr_wait_seen); i++)
		kgr_wait_seen[i].nr = 0;
}

/**
 * kgr_wait_prepare - find the functions that a task may sleep in
 *
 * Must be called each time before sleepers are woken: modules come and go.
 *
 * Context: kgr_mutex held, may sleep.
 */
void kgr_wait_prepare(void)
{
	lockdep_assert_held(&kgr_mutex);

	kgr_wait_find_elsewhere();
	kgr_wait_find_kernel();
	kgr_wait_find_modules();
	kgr_wait_forget();
}

static int kgr_wait_addr_cmp(const void *key, const void *elem)
{
	const struct kgr_wait_code *code = elem;
	unsigned long addr = *(const unsigned long *)key;

	if (addr < code->code.addr)
		return -1;
	return addr - code->code.addr >= code->code.size;
}

static const struct kgr_wait_row *kgr_wait_row_at(unsigned long addr)
{
	unsigned int from = core_kernel_text(addr) ? 0 : kgr_nr_kernel_codes;
	unsigned int to = from ? kgr_nr_wait_codes : kgr_nr_kernel_codes;
	const struct kgr_wait_code *code;

	code = bsearch(&addr, kgr_wait_codes + from, to - from, sizeof(*code),
		       kgr_wait_addr_cmp);
	return code ? &kgr_wait_rows[code->row] : NULL;
}

/* How often a replacement may be replaced. */
#define KGR_WAIT_NESTED	8

/*
 * For an address in a replacement, the address of the original, also if that is
 * a replacement; 0 for an address in a trampoline, which is skipped.
 */
static unsigned long kgr_wait_place(unsigned long addr)
{
	unsigned long original;
	unsigned int i;

	for (i = 0; i < KGR_WAIT_NESTED && !core_kernel_text(addr); i++) {
		if (!is_module_text_address(addr))
			return 0;
		original = kgr_site_replaced_by(addr);
		if (!original)
			break;
		addr = original;
	}
	return addr;
}

/* The addresses of the calls: the next one may be in another function. */
static bool kgr_wait_is_own(const unsigned long *entries, int nr)
{
	const struct kgr_wait_row *row;
	unsigned long addr;
	int i;

	for (i = 0; i < nr; i++) {
		addr = kgr_wait_place(entries[i] - 1);
		if (!addr)
			continue;
		row = kgr_wait_row_at(addr);
		if (!row || row->what)
			return row;
	}
	return false;
}

static bool kgr_wait_was_seen(const struct kgr_wait_seen *seen,
			      const unsigned long *entries, int nr)
{
	return seen->nr == nr &&
	       !memcmp(seen->entries, entries, nr * sizeof(*entries));
}

/* Where this stack is if it was seen, or else is to be: one of two slots. */
static struct kgr_wait_seen *kgr_wait_slot(const unsigned long *entries, int nr)
{
	struct kgr_wait_seen *seen;
	unsigned long sum = 0, slot;
	int i;

	for (i = 0; i < nr; i++)
		sum += entries[i];
	slot = hash_long(sum, KGR_WAIT_SEEN_BITS);
	seen = &kgr_wait_seen[slot];
	if (!seen->nr || kgr_wait_was_seen(seen, entries, nr))
		return seen;
	return &kgr_wait_seen[slot ^ 1];
}

static bool kgr_wait_is_elsewhere(const unsigned long *entries, int nr)
{
	unsigned int j;
	int i;

	for (i = 0; i < nr; i++) {
		unsigned long addr = kgr_wait_place(entries[i] - 1);

		for (j = 0; addr && j < ARRAY_SIZE(kgr_elsewhere); j++)
			if (addr - kgr_elsewhere[j].addr < kgr_elsewhere[j].size)
				return true;
	}
	return false;
}

static enum kgr_wait kgr_wait_at(const unsigned long *entries, int nr)
{
	if (kgr_elsewhere_lost || kgr_wait_is_elsewhere(entries, nr))
		return KGR_WAIT_NEVER;
	return kgr_wait_is_own(entries, nr) ? KGR_WAIT_OWN : KGR_WAIT_OTHER;
}

/**
 * kgr_wait_of - where does a task sleep?
 * @task: a task that sleeps and cannot wake up meanwhile
 *
 * Context: kgr_mutex held, after kgr_wait_prepare(); the task's pi_lock held.
 * Return: whether the wait is its own.
 */
enum kgr_wait kgr_wait_of(struct task_struct *task)
{
	const unsigned long *entries;
	struct kgr_wait_seen *seen;
	int nr;

	lockdep_assert_held(&kgr_mutex);

	nr = kgr_stack_save(task, &entries);
	if (nr < 0)
		return KGR_WAIT_NEVER;
	if (!nr || nr > KGR_WAIT_ENTRIES)
		return kgr_wait_at(entries, nr);
	seen = kgr_wait_slot(entries, nr);
	if (!kgr_wait_was_seen(seen, entries, nr)) {
		seen->wait = kgr_wait_at(entries, nr);
		memcpy(seen->entries, entries, nr * sizeof(*entries));
		seen->nr = nr;
	}
	return seen->wait;
}
