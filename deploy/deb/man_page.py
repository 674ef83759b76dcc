"""Writes the man page of a bellhop binary from what it says of itself by --help. Usage: man_page.py BINARY > bellhop.1"""

import re
import subprocess
import sys


def told(binary, *words):
    """What the binary prints; a binary that does not answer has no manual."""
    return subprocess.run([binary, *words], check=True, capture_output=True, text=True).stdout


def escaped(text):
    text = text.replace("\\", "\\e").replace("-", "\\-")
    return "\\&" + text if text.startswith((".", "'")) else text


def commands(page):
    """The names in a help page's list of commands."""
    part = re.search(r"^Commands:\n(.*?)(?:\n\n|\Z)", page, re.S | re.M)
    names = re.findall(r"^  (\S+)", part.group(1), re.M) if part else []
    return [name for name in names if name != "help"]


def section(binary, words):
    """A command's help, and that of its own commands."""
    page = told(binary, *words, "--help")
    yield f'.SS "{escaped("bellhop " + " ".join(words))}"'
    yield ".nf"
    yield from (escaped(line) for line in page.rstrip().split("\n"))
    yield ".fi"
    for name in commands(page):
        yield from section(binary, [*words, name])


def manual(binary):
    page = told(binary, "--help")
    version = told(binary, "--version").strip()
    summary = page.split("\n", 1)[0].removeprefix("Bellhop: ")
    yield f'.TH BELLHOP 1 "" "{escaped(version)}" "User commands"'
    yield ".SH NAME"
    yield f"bellhop \\- {escaped(summary)}"
    yield ".SH SYNOPSIS"
    yield ".B bellhop"
    yield ".RI [ OPTIONS ] \" COMMAND\""
    yield ".SH DESCRIPTION"
    yield ".nf"
    yield from (escaped(line) for line in page.split("\n", 1)[-1].strip().split("\n"))
    yield ".fi"
    yield ".SH COMMANDS"
    for name in commands(page):
        yield from section(binary, [name])
    yield ".SH SEE ALSO"
    yield ".BR bellhopctl (8),"
    yield "/usr/share/doc/bellhop"


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    print("\n".join(manual(sys.argv[1])))
