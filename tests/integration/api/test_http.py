"""Requests that are wrong: each gets a clear answer and changes nothing."""
import socket
import ssl

from harness import TOKEN, ApiTest

BUILDS = "/v1/projects/web/builds"
CREATE = {"architectures": ["amd64"], "command": "build"}


class BadRequests(ApiTest):
    def test_health_needs_no_token(self):
        for path in ("/healthz", "/readyz", "/metrics"):
            self.assertEqual(self.api.get(path, token=None).status, 200, path)

    def test_everything_else_needs_one(self):
        for method, path in (("POST", BUILDS), ("GET", "/v1/builds"), ("GET", "/v1/machines"),
                             ("GET", "/v1/events"), ("GET", "/v1/machines/m-1/desired"),
                             ("POST", "/v1/machines/m-1/events"),
                             ("POST", "/v1/builds/b1/finish")):
            for token in (None, "", "leat_", TOKEN[:-1], TOKEN + "x", "x" * 5000):
                answer = self.api.call(method, path, token=token)
                self.assert_problem(answer, 401, "bad-token")
                self.assertEqual(answer.headers["www-authenticate"], "Bearer")

    def test_a_client_token_is_no_machine_token(self):
        self.assert_problem(self.api.get("/v1/machines/m-1/desired"), 401, "bad-token")

    def test_unknown_routes_and_methods(self):
        for path in ("/", "/v1", "/v1/build", "/v2/builds", "/v1/builds/b1/finish/", "/healthz/x",
                     "/v1/projects/a%2fb/builds", "/v1/builds/" + "b" * 200):
            self.assert_problem(self.api.get(path), 404, "route-not-found")
        answer = self.api.call("DELETE", "/v1/builds")
        self.assert_problem(answer, 405, "method-not-allowed")
        self.assertEqual(answer.headers["allow"], "GET")

    def test_project_names_are_dns_labels(self):
        for name in ("-a", "a-", "A", "a_b", "%c3%bc", "a.b"):
            self.assert_problem(self.api.post(f"/v1/projects/{name}/builds", CREATE), 400,
                                "invalid-project")
        self.assert_problem(self.api.get("/v1/builds?project=A"), 400, "invalid-project")

    def test_bodies_must_be_what_is_expected(self):
        for body in ("", "{", "[]", "null", '{"architectures":["amd64"]}',
                     '{"architectures":["amd64"],"command":"build","x":1}',
                     '{"architectures":["amd64"],"command":"build","command":"build"}',
                     '{"architectures":["mips"],"command":"build"}', "[" * 100000,
                     b'{"architectures":["amd64"],"command":"\xff"}'):
            self.assert_problem(self.api.post(BUILDS, body), 400, "bad-json")
        answer = self.api.post(BUILDS, "command=build",
                               headers={"content-type": "application/x-www-form-urlencoded"})
        self.assert_problem(answer, 415, "unsupported-media-type")
        self.assertEqual(self.api.post(BUILDS, CREATE, headers={
            "content-type": "Application/JSON; charset=utf-8"}).status, 201)

    def test_builds_that_were_never_issued(self):
        build = self.api.create()
        last = "0" if build[-1] != "0" else "1"
        for wrong in ("b1", "x", build[:-1], build[:-1] + last, build.upper(), build + "0"):
            self.assert_problem(self.api.get(f"/v1/builds/{wrong}"), 404, "build-not-found")
            for action in ("finish", "cancel", "keep-alive", "connections/amd64"):
                self.assert_problem(self.api.post(f"/v1/builds/{wrong}/{action}", {}), 404,
                                    "build-not-found")

    def test_connections_want_a_csr(self):
        path = f"/v1/builds/{self.api.create()}/connections"
        key = self.owner.key()
        for csr in ("x", key["key"], key["csr"][:-40], key["csr"] + key["csr"],
                    key["csr"].replace("M", "N", 1)):
            self.assert_problem(self.api.post(f"{path}/amd64", {"csr": csr}), 400, "invalid-csr")
        for body in ({}, {"csr": ""}, {"csr": 1}, {"csr": "x" * 20000}):
            self.assert_problem(self.api.post(f"{path}/amd64", body), 400, "bad-json")
        good = {"csr": key["csr"]}
        self.assert_problem(self.api.post(f"{path}/mips", good), 400, "invalid-request")
        for wait in ("61s", "x", "-1s", "5"):
            self.assert_problem(self.api.post(f"{path}/amd64?wait={wait}", good), 400,
                                "invalid-request")

    def test_parameters_are_checked(self):
        for query in ("limit=0", "limit=201", "limit=x", "limit="):
            self.assert_problem(self.api.get(f"/v1/builds?{query}"), 400, "invalid-request")
        for query in ("from=then", "follow=1", "topics=secrets", "topics=fleet,x"):
            self.assert_problem(self.api.get(f"/v1/events?{query}"), 400, "invalid-request")
        self.assert_problem(self.api.get("/v1/machines?all=1"), 400, "invalid-request")

    def test_nothing_of_this_is_in_the_log(self):
        self.api.post(BUILDS, {"architectures": ["mips"], "command": "build"})
        self.api.post(BUILDS, CREATE, token="leat_wrong")
        self.assertEqual(self.api.events(), [])

    def test_too_much_is_refused(self):
        head = f"POST {BUILDS} HTTP/1.1\r\nHost: localhost\r\nContent-Length: {(1 << 20) + 1}\r\n\r\n"
        self.assertIn(b" 413 ", self.raw(head.encode())[:20])
        self.assertGreaterEqual(
            self.api.get("/healthz", headers={"x-long": "y" * 40000}).status, 400)
        self.assertEqual(self.api.get("/healthz").status, 200)

    def raw(self, data):
        with socket.create_connection(("localhost", self.api.port), 10) as plain:
            with self.api.context.wrap_socket(plain, server_hostname="localhost") as connection:
                connection.sendall(data)
                try:
                    return connection.recv(65536)
                except (ssl.SSLError, ConnectionError):
                    return b""

    def test_garbage_is_no_request(self):
        for data in (b"\0\1\2\3\r\n\r\n", b"GET\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n",
                     b"POST /v1/builds HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
                     b"GET http://[::1 HTTP/1.1\r\n\r\n"):
            answer = self.raw(data)
            self.assertTrue(answer == b"" or b" 4" in answer[:16] or b" 5" in answer[:16], answer)
        self.assertEqual(self.api.get("/healthz").status, 200)

    def test_plain_http_is_not_answered(self):
        with socket.create_connection(("localhost", self.api.port), 10) as plain:
            plain.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
            try:
                answer = plain.recv(4096)
            except ConnectionError:
                answer = b""
            self.assertNotIn(b"HTTP/1.1 200", answer)

    def test_an_untrusted_ca_is_noticed(self):
        context = ssl.create_default_context()
        with self.assertRaises(ssl.SSLCertVerificationError):
            with socket.create_connection(("localhost", self.api.port), 10) as plain:
                context.wrap_socket(plain, server_hostname="localhost")

    def test_old_tls_is_refused(self):
        context = ssl.create_default_context(cafile=str(self.installation.folder / "ca.pem"))
        context.maximum_version = ssl.TLSVersion.TLSv1_1
        with self.assertRaises((ssl.SSLError, ConnectionError)):
            with socket.create_connection(("localhost", self.api.port), 10) as plain:
                context.wrap_socket(plain, server_hostname="localhost")
