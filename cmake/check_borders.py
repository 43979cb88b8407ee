#!/usr/bin/env python3
"""Fails the build when a file includes a third-party header that its place does not allow.

IO libraries belong to lib/net, lib/bus, lib/store, lib/pki and to files named *_ev.c, so that
decisions stay pure code. The table below is the whole rule.
"""
import pathlib
import re
import sys

# header prefix -> folders that may include it; "*_ev" allows files named *_ev.c and *_ev.h.
ALLOWED = {
    "event2/": ("lib/net/", "lib/bus/", "lib/store/", "*_ev"),
    "openssl/": ("lib/pki/", "lib/net/", "*_ev"),
    "librdkafka/": ("lib/bus/",),
    "sqlite3.h": ("lib/bus/",),
    "hiredis/": ("lib/store/",),
    "curl/": ("lib/net/", "*_ev"),
    "msgpack": ("lib/wire/",),
    "ini.h": ("lib/daemon/",),
}
INCLUDE = re.compile(r'^\s*#\s*include\s*[<"]([^>"]+)[>"]')


def allowed(path, places):
    return any(
        path.stem.endswith("_ev") if place == "*_ev" else path.as_posix().startswith(place)
        for place in places
    )


def main():
    root = pathlib.Path(sys.argv[1])
    bad = []
    for top in ("lib", "api", "agents", "cli", "schemas"):
        for file in sorted((root / top).rglob("*.[ch]")):
            path = file.relative_to(root)
            for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1):
                found = INCLUDE.match(line)
                if not found:
                    continue
                for prefix, places in ALLOWED.items():
                    if found[1].startswith(prefix) and not allowed(path, places):
                        bad.append(f"{path}:{number}: {found[1]} may be included only from "
                                   f"{', '.join(places)}")
    for line in bad:
        print(line, file=sys.stderr)
    return 1 if bad else 0


sys.exit(main())
