"""Three notifiers, killed and stopped at random moments while conditions come and go (M-068, M-069, M-173, F13, F30).

Each condition that lasts is told once and ends once: to the pager, in an incident, by letters.
alerting_broken_test.py shows that the story would notice. MONITRON_CHAOS_SECONDS and MONITRON_SEED make it longer
or repeat it.
"""

import collections
import os
import random
import signal
import time
import unittest

from tests.system.alerting import AlertingSuite
from tests.system.kill_story_test import Keeper

SECONDS = int(os.environ.get("MONITRON_CHAOS_SECONDS", "90"))
SEED = int(os.environ.get("MONITRON_SEED", random.randrange(10**6)))
NOTIFIERS = 3
DOWN = "Check down"
RULES = {
    "promql": {"kind": "promql", "expr": 'probe_success{by="promql"} == 0', "interval_seconds": 1},
    "threshold": {"kind": "threshold", "expr": 'probe_success{by="threshold"} == 0'},
    "state": None,  # by the rule on all checks alone
}
CHECKS_OF_A_KIND = 8
# Seconds that a condition, and its absence, lasts at least. Another notifier decides ten seconds after the one that
# did was killed, and tells (and notes) what still holds. And one that comes back sooner than all peers of Alertmanager
# have seen its end (an interval of the group and their waits) is told again by those that were late.
LASTS = (15, 22)


class Condition:
    """Of one check: it goes wrong, that is told, lasts, is over, that is told; again and again."""

    def __init__(self, story, name, alerts):
        self.name = name
        self.alerts = alerts
        self.times = 0  # that it was over
        self._suite = story.suite
        self._random = chance = story.random
        self._patience = story.patience
        self._wrong = False
        self._since = time.monotonic()
        self._until = self._since + chance.uniform(0, 10)

    def _expected(self):
        return ["firing", "resolved"] * self.times + ["firing"] * self._wrong

    def told(self):
        """Whether all of it was, as it is now. Something else than what is or was true must not be."""
        complete = True
        for alert in self.alerts:
            words = self._suite.pager.of(self.name, alert)
            expected = self._expected()
            if words != expected:
                complete = False
                if words != expected[:-1]:
                    came = self._suite.pager.words(self.name, alert)
                    raise AssertionError(f"{self.name}, {alert}: told {came} instead of {expected}")
        if not complete and time.monotonic() > self._since + self._patience:
            raise AssertionError(f"{self.name}: not told in time: {self._expected()}")
        return complete

    def step(self, may_begin=True):
        """Goes on when what is was told and has lasted; False: it is over, and stays so."""
        if not self.told():
            self._until = time.monotonic() + self._random.uniform(*LASTS)
            return True
        if time.monotonic() < self._until:
            return self._wrong or may_begin
        if not self._wrong and not may_begin:
            return False
        self._wrong = not self._wrong
        self._since = time.monotonic()
        if self._wrong:
            self._suite.break_(self.name)
        else:
            self.times += 1
            self._suite.heal(self.name)
        return True


class Faults:
    """Kills and stops notifiers; those stopped go on some time later."""

    def __init__(self, processes, chance):
        self.counts = collections.Counter()
        self._processes = processes
        self._random = chance
        self._next = time.monotonic() + chance.uniform(2, 5)
        self._stopped = {}  # until when, by name

    def step(self):
        now = time.monotonic()
        for name in [name for name, until in self._stopped.items() if now > until]:
            self._signal(name, signal.SIGCONT)
            del self._stopped[name]
        if now < self._next:
            return
        self._next = now + self._random.uniform(1, 8)
        name = self._random.choice(list(self._processes))
        if self._random.random() < 0.5:
            self._processes[name].kill()
            self._stopped.pop(name, None)
            self.counts["killed"] += 1
        elif name not in self._stopped:
            self._signal(name, signal.SIGSTOP)
            self._stopped[name] = now + self._random.uniform(0.2, 20)
            self.counts["stopped"] += 1

    def end(self):
        for name in self._stopped:
            self._signal(name, signal.SIGCONT)
        self._stopped.clear()

    def _signal(self, name, number):
        try:
            os.kill(self._processes[name].pid, number)
        except ProcessLookupError:
            pass


class Story:
    """`patience`: seconds until something that lasts is told, or that it is over."""

    def __init__(self, patience=120, binary="bin/monitron-notifier", fault=None):
        print(f"seed {SEED}", flush=True)
        self.patience = patience
        self.random = random.Random(SEED)
        self.suite = suite = AlertingSuite()
        suite.start_servers()
        suite.more_settings |= {"FAULT": fault} if fault else {}
        suite.start_programs(binaries={"notifier": binary})
        suite.start_notifiers(NOTIFIERS, binary)
        self.conditions = []
        for kind, rule in RULES.items():
            if rule:
                suite.api("POST", "/rules", {**rule, "name": kind, "severity": "warning"})
            names = [f"{kind}{number}" for number in range(CHECKS_OF_A_KIND)]
            suite.watch(*names, labels={"by": kind})
            alerts = [DOWN, kind] if rule else [DOWN]
            self.conditions += [Condition(self, name, alerts) for name in names]
        names = [name for name in suite.programs if name.startswith("notifier")]
        self.victims = {name: suite.programs[name] for name in names}
        self.faults = Faults(self.victims, self.random)
        self.keeper = Keeper(self.victims)

    def close(self):
        self.keeper.close()
        self.suite.close()

    def run(self, seconds):
        """Faults for so long; then all that goes wrong still ends. Fails at what must not be."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            self.faults.step()
            for condition in self.conditions:
                condition.step()
            time.sleep(0.05)
        self.faults.end()
        going_on = self.conditions
        while going_on:
            going_on = [one for one in going_on if one.step(may_begin=False)]
            time.sleep(0.05)
        times = sum(one.times for one in self.conditions)
        print(f"{dict(self.faults.counts)}, {times} conditions came and went", flush=True)


class Chaos(unittest.TestCase):
    def test_what_lasts_is_told_once_and_ends_once(self):
        """M-068, M-069, M-173, X-03, F13, F30."""
        story = Story()
        self.addCleanup(story.close)
        story.run(SECONDS)
        suite = story.suite
        suite.some_tellings_go_by()
        letters = 0
        for condition in story.conditions:
            self.assertTrue(condition.told())
            for alert in condition.alerts:
                incidents = suite.incidents(condition.name, alert)
                self.assertEqual([resolved for _, resolved in incidents], ["t"] * condition.times)
                pages = [one for one in suite.pager.told if one[2].get("check") == condition.name]
                ids = {one[3] for one in pages if one[2]["alertname"] == alert}
                self.assertEqual(ids, {incident for incident, _ in incidents})
                for incident, _ in incidents:
                    suite.ledger_eventually_whole(incident)
                letters += 2 * condition.times
        ids = suite.letter_ids("")
        self.assertGreaterEqual(len(ids), letters)
        twice = sum(count - 1 for count in ids.values())
        print(f"{letters} letters, {twice} of them twice, as the same letter")
        self.assertLessEqual(twice, sum(story.faults.counts.values()))


if __name__ == "__main__":
    unittest.main()
