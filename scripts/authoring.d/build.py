# SPDX-License-Identifier: GPL-2.0
"""Compiles a source file as the kernel's build does, and keeps what the object alone
does not say: the names of strings and of variables that references are to."""

import hashlib
import os
import pathlib
import re
import subprocess

import elf


class Tree:
    """A build tree, which is only read."""

    def __init__(self, path):
        self.path = pathlib.Path(path).resolve()
        self.source = (self.path / 'source').resolve()
        self.here = pathlib.Path(__file__).resolve().parent

    def saved_command(self, target):
        path = self.path / target
        text = (path.parent / f'.{path.name}.cmd').read_text()
        return re.search(r'^savedcmd_\S+ := (.*)$', text, re.MULTILINE).group(1)

    def objtool(self, target):
        """The arguments for an object. With IBT or LTO the kernel's build runs it on
        all of vmlinux; kgr build runs it on the module."""
        for name in (target, 'vmlinux.o'):
            try:
                command = self.saved_command(name)
            except FileNotFoundError:
                continue
            found = re.search(r'; \./tools/objtool/objtool (.*) \S+\.o\s*$', command)
            if found:
                return ['./tools/objtool/objtool', *found.group(1).split(), '--module']
        return None

    def patched(self, patch, work):
        """The path of the only file that a patch changes, and its text afterwards."""
        files = re.findall(r'^\+\+\+ b/(\S+)', pathlib.Path(patch).read_text(), re.MULTILINE)
        if len(files) != 1 or not files[0].endswith('.c'):
            raise elf.Broken(f'{patch}: verify knows fixes of one .c file only')
        out = work / 'patched.c'
        run(['patch', '-s', '-F0', '-o', str(out), str(self.source / files[0]), str(patch)])
        return files[0], out.read_text()

    def compile(self, file, text, work, override=None):
        """Compiles text as the file. Returns the paths of the object and of what
        objtool has made of it.

        Compiled to assembly first, where each variable becomes global, so that the
        assembler does not turn "name + 4" into "section + 104". The code is the same:
        only in calls and jumps does the assembler make a difference between local
        and global symbols, and these are to functions, which stay local."""
        target = re.sub(r'\.c$', '.o', file)
        command = re.sub(r' -Wp,-MM?D,\S+', '', self.saved_command(target).split(' ; ')[0])
        found = re.fullmatch(r'(\S+) (.*) -c -o \S+ \S+\s*', command)
        if not found:
            raise elf.Broken(f'{target}: not compiled by a command that verify knows')
        compiler, flags = found.groups()
        if override:
            flags = f'-I{override} {flags}'
        # Its own directory is where #include "" looks first.
        flags = f'-iquote {(self.source / file).parent} {flags}'
        text = f'#line 1 "{self.source / file}"\n{text}'
        objtool = self.objtool(target)
        name = hashlib.sha256(repr((command, flags, text, objtool)).encode()).hexdigest()[:20]
        plain, checked = work / f'{name}.o', work / f'{name}.checked.o'
        if not checked.exists():
            source, assembly = work / f'{name}.c', work / f'{name}.s'
            source.write_text(text)
            self.shell(f'{compiler} -S -g -fno-var-tracking {flags} -o {assembly} {source}', work)
            assembly.write_text(with_names(assembly.read_text()))
            self.shell(f'{compiler} {flags} -c -o {plain} {assembly}', work)
            part = work / f'{name}.part.o'
            part.write_bytes(plain.read_bytes())
            if objtool:
                run([*objtool, str(part)], cwd=self.path)
            part.rename(checked)
            source.unlink()
            assembly.unlink()
        return plain, checked

    def shell(self, command, work):
        run(['sh', '-c', command], cwd=self.path, env={**os.environ, 'TMPDIR': str(work)})


def run(command, **options):
    done = subprocess.run(command, capture_output=True, text=True, check=False, **options)
    if done.returncode:
        raise elf.Broken(f'{command[0]} fails: {done.stderr.strip() or done.stdout.strip()}')


def with_names(assembly):
    """Gives strings and constants names that stay, and makes variables global."""
    assembly = re.sub(r'\.LC(\d+)\b', r'__LC\1', assembly)
    public = set(re.findall(r'^\t\.(?:globl|weak)\t(\S+)', assembly, re.MULTILINE))

    def common(found):
        name, size, align = found.groups()
        return (f'\t.pushsection .bss\n\t.balign {align}\n\t.globl {name}\n'
                f'\t.type {name}, @object\n\t.size {name}, {size}\n'
                f'{name}:\n\t.zero {size}\n\t.popsection')

    assembly = re.sub(r'^\t\.local\t\S+\n\t\.comm\t(\S+),(\d+),(\d+)', common, assembly,
                      flags=re.MULTILINE)
    names = re.findall(r'^\t\.type\t(\S+), @object', assembly, re.MULTILINE)
    names += re.findall(r'^(__LC\d+):', assembly, re.MULTILINE)
    return assembly + ''.join(f'\t.globl\t{name}\n' for name in names if name not in public)


def moved_lines(path, text):
    """{line number with the fix: what it may be with some of the fix}. Each place that
    the fix changes moves all lines behind it; the first ones of these count, or not."""
    done = subprocess.run(
        ['diff', '--old-line-format=-', '--new-line-format=+', '--unchanged-line-format==',
         str(path), '-'], input=text, capture_output=True, text=True, check=False)
    old = new = 1
    moves, lines = {0}, {}
    for tag in done.stdout:
        if tag != '-':
            moves = moves | {old - new} if tag == '=' else moves
            lines[new] = {new + move for move in moves}
        old += tag != '+'
        new += tag != '-'
    return lines
