#!/usr/bin/env python3
"""RUN steps reach the outside world and nothing of the control plane, shown by trying each."""
import json
import socket
import subprocess
import sys
import unittest

from installation import Installation, run, until

OUTSIDE, HOST_END = "198.51.100.2", "198.51.100.1"  # TEST-NET-2, RFC 5737
PORT = 18080

# busybox's static network tools need a libc that is not there; this needs nothing.
TRY_C = r"""
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
int main(int argc, char **argv)
{
    for (int i = 1; i + 1 < argc; i += 2) {
        struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(atoi(argv[i + 1]))};
        int fd = socket(AF_INET, SOCK_STREAM, 0), failure = 0;
        socklen_t len = sizeof(failure);
        struct pollfd ready = {.fd = fd, .events = POLLOUT};
        inet_pton(AF_INET, argv[i], &to.sin_addr);
        fcntl(fd, F_SETFL, O_NONBLOCK);
        connect(fd, (struct sockaddr *)&to, sizeof(to));
        int came = poll(&ready, 1, 2000);
        getsockopt(fd, SOL_SOCKET, SO_ERROR, &failure, &len);
        printf("%s %s %s\n", came > 0 && failure == 0 ? "REACHED" : "not-reached", argv[i], argv[i + 1]);
    }
    return 0;
}
"""


class OutsideWorld:
    """A server in a network namespace of its own, behind a pair of interfaces."""

    def __init__(self):
        self.name = "leat-outside"

    def __enter__(self):
        run("ip", "netns", "add", self.name)
        run("ip", "link", "add", "leat-out0", "type", "veth", "peer", "name", "eth0", "netns",
            self.name)
        run("ip", "addr", "add", f"{HOST_END}/24", "dev", "leat-out0")
        run("ip", "link", "set", "leat-out0", "up")
        for command in (f"addr add {OUTSIDE}/24 dev eth0", "link set eth0 up", "link set lo up"):
            run("ip", "-n", self.name, *command.split())
        program = ("import socket\ns = socket.create_server(('0.0.0.0', %d))\n"
                   "print('listening', flush=True)\nwhile True: s.accept()[0].close()" % PORT)
        self.server = subprocess.Popen(
            ["ip", "netns", "exec", self.name, sys.executable, "-c", program],
            stdout=subprocess.PIPE, text=True)
        self.server.stdout.readline()
        return self

    def __exit__(self, *_):
        self.server.kill()
        self.server.wait()
        self.server.stdout.close()
        run("ip", "netns", "del", self.name)


class StepsNetwork(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.outside = OutsideWorld()
        cls.addClassCleanup(cls.outside.__exit__, None, None, None)
        cls.outside.__enter__()
        cls.installation = Installation()
        cls.addClassCleanup(cls.installation.__exit__, None, None, None)
        cls.installation.__enter__()
        cls.host_server = socket.create_server((HOST_END, PORT))
        cls.addClassCleanup(cls.host_server.close)

    def try_from_a_step(self, *targets):
        """{(address, port): reached}"""
        words = " ".join(f"{address} {port}" for address, port in targets)
        context = self.installation.context(
            "try", f"FROM base\nCOPY try.c /\nRUN cc -o /try /try.c && /try {words}\n",
            try__c=TRY_C)
        output = self.installation.build(context, "--no-cache").stdout
        results = {}
        for line in output.splitlines():
            words = line.split()
            if len(words) >= 4 and words[-3] in ("REACHED", "not-reached"):
                results[(words[-2], int(words[-1]))] = words[-3] == "REACHED"
        return results

    def test_outside_yes_control_plane_no(self):
        other = self.installation.context("other", "FROM base\nRUN true\n")
        self.installation.build(other, "--project", "other")
        machines = until("two machines", lambda: (
            self.installation.build(other), self.installation.machines("ready"))[1])
        chosen = json.loads((self.installation.state / "installation.json").read_text())
        gateway = chosen["subnet"].split("/")[0].rsplit(".", 1)[0] + ".1"
        denied = [("127.0.0.1", chosen["port"]), (gateway, chosen["port"]), (HOST_END, PORT),
                  ("169.254.169.254", 80), ("10.77.0.1", 8372)]
        denied += [(m["address"], m["port"]) for m in machines]
        self.assertGreaterEqual(len(machines), 2)
        for address, port in [(gateway, chosen["port"]), (HOST_END, PORT), *denied[5:]]:
            socket.create_connection((address, port), 5).close()  # there is something to deny
        results = self.try_from_a_step((OUTSIDE, PORT), *denied)
        self.assertTrue(results.pop((OUTSIDE, PORT)), "the outside world is not reached")
        self.assertEqual(results, {target: False for target in denied})

    def test_host_network_is_refused(self):
        context = self.installation.context("host", "FROM base\nRUN --network=host true\n")
        done = self.installation.build(context, ok=False)
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("network.host is not allowed", done.stdout)


if __name__ == "__main__":
    unittest.main(verbosity=2)
