# SPDX-License-Identifier: GPL-2.0
"""x86-64 ELF files, as far as verify reads them: sections, symbols, relocations."""

import bisect
import functools
import pathlib
import struct

NOTYPE, OBJECT, FUNC, SECTION, FILE = range(5)
LOCAL, GLOBAL, WEAK = range(3)
WRITE, ALLOC, EXEC, STRINGS = 1, 2, 4, 0x20
NOBITS = 8
UNDEF, ABS = 0, 0xfff1

R_64, R_PC32, R_PLT32, R_32, R_32S, R_PC64 = 1, 2, 4, 10, 11, 24
# How many bytes a relocation writes.
WIDTH = {R_64: 8, R_PC32: 4, R_PLT32: 4, R_32: 4, R_32S: 4, R_PC64: 8}
RELATIVE = {R_PC32, R_PLT32, R_PC64}


class Broken(Exception):
    """A file is not what verify can read."""


class Section:
    def __init__(self, index, header, image):
        (self.name, self.type, self.flags, self.addr, self.offset, self.size, self.link,
         self.info, _, self.entsize) = header
        self.index = index
        if self.type == NOBITS:
            self.data = bytes(self.size)
        else:
            self.data = image[self.offset:self.offset + self.size]
        self.relocs = []

    @functools.cached_property
    def reloc_offsets(self):
        return [rel.offset for rel in self.relocs]

    def relocs_in(self, start, end):
        """Those that write to [start, end)."""
        low = bisect.bisect_left(self.reloc_offsets, start)
        return self.relocs[low:bisect.bisect_left(self.reloc_offsets, end, low)]

    def masked(self, start, end):
        """The bytes, with 0 where a relocation writes."""
        data = bytearray(self.data[max(start, 0):end])
        for rel in self.relocs_in(start, end):
            at = rel.offset - start
            data[at:at + WIDTH[rel.type]] = bytes(WIDTH[rel.type])
        return bytes(data[:end - start])


class Symbol:
    def __init__(self, name, value, size, info, index):
        self.name, self.value, self.size, self.index = name, value, size, index
        self.type, self.bind = info & 15, info >> 4
        self.file = None

    @property
    def defined(self):
        return self.index not in (UNDEF, ABS)


class Reloc:
    def __init__(self, offset, type_, symbol, addend):
        self.offset, self.type, self.symbol, self.addend = offset, type_, symbol, addend


def name_at(strings, offset):
    return strings[offset:strings.index(b'\0', offset)].decode()


class Elf:
    def __init__(self, path):
        self.path = path
        image = pathlib.Path(path).read_bytes()
        if image[:5] != b'\x7fELF\x02':
            raise Broken(f'{path}: no 64-bit ELF file')
        at, = struct.unpack_from('<Q', image, 40)
        size, count, names = struct.unpack_from('<HHH', image, 58)
        headers = [struct.unpack_from('<IIQQQQIIQQ', image, at + i * size)
                   for i in range(count)]
        self.sections = [Section(i, header, image) for i, header in enumerate(headers)]
        strings = self.sections[names].data
        for sec in self.sections:
            sec.name = name_at(strings, sec.name)
        self.symbols = []
        for sec in self.sections:
            if sec.type == 2:
                self._read_symbols(sec)
        for sec in self.sections:
            # Those of debug information are many, and read by dwarf.py only.
            if sec.type == 4 and not sec.name.startswith('.rela.debug'):
                self.read_relocs(sec)

    def _read_symbols(self, sec):
        strings, file = self.sections[sec.link].data, None
        for name, info, _, index, value, size in struct.iter_unpack('<IBBHQQ', sec.data):
            sym = Symbol(name_at(strings, name), value, size, info, index)
            if sym.type == FILE:
                file = sym.name
            elif sym.bind == LOCAL:
                sym.file = file
            elif sym.type == SECTION:
                sym.name = self.sections[index].name
            self.symbols.append(sym)

    def read_relocs(self, sec):
        relocs = [Reloc(offset, info & 0xffffffff, self.symbols[info >> 32], addend)
                  for offset, info, addend in struct.iter_unpack('<QQq', sec.data)]
        self.sections[sec.info].relocs = sorted(relocs, key=lambda rel: rel.offset)

    def section(self, name):
        """The first of that name, or None."""
        return next((sec for sec in self.sections if sec.name == name), None)

    def section_of(self, sym):
        return self.sections[sym.index]

    def string(self, sec, offset):
        """The bytes before the next NUL; None if there is none."""
        end = sec.data.find(b'\0', offset)
        return sec.data[offset:end] if end >= 0 else None
