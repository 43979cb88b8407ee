#!/usr/bin/env python3
"""The main job, on the local log or on Kafka: whole builds through every part."""
import os
import re
import signal
import subprocess
import threading
import unittest

from installation import SOURCE, Installation, cached_steps, until

HELLO = SOURCE / "ops/examples/hello"
HELLO_STEPS = 7
SLOW = "FROM base\nRUN echo began > /x; sleep 600\n"


class MainJob(unittest.TestCase):
    """One installation for all: the tests run in the order of their names."""

    @classmethod
    def setUpClass(cls):
        cls.installation = Installation(kafka=os.environ.get("LEAT_TEST_KAFKA"),
                                        LEAT_CLOUD_LEASE_TIMEOUT="20s")
        cls.addClassCleanup(cls.installation.__exit__, None, None, None)
        cls.installation.__enter__()

    def test_a1_builds_and_then_finds_it_cached(self):
        first = self.installation.build(HELLO)
        self.assertIn("Hello from", first.stdout)
        self.assertEqual(cached_steps(first.stdout), 0)
        second = self.installation.build(HELLO)
        self.assertEqual(cached_steps(second.stdout), HELLO_STEPS)
        self.assertIn("the result is in the cache of project default only", second.stdout)

    def test_a2_result_comes_out(self):
        out = self.installation.folder / "out"
        self.installation.build(HELLO, "--output", f"type=local,dest={out}")
        self.assertTrue((out / "hello").exists())

    def test_a3_unchanged_context_is_not_sent_again(self):
        context = self.installation.context("large", "FROM scratch\nCOPY data /\n",
                                            data=os.urandom(4 << 20).hex())
        self.assertIn("8.39MB", self.installation.build(context).stdout)
        sent = re.search(r"transferring context: (\S+)B ", self.installation.build(context).stdout)
        self.assertLess(float(sent.group(1)), 1000)

    def test_b1_failing_build_passes_its_code_and_log_on(self):
        context = self.installation.context("fails", "FROM base\nRUN echo about to fail; exit 7\n")
        done = self.installation.build(context, ok=False)
        self.assertEqual(done.returncode, 1)
        self.assertIn("about to fail", done.stdout)
        self.assertIn("exit code: 7", done.stdout)
        newest = self.installation.json("builds", "--limit", "1")["builds"][0]
        self.assertEqual(newest["outcome"], "failed")

    def test_b2_unreadable_context_is_told(self):
        done = self.installation.build("/does/not/exist", ok=False)
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("/does/not/exist", done.stdout)

    def test_b3_builder_of_the_users_is_refused(self):
        done = self.installation.build(HELLO, "--builder", "mine", ok=False)
        self.assertEqual(done.returncode, 64)
        self.assertIn("--builder", done.stdout)

    def test_c1_secret_cache_mount_and_arguments(self):
        dockerfile = ("FROM base AS one\nARG NAME\nRUN --mount=type=secret,id=s "
                      "--mount=type=cache,target=/c cp /run/secrets/s /seen && echo $NAME >> /seen\n"
                      "FROM scratch\nCOPY --from=one /seen /\n")
        context = self.installation.context("mounts", dockerfile, secret__txt="top secret")
        out = self.installation.folder / "mounts-out"
        self.installation.build(context, "--secret", f"id=s,src={context}/secret.txt",
                                "--build-arg", "NAME=leat", "--output", f"type=local,dest={out}")
        self.assertEqual((out / "seen").read_text(), "top secretleat\n")

    def test_c2_ten_builds_at_once(self):
        def build(number, codes):
            context = self.installation.context(
                f"many-{number}", f"FROM base\nRUN echo number {number}\n")
            codes[number] = self.installation.build(context, ok=False).returncode

        codes = {}
        threads = [threading.Thread(target=build, args=(n, codes)) for n in range(10)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(codes, {n: 0 for n in range(10)})
        self.assertEqual(len(self.installation.machines()), 1)

    def test_c3_bake_builds_its_targets(self):
        bake = ('group "default" { targets = ["a", "b", "c"] }\n' + "".join(
            f'target "{t}" {{\n  args = {{ T = "{t}" }}\n'
            f'  contexts = {{ base = "{self.installation.base}" }}\n'
            f'  output = ["type=local,dest=out-{t}"]\n}}\n' for t in "abc"))
        context = self.installation.context(
            "bake", "FROM base AS w\nARG T\nRUN echo target $T > /t\nFROM scratch\nCOPY --from=w /t /\n")
        (context / "docker-bake.hcl").write_text(bake)
        self.installation.leat("bake", "--progress=plain", "--allow", "fs=*", cwd=context)
        self.assertEqual([(context / f"out-{t}/t").read_text() for t in "abc"],
                         ["target a\n", "target b\n", "target c\n"])

    def test_d1_interrupt_gives_the_builder_back(self):
        context = self.installation.context("slow", SLOW)
        for sign, code in ((signal.SIGINT, 130), (signal.SIGTERM, 143)):
            build = self.installation.start_leat("build", "--progress=plain", "--build-context",
                                                 f"base={self.installation.base}", context)
            with build:
                for line in build.stdout:
                    if "RUN echo began" in line:
                        break
                build.send_signal(sign)
                build.stdout.read()
            self.assertEqual(build.returncode, code)
            newest = until("the cancelled build", lambda: next(
                (b for b in self.installation.json("builds", "--limit", "1")["builds"]
                 if b["state"] == "ended"), None))
            self.assertEqual(newest["outcome"], "cancelled")

    def test_e1_every_record_is_readable(self):
        events = self.installation.events()
        types = {event["type"] for event in events}
        self.assertLessEqual({"leat.builder.requested", "leat.builder.released",
                              "leat.machine.registered", "leat.machine.ready",
                              "leat.fleet.took-over", "leat.fleet.change"}, types)
        self.assertFalse([e for e in events if "error" in e])
        secrets = [b["secret"] for e in events if e["type"] == "leat.fleet.change"
                   for b in e["data"].get("builders", []) if "secret" in b]
        self.assertEqual(set(secrets), {"***"})

    def test_f1_parts_that_die_come_back(self):
        for part in ("api", "cloud-agent", "redis"):
            before = self.installation.part_pid(part)
            os.kill(before, signal.SIGKILL)
            until(f"{part} again", lambda p=part, b=before: self.is_back(p, b))
            self.assertEqual(cached_steps(self.installation.build(HELLO).stdout), HELLO_STEPS)

    def is_back(self, part, before):
        done = self.installation.leat("status", "--json", ok=False)
        return done.returncode == 0 and self.installation.part_pid(part) != before

    def test_f2_redis_can_be_wiped(self):
        subprocess.run(["redis-cli", "-s", str(self.installation.state / "run/redis.sock"),
                        "FLUSHALL"], check=True, stdout=subprocess.DEVNULL)
        until("the view again",
              lambda: self.installation.json("builds", "--limit", "1")["builds"])
        self.assertEqual(cached_steps(self.installation.build(HELLO).stdout), HELLO_STEPS)

    def test_f3_status_tells_what_is_not_ready(self):
        redis = self.installation.part_pid("redis")
        self.assertTrue(self.installation.json("status")["ready"])
        os.kill(redis, signal.SIGSTOP)
        try:
            stopped = self.installation.leat("status", ok=False)
        finally:
            os.kill(redis, signal.SIGCONT)
        self.assertEqual(stopped.returncode, 75)
        self.assertIn("The API is not ready: ", stopped.stdout)
        until("the API is ready", lambda: self.installation.leat("status", ok=False).returncode == 0)

    def test_g1_starting_twice_is_refused(self):
        done = self.installation.leat("up", ok=False)
        self.assertEqual(done.returncode, 75)
        self.assertIn("running already", done.stdout)

    def test_h1_down_keeps_the_cache(self):
        self.installation.down()
        self.assertEqual(self.installation.leat("status", ok=False).returncode, 69)
        self.installation.up()
        self.assertEqual(cached_steps(self.installation.build(HELLO).stdout), HELLO_STEPS)

    def test_h2_killed_client_lapses_and_its_keys_go(self):
        runs = self.installation.folder / "runs"
        runs.mkdir()
        environment = {**self.installation.environment, "XDG_RUNTIME_DIR": str(runs)}
        slow = self.installation.context("killed", SLOW)
        killed = self.installation.start_leat("build", "--progress=plain", "--build-context",
                                              f"base={self.installation.base}", slow,
                                              env=environment)
        for line in killed.stdout:
            if "RUN echo began" in line:
                break
        killed.kill()
        killed.communicate()
        self.assertEqual(len(list(runs.iterdir())), 1)
        until("the killed client's build lapses", lambda: [
            b for b in self.installation.json("builds", "--limit", "1")["builds"]
            if b["outcome"] == "lapsed"])
        self.installation.build(HELLO, env=environment)
        self.assertEqual(list(runs.iterdir()), [])

    def test_i1_api_is_named_when_it_is_away(self):
        self.installation.down()
        for done in (self.installation.build(HELLO, ok=False),
                     self.installation.leat("builds", ok=False),
                     self.installation.leat("events", ok=False)):
            self.assertEqual(done.returncode, 75)
            self.assertIn("leat status", done.stdout)
        self.installation.up()


if __name__ == "__main__":
    unittest.main(verbosity=2)
