"""How programs start, stop and are set up: by hand, by files and by signals."""

import base64
import datetime
import json
import os
import pathlib
import subprocess
import tempfile
import unittest

from tests.system.suite import BUILD, TOP, HttpError, Suite, eventually, running
from tests.system.suite import http as call

SUITE = None


def setUpModule():
    global SUITE
    SUITE = running(Suite())


def run(program, *arguments, environment=None, folder=None):
    return subprocess.run(
        [BUILD / f"bin/monitron-{program}", *arguments],
        env={"PATH": os.environ["PATH"], **(environment or {})},
        cwd=folder or SUITE.folder,
        capture_output=True,
        text=True,
        check=False,
    )


class Start(unittest.TestCase):
    def test_the_log_says_what_was_reached(self):
        """M-204 … M-208, X-20; C-043: without any agent."""
        log = (SUITE.folder / "api.log").read_text()
        for line in (
            "Successfully connected to database!",
            "Database migrations applied successfully!",
            "RabbitMQ connected successfully!",
            f"Server is running on port {SUITE.port['gateway']}",
        ):
            self.assertIn(line, log)

    def test_settings_come_from_a_file_or_the_environment(self):
        """M-036, M-183: and what is wrong is named, all of it."""
        with tempfile.TemporaryDirectory() as folder:
            env = pathlib.Path(folder, ".env")
            env.write_text("JWT_SECRET=a secret that is long enough for this\nDB_PORT=1234\n"
                           "ENCRYPTION_KEY=0123456789abcdef0123456789abcdef\n")
            good = run("ingest", "--check-config", folder=folder)
            self.assertEqual(good.returncode, 0, good.stderr)
            wrong = run(
                "ingest", "--check-config", folder=folder,
                environment={"DB_PORT": "many", "DB_SSLMODE": "perhaps"},
            )  # fmt: skip
            self.assertEqual(wrong.returncode, 78)
            self.assertIn("DB_PORT", wrong.stderr)
            self.assertIn("DB_SSLMODE", wrong.stderr)
            env.write_text("")
            none = run("ingest", "--check-config", folder=folder)
            self.assertEqual(none.returncode, 78)
            self.assertIn("JWT_SECRET", none.stderr)

    def test_role_database_and_schema_by_hand(self):
        """M-060, M-202, M-203, M-214: made when missing, up, down and up again."""
        admin = SUITE._ask("postgres", "url")
        address = admin.split("@", 1)[1].split("/", 1)[0]
        own = f"postgres://by_hand:password@{address}/by_hand?sslmode=disable"
        made = {"DATABASE_URL": own, "MONITRON_DATABASE_ADMIN_URL": admin}
        for _ in range(2):
            up = run("migrate", "up", environment=made)
            self.assertEqual(up.returncode, 0, up.stderr)
        self.assertLessEqual({"users", "instances", "checks", "rules"}, self.tables(own))
        down = run("migrate", "down", "100", environment={"DATABASE_URL": own})
        self.assertEqual(down.returncode, 0, down.stderr)
        self.assertNotIn("users", self.tables(own))
        again = run("migrate", "up", environment={"DATABASE_URL": own})
        self.assertEqual(again.returncode, 0, again.stderr)
        self.assertIn("users", self.tables(own))

    @staticmethod
    def tables(url):
        query = "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
        return set(subprocess.check_output(["psql", "-XAqt", url, "-c", query], text=True).split())

    def test_debians_broker_is_enough(self):
        """M-015, M-181: RabbitMQ 3.10; telemetry, alerts, reports and mail have their own queues."""
        account, rest = SUITE._ask("rabbitmq", "management").removeprefix("http://").split("@")
        login = {"Authorization": "Basic " + base64.b64encode(account.encode()).decode()}
        overview = call("GET", f"http://{rest}/api/overview", headers=login)
        version = tuple(map(int, overview["rabbitmq_version"].split(".")[:2]))
        self.assertGreaterEqual(version, (3, 8))
        names = {queue["name"] for queue in call("GET", f"http://{rest}/api/queues", headers=login)}
        for queue in ("tele.store.0", "alerts.mail", "jobs.report", "jobs.email.high"):
            self.assertIn(queue, names)

    def test_the_description_is_the_one_in_the_sources(self):
        """M-210."""
        served = SUITE.api("GET", "/openapi.json")
        self.assertEqual(set(served["paths"]), set(self.described()["paths"]))

    def test_the_examples_of_the_description_are_taken(self):
        """M-210: what people copy works."""
        server = SUITE.api("POST", "/servers", {"hostname": "example.example"})["id"]
        # What examples name by an id of their own.
        check = {"name": "switch", "kind": "tcp", "target": "127.0.0.1:9"}
        known = {"server_id": server, "parents": [SUITE.api("POST", "/checks", check)["id"]]}
        channel = {"name": "mail", "kind": "email", "address": "me@example.com"}
        known["instance_id"] = SUITE.api("POST", "/servers", {"hostname": "vm.example"})["id"]
        known["page_id"] = SUITE.api("POST", "/status-pages", {"slug": "of-the-examples", "title": "Shop"})["id"]
        known["target_id"] = server
        known["channel_id"] = SUITE.api("POST", "/channels", channel)["id"]
        tried = 0
        for path, methods in self.described()["paths"].items():
            body = methods.get("post", {}).get("requestBody", {}).get("content", {})
            example = body.get("application/json", {}).get("example")
            if example is None or path.endswith("/auth/login"):
                continue
            example.update({name: value for name, value in known.items() if name in example})
            for metric in example.get("metrics", ()):
                metric["timestamp"] = datetime.datetime.now(datetime.timezone.utc).isoformat()
            with self.subTest(path):
                path = path.removeprefix("/api/v1").replace("/rule-templates/{id}", "/rule-templates/cpu_high")
                SUITE.api("POST", path, example)
            tried += 1
        self.assertGreaterEqual(tried, 8)

    @staticmethod
    def described():
        return json.loads((TOP / "docs/swagger.json").read_text())

    def test_one_is_stopped_while_the_others_go_on(self):
        """M-009, M-014, M-037: SIGTERM ends with 0; /readyz names the role that is missing."""
        for name in ("checker", "notifier", "report", "ingest"):
            program = SUITE.programs[name]
            self.assertEqual(program.terminate(), 0, name)
            self.assertIsInstance(SUITE.api("GET", "/servers")["items"], list)
            program.start()
        eventually(60, lambda: call("GET", SUITE.url + "/readyz"), "ready again")
        roles = {role["role"] for role in call("GET", SUITE.url + "/health")["roles"]}
        self.assertEqual(roles, {"api", "ingest", "checker", "notifier", "report"})

    def test_the_gateway_is_the_only_door(self):
        """M-020: services listen on loopback, and their probes and figures are not behind the gateway."""
        doors = [name for name in SUITE.port if name.endswith("_probes") and name != "agent_probes"]
        for name in (*doors, "api", "stream", "query", "ingest"):
            with self.subTest(name):
                self.assertEqual(listening_at(SUITE.port[name]), {"0100007F"})
        for path in ("/metrics", "/livez"):
            with self.assertRaises(HttpError) as refused:
                call("GET", SUITE.url + path)
            self.assertEqual(refused.exception.status, 404)


def listening_at(port):
    """The local addresses, as /proc/net writes them, at which anybody listens on this port."""
    found = set()
    for table in ("tcp", "tcp6"):
        for line in pathlib.Path("/proc/net", table).read_text().splitlines()[1:]:
            _, local, _, state, *_ = line.split()
            address, number = local.split(":")
            if state == "0A" and int(number, 16) == port:
                found.add(address)
    return found


if __name__ == "__main__":
    unittest.main()
