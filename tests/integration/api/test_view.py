"""The view: lost, wiped, behind, and what counts for it."""
from harness import ApiTest, builder, machine, wait_until


class View(ApiTest):
    def poll(self, build, key, version):
        return self.background(self.api.post,
                               f"/v1/builds/{build}/connections/amd64?wait=30s&after={version}",
                               {"csr": key["csr"]})

    def state_of(self, build):
        return self.api.get(f"/v1/builds/{build}").json["state"]

    def wait_for(self, build, state):
        wait_until(lambda: self.state_of(build) == state, f"{build} is {state}")

    def prepare(self):
        """A build whose client waits in the queue."""
        build, key = self.api.create(), self.owner.key()
        self.owner.change([builder(build)])
        self.wait_for(build, "queued")
        version = self.api.post(f"/v1/builds/{build}/connections/amd64",
                                {"csr": key["csr"]}).json["version"]
        poll = self.poll(build, key, version)
        self.api.wait_for_waiters(1)
        return build, poll

    def place(self, build):
        self.owner.change([builder(build, "placed", machine="m-1", secret="s")],
                          [machine("m-1", "ready")])

    def test_a_poll_outlives_redis(self):
        build, poll = self.prepare()
        self.redis.kill()
        self.place(build)
        self.redis.start()
        self.assertEqual(poll.result().json["state"], "ready")
        self.assertEqual(self.state_of(build), "placed")

    def test_a_wiped_view_is_built_again(self):
        build, poll = self.prepare()
        other = self.api.create()
        self.owner.change([builder(other, "ended", outcome="lost")], [machine("m-9")])
        self.wait_for(other, "ended")
        self.assertEqual(self.redis.command("FLUSHALL"), b"+OK")
        self.place(build)
        self.assertEqual(poll.result().json["state"], "ready")
        self.wait_for(other, "ended")
        self.assertEqual(sorted(entry["id"] for entry in self.api.get("/v1/machines").json[
            "machines"]), ["m-1", "m-9"])

    def test_a_wiped_view_is_noticed_without_any_change(self):
        build = self.api.create()
        self.owner.change([builder(build)])
        self.wait_for(build, "queued")
        self.redis.command("FLUSHALL")
        self.wait_for(build, "queued")
        self.api.wait_until_ready()

    def test_without_redis_builds_are_taken_and_nothing_lapses(self):
        build, key = self.api.create(), self.owner.key()
        self.redis.kill()
        wait_until(lambda: self.api.metric("leat_api_store_connected") == 0, "Redis is gone")
        self.assert_problem(self.api.get("/readyz", token=None), 503, "not-ready")
        for answer in (self.api.get("/v1/builds"), self.api.get("/v1/machines"),
                       self.api.get(f"/v1/builds/{build}"),
                       self.api.post(f"/v1/builds/{build}/connections/amd64?wait=9s",
                                     {"csr": key["csr"]}),
                       self.api.post(f"/v1/builds/{build}/cancel")):
            self.assert_problem(answer, 503, "view-unavailable")
        self.assertEqual(self.api.get("/healthz", token=None).status, 200)
        self.assertEqual(self.api.post(f"/v1/builds/{build}/keep-alive").status, 204)
        another = self.api.create()
        self.redis.start()
        self.api.wait_until_ready()
        self.owner.change([builder(another)])
        self.wait_for(another, "queued")
        # What was asked for is forgotten with Redis, and the answer says to come again.
        self.assert_problem(self.api.post(f"/v1/builds/{build}/cancel"), 503, "view-behind")

    def test_an_api_goes_on_where_the_view_is(self):
        build = self.api.create()
        for number in range(20):
            self.owner.change([builder(build, reason=f"place {number}")])
        self.wait_for(build, "queued")
        wait_until(lambda: self.api.metric("leat_api_view_records_total") == 21, "all is shown")
        self.api.stop()
        self.owner.change([builder(build, "ended", outcome="lapsed")])
        self.api.start()
        self.wait_for(build, "ended")
        self.assertEqual(self.api.metric("leat_api_view_records_total"), 1)

    def test_records_that_do_not_count_are_not_shown(self):
        build = self.api.create()
        self.owner.change([builder(build)])
        self.owner.take_over()
        # The owner that was deposed goes on writing.
        self.owner.append(do="change", arch="amd64", epoch=1, seq=2,
                          builders=[builder(build, "ended", outcome="lost")], machines=[])
        self.owner.change([builder(build, reason="counts")])
        shown = lambda: self.api.get(f"/v1/builds/{build}").json["builders"]
        wait_until(lambda: shown() and shown()[0]["reason"] == "counts", "the last change")
        self.assertEqual(shown()[0]["state"], "queued")
        self.assertEqual(self.api.metric("leat_api_view_skipped_total"), 1)

    def test_a_record_that_cannot_be_read_stops_the_view(self):
        build = self.api.create()
        self.owner.change([builder(build)])
        self.wait_for(build, "queued")
        self.owner.append(do="raw", topic="fleet.amd64", type="leat.fleet.change", value="c1")
        self.owner.change([builder(build, "ended", outcome="lost")])
        wait_until(lambda: self.api.get("/readyz", token=None).status == 503, "it stopped")
        detail = self.api.get("/readyz", token=None).json["detail"]
        self.assertIn("fleet.amd64/", detail)
        self.assertIn("fleet_change", detail)
        self.assertEqual(self.state_of(build), "queued")
        self.assertIn("is shown no further", self.api.log())

    def test_big_histories_are_shown_in_bounded_steps(self):
        builds = [self.api.create() for _ in range(20)]
        for number in range(40):
            self.owner.change([builder(build, reason=f"place {number}") for build in builds],
                              [machine(f"m-{number}-{i}") for i in range(100)])
        self.redis.command("FLUSHALL")
        reasons = lambda: {b["builders"][0]["reason"] if b["builders"] else ""
                           for b in self.api.get("/v1/builds").json["builds"]}
        wait_until(lambda: reasons() == {"place 39"}, "all is shown")
        wait_until(lambda: len(self.api.get("/v1/machines").json["machines"]) == 4000,
                   "all machines")

    def test_what_has_ended_is_forgotten_at_some_point(self):
        size = lambda index: int(self.redis.command(
            "ZCARD", f"{self.installation.prefix}view1:{index}")[1:])
        live = [builder(f"b-live-{i}", project="shop") for i in range(3)]
        self.owner.change(live)
        for number in range(0, 10240, 256):
            self.owner.change([builder(f"b-{i}", "ended", outcome="failed", project="shop",
                                       requested_at_ms=1800000000001 + i)
                               for i in range(number, number + 256)])
        build = self.api.create(project="shop")
        self.owner.change([builder(build, project="shop", requested_at_ms=1800000999999)])
        self.wait_for(build, "queued")
        self.assertEqual(size("builds:shop"), 10000)
        self.assertEqual(size("builds"), 10000)
        exists = lambda name: self.redis.command(
            "EXISTS", f"{self.installation.prefix}view1:build:{name}") == b":1"
        self.assertEqual([exists(name) for name in ("b-live-0", "b-live-2", "b-0", "b-200",
                                                    "b-10239", build)],
                         [True, True, False, False, True, True])
