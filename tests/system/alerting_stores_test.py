"""The broker or PostgreSQL is away while something goes wrong, lasts and ends: it is told once, and once that it is over."""

import signal
import unittest

from tests.system.alerting import AlertingTest
from tests.system.suite import eventually


class WithoutStores(AlertingTest):
    """The broker, PostgreSQL: killed or standing still."""

    def begin(self, name):
        """Three checks: one is down already and stays so, one will go down, one is down and will be up."""
        checks = [f"{name}-{what}" for what in ("lasts", "begins", "ends")]
        lasts, begins, ends = checks
        self.suite.watch(*checks)
        self.suite.break_(lasts, ends)
        for check in (lasts, ends):
            self.suite.told_eventually(check, ["firing"])
            incident = self.suite.incidents(check)[0][0]
            noted = {("alertmanager", "accepted", 1): 2}
            noted |= {("alertmanager_receiver", "delivered", 1): 1, ("email", "sent", 1): 1}
            # A letter that was sent and not noted when its server died is sent again.
            eventually(60, lambda i=incident: self.suite.ledger(i) == noted, "all is noted")
        return lasts, begins, ends

    def expect_told(self, lasts, begins, ends):
        """By now it has happened, and by and by all of it is over."""
        suite = self.suite
        suite.told_eventually(begins, ["firing"])
        suite.told_eventually(ends, ["firing", "resolved"])
        suite.some_tellings_go_by()
        self.assertEqual(suite.told(lasts, begins), [["firing"], ["firing"]])
        suite.heal(lasts, begins)
        for check in (lasts, begins, ends):
            self.expect_told_whole(check)

    def test_without_a_broker(self):
        """M-005, M-068, F4: what began and ended meanwhile is told when it is back."""
        suite = self.suite
        lasts, begins, ends = self.begin("broker")
        suite.kill_server("rabbitmq")
        suite.break_(begins)
        suite.heal(ends)
        suite.some_tellings_go_by(watched=lasts)
        self.assertEqual(suite.told(lasts, begins, ends), [["firing"], [], ["firing"]])
        suite.start_server("rabbitmq")
        self.expect_told(lasts, begins, ends)

    def test_without_postgres(self):
        """M-005, M-068, F6: people are told at once of what is known; it is stored and mailed later."""
        suite = self.suite
        lasts, begins, ends = self.begin("postgres")
        suite.kill_server("postgres")
        suite.break_(begins)
        suite.heal(ends)
        suite.told_eventually(begins, ["firing"])
        suite.told_eventually(ends, ["firing", "resolved"])
        self.assertEqual(suite.told(lasts), [["firing"]])
        suite.start_server("postgres")
        self.expect_told(lasts, begins, ends)

    def test_while_postgres_stands_still(self):
        """F11, F13: it keeps its connections and says nothing; nothing is told to be over."""
        suite = self.suite
        lasts, begins, ends = self.begin("still")
        suite.signal_postgres(signal.SIGSTOP)
        try:
            suite.break_(begins)
            suite.heal(ends)
            suite.told_eventually(begins, ["firing"])
            suite.told_eventually(ends, ["firing", "resolved"])
            self.assertEqual(suite.told(lasts), [["firing"]])
        finally:
            suite.signal_postgres(signal.SIGCONT)
        self.expect_told(lasts, begins, ends)


if __name__ == "__main__":
    unittest.main()
