#!/usr/bin/env python3
"""Tests of cmake/check_borders.py on small trees of files."""
import pathlib
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[3]


def check(files):
    with tempfile.TemporaryDirectory() as name:
        for path, text in files.items():
            file = pathlib.Path(name) / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text)
        return subprocess.run([sys.executable, ROOT / "cmake" / "check_borders.py", name],
                              capture_output=True, text=True, check=False)


class Borders(unittest.TestCase):
    def test_allowed(self):
        done = check({"lib/net/loop.c": "#include <event2/event.h>\n",
                      "api/server_ev.c": "# include <openssl/ssl.h>\n",
                      "lib/bus/kafka.c": "#include <librdkafka/rdkafka.h>\n",
                      "cli/main.c": "// #include <curl/curl.h>\n#include <stdio.h>\n"})
        self.assertEqual((done.returncode, done.stderr), (0, ""))

    def test_refused(self):
        files = {"cli/main.c": "\n#include <librdkafka/rdkafka.h>\n",
                 "api/server.c": "#include \"event2/http.h\"\n",
                 "agents/cloud/kafka_ev.c": "#include <librdkafka/rdkafka.h>\n",
                 "lib/base/x.h": "#include <msgpack/pack.h>\n",
                 "lib/pki/x.c": "#include <event2/event.h>\n"}
        for path, text in files.items():
            done = check({path: text})
            self.assertEqual(done.returncode, 1)
            self.assertIn(f"{path}:{2 if path == 'cli/main.c' else 1}: ", done.stderr)


if __name__ == "__main__":
    unittest.main()
