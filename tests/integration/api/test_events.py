"""The stream of events."""
import json

from harness import TOKEN, ApiTest, EventStream, builder, wait_until


class Events(ApiTest):
    def test_a_reader_sees_what_happens(self):
        self.api.create()
        stream = EventStream(self.api, "from=now")
        build = self.api.create(["arm64"])
        event = stream.next()
        self.assertEqual((event["type"], event["topic"], event["data"]["build"]),
                         ("leat.builder.requested", "builder-requests.arm64", build))
        self.owner.change([builder(build, "placed", machine="m-1", secret="hush")], arch="arm64")
        event = stream.next_of("leat.fleet.change")
        self.assertEqual(event["data"]["builders"][0]["secret"], "***")
        self.assertEqual(event["data"]["seq"], 1)
        stream.close()

    def test_topics_can_be_chosen(self):
        build = self.api.create()
        self.owner.change([builder(build)])
        for topics, kinds in (("fleet", {"leat.fleet.took-over", "leat.fleet.change"}),
                              ("builder-requests,dead-letters", {"leat.builder.requested"}),
                              ("machine-events", set())):
            events = self.api.events(f"from=start&follow=false&topics={topics}")
            self.assertEqual({event["type"] for event in events}, kinds)

    def test_from_now_to_the_end_is_nothing(self):
        self.api.create()
        self.assertEqual(self.api.events("from=now&follow=false"), [])

    def test_what_cannot_be_read_is_shown_as_such(self):
        self.owner.append(do="raw", topic="machine-events.amd64", type="leat.machine.ready",
                          value="c1")
        event = self.api.events("from=start&follow=false&topics=machine-events")[0]
        self.assertNotIn("data", event)
        self.assertIn("machine_ready", event["error"])

    def test_readers_are_bounded(self):
        streams = [EventStream(self.api) for _ in range(32)]
        self.assert_problem(self.api.get("/v1/events"), 503, "too-many-readers")
        streams.pop().close()
        streams.append(EventStream(self.api))
        for stream in streams:
            stream.close()

    def test_a_slow_reader_slows_only_itself(self):
        slow = self.api.connection()
        slow.request("GET", "/v1/events?from=now", headers={"authorization": f"Bearer {TOKEN}"})
        response = slow.getresponse()
        self.assertEqual(response.readline(), b"\n")
        fast = EventStream(self.api)
        count = 80  # far more than the buffers of a connection hold
        for _ in range(count):
            self.owner.append(do="alive")
        for _ in range(count):
            fast.next()
        fast.close()
        self.api.create()
        # Nothing was lost for the slow one, and nothing is out of order.
        offsets = []
        while len(offsets) < count + 1:
            line = response.readline()
            if line.strip():
                offsets.append(json.loads(line)["offset"])
        self.assertEqual(offsets, list(range(count + 1)))
        response.close()
        slow.close()
        wait_until(lambda: self.api.metric("leat_api_event_readers") == 0, "no readers")
