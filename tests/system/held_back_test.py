"""Why somebody was, or was not, told: maintenance, dependencies, silences, acknowledgements and warnings,
through built programs, one Alertmanager whose receiver tells what it was told, and the command line."""

import datetime
import os
import subprocess
import unittest
import urllib.parse

from tests.system.suite import BUILD, Suite, eventually

WEBHOOK_TOKEN = "a token of this one test run"
SUITE = None
CLI = {}


class Told(Suite):
    """Its Alertmanager tells one receiver, at once, and that is our own webhook; nobody gets letters."""

    def _alertmanager_settings(self):
        path = self.folder / "alertmanager.yml"
        path.write_text(
            "route: {receiver: people, group_by: [alertname, check], group_wait: 0s, group_interval: 1s}\n"
            "receivers:\n  - name: people\n    webhook_configs:\n"
            f"      - url: {self.url}/api/v1/alertmanager/notifications\n"
            f"        http_config: {{authorization: {{credentials: {WEBHOOK_TOKEN}}}}}\n"
        )
        path.chmod(0o644)
        return path


def setUpModule():
    global SUITE
    SUITE = Told(
        {
            "MONITRON_NOTIFIER_EMAIL_TO": "",
            "MONITRON_ALERTMANAGER_WEBHOOK_TOKEN": WEBHOOK_TOKEN,
        }
    )
    SUITE.start_servers()
    SUITE.start_programs()
    token = SUITE.api("POST", "/tokens", {"name": "cli", "scopes": ["read", "write"]})["token"]
    CLI.update({"MONITRON_URL": SUITE.url, "MONITRON_TOKEN": token, "HOME": str(SUITE.folder)})


def tearDownModule():
    SUITE.close()


def cli(*words, code=0):
    done = subprocess.run(
        [BUILD / "bin/monitron", *words],
        env={"PATH": os.environ["PATH"], **CLI},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == code, (words, done.returncode, done.stdout, done.stderr)
    return done.stdout


class Thing:
    """A check whose exit status is what a file says."""

    def __init__(self, case, name, **more):
        self.name = name
        self._state = SUITE.scripts / f"{name}.state"
        script = SUITE.scripts / name
        script.write_text('#!/bin/sh\nstate=$(cat "$0.state")\necho "$1 says $state"\nexit "$state"\n')
        self.exits(0)
        script.chmod(0o755)
        self.id = SUITE.api(
            "POST",
            "/checks",
            {
                "name": name,
                "kind": "script",
                "target": name,
                "interval_seconds": 1,
                "timeout_seconds": 1,
                "failures_before_down": 2,
                "successes_before_up": 2,
                "settings": {"script": {"command": name, "arguments": [name]}},
                **more,
            },
        )["id"]
        case.addCleanup(lambda: SUITE.api("DELETE", f"/checks/{self.id}"))
        eventually(30, lambda: self.shown()["status"] == "up", f"{name} is up")

    def exits(self, status):
        self._state.write_text(str(status))

    def shown(self):
        return SUITE.api("GET", f"/checks/{self.id}")

    def alert(self, rule="Check down"):
        """Firing, told or not."""
        return next(
            (
                one
                for one in SUITE.api("GET", "/alerts")["items"]
                if one["labels"].get("check_id") == self.id
                and one["state"] == "firing"
                and one["rule_name"] == rule
            ),
            None,
        )

    def incidents(self):
        label = urllib.parse.quote(f"check_id:{self.id}")
        return SUITE.api("GET", f"/incidents?label={label}")["items"]

    def held_back(self):
        """The alert, once it is held back."""
        return eventually(
            30, lambda: (a := self.alert()) and a["suppressed_by"] and a, f"{self.name} is held back"
        )

    def paged(self):
        """The incident, once the receiver is known to have been told of it."""
        incident = eventually(30, self.incidents, f"an incident of {self.name}")[0]
        eventually(
            30,
            lambda: "was notified at" in self.why(incident),
            f"somebody is told of {self.name}",
        )
        return incident

    def why(self, what):
        return SUITE.api("GET", f"/alerts/{what['id']}/explain")["verdict"]


class HeldBack(unittest.TestCase):
    def test_a_maintenance_window(self):
        """M-002: begun and ended on the command line; what still fires at its end is told."""
        disk, other = Thing(self, "disk"), Thing(self, "other")
        said = cli("maintenance", "start", "check=disk", "--for", "1h", "-m", "new disks")
        window = said.split()[-1]
        self.assertIn("check=disk: in maintenance until", said)
        disk.exits(2)
        alert = disk.held_back()
        self.assertEqual(alert["suppressed_by"]["kind"], "maintenance")
        self.assertIn("the maintenance window", disk.why(alert))
        self.assertIn("new disks", cli("explain", alert["id"]))
        self.assertEqual(disk.shown()["maintenance"]["name"], "new disks")
        eventually(20, lambda: disk.shown()["status"] == "down", "it is measured all the same")
        counts = SUITE.api("GET", "/overview")["checks"]
        self.assertEqual((counts["maintenance"], counts["down"]), (1, 0))
        self.assertIn("active", cli("maintenance", "list"))
        other.exits(2)
        other.paged()  # who is not in it is told of, and by then nobody was told of the disk
        self.assertEqual(disk.incidents(), [])
        self.assertFalse([a for a in SUITE.alertmanager() if a["labels"].get("check") == "disk"])
        self.assertIn("ended: new disks", cli("maintenance", "end", window))
        incident = disk.paged()
        self.assertIn("disk is down", disk.why(incident))
        disk.exits(0)
        eventually(30, lambda: disk.incidents()[0]["state"] == "resolved", "its end")
        self.assertEqual(len(disk.incidents()), 1)
        other.exits(0)
        eventually(30, lambda: other.incidents()[0]["state"] == "resolved", "the other's end")

    def test_a_dependency(self):
        """M-002: what lies behind what is down is no news; behind what is up again it is."""
        switch, host = Thing(self, "switch"), Thing(self, "host")
        SUITE.api(
            "POST",
            "/dependencies",
            {"name": "rack", "child_check_id": host.id, "parents": [switch.id]},
        )
        switch.exits(2)
        switch.paged()
        host.exits(2)
        alert = eventually(
            30,
            lambda: (a := host.held_back())["suppressed_by"]["kind"] == "dependency" and a,
            "it is known why",
        )
        self.assertIn("depends on something that is down", host.why(alert))
        self.assertEqual(host.incidents(), [])
        switch.exits(0)
        self.assertIn("host is down", host.why(host.paged()))

    def test_a_parent_that_is_not_known_yet(self):
        """M-002: nobody is paged while it is open whether what it depends on is up."""
        gate, room = Thing(self, "gate", failures_before_down=100), Thing(self, "room")
        SUITE.api(
            "POST",
            "/dependencies",
            {"name": "house", "child_check_id": room.id, "parents": [gate.id]},
        )
        gate.exits(2)
        eventually(20, lambda: gate.shown()["last_result"]["status"] == "down", "a failure")
        room.exits(2)
        alert = room.held_back()
        self.assertIn(alert["suppressed_by"]["kind"], ("waiting", "dependency"))
        self.assertTrue(room.why(alert).startswith("Nobody was paged"), room.why(alert))
        self.assertEqual(room.incidents(), [])
        gate.exits(0)
        room.paged()

    def test_a_silence(self):
        """Who silenced it, and why, is told; there is an incident all the same."""
        self.assertIn("silenced", cli("silence", "add", "check=fan", "--for", "1h", "--comment", "loud"))
        fan = Thing(self, "fan")
        fan.exits(2)
        incident = eventually(30, fan.incidents, "an incident")[0]
        verdict = eventually(
            60, lambda: "loud" in (why := fan.why(incident)) and why, "the silence is known"
        )
        self.assertTrue(verdict.startswith("Nobody was paged, because it was silenced by"), verdict)

    def test_an_acknowledgement_expires(self):
        """M-002: it is open again when the time of the acknowledgement is over, and says so."""
        pump = Thing(self, "pump")
        pump.exits(2)
        key = pump.paged()["id"]
        path = f"/incidents/{key}"
        until = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=4)
        SUITE.api(
            "PUT",
            path + "/acknowledgement",
            {"comment": "on it", "expires_at": until.strftime("%Y-%m-%dT%H:%M:%S.%fZ")},
        )
        taken = SUITE.api("GET", path)
        self.assertEqual(taken["state"], "acknowledged")
        self.assertEqual(taken["acknowledgement"]["comment"], "on it")
        eventually(20, lambda: SUITE.api("GET", path)["state"] == "open", "its end")
        self.assertGreaterEqual(datetime.datetime.now(datetime.timezone.utc), until)
        self.assertIn("on it", cli("incidents", "ack", key, "-m", "on it still"))
        self.assertEqual(SUITE.api("GET", path)["state"], "acknowledged")
        self.assertIn("acknowledged it", cli("explain", key))
        pump.exits(0)
        eventually(30, lambda: SUITE.api("GET", path)["state"] == "resolved", "resolved")

    def test_a_warning(self):
        """M-104: a plugin's exit status of 1; worse is no all-clear, and comes with a page of its own."""
        SUITE.api(
            "POST",
            "/rules",
            {"name": "Check warns", "kind": "check_state", "states": ["warning"], "severity": "warning"},
        )
        queue = Thing(self, "queue")
        queue.exits(1)
        incident = queue.paged()
        self.assertEqual((incident["severity"], incident["title"]), ("warning", "queue is warning"))
        self.assertEqual(incident["text"], "queue says 1")
        # People are told before it is stored.
        eventually(30, lambda: queue.shown()["warning"], "the warning is shown")
        self.assertEqual(queue.shown()["status"], "up")
        queue.exits(2)
        eventually(30, lambda: queue.alert("Check down"), "the other page")
        self.assertTrue(queue.alert("Check warns"))
        queue.exits(0)
        eventually(
            30, lambda: {one["state"] for one in queue.incidents()} == {"resolved"}, "both ends"
        )
        self.assertEqual(len(queue.incidents()), 2)
        events = SUITE.api("GET", f"/checks/{queue.id}/events?limit=1000")["items"]
        self.assertIn("began", [one["warning"] for one in events])


if __name__ == "__main__":
    unittest.main()
