#!/usr/bin/env python3
"""An architecture that cannot be launched: its builds are turned away with the reason."""
import subprocess
import unittest

from installation import BIN, SOURCE, Installation

HELLO = SOURCE / "ops/examples/hello"


class WithoutEmulation(Installation):
    """Its programs see emulation that is switched off: a folder in place of binfmt_misc."""

    def up(self):
        folder = self.folder / "binfmt"
        folder.mkdir()
        (folder / "register").touch()
        (folder / "qemu-aarch64").write_text("disabled\n")
        script = 'mount --bind "$1" /proc/sys/fs/binfmt_misc && shift && exec "$@"'
        subprocess.run(["unshare", "--mount", "sh", "-c", script, "sh", str(folder),
                        str(BIN / "leat"), "up"], env=self.environment, check=True, timeout=60)


class Unsupported(unittest.TestCase):
    def test_build_is_turned_away_and_the_other_architecture_builds(self):
        with WithoutEmulation() as installation:
            refused = installation.build(HELLO, "--platform", "linux/arm64", ok=False, timeout=30)
            self.assertEqual(refused.returncode, 75)
            self.assertIn("arm64 machines cannot be launched here", refused.stdout)
            self.assertEqual(installation.machines(), [])
            self.assertIn("Hello from", installation.build(HELLO).stdout)


if __name__ == "__main__":
    unittest.main(verbosity=2)
