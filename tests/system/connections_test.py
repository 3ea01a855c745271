"""Connections from the agent to the API, as docs/connections.md shows it: the lines there are run.

C-011 … C-013, C-028, C-030 … C-036.
"""

import re
import shlex
import shutil
import socket
import time
import unittest

from tests.system.suite import TOP, Suite, eventually

# Of the loopback, where nothing else listens on ports that are known.
ADDRESS = "127.83.0.1"
OPEN = 3


def scenarios():
    text = (TOP / "docs/connections.md").read_text().split("## Three scenarios")[1].split("\n## ")[0]
    return re.findall(r"^    monitron-agent (.*)\n    GET /api/v1(.*)$", text, re.MULTILINE)


class Service:
    """Listens, and has some connections to itself."""

    def __init__(self, port):
        self._listener = socket.create_server((ADDRESS, port))
        self._ends = []
        for _ in range(OPEN):
            client = socket.create_connection((ADDRESS, port), source_address=(ADDRESS, 0))
            self._ends += [client, self._listener.accept()[0]]

    def close(self):
        for end in [*self._ends, self._listener]:
            end.close()


class Connections(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.suite = Suite()
        cls.addClassCleanup(cls.suite.close)
        cls.suite.start_servers()
        cls.suite.start_programs()

    def agent(self, options):
        self.suite.start_agent(interval=1, options=options)
        self.addCleanup(shutil.rmtree, self.suite.folder / "agent", ignore_errors=True)
        self.addCleanup(self.stop)

    def stop(self):
        if agent := self.suite.programs.pop("agent", None):
            agent.terminate()

    def found(self, query):
        items = self.suite.api("GET", query)["items"]
        return [one for one in items if one["peer"] == ADDRESS and one["open"] == OPEN]

    def tell(self, port, options, query):
        service = Service(port)
        self.addCleanup(service.close)
        self.agent(shlex.split(options))
        one = eventually(30, lambda: self.found(query), query)[0]
        flags = dict(re.findall(r"--(\w+) (\S+)", options))
        self.assertEqual({name: one["labels"].get(name) for name in flags}, flags)
        self.assertEqual(one["hostname"], flags["host"])
        self.assertEqual(one["port"], port)
        return one

    def test_a_database(self):
        one = self.tell(5432, *scenarios()[0])
        self.assertEqual(one["service_type"], "postgresql")
        self.assertEqual(one["direction"], "inbound")
        self.stop()
        self.agent(shlex.split(scenarios()[0][0].replace("v1.2.3", "v1.2.4")))
        new, old = (
            eventually(30, lambda x=x: self.of_deployment(one, x), x)[0] for x in ("v1.2.4", "v1.2.3")
        )
        self.assertEqual(new["open"], OPEN)
        self.assertEqual(old["open"], 0, "that is over")

    def of_deployment(self, one, deployment):
        query = f"/connections?server_id={one['server_id']}&direction=inbound&label=deployment={deployment}"
        return [x for x in self.suite.api("GET", query)["items"] if x["peer"] == ADDRESS]

    def test_a_service_that_calls_others(self):
        one = self.tell(8080, *scenarios()[1])
        self.assertEqual(one["service_type"], "http")
        self.assertEqual(one["direction"], "outbound")

    def test_a_message_queue(self):
        one = self.tell(9092, *scenarios()[2])
        self.assertEqual(one["service_type"], "kafka")
        listeners = self.suite.api("GET", "/listeners?port=9092&label=service=kafka-service")["items"]
        self.assertEqual([(x["address"], x["up"]) for x in listeners], [(ADDRESS, True)])
        graph = self.suite.api("GET", "/connections/graph?service_type=kafka")
        self.assertIn((one["server_id"], one["server_id"], 9092),
                      [(x["client"], x["service"], x["port"]) for x in graph["dependencies"]])  # fmt: skip

    def watch(self, template, parameters):
        made = self.suite.api("POST", f"/rule-templates/{template}/rules", {"parameters": parameters})
        self.suite.api("PATCH", f"/rules/{made['id']}", {"interval_seconds": 1})
        self.addCleanup(self.suite.api, "DELETE", f"/rules/{made['id']}")
        return made["id"]

    def is_at_it(self, rule):
        """The rule is evaluated each second from now on."""

        def last():
            return self.suite.api("GET", f"/rules/{rule}")["last_evaluation_at"]

        first = eventually(30, last, "the rule is evaluated")
        eventually(30, lambda: last() != first, "and again")

    def firing(self, rule):
        alerts = self.suite.api("GET", f"/alerts?rule_id={rule}")["items"]
        return {one["labels"]["peer"] for one in alerts if one["state"] == "firing"}

    def test_somebody_who_may_not_and_a_scan(self):
        guest, stranger, scanner = "127.83.0.2", "127.83.0.3", "127.83.1.4"
        listeners = [socket.create_server((ADDRESS, 21_000 + i)) for i in range(15)]
        for one in listeners:
            self.addCleanup(one.close)

        def visit(peer, listener):
            with socket.create_connection(listener.getsockname(), source_address=(peer, 0)):
                listener.accept()[0].close()

        who_may = self.watch("unauthorised_peer", {"port": 21_000, "allowed": f"{guest}, 127.83.1.0/24"})
        scans = self.watch("port_scan", {})
        self.agent(["--host", "guarded"])
        query = f"/connections?direction=inbound&peer={guest}"

        def guest_is_seen():
            visit(guest, listeners[0])
            return self.suite.api("GET", query)["items"]

        eventually(30, guest_is_seen, "the agent looks")
        for rule in (who_may, scans):
            self.is_at_it(rule)
        began = time.monotonic()

        # Again and again, as such people do: of ends that are too many at once (other tests run
        # beside this one) the kernel may lose some.
        def stranger_is_told():
            visit(stranger, listeners[0])
            return self.firing(who_may)

        def scan_is_told():
            for one in listeners:
                visit(scanner, one)
            return scanner in self.firing(scans)

        eventually(60, stranger_is_told, "the stranger is told")
        eventually(60, scan_is_told, "the scan is told")
        print(f"a stranger and a scan were told after {time.monotonic() - began:.1f} s", flush=True)
        self.assertEqual(self.firing(who_may), {stranger}, "neither the guest nor its network")
        self.assertNotIn(stranger, self.firing(scans))


if __name__ == "__main__":
    unittest.main()
