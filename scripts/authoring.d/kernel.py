# SPDX-License-Identifier: GPL-2.0
"""What is where in the base kernel."""

import collections
import functools
import re
import struct

import elf

# scripts/mksysmap and scripts/kallsyms.c leave these out of kallsyms.
NOT_IN_KALLSYMS = re.compile(r'\$|\.L|L0$|__crc_|__kstrtab_|__kstrtabns_|__efistub_|'
                             r'__kcfi_typeid_|.*Thunk_')


class Kernel(elf.Elf):
    def __init__(self, tree):
        super().__init__(tree.path / 'vmlinux')
        self.tree = tree
        self.globals = {}
        self.groups = []      # (name of the source, {local symbol: address})
        self.names = collections.defaultdict(list)
        for sym in self.symbols:
            if sym.type == elf.FILE:
                self.groups.append((sym.name, {}))
            elif sym.type == elf.SECTION or not sym.defined:
                continue
            elif sym.bind == elf.LOCAL and self.groups:
                self.groups[-1][1].setdefault(sym.name, sym.value)
            elif sym.bind != elf.LOCAL:
                self.globals[sym.name] = sym.value
            if sym.type != elf.SECTION and not NOT_IN_KALLSYMS.match(sym.name):
                self.names[sym.name].append(sym.value)
        self.exported = set()
        for line in (tree.path / 'Module.symvers').read_text().splitlines():
            _, name, owner, *_ = line.split('\t')
            if owner == 'vmlinux':
                self.exported.add(name)

    def found_as(self, name):
        """The address that a module gets for an undefined symbol, as kGraft (Documentation/
        kgraft, and kernel/kgraft/symbol.c for what a position counts) and the module
        loader define it."""
        if not name.startswith('.kgr.'):
            if name not in self.exported:
                raise elf.Broken(f'{name} is not exported')
            return self.globals[name]
        _, _, position, owner, name = name.split('.', 4)
        if owner != 'vmlinux':
            raise elf.Broken(f'{name} is one of {owner}, which verify does not know')
        return self.by_position(name, int(position))

    def by_position(self, name, position):
        begin, end = self.globals['__init_begin'], self.globals['__init_end']
        found = sorted(at for at in self.names[name] if not begin <= at < end)
        if not found:
            raise elf.Broken(f'the kernel has no {name}')
        if not position:
            if len(found) > 1:
                raise elf.Broken(f'{name} is ambiguous: the kernel has {len(found)}')
            return found[0]
        if position > len(found):
            raise elf.Broken(f'the kernel has {len(found)} of {name}, not {position}')
        return found[position - 1]

    @functools.cached_property
    def build_id(self):
        """As a module made by kgr build says which kernel it is for."""
        notes = self.section('.notes').data
        at = notes.index(struct.pack('<II4s', 20, 3, b'GNU')) + 12
        return f'kgr_build={notes[at:at + 20].hex()}'

    def bytes_at(self, address, size):
        for sec in self.sections:
            if sec.flags & elf.ALLOC and sec.addr <= address < sec.addr + sec.size:
                return sec.data[address - sec.addr:address - sec.addr + size]
        return b''

    @functools.cached_property
    def sealed(self):
        """Functions whose ENDBR the kernel overwrites at boot."""
        sec = self.section('.ibt_endbr_seal')
        places = struct.iter_unpack('<i', sec.data) if sec else []
        return {sec.addr + 4 * i + offset for i, (offset,) in enumerate(places)}

    @functools.cached_property
    def functions(self):
        return {sym.name for sym in self.symbols if sym.type == elf.FUNC}

    def may_be_called_by_pointer(self, name, address):
        """Whatever is no function may."""
        if not self.section('.ibt_endbr_seal'):
            return True
        if name.rsplit('.vmlinux.')[-1] not in self.functions:
            return True
        return address not in self.sealed and self.bytes_at(address, 4) == b'\xf3\x0f\x1e\xfa'


class Home:
    """Where the kernel has what one of its objects consists of."""

    def __init__(self, kernel, file):
        self.kernel = kernel
        self.object = elf.Elf(kernel.tree.path / re.sub(r'\.c$', '.o', file))
        self.symbols = {sym.name: sym for sym in self.object.symbols
                        if sym.defined and sym.type not in (elf.SECTION, elf.FILE)}
        name = file.rsplit('/', 1)[-1]
        fits = [fit for group, there in kernel.groups if group == name
                for fit in [self._sections(there)] if fit]
        if len(fits) != 1:
            raise elf.Broken(f'{file}: {len(fits)} groups of symbols of the kernel fit')
        self.sections = fits[0]

    def _sections(self, there):
        """Where the sections of the object begin, if its local symbols are the ones
        of that group: the symbols of each section are as far from each other as in the
        object, and its code is there."""
        begins = {}
        for sym in self.symbols.values():
            if sym.bind != elf.LOCAL or sym.name not in there:
                continue
            begin = there[sym.name] - sym.value
            if begins.setdefault(sym.index, begin) != begin:
                return None
        missing = [sym for sym in self.symbols.values()
                   if sym.bind == elf.LOCAL and sym.name not in there
                   and sym.type in (elf.FUNC, elf.OBJECT)
                   and not self.object.section_of(sym).name.startswith(
                       ('.discard', '.exit', '.modinfo'))]
        if missing:
            return None
        # An object may have no local function, but each of its global ones is there.
        for sym in self.symbols.values():
            if sym.bind != elf.GLOBAL or sym.name not in self.kernel.globals:
                continue
            begin = self.kernel.globals[sym.name] - sym.value
            if begins.setdefault(sym.index, begin) != begin:
                return None
        for index, begin in begins.items():
            if not self._is_code_at(self.object.sections[index], begin):
                return None
        return begins

    def _is_code_at(self, section, begin):
        if not section.flags & elf.EXEC or section.name == '.altinstr_replacement':
            return True
        mine = bytearray(section.masked(0, section.size))
        other = bytearray(self.kernel.bytes_at(begin, section.size))
        for rel in section.relocs:
            width = elf.WIDTH[rel.type]
            other[rel.offset:rel.offset + width] = bytes(width)
        # objtool turns jump labels into NOPs.
        labels = self.object.section('__jump_table')
        for rel in labels.relocs if labels else []:
            if rel.offset % 16 == 0 and rel.symbol.index == section.index:
                at = rel.symbol.value + rel.addend
                mine[at:at + 5] = other[at:at + 5] = bytes(5)
        return mine == other

    def address(self, name):
        """Of a symbol of the object. None if the kernel has left it out."""
        sym = self.symbols[name]
        if sym.bind != elf.LOCAL:
            return self.kernel.globals.get(name)
        begin = self.sections.get(sym.index)
        return None if begin is None else begin + sym.value
