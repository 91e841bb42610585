#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Usage: klp_rela.py MODULE

Makes of the direct references in MODULE (KGR_SYM() and its kind) what livepatch
has for the same purpose: relocations in sections called .klp.rela.OBJECT.SECTION,
which it writes itself, against symbols called .klp.sym.OBJECT.SYMBOL,POSITION.
See Documentation/livepatch/module-elf-format.rst.
"""

import re
import struct
import sys

SHT_RELA = 4
SHF_ALLOC = 2
SHF_INFO_LINK = 0x40
SHF_RELA_LIVEPATCH = 0x00100000
SHN_LIVEPATCH = 0xff20
DIRECT = re.compile(rb"\.kgr\.(\d+)\.([^.]+)\.(.+)")

EHDR = struct.Struct("<16sHHIQQQIHHHHHH")
SHDR = struct.Struct("<IIQQQQIIQQ")
SYM = struct.Struct("<IBBHQQ")
RELA = struct.Struct("<QQq")
NAME, TYPE, FLAGS, OFFSET, SIZE, LINK, INFO = 0, 1, 2, 4, 5, 6, 7


def name_at(table, offset):
    return bytes(table[offset:table.index(b"\0", offset)])


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__.strip())
    with open(sys.argv[1], "rb") as file:
        data = bytearray(file.read())
    ehdr = list(EHDR.unpack_from(data))
    sections = [list(SHDR.unpack_from(data, ehdr[6] + i * SHDR.size)) for i in range(ehdr[12])]

    def content(section):
        return data[section[OFFSET]:section[OFFSET] + section[SIZE]]

    def append(section, what):
        data.extend(bytes(-len(data) % 8))
        section[OFFSET], section[SIZE] = len(data), len(what)
        data.extend(what)

    names = content(sections[ehdr[13]])
    symtab = next(i for i, s in enumerate(sections) if name_at(names, s[NAME]) == b".symtab")
    symbols = [list(s) for s in SYM.iter_unpack(content(sections[symtab]))]
    strings = sections[sections[symtab][LINK]]
    strtab = content(strings)
    direct = {}
    for index, symbol in enumerate(symbols):
        match = DIRECT.fullmatch(name_at(strtab, symbol[0]))
        if match:
            position, obj, what = match.groups()
            symbol[0], symbol[3] = len(strtab), SHN_LIVEPATCH
            strtab += b".klp.sym." + obj + b"." + what + b"," + position + b"\0"
            direct[index] = obj
    if not direct:
        return

    for section in list(sections):
        if section[TYPE] != SHT_RELA or not sections[section[INFO]][FLAGS] & SHF_ALLOC:
            continue
        kept, moved = bytearray(), {}
        for rela in RELA.iter_unpack(content(section)):
            obj = direct.get(rela[1] >> 32)
            (kept if obj is None else moved.setdefault(obj, bytearray())).extend(RELA.pack(*rela))
        if not moved:
            continue
        data[section[OFFSET]:section[OFFSET] + len(kept)] = kept
        section[SIZE] = len(kept)
        for obj, relas in moved.items():
            new = list(section)
            new[NAME] = len(names)
            names += b".klp.rela." + obj + b"." + name_at(names, sections[section[INFO]][NAME]) + b"\0"
            new[FLAGS] = SHF_ALLOC | SHF_INFO_LINK | SHF_RELA_LIVEPATCH
            append(new, relas)
            sections.append(new)

    append(sections[symtab], b"".join(SYM.pack(*s) for s in symbols))
    append(strings, strtab)
    append(sections[ehdr[13]], names)
    data.extend(bytes(-len(data) % 8))
    ehdr[6], ehdr[12] = len(data), len(sections)
    data.extend(b"".join(SHDR.pack(*s) for s in sections))
    EHDR.pack_into(data, 0, *ehdr)
    with open(sys.argv[1], "wb") as file:
        file.write(data)


main()
