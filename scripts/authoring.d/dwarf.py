# SPDX-License-Identifier: GPL-2.0
"""Which function a static variable belongs to: the compiler only numbers them."""

from elftools.elf.elffile import ELFFile

import elf

ADDRESS = 3   # DW_OP_addr


def owners(unit):
    """{symbol: (functions and blocks around it, name in the source)} of all variables
    that are in the debug information."""
    for sec in unit.sections:
        if sec.type == 4 and sec.name == '.rela.debug_info':
            unit.read_relocs(sec)
    info = unit.section('.debug_info')
    strings = unit.section('.debug_str')
    relocs = {rel.offset: rel for rel in info.relocs}

    def name_of(die):
        attr = die.attributes.get('DW_AT_name')
        if not attr:
            return None
        if attr.form == 'DW_FORM_strp':
            return elf.name_at(strings.data, relocs[attr.offset].addend)
        return attr.value.decode()

    def symbol_of(die):
        attr = die.attributes.get('DW_AT_location')
        if not attr or attr.form != 'DW_FORM_exprloc' or attr.value[:1] != [ADDRESS]:
            return None
        # Behind the length and the operation.
        rel = relocs.get(attr.offset + 2)
        return rel and rel.symbol

    found, origins = {}, []
    with open(unit.path, 'rb') as file:
        debug = ELFFile(file).get_dwarf_info(relocate_dwarf_sections=False)
        for cu in debug.iter_CUs():
            names, around = {}, []
            for die in cu.iter_DIEs():
                if die.is_null():
                    if around:
                        around.pop()
                    continue
                if die.tag == 'DW_TAG_variable':
                    name = name_of(die)
                    path = '/'.join(around[1:])
                    names[die.offset - cu.cu_offset] = path, name
                    sym = symbol_of(die)
                    origin = die.attributes.get('DW_AT_abstract_origin')
                    if sym and origin:
                        origins.append((sym.name, names, origin.value))
                    elif sym:
                        found[sym.name] = path, name
                if die.has_children:
                    scope = die.tag == 'DW_TAG_subprogram'
                    around.append(name_of(die) or '' if scope else '.')
    for name, names, origin in origins:
        if origin in names:
            found[name] = names[origin]
    return found
