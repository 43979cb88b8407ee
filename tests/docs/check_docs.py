#!/usr/bin/env python3
"""Says what the documentation points to that is not there. Usage: check_docs.py ROOT

Looked at:
 - links of *.md to files, and to headings of them;
 - code spans of *.md that name a path of this repository, such as `lib/bus/bus.h`;
 - code spans that name an option, such as `[cloud] idle_timeout`: it is in the reference page;
 - pages of docs/ that any file names by their path.

Code blocks hold commands and pictures, and are left out; NAME in a path stands for any name. Exit
code 1 when something is missing.
"""
import pathlib
import re
import sys

LEFT_OUT = {".git", "build", "__pycache__", "gen", "corpus"}
FOLDERS = "agents api cli cmake docs lib ops schemas tests".split()
LINK = re.compile(r"\[[^\]\[]*\]\(([^()\s]+)\)")
SPAN = re.compile(r"`([^`\n]+)`")
PATH = re.compile(rf"(?:\./)?((?:{'|'.join(FOLDERS)})/[\w./*-]*)")
OPTION = re.compile(r"\[(\w+)\] (\w+)(?: = .*)?")
OPTIONS_PAGE = "docs/reference-configuration.md"
PAGE = re.compile(r"\bdocs/[\w-]+\.md\b")
HEADING = re.compile(r"#{1,6} +(.*?)(?: +#+)? *$")


def files_below(root):
    for path in sorted(root.iterdir()):
        if path.name in LEFT_OUT or path.is_symlink():
            continue
        if path.is_dir():
            yield from files_below(path)
        else:
            yield path


def prose(text):
    """(number, line) of what is not in a fenced code block."""
    fence = None
    for number, line in enumerate(text.splitlines(), 1):
        mark = line.lstrip()[:3]
        if fence is None and mark in ("```", "~~~"):
            fence = mark
        elif fence is not None:
            fence = None if mark == fence else fence
        else:
            yield number, line


def anchors(text):
    """What the headings can be reached by, as GitHub names them."""
    seen = {}
    for _, line in prose(text):
        heading = HEADING.match(line)
        if heading is None:
            continue
        words = LINK.sub(lambda link: link.group(0)[1:link.group(0).index("]")], heading.group(1))
        name = re.sub(r"[^\w\- ]", "", words.lower()).replace(" ", "-")
        count = seen[name] = seen.get(name, -1) + 1
        yield name if count == 0 else f"{name}-{count}"


def wrong_link(page, target):
    """Why the link leads nowhere; None when it does not, or leads elsewhere on the network."""
    if re.match(r"[a-z][a-z0-9+.-]*:", target):
        return None
    name, _, anchor = target.partition("#")
    file = page.parent / name if name else page
    if not file.exists():
        return f"there is no {name}"
    if anchor and anchor not in anchors(file.read_text(encoding="utf-8")):
        return f"{name or page.name} has no heading #{anchor}"
    return None


def options(root):
    """(section, name) of every option of every program."""
    page, section = root / OPTIONS_PAGE, None
    for line in page.read_text(encoding="utf-8").splitlines() if page.exists() else []:
        heading, row = re.match(r"## \[(\w+)\]", line), re.match(r"\| `(\w+)` \|", line)
        section = heading.group(1) if heading else section
        if row:
            yield section, row.group(1)


def wrong_span(root, span, known_options):
    option = OPTION.fullmatch(span)
    if option is not None and option.groups() not in known_options:
        return f"there is no option {span}"
    path = PATH.fullmatch(span)
    if path is None or "NAME" in path.group(1):
        return None
    name = path.group(1)
    found = any(root.glob(name.rstrip("/"))) if "*" in name else (root / name).exists()
    return None if found else f"there is no {name}"


def check_page(root, page, known_options):
    for number, line in prose(page.read_text(encoding="utf-8")):
        for target in LINK.findall(SPAN.sub("", line)):
            yield number, wrong_link(page, target)
        for span in SPAN.findall(line):
            yield number, wrong_span(root, span, known_options)


def check_mentions(root, file):
    try:
        text = file.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return
    for number, line in enumerate(text.splitlines(), 1):
        for name in PAGE.findall(line):
            yield number, None if (root / name).exists() else f"there is no {name}"


def complaints(root):
    """"file:line: what is wrong", for the whole repository."""
    known_options = set(options(root))
    for file in files_below(root):
        own = file.parent == pathlib.Path(__file__).resolve().parent  # with its examples
        found = [] if own else list(check_mentions(root, file))
        if file.suffix == ".md":
            found += check_page(root, file, known_options)
        for number, what in sorted({entry for entry in found if entry[1] is not None}):
            yield f"{file.relative_to(root)}:{number}: {what}"


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    found = list(complaints(pathlib.Path(sys.argv[1]).resolve()))
    print("\n".join(found) or "everything that the documentation points to is there")
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main()
