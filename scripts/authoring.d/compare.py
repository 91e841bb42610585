# SPDX-License-Identifier: GPL-2.0
"""Whether code and data of two objects are the same, given what says whether two
references are."""

import collections
import re

import elf
import unit

# What the compiler or a macro makes for each use of it, and what nothing else refers to:
# a copy is as good, and the contents are compared.
# - __func__ and the like are strings, and __msg is one that netlink answers with before
#   the call returns; CSWTCH is a table that a switch became;
# - __already_done is whether a WARN_ONCE() has warned, _rs how many messages of a
#   printk_ratelimited() were printed lately: with a new one there is one message more;
# - __key is what lockdep knows locks by; the patch initialises locks of its own with it.
OWN_COPY = re.compile(r'(__func__|__FUNCTION__|__PRETTY_FUNCTION__|__msg|CSWTCH|__compound_literal|'
                      r'__already_done|_rs|__key)(\.\d+)?$')
# Of these, what may be written to.
OWN_VARIABLE = re.compile(r'(__already_done|_rs|__key)(\.\d+)?$')


def stem(name):
    """Without the number from the compiler."""
    return re.sub(r'\.\d+$', '', name)


def stems(func):
    return {stem(name) for name in func.names}


def kind(obj, sym):
    """Variables of different kinds are not the same: for each CPU, constant, or not."""
    section = obj.section_of(sym)
    return '.data..percpu' in section.name, section.flags & elf.WRITE


def same_type(one, other):
    calls = {elf.R_PC32, elf.R_PLT32}
    return one == other or {one, other} == calls


def same_key(one, other, lines):
    """__LINE__ changes where the fix has moved a line, and that is no change. kgr build
    numbers lines as they were, so that functions do not change by that alone. It is an
    immediate operand of 32 bits, which is at the end of an instruction."""
    if one == other:
        return True
    if not isinstance(one, bytes) or len(one) != len(other) or one[:-4] != other[:-4]:
        return False
    mine, line = (int.from_bytes(key[-4:], 'little') for key in (one, other))
    return mine in lines.get(line, ())


def difference(mine, wanted, same, lines):
    """The first difference between lists of Items: (offset in what is wanted, words), or
    None. same(Ref, Ref) returns words, or None. lines says which numbers each line of
    the fixed file may have had."""
    for one, other in zip(mine, wanted):
        if not same_key(one.key, other.key, lines):
            return other.offset, 'other bytes'
        if len(one.refs) != len(other.refs):
            return other.offset, f'{len(one.refs)} references, not {len(other.refs)}'
        for ref, should in zip(one.refs, other.refs):
            if ref.position != should.position or not same_type(ref.type, should.type):
                return other.offset, 'another kind of reference'
            words = same(ref, should)
            if words:
                return other.offset, words
    if len(mine) != len(wanted):
        return wanted[-1].offset if wanted else 0, f'{len(mine)} instructions, not {len(wanted)}'
    return None


def with_line_of(one, other, lines):
    """An entry of __bug_table has a line number, behind two references; see same_key()."""
    mine, line = (int.from_bytes(item.key[8:10], 'little') for item in (one, other))
    if mine not in lines.get(line, ()):
        return one
    return one._replace(key=one.key[:8] + other.key[8:10] + one.key[10:])


def entries_difference(mine, wanted, same, lines):
    """Of the entries that two functions have in special sections."""
    # objtool seals what nothing points to in an object: that depends on the rest of it.
    sections = (set(mine.entries) | set(wanted.entries)) - {'.ibt_endbr_seal'}
    for section in sorted(sections):
        lists = [sorted(func.entries[section], key=lambda entry: (
            str(entry.refs[0].target.place), entry.offset)) for func in (mine, wanted)]
        if len(lists[0]) != len(lists[1]):
            return 0, f'{section} has {len(lists[0])} entries, not {len(lists[1])}'
        for one, other in zip(*lists):
            if section == '__bug_table':
                one = with_line_of(one, other, lines)
            found = (replacement_difference(mine, wanted, one, other, same, lines)
                     if section == '.altinstructions' else
                     difference([one], [other], same, {}))
            if found:
                return wanted.layout[0][0], f'{section}: {found[1]}'
    return None


def replacement_difference(mine, wanted, one, other, same, lines):
    """The second reference of an alternative is to the code of it."""
    found = difference([one._replace(refs=one.refs[:1])],
                       [other._replace(refs=other.refs[:1])], same, {})
    if found or not other.key[13]:
        return found
    codes = []
    for func, entry in (mine, one), (wanted, other):
        target = entry.refs[1].target
        start, size = target.offset, entry.key[13]
        codes.append(func.unit.items(target.section,
                                     unit.disassemble(target.section, start, start + size), func))
    return difference(*codes, same, lines)


def is_early(target):
    """The code that tests a CPU feature as long as alternatives are not applied."""
    return target.section and target.section.name == '.altinstr_aux'


def early_code(obj, target):
    """From there to the jump that ends it."""
    layout = unit.disassemble(target.section, target.offset, target.section.size)
    items = []
    for item in obj.items(target.section, layout, None):
        items.append(item)
        if item.key[0] == 'jmp':
            break
    return items


def same_place(one, other):
    return one.func and other.func and one.place == other.place


class Twins:
    """Which function or variable of the kernel as it is corresponds to one of the kernel
    with the fix. The compiler numbers them, each time anew."""

    def __init__(self, base, fixed, owners, lines):
        self.base, self.fixed, self._owners, self._lines = base, fixed, owners, lines
        self._functions = {}
        groups = collections.defaultdict(lambda: ([], []))
        for i, obj in enumerate((base, fixed)):
            for name in obj.functions:
                groups[stem(name)][i].append(name)
        for old, new in groups.values():
            self._pair(old, new)

    def _pair(self, old, new):
        if len(old) == len(new) == 1:
            self._functions[new[0]] = old[0]
            return
        # Such as foo.constprop.0 and foo.constprop.1: by content, then by name.
        for name in new:
            same = [other for other in old if not self.function_difference(other, name)]
            if len(same) == 1:
                self._functions[name] = same[0]
        taken = {self._functions.get(name) for name in new}
        for name in new:
            if name in old and name not in taken:
                self._functions.setdefault(name, name)

    def function(self, name):
        """The name of the function in the base object, or None."""
        return self._functions.get(name)

    def objects(self, name):
        """The names that a variable may have in the base object."""
        is_percpu = kind(self.fixed, self.fixed.named[name])[0]
        old, new = ([other for other in obj.named if stem(other) == stem(name)
                     and kind(obj, obj.named[other])[0] == is_percpu]
                    for obj in (self.base, self.fixed))
        if name == stem(name):
            return [name] if name in old else []
        if not old or OWN_COPY.match(name):
            return old
        before, after = self._owners(self.base), self._owners(self.fixed)
        if name not in after or any(other not in before for other in old):
            return old

        def key(owner):
            path, variable = owner
            return [part for part in path.split('/') if part != '.'], variable

        old = [other for other in old if key(before[other]) == key(after[name])]
        new = [other for other in new if other in after and key(after[other]) == key(after[name])]
        if len(new) == len(old) == 1:
            return old
        # Several blocks of a function: by those, if that says which.
        exact = [other for other in old if before[other] == after[name]]
        again = [other for other in new if after[other] == after[name]]
        if len(old) == len(new) and len(exact) == len(again) == 1:
            return exact
        return old

    # --- Is something the same in both? Optimistic about what it refers to: each of
    # these is compared as well.

    def function_difference(self, old, new):
        one, other = self.base.functions[old], self.fixed.functions[new]
        return (difference(one.items, other.items, self._same, self._lines)
                or entries_difference(one, other, self._same, self._lines))

    def object_difference(self, old, new):
        if kind(self.base, self.base.named[old]) != kind(self.fixed, self.fixed.named[new]):
            return 0, 'another kind of variable'
        return difference(*([contents(obj, obj.named[name])]
                            for obj, name in ((self.base, old), (self.fixed, new))),
                          self._same, {})

    def _same(self, ref, should):
        one, other = ref.target, should.target
        if one.func or other.func:
            if not same_place(one, other) or not stems(one.func) & stems(other.func):
                return f'{one.name}, not {other.name}'
            return None
        if not one.section or not other.section:
            if one.section or other.section or one[:2] != other[:2]:
                return f'{one.name}, not {other.name}'
            return None
        if is_early(one) and is_early(other):
            return difference(early_code(self.base, one), early_code(self.fixed, other),
                              self._same, {}) and 'another CPU feature'
        if not one.name or not other.name:
            same = (one.section.name, one.offset) == (other.section.name, other.offset)
            return None if same else 'another place'
        if one.addend != other.addend:
            return f'{one.name}+{one.addend:#x}, not {other.name}+{other.addend:#x}'
        if unit.UNNAMED.match(one.name) and unit.UNNAMED.match(other.name):
            found = difference([contents(self.base, one.sym)],
                               [contents(self.fixed, other.sym)], self._same, {})
            return found and 'another string or constant'
        if stem(one.name) != stem(other.name):
            return f'{one.name}, not {other.name}'
        known = self.objects(other.name)
        if OWN_COPY.match(other.name):
            found = self.object_difference(one.name, other.name)
            return found and f'{other.name} is another one'
        return None if one.name in known else f'{one.name}, not {other.name}'


def contents(obj, sym):
    return obj.content(obj.section_of(sym), sym.value, obj.extent(sym))
