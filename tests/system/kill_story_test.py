"""The kill story: six senders and an agent, kill -9 of ingest, broker, PostgreSQL and agent again and
again, and every acknowledged sample is stored exactly once (M-005, M-014, M-066, M-068, D-003), while
what is stored becomes chunks every two seconds (M-063): sums over time are those of the senders.

Told of two broken writers too, so that it is known to notice: one without the ledger, one that
acknowledges before it has stored. MONITRON_KILLS and MONITRON_SEED make it longer or repeat it.
"""

import base64
import collections
import datetime
import os
import random
import threading
import time
import unittest

from tests.system.suite import BUILD, HttpError, Process, Suite, eventually
from tests.system.suite import http as call

SENDERS = 6
VALUES = 20  # of one push
STEP = 10  # seconds of a sum
CALM = 6  # seconds without change: the figures of the broker are 5 s old, checkers report every ten
LATE = 3 * 3600  # seconds that every fifth push comes late: their hour is compacted long since
KILLS = int(os.environ.get("MONITRON_KILLS", "12"))
SEED = int(os.environ.get("MONITRON_SEED", random.randrange(10**6)))


class Keeper:
    """Starts again what has died, as a supervisor does."""

    def __init__(self, processes):
        self._processes = processes
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._keep, daemon=True)
        self._thread.start()

    def _keep(self):
        while not self._end.wait(0.2):
            for process in list(self._processes.values()):
                if not process.alive():
                    process.start()

    def close(self):
        self._end.set()
        self._thread.join()


class Sender(threading.Thread):
    """Pushes numbers, each of them once; tries a push with its key again until it is acknowledged."""

    def __init__(self, suite, number, token):
        super().__init__(daemon=True)
        self.server = suite.api("POST", "/servers", {"hostname": f"sender{number}.example"})["id"]
        self.begin = int(time.time()) // STEP * STEP - 1800  # faster than the clock
        self.acknowledged = 0  # pushes
        self.retries = 0
        self._url = suite.url + "/api/v1/ingest"
        self._token = token
        self._end = threading.Event()

    def run(self):
        while not self._end.is_set():
            self._push(self.acknowledged)
            self.acknowledged += 1

    def time_of(self, value):
        """Seconds since 1970, and milliseconds: no two values have the same time."""
        late = LATE if value // VALUES % 5 == 4 else 0
        return self.begin - late + value // 1000, value % 1000

    def sums(self):
        """Count and sum of what is acknowledged, by its time in steps."""
        sums = collections.defaultdict(lambda: [0, 0])
        for value in range(self.acknowledged * VALUES):
            step = sums[self.time_of(value)[0] // STEP * STEP]
            step[0] += 1
            step[1] += value
        return {time: tuple(both) for time, both in sums.items()}

    def _item(self, value):
        seconds, milliseconds = self.time_of(value)
        stamp = datetime.datetime.fromtimestamp(seconds, datetime.timezone.utc)
        return {
            "metric_type": "test",
            "metric_name": "number",
            "value": value,
            "labels": {},
            "timestamp": f"{stamp:%Y-%m-%dT%H:%M:%S}.{milliseconds:03}Z",
        }

    def _push(self, push):
        first = push * VALUES
        body = {
            "server_id": self.server,
            "metrics": [self._item(first + i) for i in range(VALUES)],
        }
        headers = {"Authorization": "Bearer " + self._token, "Idempotency-Key": f"push {push}"}
        while True:
            try:
                call("POST", self._url, body, headers)
                return
            except HttpError as problem:
                if problem.status < 500:
                    raise
            except OSError:
                pass
            self.retries += 1
            self._end.wait(0.02)

    def finish(self):
        self._end.set()
        self.join(120)
        assert not self.is_alive(), "a push is never acknowledged"


class Story:
    """One run; `writer` is what stands in for the writer, None for the real one."""

    def __init__(self, writer=None):
        self.suite = Suite({"MONITRON_INGEST_COMPACT_AFTER_SECONDS": "2"})
        self._random = random.Random(SEED)
        self.suite.start_servers()
        self.suite.start_programs()
        if writer:
            self._replace_writer(writer)
        scopes = {"name": "senders", "scopes": ["read", "ingest"]}
        token = self.suite.api("POST", "/tokens", scopes)["token"]
        self.agent = self.suite.start_agent()
        self.senders = [Sender(self.suite, i, token) for i in range(SENDERS)]
        self.victims = {
            "ingest": self.suite.programs["writer" if writer else "ingest"],
            "agent": self.suite.programs["agent"],
            "postgres": self.suite.servers["postgres"],
            "rabbitmq": self.suite.servers["rabbitmq"],
        }
        if writer:
            self.victims["door"] = self.suite.programs["ingest"]
        self.kept = {**self.suite.programs, **self.suite.servers}
        self.keeper = Keeper(self.kept)
        for sender in self.senders:
            sender.start()

    def close(self):
        self.keeper.close()
        self.suite.close()

    def _replace_writer(self, writer):
        """Door and compactor stay as they are; storing is done by the broken program."""
        suite = self.suite
        settings = {"PATH": os.environ["PATH"], **suite.settings()}
        empty = suite.folder / "empty"
        ingest = suite.programs["ingest"]
        door = {**settings, "MONITRON_INGEST_ROLES": "door,compactor"}
        ingest.terminate()
        suite.programs["ingest"] = Process(
            [BUILD / "bin/monitron-ingest"], suite.folder / "ingest.log", door, empty
        )
        suite.programs["ingest"].start()
        settings["MONITRON_INGEST_PROBES_ADDRESS"] = "127.0.0.1:0"
        suite.programs["writer"] = Process(
            [BUILD / "tests/broken_writer", writer], suite.folder / "writer.log", settings, empty
        )
        suite.programs["writer"].start()
        eventually(60, lambda: call("GET", suite.url + "/readyz"), "ready again")

    def acknowledged(self):
        return sum(sender.acknowledged for sender in self.senders)

    def go_on(self, pushes):
        """Until that many more pushes are acknowledged, by whatever had to come back."""
        wanted = self.acknowledged() + pushes
        eventually(120, lambda: self.acknowledged() >= wanted, f"{pushes} more pushes")

    def kill(self, name):
        if name in self.suite.servers:
            self.suite.kill_server(name)
        else:
            self.victims[name].kill()

    def kill_at_random(self, kills):
        victims = [name for name in self.victims for _ in range(-(-kills // len(self.victims)))]
        self._random.shuffle(victims)
        for name in victims[:kills]:
            self.go_on(self._random.randrange(50, 1500))
            self.kill(name)
            print(f"{time.monotonic():.1f} killed {name} after {self.acknowledged()} pushes", flush=True)

    # -- what is stored

    def finish(self):
        """The senders end, what waits in the broker is stored, and all of it becomes chunks."""
        for sender in self.senders:
            sender.finish()
        del self.kept["agent"]
        queues = self.suite._ask("rabbitmq", "management") + "/api/queues/%2F/tele.store."
        eventually(60, lambda: call("GET", self.suite.url + "/readyz"), "ready again")
        calm = (None, 0.0)

        def settled():
            nonlocal calm
            waiting = sum(self._waiting(queues + str(partition)) for partition in (0, 1))
            stored, staged = self.stored_by_now()
            if waiting or staged or stored != calm[0]:
                calm = (stored, time.monotonic())
            return time.monotonic() - calm[1] > CALM

        self.suite.programs["agent"].terminate()
        eventually(180, settled, "all is stored")

    @staticmethod
    def _waiting(address):
        account, rest = address.removeprefix("http://").split("@")
        key = base64.b64encode(account.encode()).decode()
        return call("GET", "http://" + rest, headers={"Authorization": "Basic " + key})["messages"]

    def stored_by_now(self):
        """Samples, and how many of them are staged."""
        stored, staged = self.suite.sql(
            "SELECT n.staged + (SELECT coalesce(sum(count), 0) FROM chunks WHERE tier % 4 = 0), "
            'n.staged FROM (SELECT count(v) AS staged FROM staging, unnest("values") v) n'
        )[0]
        return int(stored), int(staged)

    def stored(self, server, query=""):
        cursor = ""
        while True:
            page = self.suite.api("GET", f"/metrics?server_id={server}&limit=1000{query}{cursor}")
            yield from page["items"]
            if not page["next_cursor"]:
                return
            cursor = "&cursor=" + page["next_cursor"]

    def doubled(self):
        """Whether something of the senders is stored twice by now."""
        servers = ",".join(f"'{sender.server}'" for sender in self.senders)
        return self.suite.sql(
            f"SELECT value FROM monitron_v1.metrics WHERE server_id IN ({servers}) "
            "GROUP BY server_id, value HAVING count(*) > 1 LIMIT 1"
        )

    def sums_by_sql(self, sender):
        rows = self.suite.sql(
            f"SELECT extract(epoch FROM timestamp)::bigint / {STEP} * {STEP} AS step, count(*), "
            "sum(value)::bigint FROM (SELECT date_trunc('second', timestamp) AS timestamp, value "
            f"FROM monitron_v1.metrics WHERE server_id = '{sender.server}') m GROUP BY step"
        )
        return {int(step): (int(count), int(total)) for step, count, total in rows}

    def sums_by_api(self, sender):
        """All that is near the sender's times."""
        sums = {}
        for begin in (sender.begin - LATE, sender.begin):
            ends = (begin - 600, begin + 3600)
            span = "".join(
                f"&{name}={datetime.datetime.fromtimestamp(end, datetime.timezone.utc):%Y-%m-%dT%TZ}"
                for name, end in zip(("from", "to"), ends)
            )
            answer = self.suite.api(
                "GET",
                f"/metrics?server_id={sender.server}&metric_name=number&step={STEP}"
                f"&agg=count,sum{span}",
            )
            for one in answer["items"]:
                stamp = datetime.datetime.fromisoformat(one["timestamp"].replace("Z", "+00:00"))
                values = one["values"]
                sums[int(stamp.timestamp())] = (int(values["count"]), int(values["sum"]))
        return sums

    def verdict(self):
        """Samples acknowledged, lost, stored more than once, and stored though nobody sent them."""
        counts = collections.Counter(acknowledged=0, lost=0, twice=0, unexpected=0)
        for sender in self.senders:
            found = collections.Counter(int(one["value"]) for one in self.stored(sender.server))
            sent = range(sender.acknowledged * VALUES)
            counts["acknowledged"] += len(sent)
            counts["lost"] += sum(1 for value in sent if value not in found)
            counts["twice"] += sum(1 for many in found.values() if many > 1)
            counts["unexpected"] += sum(1 for value in found if value not in sent)
        return counts

    def agent_verdict(self):
        """The agent numbers its batches without gaps: (stored, missing, stored twice)."""
        numbers = collections.defaultdict(set)
        for epoch, seq in self.suite.sql(
            f"SELECT epoch, seq FROM batch_ledger WHERE source = '{self.agent}'"
        ):
            numbers[epoch].add(int(seq))
        stored = sum(map(len, numbers.values()))
        missing = sum(max(seqs) - min(seqs) + 1 - len(seqs) for seqs in numbers.values())
        times = collections.Counter(
            one["timestamp"] for one in self.stored(self.agent, "&metric_name=node_load1")
        )
        return stored, missing, sum(1 for many in times.values() if many > 1)


class KillStory(unittest.TestCase):
    def tell(self, writer=None):
        print(f"seed {SEED}", flush=True)
        story = Story(writer)
        self.addCleanup(story.close)
        return story

    def test_what_is_acknowledged_is_stored_once(self):
        """M-005, M-021, M-022, M-068, M-063, R-008."""
        story = self.tell()
        story.kill_at_random(KILLS)
        story.go_on(50)
        story.finish()
        counts = story.verdict()
        stored, missing, twice = story.agent_verdict()
        retries = sum(sender.retries for sender in story.senders)
        print(dict(counts), f"retries {retries}; agent: {stored} batches, {missing} missing")
        self.assertGreater(counts["acknowledged"], 1000)
        self.assertGreater(retries, 0)
        self.assertEqual((counts["lost"], counts["twice"], counts["unexpected"]), (0, 0, 0))
        for sender in story.senders:
            self.assertEqual(story.sums_by_sql(sender), sender.sums())
            self.assertEqual(story.sums_by_api(sender), sender.sums())
        eventually(60, lambda: story.stored_by_now()[1] == 0, "all of it in chunks")
        parts = int(story.suite.sql("SELECT last_value FROM chunk_parts")[0][0])
        print(f"chunks came in {parts} parts, and were joined")
        self.assertGreater(parts, 5)
        self.assertGreater(stored, 5)
        self.assertEqual((missing, twice), (0, 0))
        self.assertEqual(story.suite.sql("SELECT count(*) FROM quarantine"), [["0"]])

    def test_a_writer_without_a_ledger_is_noticed(self):
        """M-068: the story sees what is stored twice."""
        story = self.tell("no-ledger")
        for _ in range(30):  # a kill has to hit between a commit and its acknowledgement
            for victim in ("door", "ingest"):
                story.go_on(100)
                story.kill(victim)
            if story.doubled():
                break
        story.finish()
        self.assertGreater(story.verdict()["twice"], 0)

    def test_a_writer_that_acknowledges_before_it_stores_is_noticed(self):
        """M-068: the story sees what is lost."""
        story = self.tell("ack-before-commit")
        for _ in range(3):
            story.go_on(100)
            story.kill("postgres")
            story.go_on(5)
            story.kill("ingest")
        story.go_on(20)
        story.finish()
        self.assertGreater(story.verdict()["lost"], 0)


if __name__ == "__main__":
    unittest.main()
