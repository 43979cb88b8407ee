"""An installation for tests: Redis, one or more APIs, and a stand-in for the cloud-agent.

Nothing sleeps: processes say when they are ready (NOTIFY_SOCKET, a line, a socket that answers), and
conditions are asked for again and again until a deadline.
"""
import concurrent.futures
import contextlib
import http.client
import json
import os
import pathlib
import shutil
import signal
import socket
import ssl
import subprocess
import tempfile
import time
import unittest

LOG = "local"
LIMIT = 30  # seconds until anything is given up
TOKEN = "leat_0123456789abcdefghij"
PARTITIONS = 2


def wait_until(condition, what):
    """Asks until the answer is true, and returns it."""
    end = time.monotonic() + LIMIT
    while True:
        answer = condition()
        if answer:
            return answer
        if time.monotonic() > end:
            raise AssertionError(f"not within {LIMIT} s: {what}")


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Redis:
    def __init__(self, folder):
        self.folder = folder
        self.path = str(folder / "redis.sock")
        self.process = None

    def start(self):
        log = open(self.folder / "redis.log", "ab")
        self.process = subprocess.Popen(
            ["redis-server", "--port", "0", "--unixsocket", self.path, "--save", "", "--dir",
             str(self.folder), "--daemonize", "no"],
            stdout=log, stderr=log, stdin=subprocess.DEVNULL)
        log.close()
        wait_until(lambda: self.command("PING") == b"+PONG", "Redis answers")

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def stop(self):
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()
            self.process.wait(LIMIT)

    def command(self, *words):
        """The first line of the answer; None when there is no Redis."""
        text = b"*%d\r\n" % len(words)
        for word in words:
            text += b"$%d\r\n%s\r\n" % (len(word), word.encode())
        with socket.socket(socket.AF_UNIX) as connection:
            try:
                connection.connect(self.path)
                connection.sendall(text)
                return connection.makefile("rb").readline().rstrip()
            except OSError:
                return None


class Answer:
    def __init__(self, response):
        self.status = response.status
        self.headers = response.headers
        self.text = response.read()
        self.type = response.headers.get("content-type", "")

    @property
    def json(self):
        return json.loads(self.text)

    @property
    def code(self):
        return self.json["code"]


class Api:
    """One leat-api."""

    def __init__(self, installation, name):
        self.installation = installation
        self.name = name
        self.port = free_port()
        self.process = None

    def start(self, **options):
        folder = self.installation.folder
        settings = {
            "api.listen": f"127.0.0.1:{self.port}", "api.instance": self.name,
            "api.token_file": folder / "tokens", "api.master_secret_file": folder / "master",
            "api.ca_file": folder / "ca.pem",
            "store.url": f"unix://{self.installation.redis.path}",
            "bus.partitions": PARTITIONS, "bus.topic_prefix": self.installation.prefix,
            "log.level": "debug", **self.installation.log_settings(), **options}
        notify = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        path = str(folder / f"{self.name}.notify")
        pathlib.Path(path).unlink(missing_ok=True)
        notify.bind(path)
        notify.settimeout(LIMIT)
        log = open(folder / f"{self.name}.log", "ab")
        arguments = [word for name, value in settings.items()
                     for word in ("--set", f"{name}={value}")]
        self.process = subprocess.Popen(
            [os.environ["LEAT_API"], *arguments], stdout=log, stderr=log,
            stdin=subprocess.DEVNULL, env={**os.environ, "NOTIFY_SOCKET": path})
        log.close()
        with notify:
            while b"READY=1" not in notify.recv(4096):
                pass
        self.context = ssl.create_default_context(cafile=str(folder / "ca.pem"))

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def stop(self):
        """Ends it politely; a leak or a broken exit fails the test."""
        if self.process is None or self.process.poll() is not None:
            return
        self.process.terminate()
        if self.process.wait(LIMIT) != 0:
            raise AssertionError(f"{self.name} ended with {self.process.returncode}")

    def log(self):
        return (self.installation.folder / f"{self.name}.log").read_text(errors="replace")

    def connection(self, timeout=LIMIT):
        return http.client.HTTPSConnection("localhost", self.port, context=self.context,
                                           timeout=timeout)

    def call(self, method, path, body=None, token=TOKEN, headers=None, timeout=LIMIT):
        given = dict(headers or {})
        if token is not None:
            given["authorization"] = f"Bearer {token}"
        if body is not None and not isinstance(body, (bytes, str)):
            body = json.dumps(body)
        if body is not None:
            given.setdefault("content-type", "application/json")
        connection = self.connection(timeout)
        with contextlib.closing(connection):
            connection.request(method, path, body, given)
            return Answer(connection.getresponse())

    def get(self, path, **more):
        return self.call("GET", path, **more)

    def post(self, path, body=None, **more):
        return self.call("POST", path, body, **more)

    def metric(self, name):
        for line in self.get("/metrics", token=None).text.decode().splitlines():
            if line.startswith(name + " "):
                return int(line.split()[1])
        raise AssertionError(f"no metric {name}")

    def wait_for_waiters(self, count):
        wait_until(lambda: self.metric("leat_api_waiters") == count, f"{count} waiters")

    def wait_until_ready(self):
        wait_until(lambda: self.get("/readyz", token=None).status == 200, f"{self.name} is ready")

    def create(self, archs=("amd64",), project="web", **more):
        answer = self.post(f"/v1/projects/{project}/builds",
                           {"architectures": list(archs), "command": "build"}, **more)
        assert answer.status == 201, answer.text
        return answer.json["id"]

    def events(self, query="from=start&follow=false"):
        """All events of the log, as they are now."""
        answer = self.get("/v1/events?" + query)
        assert answer.status == 200, answer.text
        return [json.loads(line) for line in answer.text.decode().splitlines() if line]


class EventStream:
    """Events as they come, until it is closed."""

    def __init__(self, api, query="from=now"):
        self.api = api
        self.connection = api.connection()
        self.connection.request("GET", "/v1/events?" + query,
                                headers={"authorization": f"Bearer {TOKEN}"})
        self.response = self.connection.getresponse()
        assert self.response.status == 200
        assert self.response.readline() == b"\n"  # nothing is missed from here on

    def next(self, wanted=lambda event: True):
        while True:
            line = self.response.readline()
            if not line:
                raise EOFError
            if line.strip():
                event = json.loads(line)
                if wanted(event):
                    return event

    def next_of(self, kind):
        return self.next(lambda event: event.get("type") == kind)

    def close(self):
        """Returns when the API has noticed."""
        readers = self.api.metric("leat_api_event_readers")
        self.response.close()
        self.connection.close()
        wait_until(lambda: self.api.metric("leat_api_event_readers") < readers, "a reader less")


class StandIn:
    """Appends to `fleet` what a cloud-agent would, by the rules of the chain."""

    def __init__(self, installation):
        where = installation.log_settings()
        target = where.get("bus.path") or where["bus.brokers"]
        self.process = subprocess.Popen(
            [os.environ["LEAT_STAND_IN"], LOG, str(target), installation.prefix, str(PARTITIONS)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.epochs = {}
        self.seqs = {}

    def command(self, **command):
        self.process.stdin.write(json.dumps(command) + "\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        assert line, "the stand-in ended"
        return json.loads(line)

    def append(self, **command):
        answer = self.command(**command)
        assert "offset" in answer, answer
        return answer["offset"]

    def take_over(self, arch="amd64"):
        self.epochs[arch] = self.epochs.get(arch, 0) + 1
        self.seqs[arch] = 0
        return self.append(do="take_over", arch=arch, epoch=self.epochs[arch])

    def change(self, builders=(), machines=(), arch="amd64"):
        if arch not in self.epochs:
            self.take_over(arch)
        self.seqs[arch] += 1
        for entity in (*builders, *machines):
            entity.setdefault("arch", arch)
        return self.append(do="change", arch=arch, epoch=self.epochs[arch], seq=self.seqs[arch],
                           builders=list(builders), machines=list(machines))

    def key(self):
        return self.command(do="key")

    def check(self, certificate, ca, key):
        return self.command(do="check", certificate=certificate, ca=ca, key=key,
                            now_ms=int(time.time() * 1000))

    def event(self, kind, machine, **more):
        return bytes.fromhex(self.command(do="event", kind=kind, machine=machine, **more)["value"])

    def stop(self):
        self.process.stdin.close()
        self.process.wait(LIMIT)
        self.process.stdout.close()


class Installation:
    def __init__(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="leat-api-"))
        self.prefix = f"test-{self.folder.name[-8:].lower()}."
        (self.folder / "tokens").write_text(f"{TOKEN} ann\n")
        (self.folder / "tokens").chmod(0o600)
        self.redis = Redis(self.folder)
        self.apis = []
        self.owner = None
        self.pool = concurrent.futures.ThreadPoolExecutor(64)

    def log_settings(self):
        if LOG == "kafka":
            return {"bus.backend": "kafka", "bus.brokers": os.environ["LEAT_TEST_KAFKA"]}
        return {"bus.path": self.folder / "log.db"}

    def start(self, apis=1, **options):
        self.redis.start()
        for number in range(apis):
            self.apis.append(Api(self, f"api-{number + 1}"))
            self.apis[-1].start(**options)
        self.owner = StandIn(self)
        for api in self.apis:
            api.wait_until_ready()

    def background(self, function, *arguments, **more):
        return self.pool.submit(function, *arguments, **more)

    def stop(self):
        try:
            for api in self.apis:
                api.stop()
        finally:
            for api in self.apis:
                if api.process is not None and api.process.poll() is None:
                    api.kill()
            if self.owner is not None:
                self.owner.stop()
            self.redis.stop()
            self.pool.shutdown()


class ApiTest(unittest.TestCase):
    apis = 1
    options = {}

    def setUp(self):
        self.installation = Installation()
        self.addCleanup(self.finish)
        self.installation.start(self.apis, **self.options)
        self.api = self.installation.apis[0]
        self.owner = self.installation.owner
        self.redis = self.installation.redis
        self.background = self.installation.background

    def finish(self):
        good = False
        try:
            self.installation.stop()
            good = self._outcome.success
        finally:
            for log in sorted(self.installation.folder.glob("*.log")) if not good else ():
                print(f"--- {log.name}\n{log.read_text(errors='replace')[-8000:]}")
            shutil.rmtree(self.installation.folder, ignore_errors=True)

    def assert_problem(self, answer, status, code):
        self.assertEqual((answer.status, answer.type), (status, "application/problem+json"),
                         answer.text)
        problem = answer.json
        self.assertEqual(problem["code"], code, problem)
        self.assertEqual(problem["status"], status)
        self.assertTrue(problem["title"] and problem["type"].endswith("/" + code))
        return problem


def builder(build, state="queued", **more):
    return {"build": build, "project": "web", "state": state, "principal": "ann",
            "requested_at_ms": 1800000000000, **more}


def machine(name, state="launching", **more):
    ready = {"address": "10.88.0.2", "port": 8372, "server_name": f"{name}.leat",
             "ready_at_ms": 1800000001000} if state != "launching" else {}
    return {"machine": name, "project": "web", "state": state, "volume": "v-1",
            "token": f"token-of-{name}", "launched_at_ms": 1800000000000, **ready, **more}
