"""The suite with two Alertmanagers that know each other and a pager: from a condition to the page, and to its end."""

import collections
import unittest

from tests.system.doubles import Pager, Site
from tests.system.suite import TOOLS, Process, Suite, eventually
from tests.system.suite import http as call

PEERS = ("alertmanager", "alertmanager2")
TOKEN = "shown by the webhook of Alertmanager"
# A peer waits for those before it (two seconds each, see tools/servers/alertmanager) and tells what it found
# when it began to wait: a shorter pause between two words about a group makes it page twice by itself.
SETTINGS = """
route:
  receiver: pager
  group_by: ['...']
  group_wait: 0s
  group_interval: 10s
  repeat_interval: 4h
  routes: [{matchers: [alertname="Watchdog"], receiver: nobody}]
receivers:
  - name: nobody
  - name: pager
    webhook_configs:
      - {url: "PAGER", send_resolved: true}
      - {url: "MONITRON", send_resolved: true, http_config: {authorization: {credentials_file: webhook_token}}}
"""


class AlertingSuite(Suite):
    """Alertmanager is told again of all that it is to know every `resend` seconds."""

    def __init__(self, resend=2, **more_settings):
        super().__init__(
            {
                "MONITRON_NOTIFIER_RESEND_SECONDS": str(resend),
                "MONITRON_ALERTMANAGER_WEBHOOK_TOKEN": TOKEN,
                **more_settings,
            }
        )
        self.pager = Pager()
        self.site = Site(self.port["site"])
        self.checks = {}  # ids by name

    def start_servers(self):
        super().start_servers()
        self._prepare(
            "alertmanager2",
            self.port["alertmanager2"],
            self._alertmanager_settings(),
            tool="alertmanager",
        )
        eventually(60, self.peers_know_each_other, "the cluster")

    def _alertmanager_settings(self):
        path = self.folder / "alertmanager.yml"
        hook = self.url + "/api/v1/alertmanager/notifications"
        path.write_text(SETTINGS.replace("PAGER", self.pager.url).replace("MONITRON", hook))
        path.chmod(0o644)
        return path

    def _adjust(self, name):
        if name not in PEERS:
            return
        addresses = [f"127.0.0.1:{self.port[one]}\n" for one in ("cluster", "cluster2")]
        own = PEERS.index(name)
        cluster = self.folder / name / "cluster"
        cluster.write_text(addresses[own] + addresses[1 - own])
        (self.folder / name / "webhook_token").write_text(TOKEN)

    def _settings(self):
        urls = (f"http://127.0.0.1:{self.port[name]}/" for name in PEERS)
        return {**super()._settings(), "ALERTMANAGER_URL": ",".join(urls)}

    def peer(self, name, path):
        return call("GET", f"http://127.0.0.1:{self.port[name]}/api/v2/{path}")

    def peers_know_each_other(self):
        clusters = [self.peer(name, "status")["cluster"] for name in PEERS]
        return all(one["status"] == "ready" and len(one["peers"]) == 2 for one in clusters)

    def start_notifiers(self, count, binary="bin/monitron-notifier", environment=None):
        """Beside the first one, which start_programs() has started."""
        for number in range(2, count + 1):
            own = {"MONITRON_NOTIFIER_PROBES_ADDRESS": "127.0.0.1:0", **(environment or {})}
            self.start_program(f"notifier{number}", binary, settings=own)

    # -- conditions

    def watch(self, *names, **more):
        """Checks of these names, each a page of the site, until all of them are up."""
        body = {"kind": "http", "interval_seconds": 1, "timeout_seconds": 1, **more}
        body |= {"failures_before_down": 3, "successes_before_up": 1}
        for name in names:
            target = f"http://127.0.0.1:{self.port['site']}/{name}"
            check = self.api("POST", "/checks", {**body, "name": name, "target": target})
            self.checks[name] = check["id"]
        eventually(60, lambda: set(self.states().values()) == {"up"}, "all checks are up")

    def states(self):
        """Of the checks, by name."""
        listed = self.api("GET", "/checks?limit=1000")["items"]
        return {one["name"]: one["status"] for one in listed if one["name"] in self.checks}

    def break_(self, *names):
        self.site.broken |= {"/" + name for name in names}

    def heal(self, *names):
        self.site.broken -= {"/" + name for name in names}

    # -- what was told

    def told(self, *names):
        return [self.pager.of(name) for name in names]

    def told_eventually(self, name, words, seconds=60):
        eventually(seconds, lambda: self.pager.of(name) == words, f"{name}: {words}")

    def incidents(self, name, alertname="Check down"):
        """(id, resolved) of those about a check, oldest first."""
        return self.sql(
            "SELECT id, resolved_at IS NOT NULL FROM incidents WHERE labels->>'check' = "
            f"'{name}' AND rule_name = '{alertname}' ORDER BY opened_at"
        )

    def ledger(self, incident):
        """How often what was noted: (channel, state, transition).

        Without what Alertmanager counts as failed: our own webhook is one of its receivers, and fails while a
        server behind it is away.
        """
        rows = self.sql(
            "SELECT channel, state, transition FROM deliveries WHERE NOT (channel = 'alertmanager' "
            f"AND state = 'failed') AND incident_id = '{incident}'"
        )
        return collections.Counter((one[0], one[1], int(one[2])) for one in rows)

    def ledger_eventually_whole(self, incident):
        """Says what is wrong with it when it is not."""
        found = {}

        def whole():
            found["now"] = self.ledger(incident)
            return found["now"] == WHOLE_LEDGER

        try:
            eventually(60, whole)
        except AssertionError as late:
            wanted, now = collections.Counter(WHOLE_LEDGER), found["now"]
            raise AssertionError(
                f"the ledger of {incident} misses {dict(wanted - now)}, has besides {dict(now - wanted)}"
            ) from late

    def letter_ids(self, words):
        """Of letters with these words in their subject: how often each was taken, by its Message-ID."""
        return collections.Counter(
            one["message_id"] for one in self.letters() if words in one["subject"]
        )

    def some_tellings_go_by(self, count=3, peers=PEERS, watched=None):
        """Of all that is known, at these peers, by what always fires or this check."""
        for name in peers:
            times = set()

            def told_again(name=name, times=times):
                for alert in self.peer(name, "alerts"):
                    labels = alert["labels"]
                    if labels.get("check") == watched and (watched or labels["alertname"] == "Watchdog"):
                        times.add(alert["updatedAt"])
                return len(times) > count

            eventually(60, told_again, f"{name} is told again")

    def close(self):
        super().close()
        self.pager.close()
        self.site.close()


# Of an incident of which all were told, the pager too: both peers, one receiver, one address.
WHOLE_LEDGER = {
    (channel, state, transition): count
    for transition in (1, 2)
    for channel, state, count in (
        ("alertmanager", "accepted", 2),
        ("alertmanager_receiver", "delivered", 1),
        ("email", "sent", 1),
    )
}


class AlertingTest(unittest.TestCase):
    """One suite for the stories of a class; each has checks of its own."""

    NOTIFIERS = 2

    @classmethod
    def setUpClass(cls):
        cls.suite = AlertingSuite()
        cls.addClassCleanup(cls.suite.close)
        cls.suite.start_servers()
        cls.suite.start_programs()
        cls.suite.start_notifiers(cls.NOTIFIERS)

    def setUp(self):
        self.suite.pager.told.clear()

    def expect_told_whole(self, name):
        """One page, one end, one incident, one letter about each, and a ledger that says so."""
        suite = self.suite
        suite.told_eventually(name, ["firing", "resolved"])
        incidents = suite.incidents(name)
        self.assertEqual([resolved for _, resolved in incidents], ["t"], name)
        incident = incidents[0][0]
        suite.ledger_eventually_whole(incident)
        for state in ("FIRING", "RESOLVED"):
            self.assertEqual(list(suite.letter_ids(f"[{state}] {name} is").values()), [1], name)
