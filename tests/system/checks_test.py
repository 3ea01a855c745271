"""The engine of checks, through built programs: who runs them and from where, and that every slot is
a result or told as missed while checkers are killed, the load grows, PostgreSQL or the broker is away.

Two checkers share the location "default", a third one is "far". Checks run once a second.
"""

import datetime
import itertools
import re
import socket
import time
import unittest

from tests.system.doubles import Caller, Listener, NameServer
from tests.system.suite import Suite, eventually
from tests.system.suite import http as call

STEADY = 20  # checks that run from the begin to the end
PEAK = 180  # that come on top: ten times as many in all
MORE_MEMORY = 32 << 10  # KiB that a peak may take
SHARING = ("checker", "second")


def rfc3339(seconds):
    return f"{datetime.datetime.fromtimestamp(seconds, datetime.timezone.utc):%Y-%m-%dT%H:%M:%S.%f}Z"


class Checks(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.suite = suite = Suite()
        cls.addClassCleanup(suite.close)
        port = suite.port
        for number, name in enumerate(("second", "far", "names", "far_names")):
            port[name] = port["gateway"] + 30 + number
        cls.names = {"default": NameServer(port["names"]), "far": NameServer(port["far_names"])}
        suite.more_settings["MONITRON_CHECKER_DNS_SERVERS"] = f"127.0.0.1:{port['names']}"
        suite.start_servers()
        suite.start_programs()
        cls.start_checker("second")
        far_names = {"MONITRON_CHECKER_DNS_SERVERS": f"127.0.0.1:{port['far_names']}"}
        cls.start_checker("far", ["--location", "far"], far_names)
        cls.door = f"127.0.0.1:{port['gateway']}"  # answers, whatever happens to programs
        cls.began = time.time()
        cls.steady = [cls.make("tcp", cls.door, name=f"steady {i}")["id"] for i in range(STEADY)]

    @classmethod
    def start_checker(cls, name, options=(), settings=None):
        probes = f"127.0.0.1:{cls.suite.port[name]}"
        settings = {"MONITRON_CHECKER_PROBES_ADDRESS": probes, **(settings or {})}
        cls.suite.start_program(name, "bin/monitron-checker", options, settings)

    @classmethod
    def make(cls, kind, target, **more):
        """Of one second, unless said otherwise; one result decides."""
        body = {"name": kind, "kind": kind, "target": target, "interval_seconds": 1}
        body |= {"timeout_seconds": 1, "failures_before_down": 1, "successes_before_up": 1}
        return cls.suite.api("POST", "/checks", body | more)

    # -- looking

    def see(self, check, **wanted):
        """Its state in the API becomes the one that is wanted: of the whole, or of locations."""

        def look():
            shown = self.suite.api("GET", f"/checks/{check}")
            seen = {one["location"]: one["status"] for one in shown["locations_state"]}
            seen["all"] = shown["status"]
            return all(seen.get(place) == status for place, status in wanted.items()) and shown

        return eventually(40, look, f"{wanted}")

    def firing(self, name):
        return [one for one in self.suite.alertmanager() if one["labels"].get("check") == name]

    def letters(self, text):
        return [one for one in self.suite.letters() if text in one["subject"]]

    def metric(self, program, name):
        """The sum over its labels."""
        port = self.suite.port["checker_probes" if program == "checker" else program]
        text = call("GET", f"http://127.0.0.1:{port}/metrics").decode()
        return sum(float(one) for one in re.findall(rf"^{name}(?:{{.*}})? (\S+)$", text, re.M))

    def memory(self, program):
        """The most that it ever had, in KiB."""
        with open(f"/proc/{self.suite.programs[program].pid}/status", encoding="ascii") as status:
            return int(re.search(r"VmHWM:\s+(\d+) kB", status.read())[1])

    def behind(self, checks, moment):
        """Those of them that have no stored result of a slot after that moment."""
        ids = ",".join(f"'{one}'" for one in checks)
        fresh = self.suite.sql(
            f"SELECT check_id FROM check_latest WHERE check_id IN ({ids}) "
            f"AND location = 'default' AND slot > to_timestamp({moment})"
        )
        return set(checks) - {one for one, in fresh}

    def account(self, check, begin, end):
        span = f"from={rfc3339(begin)}&to={rfc3339(end)}"
        return self.suite.api("GET", f"/checks/{check}/slots?{span}")

    # -- stories

    def test_0_servers_and_networks_of_ones_own(self):
        """C-001, C-005, M-029: the suite's own servers are up; a cloud's metadata is not asked."""
        port = self.suite.port
        names = {"dns": {"server": f"127.0.0.1:{port['names']}", "expected": ["127.0.0.1"]}}
        up = [
            self.make("postgresql", f"127.0.0.1:{port['postgres']}"),
            self.make("rabbitmq", f"127.0.0.1:{port['rabbitmq']}"),
            self.make("smtp", f"127.0.0.1:{port['smtp']}"),
            self.make("dns", "shop.test", settings=names),
        ]
        denied = self.make("http", "http://169.254.169.254/latest/meta-data/")["id"]
        for check in up:
            self.see(check["id"], all="up")
        last = eventually(
            20, lambda: self.suite.api("GET", f"/checks/{denied}")["last_result"], "a result"
        )
        self.assertEqual(last["status"], "unknown")
        self.assertIn("169.254.169.254", last["reason"])
        for check in [denied, *(one["id"] for one in up)]:
            self.suite.api("DELETE", f"/checks/{check}")

    def test_1_a_location_alone_does_not_decide(self):
        """A-048, M-067: a check of two locations is down when both see it down, not when one is cut off."""
        target = f"shop.test:{self.suite.port['gateway']}"
        two = {"locations": ["default", "far"], "quorum": 2}
        check = self.make("tcp", target, name="the shop", **two)["id"]
        self.see(check, all="up", default="up", far="up")
        self.names["far"].address = "127.0.0.9"  # where nobody listens
        self.see(check, all="up", default="up", far="down")
        for place, status in (("default", "up"), ("far", "down")):  # "test now"
            result = self.suite.api("POST", f"/checks/{check}/run?location={place}")["result"]
            self.assertEqual((result["location"], result["status"]), (place, status))
        self.suite.programs["far"].kill()
        silent = self.see(check, all="up", default="up", far="unknown")["locations_state"]
        reasons = {one["location"]: one["last_result"]["reason"] for one in silent}
        self.assertIn("no result since", reasons["far"])
        self.assertEqual(self.firing("the shop"), [])
        self.suite.programs["far"].start()
        self.see(check, all="up", default="up", far="down")
        self.names["default"].address = "127.0.0.9"
        self.see(check, all="down", default="down", far="down")
        eventually(20, lambda: self.firing("the shop"), "the alert")
        self.names["far"].address = "127.0.0.1"
        self.see(check, all="up", default="down", far="up")
        eventually(20, lambda: not self.firing("the shop"), "the end of the alert")
        for place in two["locations"]:
            page = self.suite.api("GET", f"/checks/{check}/results?location={place}&limit=1000")
            self.assertEqual({one["location"] for one in page["items"]}, {place})
            self.assertEqual({one["status"] for one in page["items"]} - {"unknown"}, {"up", "down"})
        whole = self.suite.api("GET", f"/checks/{check}/events")["items"]
        changes = [one["status"] for one in whole if one["status"] != one["previous_status"]]
        self.assertEqual(changes, ["up", "down", "up"])
        self.suite.api("DELETE", f"/checks/{check}")

    def test_2_checkers_share_the_work(self):
        """M-067: each of two has 40 to 60 of 100 results."""
        before = {name: self.metric(name, "monitron_checker_results_total") for name in SHARING}

        def shares():
            done = {
                name: self.metric(name, "monitron_checker_results_total") - before[name]
                for name in SHARING
            }
            return sum(done.values()) >= 10 * STEADY and done

        done = eventually(60, shares, "enough results")
        share = done["second"] / sum(done.values())
        self.assertTrue(0.4 <= share <= 0.6, done)

    def leader(self):
        leads = {name: self.metric(name, "monitron_checker_scheduler_leads") for name in SHARING}
        return sum(leads.values()) == 1 and max(leads, key=leads.get)

    def test_3_a_killed_checkers_work_goes_on(self):
        """M-067, M-068, M-083: the one that schedules, too, is replaced within ten seconds."""
        victim = eventually(20, self.leader, "one that leads")
        self.suite.programs[victim].kill()
        killed = time.time()
        eventually(10, lambda: not self.behind(self.steady, killed), "a result of every check")
        self.suite.programs[victim].start()

    def test_4_ten_times_as_many_checks_lose_no_slot(self):
        """M-067, M-068: they come in bulk while a checker is killed and starts again."""
        leader = eventually(20, self.leader, "one that leads")
        other = next(name for name in SHARING if name != leader)
        before = self.memory(leader)
        more = [self.make("tcp", self.door, name=f"peak {i}")["id"] for i in range(PEAK // 2)]
        self.suite.programs[other].kill()
        more += [self.make("tcp", self.door, name=f"peak {i}")["id"] for i in range(PEAK // 2)]
        self.suite.programs[other].start()
        made = time.time()
        eventually(30, lambda: not self.behind(more + self.steady, made + 5), "results of each")
        self.assertLess(self.memory(leader), before + MORE_MEMORY)
        self.assertEqual(self.leader(), leader)
        type(self).peak = more

    def take_away(self, server):
        """Longer than a call of the heartbeat is waited for; since when."""
        self.suite.kill_server(server)
        gone = time.time()
        eventually(30, lambda: time.time() > gone + 10, "the time")
        return gone

    def bring_back(self, server):
        self.suite.start_server(server)
        eventually(60, lambda: self.suite.server_ready(server), server)
        eventually(60, lambda: call("GET", self.suite.url + "/readyz"), "the suite")
        return time.time()

    def called(self, name):
        """A heartbeat that may be late for four seconds, and who calls."""
        settings = {"heartbeat": {"period_seconds": 4, "grace_seconds": 4}}
        beat = {"name": name, "interval_seconds": 3600, "settings": settings}
        check = self.make("heartbeat", name, **beat)
        caller = Caller(self.suite.url + check["ping_url"])
        caller.start()
        self.see(check["id"], all="up")
        return f"/checks/{check['id']}", caller

    def changes(self, path, end):
        events = self.suite.api("GET", path + "/events")["items"]
        told = [one["status"] for one in events if one["at"] < rfc3339(end)]
        return [status for status, _ in itertools.groupby(told)]

    def test_5_without_postgresql_no_slot_and_no_call_is_lost(self):
        """A-050, M-005, M-068: what is found and who calls in meanwhile is stored when it is back."""
        path, caller = self.called("calls the database")
        before = caller.accepted
        gone = self.take_away("postgres")
        back = self.bring_back("postgres")
        type(self).without_database = (gone, back)
        caller.stop()
        self.assertGreater(caller.accepted, before + 2)
        self.assertEqual(caller.refused, [])

        def stored():
            page = self.suite.api("GET", path + "/results?limit=1000")["items"]
            return sum(one["status"] == "up" for one in page) == caller.accepted

        eventually(30, stored, "every call")
        self.assertEqual(self.changes(path, back), ["up"])
        self.suite.api("DELETE", path)

    def test_6_without_the_broker_nothing_is_down(self):
        """M-068: trouble of our own; a call that was turned away is not held against who called."""
        path, caller = self.called("calls the broker")
        self.take_away("rabbitmq")
        caller.stop()
        back = self.bring_back("rabbitmq")
        self.assertTrue(caller.refused)
        check = path.rpartition("/")[2]
        self.see(check, all="unknown")
        again = Caller(caller.url)
        again.start()
        self.see(check, all="up")
        again.stop()
        self.assertEqual(self.changes(path, time.time()), ["up", "unknown", "up"])
        eventually(40, lambda: not self.behind(self.steady, back), "a result of every check")
        for check in self.steady:
            self.assertNotIn("down", self.changes(f"/checks/{check}", time.time()))
        type(self).end = time.time()
        self.suite.api("DELETE", path)

    def test_7_a_change_takes_effect_within_a_second(self):
        """M-083: another target is called, and one that is paused no longer."""
        ports = [Listener(), Listener()]
        check = self.make("tcp", ports[0].address)
        path = f"/checks/{check['id']}"
        eventually(20, lambda: len(ports[0].calls) > 2, "calls")

        def change(**members):
            """When it was answered."""
            nonlocal check
            version = {"If-Match": f'"v{check["version"]}"'}
            body = {key: check[key] for key in check if key not in ("id", "created_at")}
            check = self.suite.api("PUT", path, body | members, version)
            return time.time()

        taken = []
        for port in (ports[1], ports[0], ports[1]):
            asked = time.time()
            answered = change(target=port.address)
            taken.append(eventually(20, lambda: port.first_after(asked), "a call") - answered)
        self.assertLess(sorted(taken)[1], 1, taken)  # one of three may meet a busy machine
        paused = change(enabled=False)
        eventually(20, lambda: time.time() > paused + 4, "the time")
        self.assertLess(max(ports[0].calls[-1], ports[1].calls[-1]), paused + 2)
        self.suite.api("DELETE", path)

    def test_8_a_job_that_stops_calling_is_told(self):
        """M-001, M-002: from its ping URL to Alertmanager and mailbox, and back when it calls again."""
        settings = {"heartbeat": {"period_seconds": 3, "grace_seconds": 2}}
        beat = {"name": "the backup", "interval_seconds": 3600, "settings": settings}
        check = self.make("heartbeat", "the backup", **beat)
        url = self.suite.url + check["ping_url"]
        caller = Caller(url)
        caller.start()
        self.see(check["id"], all="up")
        caller.stop()
        stopped = time.time()
        down = self.see(check["id"], all="down")["last_result"]
        self.assertLess(time.time(), stopped + 15)
        self.assertIn("last ping", down["reason"])
        alert = eventually(20, lambda: self.firing("the backup"), "the alert")[0]
        self.assertIn("last ping", alert["annotations"]["description"])
        eventually(20, lambda: self.letters("[FIRING] the backup is down"), "the letter")
        again = Caller(url)
        again.start()
        self.see(check["id"], all="up")
        eventually(20, lambda: not self.firing("the backup"), "the end of the alert")
        eventually(20, lambda: self.letters("[RESOLVED] the backup is up"), "the second letter")
        again.stop()
        self.suite.api("DELETE", f"/checks/{check['id']}")

    def test_8_a_type_of_ones_own_is_run_at_its_instances_interval(self):
        """M-006, M-083, M-112: a definition and an interval are stored, and no program is touched."""
        port = Listener()
        host, number = port.address.split(":")
        definition = (
            b"name: caller\nkind: tcp\nparameters: {port: {type: integer, required: true}}\n"
            b"target: '{{ target }}:{{ port }}'\n"
        )
        self.suite.api("POST", "/check-types", definition, {"Content-Type": "application/yaml"})
        server = {"hostname": "rhythm.example", "check_interval_seconds": 1}
        path = "/instances/" + self.suite.api("POST", "/instances", server)["id"]
        more = {"instance_id": path.rpartition("/")[2], "interval_seconds": None}
        settings = {"caller": {"port": int(number)}}
        check = self.make("caller", host, settings=settings, **more)
        self.see(check["id"], all="up")
        eventually(20, lambda: len(port.calls) > 3, "calls once a second")
        self.suite.api("PATCH", path, {"check_interval_seconds": 3600})
        changed = time.time()
        eventually(20, lambda: time.time() > changed + 4, "the time")
        self.assertLess(port.calls[-1], changed + 2)
        self.suite.api("DELETE", path)  # and its check
        self.suite.api("DELETE", "/check-types/caller")

    def test_8_a_run_that_takes_long_is_answered_before_the_gateway_gives_up(self):
        with socket.create_server(("127.0.0.1", 0)) as silent:
            address = f"http://127.0.0.1:{silent.getsockname()[1]}/"
            check = self.make("http", address, enabled=False, interval_seconds=3600, timeout_seconds=60)
            token = {"Authorization": "Bearer " + self.suite.token()}
            url = self.suite.url + f"/api/v1/checks/{check['id']}/run"
            run = call("POST", url, headers=token, timeout=60)
            self.assertEqual(run["state"], "running")
        path = "/checks/tests/" + run["id"]
        eventually(20, lambda: self.suite.api("GET", path)["state"] == "done", "it is closed, and done")
        self.assertEqual(self.suite.api("GET", path)["result"]["status"], "down")
        self.suite.api("DELETE", "/checks/" + check["id"])

    def test_9_every_slot_is_accounted_for(self):
        """M-067, M-068, X-18: in all that is told above; and none is stored twice."""
        left = set(self.steady + self.peak)

        def explained():
            for check in list(left):
                account = self.account(check, self.began, self.end)
                if account["unexplained"]:
                    raise AssertionError(f"{check}: {account}")
                left.discard(check)
            return True

        eventually(20, lambda: time.time() > self.end + 17, "the end of what is on its way")
        eventually(60, explained, "the account of every check")
        for check in self.steady:
            account = self.account(check, *self.without_database)
            self.assertGreater(account["results"], 5)
            self.assertNotIn("no_scheduler", {one["reason"] for one in account["missed"]})
        twice = self.suite.sql(
            "SELECT server_id, labels, timestamp FROM monitron_v1.metrics "
            "WHERE metric_name = 'probe_success' GROUP BY 1, 2, 3 HAVING count(*) > 1 LIMIT 1"
        )
        self.assertEqual(twice, [])


if __name__ == "__main__":
    unittest.main()
