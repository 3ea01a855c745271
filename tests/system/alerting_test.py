"""Alertmanagers are away while something goes wrong, lasts and ends: it is told once, and once that it is over.

MONITRON_OUTAGE: seconds that they are away. What counts are the pauses between tellings, which the suite shortens
from a minute to two seconds.
"""

import os
import time
import unittest

from tests.system.alerting import PEERS, AlertingTest
from tests.system.suite import eventually

OUTAGE = int(os.environ.get("MONITRON_OUTAGE", "20"))


class WithoutAlertmanager(AlertingTest):
    def test_while_all_peers_are_away(self):
        """X-03, F25: they stop in order, forget what fires, and are told when they are back."""
        suite = self.suite
        suite.watch("lasts", "begins", "ends", "comes-and-goes")
        suite.break_("lasts", "ends")
        for name in ("lasts", "ends"):
            suite.told_eventually(name, ["firing"])
        for peer in PEERS:
            suite.servers[peer].terminate()
        suite.break_("begins", "comes-and-goes")
        suite.heal("ends")
        for name in ("begins", "comes-and-goes"):
            eventually(30, lambda name=name: suite.incidents(name), name)
        suite.heal("comes-and-goes")
        for name in ("comes-and-goes", "ends"):
            eventually(30, lambda name=name: suite.incidents(name)[0][1] == "t", name)
        until = time.monotonic() + OUTAGE
        eventually(OUTAGE + 60, lambda: time.monotonic() > until)
        for peer in PEERS:
            suite.servers[peer].start()
        suite.told_eventually("begins", ["firing"])
        suite.told_eventually("ends", ["firing", "resolved"])
        suite.some_tellings_go_by()
        self.assertEqual(suite.told("lasts", "comes-and-goes"), [["firing"], []])
        suite.heal("lasts", "begins")
        for name in ("lasts", "begins", "ends"):
            self.expect_told_whole(name)
        suite.some_tellings_go_by()
        self.assertEqual(suite.told("lasts", "begins", "ends"), [["firing", "resolved"]] * 3)
        self.assertEqual(suite.told("comes-and-goes"), [[]])
        self.assertEqual(len(suite.letter_ids("comes-and-goes")), 2)

    def test_of_two_peers_one_is_away_then_the_other(self):
        """X-03, X-04, M-173: killed, not stopped; what one has told the other knows."""
        suite = self.suite
        first, second = PEERS
        suite.watch("told-by-one")
        suite.servers[second].kill()
        suite.break_("told-by-one")
        suite.told_eventually("told-by-one", ["firing"])
        suite.servers[second].start()
        eventually(60, suite.peers_know_each_other, "the cluster again")
        suite.some_tellings_go_by()
        suite.servers[first].kill()
        suite.some_tellings_go_by(peers=[second])
        self.assertEqual(suite.told("told-by-one"), [["firing"]])
        suite.heal("told-by-one")
        suite.told_eventually("told-by-one", ["firing", "resolved"])
        suite.servers[first].start()
        eventually(60, suite.peers_know_each_other, "the cluster again")
        suite.some_tellings_go_by()
        self.expect_told_whole("told-by-one")


if __name__ == "__main__":
    unittest.main()
