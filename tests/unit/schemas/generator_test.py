#!/usr/bin/env python3
"""Tests of schemas/generate.py: what it refuses, and that --check sees every difference."""
import copy
import importlib.util
import json
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[3]
SPEC = importlib.util.spec_from_file_location("generate", ROOT / "schemas" / "generate.py")
sys.dont_write_bytecode = True
generate = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(generate)

ENUMS = {"color": {"about": "A.", "values": [{"id": 1, "name": "red", "about": "R."}]}}


def field(number, name, kind, **more):
    return {"id": number, "name": name, "type": kind, "since": 1, "about": "A.", **more}


def message(name, *fields, **more):
    return {"name": name, "about": "A.", "fields": list(fields), **more}


class Refusals(unittest.TestCase):
    def load(self, *messages, enums=None):
        with tempfile.TemporaryDirectory() as name:
            folder = pathlib.Path(name)
            (folder / "messages").mkdir()
            (folder / "enums.json").write_text(json.dumps(ENUMS if enums is None else enums))
            for item in messages:
                path = folder / "messages" / f"{item['name']}.json"
                path.write_text(json.dumps(item))
            return generate.load_messages(folder, generate.load_enums(folder))

    def refused(self, problem, *messages, enums=None):
        with self.assertRaisesRegex(generate.SchemaError, problem):
            self.load(*messages, enums=enums)

    def test_good(self):
        inner = message("inner", field(1, "x", "u64"))
        outer = message("a_outer", field(1, "items", "message", message="inner", list=4),
                        type="leat.outer", topic="t")
        self.assertEqual(list(self.load(outer, inner)), ["inner", "a_outer"])

    def test_ids(self):
        self.refused("must ascend", message("m", field(1, "a", "u64"), field(1, "b", "u64")))
        self.refused("must ascend", message("m", field(2, "a", "u64"), field(1, "b", "u64")))
        self.refused("ids go from", message("m", field(0, "a", "u64")))
        self.refused("reserved id", message("m", field(3, "a", "u64"), reserved=[2, 3]))

    def test_names(self):
        self.refused("not a name", message("m", field(1, "Bad", "u64")))
        self.refused("not a name", message("m", field(1, "int", "u64")))
        self.refused("name is repeated", message("m", field(1, "a", "u64"), field(2, "a", "u64")))
        self.refused("name is repeated", message("m", field(1, "a", "u64", list=3),
                                                 field(2, "a_count", "u64")))
        self.refused("an enum has it", message("color", field(1, "a", "u64")))

    def test_types(self):
        self.refused("bad type", message("m", field(1, "a", "float")))
        self.refused("max goes", message("m", field(1, "a", "string")))
        self.refused("has no max", message("m", field(1, "a", "bool", max=1)))
        self.refused("enum names", message("m", field(1, "a", "enum")))
        self.refused("no such enum", message("m", field(1, "a", "enum", enum="shape")))
        self.refused("no such message", message("m", field(1, "a", "message", message="n")))
        self.refused("unknown", message("m", field(1, "a", "u64", optinal=True)))
        self.refused("unknown", message("m", field(1, "a", "u64"), extra=1))

    def test_messages(self):
        self.refused("type and topic", message("m", field(1, "a", "u64"), type="t"))
        self.refused("type is repeated",
                     message("m", field(1, "a", "u64"), type="t", topic="x"),
                     message("n", field(1, "a", "u64"), type="t", topic="x"))
        self.refused("contains itself", message("m", field(1, "a", "message", message="m", list=1)))
        self.refused("must be a list", message("n", field(1, "a", "u64")), message(
            "m", field(1, "a", "message", message="n", optional=True)))

    def test_depth(self):
        chain = [message("m0", field(1, "a", "u64"))]
        chain += [message(f"m{i}", field(1, "a", "message", message=f"m{i - 1}"))
                  for i in range(1, 8)]
        self.assertEqual(len(self.load(*chain)), 8)
        chain.append(message("m8", field(1, "a", "message", message="m7")))
        self.refused("nested too deep", *chain)

    def test_enums(self):
        enums = copy.deepcopy(ENUMS)
        enums["color"]["values"].append({"id": 1, "name": "blue", "about": "B."})
        self.refused("ids must ascend", enums=enums)
        enums["color"]["values"][1] = {"id": 2, "name": "red", "about": "B."}
        self.refused("name is repeated", enums=enums)
        enums["color"]["values"] = [{"id": 0, "name": "red", "about": "B."}]
        self.refused("from 1 to 255", enums=enums)


class Check(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        root = pathlib.Path(self.folder.name)
        self.schemas = root / "schemas"
        shutil.copytree(ROOT / "schemas", self.schemas)
        (root / "docs").mkdir()
        shutil.copy(ROOT / "docs" / "reference-messages.md", root / "docs")

    def tearDown(self):
        self.folder.cleanup()

    def run_generator(self, *arguments):
        return subprocess.run([sys.executable, self.schemas / "generate.py", *arguments],
                              capture_output=True, text=True, check=False)

    def test_committed_files_are_current(self):
        self.assertEqual(self.run_generator("--check").returncode, 0)

    def test_difference_is_shown(self):
        path = self.schemas / "messages" / "took_over.json"
        path.write_text(path.read_text().replace('"max": 64', '"max": 65'))
        done = self.run_generator("--check")
        self.assertEqual(done.returncode, 1)
        self.assertIn("+    char owner[66];", done.stdout)
        self.assertEqual(self.run_generator().returncode, 0)
        self.assertEqual(self.run_generator("--check").returncode, 0)

    def test_bad_definition_and_bad_usage(self):
        path = self.schemas / "messages" / "took_over.json"
        path.write_text(path.read_text().replace('"u64"', '"u65"'))
        done = self.run_generator()
        self.assertEqual(done.returncode, 1)
        self.assertIn("took_over.epoch: bad type", done.stderr)
        self.assertEqual(self.run_generator("--chekc").returncode, 2)


if __name__ == "__main__":
    unittest.main()
