#!/usr/bin/env python3
"""Both architectures at once, each on a builder of its own, pushed to a registry on this computer."""
import json
import socket
import subprocess
import unittest
import urllib.request

from installation import Installation, until

DOCKERFILE = ("FROM base-${TARGETARCH} AS build\nCOPY arch.c /\nRUN cc -o /arch /arch.c && /arch > /is\n"
              "FROM scratch\nCOPY --from=build /is /\n")
ARCH_C = """
#include <stdio.h>
#include <sys/utsname.h>
int main(void) { struct utsname u; uname(&u); puts(u.machine); return 0; }
"""


def free_port(address):
    with socket.create_server((address, 0)) as listener:
        return listener.getsockname()[1]


class Registry:
    def __init__(self, folder, address):
        self.address = f"{address}:{free_port(address)}"
        self.config = folder / "registry.yml"
        self.config.write_text(f"version: 0.1\nstorage:\n  filesystem:\n    rootdirectory: {folder}/registry\n"
                               f"http:\n  addr: {self.address}\n")

    def __enter__(self):
        self.process = subprocess.Popen(["docker-registry", "serve", str(self.config)],
                                        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        until("the registry", self.answers)
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()

    def answers(self):
        try:
            return self.get("/v2/") is not None
        except OSError:
            return False

    def get(self, path, accept="*/*"):
        request = urllib.request.Request(f"http://{self.address}{path}", headers={"Accept": accept})
        with urllib.request.urlopen(request, timeout=10) as answer:
            return answer.read()


class Platforms(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.installation = Installation()
        cls.addClassCleanup(cls.installation.__exit__, None, None, None)
        cls.installation.__enter__()

    def arguments(self):
        arm = self.installation.make_base("arm64")
        return ["--platform", "linux/amd64,linux/arm64",
                "--build-context", f"base-amd64={self.installation.base}",
                "--build-context", f"base-arm64={arm}"]

    def test_both_architectures_at_once(self):
        context = self.installation.context("both", DOCKERFILE, arch__c=ARCH_C)
        out = self.installation.folder / "both-out"
        self.installation.build(context, *self.arguments(), "--output", f"type=local,dest={out}")
        self.assertEqual((out / "linux_amd64/is").read_text(), "x86_64\n")
        self.assertEqual((out / "linux_arm64/is").read_text(), "aarch64\n")
        archs = {m["arch"]: m["emulated"] for m in self.installation.machines("ready")}
        self.assertEqual(archs, {"amd64": False, "arm64": True})
        self.assertIn("arm64 (emulated)", self.installation.leat("machines").stdout)

    def test_pushed_to_a_registry(self):
        chosen = json.loads((self.installation.state / "installation.json").read_text())
        gateway = chosen["subnet"].split("/")[0].rsplit(".", 1)[0] + ".1"
        context = self.installation.context("push", DOCKERFILE, arch__c=ARCH_C)
        with Registry(self.installation.folder, gateway) as registry:
            self.installation.build(
                context, *self.arguments(), "--provenance=false", "--output",
                f"type=image,name={registry.address}/arch:1,push=true,registry.insecure=true")
            index = json.loads(registry.get("/v2/arch/manifests/1",
                                            "application/vnd.oci.image.index.v1+json"))
        pushed = {m["platform"]["architecture"] for m in index["manifests"]}
        self.assertEqual(pushed, {"amd64", "arm64"})


if __name__ == "__main__":
    unittest.main(verbosity=2)
