# SPDX-License-Identifier: GPL-2.0
"""An object file as code: functions by instruction, and what each one refers to."""

import bisect
import collections
import functools
import re

import capstone

import elf

# What an entry of a special section consists of. The sizes are those of the structures
# of Linux 6.12: exception_table_entry, bug_entry, jump_entry, alt_instr,
# static_call_site, and addresses.
ENTRY_SIZE = {
    '__ex_table': 12, '__bug_table': 12, '__jump_table': 16, '.altinstructions': 14,
    '.static_call_sites': 8, '.smp_locks': 4, '__mcount_loc': 8, '.retpoline_sites': 4,
    '.return_sites': 4, '.call_sites': 4, '.ibt_endbr_seal': 4,
}

# An object of a C file that has no symbol, such as a string. build.py gives it a name.
UNNAMED = re.compile(r'__LC\d+$')

# A reference: to a name that the object does not have (name, addend); to an instruction
# of one of its functions (func, place: its number); or to something else that it has
# (section, offset; sym and addend if that is part of a symbol).
Target = collections.namedtuple('Target', 'name addend func place section offset sym')


def undefined(name, addend):
    return Target(name, addend, None, None, None, None, None)


# One instruction: what it is, apart from the fields that refer to something, and these,
# each (position, type, Target, is it a branch?).
Item = collections.namedtuple('Item', 'offset key refs')
Ref = collections.namedtuple('Ref', 'position type target branch')

DISASSEMBLER = capstone.Cs(capstone.CS_ARCH_X86, capstone.CS_MODE_64)
DISASSEMBLER.skipdata = True
PREFIXES = {0x2e, 0x3e, 0x26, 0x36, 0x64, 0x65, 0x66, 0x67, 0xf2, 0xf3}


def branch_of(code):
    """Of a direct branch: what it does, in either of its lengths, and how long the
    field is that says where to. None of another instruction."""
    i = 0
    while i < len(code) and code[i] in PREFIXES:
        i += 1
    prefix, op = code[:i], code[i:]
    if not op:
        return None
    if op[0] in (0xe8, 0xe9):
        return ('call' if op[0] == 0xe8 else 'jmp', prefix), 4
    if op[0] == 0xeb:
        return ('jmp', prefix), 1
    if 0x70 <= op[0] <= 0x7f:
        return ('j', op[0] & 15, prefix), 1
    if 0xe0 <= op[0] <= 0xe3:
        return ('loop', op[0], prefix), 1
    if op[0] == 0x0f and len(op) == 6 and 0x80 <= op[1] <= 0x8f:
        return ('j', op[1] & 15, prefix), 4
    return None


class Function:
    def __init__(self, unit, sym):
        self.unit, self.sym, self.name = unit, sym, sym.name
        self.names = {sym.name}     # it may have several
        self.section = unit.section_of(sym)
        self.start, self.end = sym.value, sym.value + sym.size
        self.entries = collections.defaultdict(list)

    @property
    def parent(self):
        """The function that this was split from, as its cold part."""
        return re.sub(r'\.cold(\.\d+)?$', '', self.name)

    @functools.cached_property
    def layout(self):
        """(offset in the section, length) of each instruction."""
        return disassemble(self.section, self.start, self.end)

    @functools.cached_property
    def places(self):
        places = {offset: i for i, (offset, _) in enumerate(self.layout)}
        places[self.end] = len(places)
        return places

    def place(self, offset):
        """The number of the instruction there. Alternatives and lock prefixes have
        places that are not the beginning of one: (number, bytes behind it)."""
        if offset in self.places:
            return self.places[offset]
        i = bisect.bisect([at for at, _ in self.layout], offset) - 1
        return i, offset - self.layout[i][0]

    @functools.cached_property
    def items(self):
        return self.unit.items(self.section, self.layout, self)


def disassemble(section, start, end):
    code = section.data[start:end]
    return [(at, size) for at, size, _, _ in DISASSEMBLER.disasm_lite(code, start)]


class Unit(elf.Elf):
    def __init__(self, path, functions=lambda sym: True):
        super().__init__(path)
        self.functions = {}
        at = {}
        for sym in self.symbols:
            if sym.defined and sym.type == elf.FUNC and sym.size and functions(sym):
                func = at.setdefault((sym.index, sym.value), Function(self, sym))
                func.names.add(sym.name)
                self.functions[sym.name] = func
        self.starts = collections.defaultdict(list)
        for (index, _), func in sorted(at.items()):
            self.starts[index].append(func)
        self.offsets = collections.defaultdict(list)
        for index, funcs in self.starts.items():
            self.offsets[index] = [func.start for func in funcs]
        self.unwound = {}
        self.objects = collections.defaultdict(list)
        for sym in self.symbols:
            if (sym.defined and sym.type in (elf.OBJECT, elf.NOTYPE) and sym.name
                    and not self.section_of(sym).flags & elf.EXEC):
                self.objects[sym.index].append(sym)
        for syms in self.objects.values():
            syms.sort(key=lambda sym: sym.value)

    @functools.cached_property
    def named(self):
        """The objects that have a name in the source, or from the compiler."""
        return {sym.name: sym for syms in self.objects.values() for sym in syms
                if not UNNAMED.match(sym.name)}

    def function_at(self, section, offset, preferred=None):
        """A label behind the last instruction belongs to the function, if that is
        what the caller is about."""
        if (preferred and preferred.section is section
                and preferred.start <= offset <= preferred.end):
            return preferred
        funcs = self.starts[section.index]
        i = bisect.bisect(self.offsets[section.index], offset) - 1
        return funcs[i] if i >= 0 and offset < funcs[i].end else None

    def object_at(self, section, offset):
        for sym in self.objects[section.index]:
            if sym.value <= offset < sym.value + max(sym.size, 1):
                return sym
        return None

    def at(self, section, offset, preferred=None, sym=None):
        """The Target that is at a place of a section."""
        if section.flags & elf.EXEC:
            func = self.function_at(section, offset, preferred)
            if func:
                return Target(func.name, None, func, func.place(offset), section, offset, None)
        if not sym or sym.type == elf.SECTION:
            sym = self.object_at(section, offset)
        addend = offset - sym.value if sym else None
        return Target(sym and sym.name, addend, None, None, section, offset, sym)

    def target(self, rel, end=None, preferred=None):
        """What a relocation refers to; end is that of the instruction, if it is one:
        the processor counts from there."""
        addend = rel.addend
        if end is not None and rel.type in elf.RELATIVE:
            addend += end - rel.offset
        if not rel.symbol.defined:
            return undefined(rel.symbol.name, addend)
        section = self.section_of(rel.symbol)
        return self.at(section, rel.symbol.value + addend, preferred, rel.symbol)

    def items(self, section, layout, func):
        items = []
        for offset, size in layout:
            end = offset + size
            code = section.data[offset:end]
            relocs = section.relocs_in(offset, end)
            branch = branch_of(code)
            if branch:
                key, width = branch
                if relocs:
                    target = self.target(relocs[0], end, func)
                else:
                    jump = int.from_bytes(code[-width:], 'little', signed=True)
                    target = self.at(section, end + jump, func)
                items.append(Item(offset, key, [Ref(0, 'branch', target, True)]))
                continue
            refs = [Ref(rel.offset - offset, rel.type, self.target(rel, end, func), False)
                    for rel in relocs]
            items.append(Item(offset, section.masked(offset, end), refs))
        return items

    def content(self, section, start, end, preferred=None):
        """Bytes that are not code: as one Item."""
        refs = [Ref(rel.offset - start, rel.type, self.target(rel, None, preferred), False)
                for rel in section.relocs_in(start, end)]
        return Item(start, section.masked(start, end), refs)

    def extent(self, sym):
        """The end of an object. One without a size ends at a NUL, or the next one."""
        section = self.section_of(sym)
        if sym.size or not UNNAMED.match(sym.name):
            return sym.value + sym.size
        if section.flags & elf.STRINGS:
            return section.data.index(b'\0', sym.value) + 1
        later = [other.value for other in self.objects[sym.index] if other.value > sym.value]
        return min(later, default=section.size)

    def attach_entries(self):
        """Gives each function its entries in special sections. Returns those that
        are about no function."""
        left = []
        replacements = []     # (where an alternative begins, function)
        alternatives = self.section('.altinstructions')
        for rel in alternatives.relocs if alternatives else []:
            if rel.offset % 14 == 0:
                instruction = self.target(rel)
            else:
                replacements.append((self.target(rel).offset, instruction.func))
        replacements.sort(key=lambda pair: pair[0])
        for section in self.sections:
            size = ENTRY_SIZE.get(section.name)
            if not size:
                continue
            if section.size % size:
                raise elf.Broken(f'{self.path}: {section.name}: not of {size} bytes each')
            for start in range(0, section.size, size):
                relocs = section.relocs_in(start, start + size)
                target = self.target(relocs[0]) if relocs else None
                func = target and target.func
                # May be behind the last instruction.
                if target and not func and target.section:
                    func = self.function_at(target.section, target.offset - 1)
                if target and not func and target.section and \
                        target.section.name == '.altinstr_replacement':
                    i = bisect.bisect([at for at, _ in replacements], target.offset) - 1
                    func = replacements[i][1] if i >= 0 else None
                if func:
                    func.entries[section.name].append(
                        self.content(section, start, start + size, func))
                else:
                    left.append((section, start))
        return left

    def unwinding(self, func):
        """What ORC says of each instruction of a function."""
        ips, orcs = self.section('.orc_unwind_ip'), self.section('.orc_unwind')
        if not ips or not orcs:
            return None
        if func.section not in self.unwound:
            self.unwound[func.section] = self._orc_of(func.section)
        known = self.unwound[func.section]
        offsets = [offset for offset, _ in known]
        states = []
        for offset, _ in func.layout:
            i = bisect.bisect(offsets, offset) - 1
            states.append(known[i][1] if i >= 0 else None)
        return states

    def _orc_of(self, section):
        orcs = self.section('.orc_unwind').data
        known = []
        for rel in self.section('.orc_unwind_ip').relocs:
            if rel.symbol.index == section.index:
                number = rel.offset // 4
                known.append((rel.symbol.value + rel.addend, orcs[6 * number:6 * number + 6]))
        return sorted(known)
