#!/usr/bin/env python3
"""check_docs.py finds what is wrong, and nothing else."""
import pathlib
import tempfile
import unittest

from check_docs import complaints


class CheckDocs(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="leat-docs-")
        self.addCleanup(folder.cleanup)
        self.root = pathlib.Path(folder.name)
        self.put("docs/log.md", "# The log\n\n## What `leat up` (really) does\n\n## Twice\n## Twice\n")
        self.put("lib/bus/bus.h", "/* docs/log.md tells more. */\n")

    def put(self, name, text):
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")

    def check(self, text, *expected):
        self.put("docs/page.md", text)
        self.assertEqual(list(complaints(self.root)), list(expected))

    def test_good_page(self):
        self.check("# Page\n[log](log.md) [up](log.md#what-leat-up-really-does) [here](#page)\n"
                   "[second](log.md#twice-1) [far](https://example.org/x#y) `lib/bus/bus.h`\n"
                   "`lib/bus/*.h` `lib/bus/` `./lib/bus` `lib/bus/bus.h says` `[a](b)` `api` `cli/cmd_NAME.c`\n")

    def test_link_to_missing_file(self):
        self.check("# Page\n\nsee [it](gone.md)\n", "docs/page.md:3: there is no gone.md")

    def test_link_to_missing_heading(self):
        self.check("[a](log.md#nothing)\n[b](#nothing)\n[c](log.md#twice-2)\n",
                   "docs/page.md:1: log.md has no heading #nothing",
                   "docs/page.md:2: page.md has no heading #nothing",
                   "docs/page.md:3: log.md has no heading #twice-2")

    def test_missing_path_in_code_span(self):
        self.check("`lib/bus/gone.c` and `api/*.c`\n",
                   "docs/page.md:1: there is no api/*.c",
                   "docs/page.md:1: there is no lib/bus/gone.c")

    def test_option(self):
        self.put("docs/reference-configuration.md", "## [cloud]\n\n| option |\n|---|\n| `cache` | x |\n")
        self.check("`[cloud] cache` `[cloud] cache = 1GiB` `[cloud]` `[api] cache` `[cloud] gone = 1`\n",
                   "docs/page.md:1: there is no option [api] cache",
                   "docs/page.md:1: there is no option [cloud] gone = 1")

    def test_code_blocks_are_left_out(self):
        self.check("```sh\n[a](gone.md) `lib/gone`\n# not a heading\n```\n~~~\n[b](gone.md)\n~~~\n")

    def test_heading_in_code_block_is_none(self):
        self.check("```\n# Shell comment\n```\n[a](#shell-comment)\n",
                   "docs/page.md:4: page.md has no heading #shell-comment")

    def test_page_named_by_source(self):
        self.put("api/a.c", "int a; /* see docs/none.md */\n")
        self.check("# Page\n", "api/a.c:1: there is no docs/none.md")

    def test_bytes_that_are_no_text(self):
        (self.root / "picture.png").write_bytes(b"\xff\xfe docs/none.md")
        self.check("# Page\n")


if __name__ == "__main__":
    unittest.main()
