"""A build from its creation to its end."""
import http.client
import json
import socket

from harness import TOKEN, ApiTest, EventStream, builder, machine, wait_until

TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


class Builds(ApiTest):
    def connection(self, build, key, arch="amd64", **query):
        parameters = "&".join(f"{name}={value}" for name, value in query.items())
        return self.api.post(f"/v1/builds/{build}/connections/{arch}?{parameters}",
                             {"csr": key["csr"]})

    def test_a_build_is_in_the_log_when_it_is_answered(self):
        answer = self.api.post("/v1/projects/web/builds",
                               {"architectures": ["arm64", "amd64"], "command": "bake",
                                "client": "leat/9"}, headers={"traceparent": TRACE})
        self.assertEqual(answer.status, 201)
        build = answer.json
        self.assertEqual(build["architectures"], ["arm64", "amd64"])
        events = self.api.events("from=start&follow=false&topics=builder-requests")
        self.assertEqual(sorted(event["topic"] for event in events),
                         ["builder-requests.amd64", "builder-requests.arm64"])
        for event in events:
            self.assertEqual(event["type"], "leat.builder.requested")
            self.assertEqual(event["traceparent"], TRACE)
            self.assertEqual(event["source"], "/leat/api/api-1")
            self.assertEqual(event["key"], "web")
            self.assertEqual(event["data"]["build"], build["id"])
            self.assertEqual(event["data"]["command"], "bake")
            self.assertEqual(event["data"]["principal"], "ann")
            self.assertEqual(event["data"]["client"], "leat/9")

    def test_a_poll_follows_the_build_to_its_machine(self):
        build, key = self.api.create(), self.owner.key()
        states = [self.connection(build, key).json]
        self.assertEqual((states[0]["state"], states[0]["phase"]), ("pending", "accepted"))

        def step(builders, machines):
            before = states[-1]["version"]
            poll = self.background(self.connection, build, key, wait="30s", after=before)
            self.api.wait_for_waiters(1)
            self.owner.change(builders, machines)
            states.append(poll.result().json)
            return states[-1]

        state = step([builder(build, reason="place 1 of 1")], [])
        self.assertEqual((state["phase"], state["reason"]), ("queued", "place 1 of 1"))
        placed = builder(build, "placed", machine="m-1", secret="s3cret")
        state = step([placed], [machine("m-1")])
        self.assertEqual((state["phase"], state["machine"]), ("launching", "m-1"))
        # The machine's own changes wake who has a place there.
        state = step([], [machine("m-1", key="ab" * 32)])
        self.assertEqual(state["phase"], "starting")
        state = step([], [machine("m-1", "ready", key="ab" * 32)])
        self.assertEqual(state["state"], "ready")
        self.assertEqual(state["endpoint"], "tcp://10.88.0.2:8372")
        self.assertEqual(state["server_name"], f"{build}-s3cret.m-1.leat")
        state = step([builder(build, "ended", outcome="lost", reason="the machine died")], [])
        self.assertEqual((state["state"], state["outcome"], state["reason"]),
                         ("ended", "lost", "the machine died"))
        self.assertEqual(len({state["version"] for state in states}), len(states))

    def test_the_certificate_is_for_the_key_and_the_machine(self):
        first, second, key = self.api.create(), self.api.create(), self.owner.key()
        self.owner.change(
            [builder(first, "placed", machine="m-1", secret="a"),
             builder(second, "placed", machine="m-2", secret="b")],
            [machine("m-1", "ready"), machine("m-2", "ready")])
        one, two = self.wait_for_place(first, key), self.wait_for_place(second, key)
        clients = [self.client_ca(name) for name in ("m-1", "m-2")]
        self.assertEqual(self.owner.check(one["certificate"], clients[0], key["key"]),
                         {"good": True})
        # A certificate for one machine opens no other, and a key of another gets none.
        self.assertIn("error",
                      self.owner.check(one["certificate"], clients[1], key["key"]))
        self.assertIn("error",
                      self.owner.check(two["certificate"], clients[1], self.owner.key()["key"]))
        self.assertNotEqual(one["ca"], two["ca"])

    def wait_for_place(self, build, key):
        state = self.connection(build, key).json
        while state["state"] == "pending":
            state = self.connection(build, key, wait="30s", after=state["version"]).json
        return state

    def client_ca(self, name):
        key = self.owner.key()
        self.owner.change([], [machine(name, "ready", key=key["fingerprint"])])
        body = {"token": f"token-of-{name}", "csr": key["csr"], "agent_version": "1"}
        answer = self.api.post(f"/v1/machines/{name}/register", body, token=None)
        while answer.status == 202:
            answer = self.api.post(f"/v1/machines/{name}/register", body, token=None)
        self.assertEqual(answer.status, 200, answer.text)
        return answer.json["client_ca"]

    def test_a_wait_ends_with_the_state_as_it_is(self):
        build, key = self.api.create(), self.owner.key()
        state = self.connection(build, key).json
        again = self.connection(build, key, wait="100ms", after=state["version"]).json
        self.assertEqual(again, state)
        self.api.wait_for_waiters(0)

    def start_poll(self):
        """A poll that waits, as its connection."""
        build, key = self.api.create(), self.owner.key()
        version = self.connection(build, key).json["version"]
        connection = self.api.connection()
        connection.request("POST",
                           f"/v1/builds/{build}/connections/amd64?wait=60s&after={version}",
                           json.dumps({"csr": key["csr"]}),
                           {"authorization": f"Bearer {TOKEN}",
                            "content-type": "application/json"})
        self.api.wait_for_waiters(1)
        return connection

    def test_a_client_that_goes_away_waits_no_more(self):
        connection = self.start_poll()
        connection.sock.shutdown(socket.SHUT_WR)
        self.api.wait_for_waiters(0)
        connection.close()

    def test_a_client_that_resets_its_connection_waits_no_more(self):
        self.start_poll().close()  # what it has not read makes the kernel answer with a reset
        self.api.wait_for_waiters(0)

    def test_a_stop_cuts_polls_and_is_clean(self):
        connection = self.start_poll()
        self.api.stop()
        with self.assertRaises((OSError, http.client.HTTPException)):
            connection.getresponse()
        connection.close()

    def test_polls_and_keep_alives_become_signs_of_life(self):
        build, used, key = self.api.create(), self.api.create(["amd64", "arm64"]), self.owner.key()
        stream = EventStream(self.api, "from=now&topics=builder-requests")
        version = self.connection(build, key).json["version"]
        poll = self.background(self.connection, build, key, wait="12s", after=version)
        self.assertEqual(self.api.post(f"/v1/builds/{used}/keep-alive").status, 204)
        alive = {"builder-requests.amd64": [], "builder-requests.arm64": []}
        while len(alive["builder-requests.amd64"]) < 2 or not alive["builder-requests.arm64"]:
            event = stream.next_of("leat.builds.alive")
            alive[event["topic"]].append(sorted(event["data"]["builds"]))
        stream.close()
        self.assertEqual(alive["builder-requests.amd64"][0], sorted([build, used]))
        self.assertEqual(alive["builder-requests.amd64"][1], [build])
        self.assertEqual(alive["builder-requests.arm64"], [[used]])
        poll.result()

    def test_a_finish_releases_what_has_not_ended_and_can_be_repeated(self):
        build = self.api.create(["amd64", "arm64"])
        finish = f"/v1/builds/{build}/finish"
        # Even before the fleet has seen it.
        self.assertEqual(self.api.post(finish, {"outcome": "failed", "exit_code": 3}).status, 204)
        released = [event for event in self.api.events()
                    if event["type"] == "leat.builder.released"]
        self.assertEqual(sorted(event["topic"] for event in released),
                         ["builder-requests.amd64", "builder-requests.arm64"])
        for event in released:
            self.assertEqual((event["data"]["build"], event["data"]["outcome"],
                              event["data"]["exit_code"]), (build, "failed", 3))
        ended = builder(build, "ended", outcome="failed")
        self.owner.change([dict(ended)], arch="amd64")
        self.owner.change([dict(ended)], arch="arm64")
        self.wait_for_state(build, "ended")
        count = len(self.api.events())
        self.assertEqual(self.api.post(finish, {"outcome": "succeeded"}).status, 204)
        self.assertEqual(self.api.post(f"/v1/builds/{build}/cancel").status, 204)
        self.assertEqual(len(self.api.events()), count)

    def test_only_what_was_asked_for_is_released(self):
        build = self.api.create(["arm64"])
        self.assertEqual(self.api.post(f"/v1/builds/{build}/cancel", {"reason": "Ctrl-C"}).status,
                         204)
        released = [event for event in self.api.events()
                    if event["type"] == "leat.builder.released"]
        self.assertEqual([event["topic"] for event in released], ["builder-requests.arm64"])
        self.assertEqual(released[0]["data"]["outcome"], "cancelled")
        self.assertEqual(released[0]["data"]["reason"], "Ctrl-C")

    def wait_for_state(self, build, state):
        return wait_until(
            lambda: (lambda b: b["state"] == state and b)(self.api.get(f"/v1/builds/{build}").json),
            f"{build} is {state}")

    def test_a_build_that_ended_is_kept_alive_no_more(self):
        build = self.api.create(["amd64", "arm64"])
        self.owner.change([builder(build, "placed", machine="m-1")], [machine("m-1", "ready")])
        self.owner.change([builder(build, "ended", outcome="lost", reason="no machine")],
                          arch="arm64")
        answer = wait_until(
            lambda: (lambda a: a.status == 410 and a)(self.api.post(
                f"/v1/builds/{build}/keep-alive")), "the build has ended")
        problem = self.assert_problem(answer, 410, "build-ended")
        self.assertIn("arm64", problem["detail"])
        self.assertIn("no machine", problem["detail"])

    def test_builds_are_listed_newest_first(self):
        builds = [self.api.create(project="web" if i % 2 else "shop") for i in range(4)]
        fresh = self.api.get(f"/v1/builds/{builds[0]}").json
        self.assertEqual((fresh["state"], fresh["builders"], fresh["project"]),
                         ("accepted", [], "shop"))
        for i, build in enumerate(builds):
            self.owner.change([builder(build, "placed", machine="m-1", placed_at_ms=1800000009000,
                                       project="web" if i % 2 else "shop",
                                       requested_at_ms=1800000000000 + i)],
                              [machine("m-1", "ready", emulated=True)])
        self.wait_for_state(builds[3], "placed")
        listed = self.api.get("/v1/builds").json["builds"]
        self.assertEqual([build["id"] for build in listed], builds[::-1])
        listed = self.api.get("/v1/builds?project=shop&limit=1").json["builds"]
        self.assertEqual([build["id"] for build in listed], [builds[2]])
        build = listed[0]
        self.assertEqual(build["created_at"], "2027-01-15T08:00:00.002Z")
        self.assertEqual(build["principal"], "ann")
        self.assertIsNone(build["outcome"])
        self.assertEqual(build["builders"], [
            {"arch": "amd64", "state": "placed", "machine": "m-1", "emulated": True,
             "outcome": None, "reason": "", "requested_at": "2027-01-15T08:00:00.002Z",
             "placed_at": "2027-01-15T08:00:09.000Z", "ended_at": None}])
        self.assertEqual(self.api.get("/v1/builds?project=none").json["builds"], [])

    def test_an_architecture_that_was_not_asked_for_is_not_found(self):
        build, key = self.api.create(["amd64"]), self.owner.key()
        self.assert_problem(self.connection(build, key, arch="arm64"), 404, "builder-not-found")


class ManyWaiters(ApiTest):
    options = {"api.max_waiters": 2}

    def test_long_polls_are_bounded(self):
        build, key = self.api.create(), self.owner.key()
        path = f"/v1/builds/{build}/connections/amd64"
        body = {"csr": key["csr"]}
        version = self.api.post(path, body).json["version"]
        polls = [self.background(self.api.post, f"{path}?wait=30s&after={version}", body)
                 for _ in range(2)]
        self.api.wait_for_waiters(2)
        answer = self.api.post(f"{path}?wait=30s&after={version}", body)
        self.assert_problem(answer, 503, "too-many-waiters")
        self.assertEqual(answer.headers["retry-after"], "1")
        self.owner.change([builder(build, reason="woken")])
        self.assertEqual([poll.result().json["reason"] for poll in polls], ["woken"] * 2)
