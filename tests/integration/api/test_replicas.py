"""Several APIs on one log and one Redis."""
from harness import ApiTest, builder, machine, wait_until


class Replicas(ApiTest):
    apis = 2

    def poll(self, api, build, key):
        version = api.post(f"/v1/builds/{build}/connections/amd64",
                           {"csr": key["csr"]}).json["version"]
        return self.background(api.post,
                               f"/v1/builds/{build}/connections/amd64?wait=30s&after={version}",
                               {"csr": key["csr"]})

    def test_each_wakes_who_waits_at_it(self):
        first, second = self.installation.apis
        build, key = first.create(), self.owner.key()
        polls = [self.poll(api, build, key) for api in (first, second)]
        first.wait_for_waiters(1)
        second.wait_for_waiters(1)
        self.owner.change([builder(build, "placed", machine="m-1", secret="s")],
                          [machine("m-1", "ready")])
        answers = [poll.result().json for poll in polls]
        self.assertEqual([answer["state"] for answer in answers], ["ready", "ready"])
        self.assertEqual(answers[0]["version"], answers[1]["version"])
        self.assertEqual(second.post(f"/v1/builds/{build}/finish",
                                     {"outcome": "succeeded"}).status, 204)

    def test_each_record_is_shown_once(self):
        build = self.api.create()
        for number in range(10):
            self.owner.change([builder(build, reason=f"place {number}")])
        wait_until(lambda: sum(api.metric("leat_api_view_records_total")
                               for api in self.installation.apis) == 11, "eleven records")

    def test_one_takes_over_from_another(self):
        first, second = self.installation.apis
        build = first.create()
        self.owner.change([builder(build)])
        wait_until(lambda: second.get(f"/v1/builds/{build}").json["state"] == "queued", "queued")
        owner = max((first, second), key=lambda api: api.metric("leat_api_view_records_total"))
        other = second if owner is first else first
        poll = self.poll(other, build, self.owner.key())
        other.wait_for_waiters(1)
        owner.kill()
        self.owner.change([builder(build, "ended", outcome="lost", reason="no machine")])
        self.assertEqual(poll.result().json["reason"], "no machine")
        other.wait_until_ready()

    def test_a_token_of_one_is_good_at_the_other(self):
        first, second = self.installation.apis
        key = self.owner.key()
        self.owner.change([], [machine("m-1", key=key["fingerprint"])])
        body = {"token": "token-of-m-1", "csr": key["csr"], "agent_version": "1"}
        answer = wait_until(lambda: (lambda a: a.status == 200 and a)(first.post(
            "/v1/machines/m-1/register", body, token=None)), "registered")
        desired = second.get("/v1/machines/m-1/desired", token=answer.json["machine_token"])
        self.assertEqual(desired.json["state"], "run")

    def test_a_wiped_view_is_built_again_by_its_owner(self):
        first, second = self.installation.apis
        build = first.create()
        self.owner.change([builder(build)])
        for api in (first, second):
            wait_until(lambda: api.get(f"/v1/builds/{build}").json["state"] == "queued", "queued")
            self.redis.command("FLUSHALL")
            wait_until(lambda: api.get(f"/v1/builds/{build}").json["state"] == "queued", "again")
