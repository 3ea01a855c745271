"""Checks that run rarely, behind a switch: what is waited for is run at once, beside the schedule."""

import unittest

from tests.system.doubles import Site
from tests.system.suite import Suite, eventually, running

SUITE = None
HOSTS = 8
SOON = 25  # seconds: far less than the checks' interval


def setUpModule():
    global SUITE
    SUITE = running(Suite())


def letters(name):
    return [one["subject"] for one in SUITE.letters() if name in one["subject"]]


class Recheck(unittest.TestCase):
    def setUp(self):
        self.site = Site(SUITE.port["site"])
        self.addCleanup(self.site.close)
        self.paths = {}

    def add(self, name, **more):
        path = "/" + name.replace(" ", "-")
        check = {
            "name": name,
            "kind": "http",
            "target": f"http://127.0.0.1:{SUITE.port['site']}{path}",
            "interval_seconds": 300,
            "timeout_seconds": 5,
            "failures_before_down": 1,
            **more,
        }
        self.paths[name] = f"/checks/{SUITE.api('POST', '/checks', check)['id']}"
        self.addCleanup(lambda: SUITE.api("DELETE", self.paths[name]))

    def behind_a_switch(self, label, **more):
        """The hosts' names; all are up."""
        self.add("switch " + label, **more)
        hosts = [f"host {label} {i}" for i in range(HOSTS)]
        for host in hosts:
            self.add(host, labels={"site": label})
        parent = self.paths["switch " + label].rsplit("/", 1)[1]
        dependency = {"name": label, "children": {"site": label}, "parents": [parent]}
        dependency = SUITE.api("POST", "/dependencies", dependency)
        self.addCleanup(lambda: SUITE.api("DELETE", f"/dependencies/{dependency['id']}"))
        for name in self.paths:
            self.wait_for(name, "up")
        return hosts

    def wait_for(self, name, status, seconds=SOON):
        def is_so():
            return SUITE.api("GET", self.paths[name])["status"] == status

        eventually(seconds, is_so, f"{name}: {status}")

    def touch(self, name):
        """What asks something else than before is run at once."""
        check = SUITE.api("GET", self.paths[name])
        body = {
            key: check[key]
            for key in ("name", "kind", "target", "interval_seconds", "failures_before_down", "labels")
        }
        body["timeout_seconds"] = 11 - check["timeout_seconds"]
        SUITE.api("PUT", self.paths[name], body, {"If-Match": f'"v{check["version"]}"'})

    def held_back(self, label, kind):
        return int(
            SUITE.sql(
                "SELECT count(*) FROM alert_states WHERE state = 'firing' AND incident_id IS NULL "
                f"AND labels->>'site' = '{label}' AND suppressed_by->>'kind' = '{kind}'"
            )[0][0]
        )

    def test_children_are_run_when_their_parent_comes_back(self):
        """M-002: those that are up never page, those still down page at once."""
        hosts = self.behind_a_switch("a")
        self.site.broken = {"/switch-a", *("/" + host.replace(" ", "-") for host in hosts)}
        self.touch("switch a")
        eventually(SOON, lambda: letters("[FIRING] switch a is down"), "the switch's page")
        for host in hosts:
            self.touch(host)
        eventually(SOON, lambda: self.held_back("a", "dependency") == HOSTS, "held back")

        self.site.broken = {"/host-a-3"}
        self.touch("switch a")
        eventually(SOON, lambda: letters("[RESOLVED] switch a is up"), "the switch is back")
        eventually(SOON, lambda: letters("[FIRING] host a 3 is down"), "the page of what is down")
        for host in hosts:
            if host != "host a 3":
                self.wait_for(host, "up")
        states = "SELECT count(*) FROM alert_states WHERE state = 'firing' AND labels->>'site' = 'a'"
        eventually(SOON, lambda: SUITE.sql(states) == [["1"]], "nothing else is left")
        self.assertEqual(letters("host a"), ["[FIRING] host a 3 is down"])
        told = [a["labels"]["check"] for a in SUITE.alertmanager() if "site" in a["labels"]]
        self.assertEqual(told, ["host a 3"])

        self.assertEqual(SUITE.sql("SELECT count(*) FROM missed_slots"), [["0"]])

    def test_a_parent_that_is_not_decided_is_run_before_anybody_is_told(self):
        """M-002: a child fails first; the switch is found down, and is the only page."""
        hosts = self.behind_a_switch("b", failures_before_down=3)
        self.site.broken = {"/switch-b", *("/" + host.replace(" ", "-") for host in hosts)}
        self.touch(hosts[0])
        eventually(2 * SOON, lambda: letters("[FIRING] switch b is down"), "the switch's page")
        eventually(SOON, lambda: self.held_back("b", "dependency") >= 1, "held back")
        self.assertEqual(letters("host b"), [])


if __name__ == "__main__":
    unittest.main()
