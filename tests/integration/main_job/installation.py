"""An installation of Leat of a test's own: state in a temporary folder, real programs.

Nothing here sleeps to wait: what is waited for is an answer, the end of a process, or a line.
"""
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import time

SOURCE = pathlib.Path(__file__).resolve().parents[3]
BIN = pathlib.Path(os.environ.get("LEAT_TEST_BIN", SOURCE / "build/debug/bin"))


def tools():
    cache = os.environ.get("XDG_CACHE_HOME", os.path.expanduser("~/.cache"))
    return pathlib.Path(os.environ.get("LEAT_TOOLS", cache + "/leat/tools"))


def run(*argv, ok=True, timeout=120, **options):
    """Runs a program; its output together. Fails the test when it fails, unless ok is False."""
    done = subprocess.run([str(a) for a in argv], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          text=True, timeout=timeout, check=False, **options)
    if ok and done.returncode != 0:
        raise AssertionError(f"{argv} ended with {done.returncode}:\n{done.stdout}")
    return done


class Installation:
    def __init__(self, kafka=None, **settings):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="leat-test-"))
        self.state = self.folder / "state"
        self.kafka = kafka
        self.environment = {**os.environ, "LEAT_STATE": str(self.state),
                            "XDG_STATE_HOME": str(self.folder / "client"), **settings}
        self.environment.pop("LEAT_API", None)
        if kafka:  # the broker may be shared
            self.environment["LEAT_BUS_TOPIC_PREFIX"] = f"{self.folder.name}."

    def __enter__(self):
        self.base = self.make_base(os.environ.get("LEAT_TEST_ARCH", "amd64"))
        self.up()
        return self

    def __exit__(self, kind, *_):
        if kind is not None:
            self.show_logs()
        self.leat("down", "--now", ok=False)
        complaints = self.sanitizer_complaints()
        self.remove()
        if complaints:
            raise AssertionError("a sanitizer complained:\n" + complaints)

    def sanitizer_complaints(self):
        """What ASan, LSan or UBSan said in any part's log, with some lines around."""
        logs = [*self.state.glob("logs/*.log*"), *self.state.glob("machines/machines/*/log")]
        found = []
        for log in logs:
            lines = log.read_text(errors="replace").splitlines()
            for number, line in enumerate(lines):
                if "Sanitizer" in line or "runtime error:" in line:
                    found += [str(log), *lines[number:number + 20]]
                    break
        return "\n".join(found)

    def make_base(self, arch):
        base = self.folder / f"base-{arch}"
        if not base.exists():
            run(SOURCE / "ops/base/make", "--arch", arch, base)
        return base

    def leat(self, *arguments, ok=True, **options):
        options.setdefault("env", self.environment)
        return run(BIN / "leat", *arguments, ok=ok, **options)

    def start_leat(self, *arguments, **options):
        options.setdefault("env", self.environment)
        return subprocess.Popen([str(BIN / "leat"), *map(str, arguments)],
                                stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                                **options)

    def up(self):
        return self.leat("up", *(["--kafka", self.kafka] if self.kafka else []))

    def down(self):
        return self.leat("down")

    def json(self, *arguments):
        return json.loads(self.leat(*arguments, "--json").stdout)

    def machines(self, state=None):
        found = self.json("machines")["machines"]
        return [m for m in found if state is None or m["state"] == state]

    def events(self):
        lines = self.leat("events", "--no-follow", "--json").stdout.splitlines()
        return [json.loads(line) for line in lines if line]

    def part_pid(self, name):
        parts = self.json("status")["supervisor"]["parts"]
        return next(p["pid"] for p in parts if p["name"] == name)

    def context(self, name, dockerfile, **files):
        folder = self.folder / name
        folder.mkdir(exist_ok=True)
        (folder / "Dockerfile").write_text(dockerfile)
        for file, text in files.items():
            (folder / file.replace("__", ".")).write_text(text)
        return folder

    def build(self, context, *arguments, ok=True, **options):
        return self.leat("build", "--progress=plain", "--build-context", f"base={self.base}",
                         *arguments, context, ok=ok, **options)

    def show_logs(self):
        print(self.leat("status", ok=False).stdout, self.leat("logs", ok=False).stdout,
              file=sys.stderr)
        for log in self.state.glob("machines/**/log*"):
            if log.is_file():
                print(f"==> {log} <==\n{log.read_text(errors='replace')[-4000:]}", file=sys.stderr)

    def remove(self):
        chosen = self.state / "installation.json"
        if chosen.exists():
            self.remove_network(json.loads(chosen.read_text()))
        volumes = self.state / "machines/volumes"
        if volumes.exists() and os.path.ismount(volumes):
            run("umount", volumes)
        shutil.rmtree(self.folder)

    @staticmethod
    def remove_network(chosen):
        bridge, subnet = chosen["bridge"], chosen["subnet"]
        run("ip", "link", "del", bridge, ok=False)
        for table in ("filter", "nat", "raw", "mangle"):
            rules = run("iptables", "--wait", "-t", table, "-S", ok=False).stdout.splitlines()
            for rule in rules:
                if rule.startswith("-A ") and (bridge in rule or subnet in rule):
                    run("iptables", "--wait", "-t", table, *rule.replace("-A ", "-D ", 1).split(),
                        ok=False)


def cached_steps(output):
    return len(re.findall(r"^#\d+ CACHED", output, re.M))


def until(what, condition, limit=60):
    """Asks again until `condition` holds; for states that only an API tells."""
    end = time.monotonic() + limit
    while time.monotonic() < end:
        value = condition()
        if value:
            return value
        time.sleep(0.05)
    raise AssertionError(f"{what} did not come within {limit} s")
