"""Machines: registration, desired state, events, and what people see of them."""
from harness import ApiTest, EventStream, builder, machine, wait_until

EVENT_HEADERS = {"content-type": "application/msgpack", "ce-id": "1-1", "ce-specversion": "1.0",
                 "ce-source": "/leat/machine/m-1", "ce-time": "2026-11-24T03:00:00.000Z"}


class Machines(ApiTest):
    def register(self, name, key, token=None):
        return self.api.post(f"/v1/machines/{name}/register",
                             {"token": token or f"token-of-{name}", "csr": key["csr"],
                              "agent_version": "0.1.0"}, token=None)

    def launch(self, name, **more):
        """The fleet has the machine, and the view too."""
        self.owner.change([], [machine(name, **more)])
        wait_until(lambda: any(entry["id"] == name and entry["state"] == more.get(
            "state", "launching") for entry in self.machines()), f"{name} is in the view")

    def machines(self, query="all=true"):
        return self.api.get(f"/v1/machines?{query}").json["machines"]

    def bind(self, name, key, stream=None):
        """Registers and plays the fold that binds the key; returns the answer."""
        stream = stream or EventStream(self.api, "from=now&topics=machine-events")
        answer = self.background(self.register, name, key)
        event = stream.next_of("leat.machine.registered")
        stream.close()
        self.assertEqual(event["data"]["machine"], name)
        self.assertEqual(event["data"]["key"], key["fingerprint"])
        self.owner.change([], [machine(name, key=event["data"]["key"])])
        return answer.result()

    def test_a_machine_registers_when_the_fold_has_bound_its_key(self):
        key = self.owner.key()
        self.launch("m-1")
        answer = self.bind("m-1", key)
        self.assertEqual(answer.status, 200, answer.text)
        given = answer.json
        self.assertEqual((given["server_name"], given["project"], given["arch"]),
                         ("m-1.leat", "web", "amd64"))
        for certificate, ca in (("server_certificate", "server_ca"),
                                ("client_certificate", "client_ca")):
            self.assertEqual(self.owner.check(given[certificate], given[ca], key["key"]),
                             {"good": True})
        self.assertNotEqual(given["server_ca"], given["client_ca"])

    def test_the_same_key_may_register_again_and_no_other(self):
        key, other = self.owner.key(), self.owner.key()
        self.launch("m-1")
        first = self.bind("m-1", key).json
        again = self.register("m-1", key)
        self.assertEqual(again.status, 200)
        self.assertEqual(again.json["machine_token"], first["machine_token"])
        self.assert_problem(self.register("m-1", other), 409, "machine-already-registered")

    def test_of_two_keys_the_bound_one_wins(self):
        key, other = self.owner.key(), self.owner.key()
        self.launch("m-1")
        loser = self.background(self.register, "m-1", other)
        self.api.wait_for_waiters(1)
        self.owner.change([], [machine("m-1", key=key["fingerprint"])])
        self.assert_problem(loser.result(), 409, "machine-already-registered")
        self.assertEqual(self.register("m-1", key).status, 200)

    def test_what_the_view_lacks_is_told_to_wait(self):
        answer = self.register("m-none", self.owner.key())
        self.assertEqual((answer.status, answer.json),
                         (202, {"state": "wait", "retry_after_ms": 500}))
        self.assertEqual(self.api.events(), [])

    def test_wrong_tokens_and_requests(self):
        key = self.owner.key()
        self.launch("m-1")
        self.launch("m-2")
        self.assert_problem(self.register("m-1", key, "token-of-m-2"), 401,
                            "bad-registration-token")
        self.assert_problem(self.register("m-1", {"csr": "x"}), 400, "invalid-csr")
        self.assert_problem(self.api.post("/v1/machines/m-1/register", {"token": "x"}, token=None),
                            400, "bad-json")
        self.assert_problem(self.register("m" * 50, key), 400, "invalid-request")
        self.assertEqual([event for event in self.api.events()
                          if event["type"] == "leat.machine.registered"], [])

    def test_a_machine_that_ends_is_not_registered(self):
        self.launch("m-1", state="stopping")
        self.assert_problem(self.register("m-1", self.owner.key()), 410, "machine-ended")

    def desired(self, name, token, query=""):
        return self.api.get(f"/v1/machines/{name}/desired?{query}", token=token)

    def test_desired_state_follows_the_fleet(self):
        key = self.owner.key()
        self.launch("m-1")
        token = self.bind("m-1", key).json["machine_token"]
        first = self.desired("m-1", token).json
        self.assertEqual((first["state"], first["builds"]), ("run", []))
        version = first["version"]
        build = self.api.create()

        def step(builders, machines):
            poll = self.background(self.desired, "m-1", token, f"wait=30s&after={version}")
            self.api.wait_for_waiters(1)
            self.owner.change(builders, machines)
            return poll.result().json

        bound = {"key": key["fingerprint"]}
        state = step([builder(build, "placed", machine="m-1")], [])
        self.assertEqual((state["state"], state["builds"]), ("run", [build]))
        version = state["version"]
        state = step([], [machine("m-1", "draining", reason="idle", **bound)])
        self.assertEqual((state["state"], state["reason"], state["builds"]),
                         ("drain", "idle", [build]))
        version = state["version"]
        state = step([builder(build, "ended", machine="m-1", outcome="succeeded")], [])
        self.assertEqual((state["state"], state["builds"]), ("drain", []))
        version = state["version"]
        state = step([], [machine("m-1", "stopping", **bound)])
        self.assertEqual(state["state"], "stop")

    def test_a_machine_token_is_for_that_machine_alone(self):
        key = self.owner.key()
        self.launch("m-1")
        self.launch("m-2")
        token = self.bind("m-1", key).json["machine_token"]
        self.assert_problem(self.desired("m-2", token), 401, "bad-token")
        self.assert_problem(self.desired("m-1", token[:-1]), 401, "bad-token")
        self.assert_problem(self.api.get("/v1/machines", token=token), 401, "bad-token")
        self.assert_problem(self.api.post(
            "/v1/machines/m-2/events", self.owner.event("machine_load", "m-2", project="web"),
            token=token, headers=EVENT_HEADERS), 401, "bad-token")

    def send(self, token, kind, body, **headers):
        return self.api.post("/v1/machines/m-1/events", body, token=token,
                             headers={**EVENT_HEADERS, "ce-type": kind, **headers})

    def test_events_of_a_machine_reach_the_log_as_they_are(self):
        self.launch("m-1")
        token = self.bind("m-1", self.owner.key()).json["machine_token"]
        body = self.owner.event("machine_ready", "m-1", project="web")
        answer = self.send(token, "leat.machine.ready", body)
        self.assertEqual(answer.status, 204, answer.text)
        event = [event for event in self.api.events("from=start&follow=false&topics=machine-events")
                 if event["type"] == "leat.machine.ready"][0]
        self.assertEqual((event["topic"], event["id"], event["source"], event["key"]),
                         ("machine-events.amd64", "1-1", "/leat/machine/m-1", "web"))
        self.assertEqual(event["data"]["machine"], "m-1")

    def test_events_that_are_wrong_are_refused(self):
        self.launch("m-1")
        token = self.bind("m-1", self.owner.key()).json["machine_token"]
        count = len(self.api.events())
        load = self.owner.event("machine_load", "m-1", project="web")
        for kind, body, headers in (
                ("leat.machine.load", b"\xc1", {}), ("leat.machine.load", b"", {}),
                ("leat.machine.load", load + b"\x00", {}), ("leat.machine.load", load[:-1], {}),
                ("leat.machine.stopped", load, {}), ("leat.fleet.change", load, {}),
                ("leat.machine.registered", load, {}), ("x" * 100, load, {}),
                ("leat.machine.load", load, {"ce-specversion": "0.3"}),
                ("leat.machine.load", load, {"ce-id": "y" * 100})):
            answer = self.send(token, kind, body, **headers)
            self.assert_problem(answer, 400, "invalid-event")
        for event in (self.owner.event("machine_load", "m-2", project="web"),
                      self.owner.event("machine_load", "m-1", project="shop"),
                      self.owner.event("machine_load", "m-1", project="web", arch="arm64")):
            self.assert_problem(self.send(token, "leat.machine.load", event), 403, "not-allowed")
        self.assert_problem(self.send(token, "leat.machine.load", load,
                                      **{"content-type": "application/json"}), 415,
                            "unsupported-media-type")
        self.assertEqual(len(self.api.events()), count)

    def test_people_see_machines(self):
        self.launch("m-1")
        self.launch("m-2", state="ready", emulated=True, buildkit_version="v0.32.2")
        build = self.api.create()
        self.owner.change([builder(build, "placed", machine="m-2")], [])
        self.launch("m-3", state="gone", gone_at_ms=1800000003000, reason="idle")
        self.assertEqual(sorted(entry["id"] for entry in self.machines("all=false")),
                         ["m-1", "m-2"])
        self.assertEqual(len(self.machines("all=true")), 3)
        entry = [entry for entry in self.machines("") if entry["id"] == "m-2"][0]
        self.assertEqual(entry, {
            "id": "m-2", "project": "web", "arch": "amd64", "emulated": True, "state": "ready",
            "reason": "", "address": "10.88.0.2", "port": 8372, "builds": 1, "volume": "v-1",
            "launched_at": "2027-01-15T08:00:00.000Z", "ready_at": "2027-01-15T08:00:01.000Z",
            "idle_since": None, "buildkit_version": "v0.32.2"})

    def test_the_last_that_are_gone_are_kept(self):
        for number in range(0, 210, 70):
            self.owner.change([], [machine(f"m-{i}", "gone", gone_at_ms=1800000000000 + i)
                                   for i in range(number, number + 70)])
        self.launch("m-last", state="gone", gone_at_ms=1800000099999)
        gone = [entry["id"] for entry in self.machines()]
        self.assertEqual(len(gone), 200)
        self.assertEqual(gone[0], "m-last")
        self.assertNotIn("m-0", gone)
