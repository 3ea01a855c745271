"""Alertmanager's notifications of a storm come back whole: through the gateway and api into the ledger."""

import concurrent.futures
import unittest

from tests.system.closed_loop import TOKEN, ClosedLoop
from tests.system.suite import HttpError, eventually, http, running

SUITE = None


def setUpModule():
    global SUITE
    SUITE = running(ClosedLoop())


def incident():
    """Of a check that is down."""
    closed = {"kind": "tcp", "target": f"127.0.0.1:{SUITE.port['site']}", "interval_seconds": 1}
    closed |= {"timeout_seconds": 1, "failures_before_down": 1, "name": "closed"}
    SUITE.api("POST", "/checks", closed)
    return eventually(60, lambda: SUITE.api("GET", "/incidents")["items"][0]["id"], "the incident")


def notify(receiver, alerts):
    """As Alertmanager does: again after 5xx, never after 4xx. Its status."""
    body = {"version": "4", "groupKey": receiver, "receiver": receiver, "alerts": alerts}
    url = SUITE.url + "/api/v1/alertmanager/notifications"

    def taken():
        try:
            http("POST", url, body, {"Authorization": f"Bearer {TOKEN}"})
        except HttpError as refused:
            return refused.status if refused.status < 500 else None
        return 204

    return eventually(60, taken, receiver)


class Storm(unittest.TestCase):
    def test_notifications_of_a_storm_are_all_in_the_ledger(self):
        """X-02: 500 alerts of 4 kB in one, and 400 at once."""
        about = {"status": "firing", "annotations": {"incident_id": incident()}}
        large = about["annotations"] | {"description": "x" * 4000}
        self.assertEqual(notify("storm", [{**about, "annotations": large}] * 500), 204)
        names = {f"group-{number}" for number in range(400)}
        with concurrent.futures.ThreadPoolExecutor(200) as many:
            statuses = set(many.map(lambda name: notify(name, [about]), names))
        self.assertEqual(statuses, {204})
        told = "SELECT target FROM deliveries WHERE channel = 'alertmanager_receiver'"
        eventually(60, lambda: {row[0] for row in SUITE.sql(told)} >= names | {"storm"}, "the ledger")


if __name__ == "__main__":
    unittest.main()
