"""The suite in containers: compose.yaml as it is, started, used, hurt and ended.

Run by tools/smoke_containers, which sees to a Docker daemon and the images.
"""

import json
import os
import pathlib
import re
import shlex
import signal
import subprocess
import tempfile
import time
import unittest

from tests.system.suite import TOP, eventually, http

COMPOSE = shlex.split(os.environ.get("COMPOSE", "docker compose"))
PROJECT = "monitron-smoke"
SERVICES = ("gateway", "backend", "ingest", "checker", "notifier", "report", "postgres", "rabbitmq")
PORTS = {
    name: str(int(os.environ["CONTAINERS_BASE_PORT"]) + i)
    for i, name in enumerate(("PORT", "PORT2", "ALERTMANAGER_PORT", "MAIL_PORT"))
}
URL = f"http://127.0.0.1:{PORTS['PORT']}"


def run(*command, check=True):
    done = subprocess.run(
        command,
        cwd=TOP,
        env={**os.environ, **PORTS},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if check and done.returncode != 0:
        raise AssertionError(f"{' '.join(command)}: {done.stdout[-2000:]}{done.stderr[-4000:]}")
    return done.stdout + done.stderr


def compose(*arguments, check=True):
    return run(*COMPOSE, "--project-name", PROJECT, *arguments, check=check)


def container(service):
    """What Docker knows of the container of a service, ended ones too."""
    name = run(
        "docker", "ps", "--all", "--quiet",
        "--filter", f"label=com.docker.compose.project={PROJECT}",
        "--filter", f"label=com.docker.compose.service={service}",
    ).strip()  # fmt: skip
    return json.loads(run("docker", "inspect", name))[0]


def healthy(service):
    return container(service)["State"].get("Health", {}).get("Status") == "healthy"


def password():
    return re.search(r"password: (\S+)", compose("logs", "secrets"))[1]


def api(method, path, body=None):
    login = {"email": "admin@monitron.example", "password": password()}
    token = http("POST", URL + "/api/v1/auth/login", login)["access_token"]
    return http(method, URL + "/api/v1" + path, body, {"Authorization": "Bearer " + token})


def samples_of_script():
    """The integrator's script with a token of its own; what it printed."""
    with tempfile.TemporaryDirectory() as home:
        token = api("POST", "/tokens", {"name": "script", "scopes": ["read", "ingest"]})["token"]
        pathlib.Path(home, ".curlrc").write_text(f'header = "Authorization: Bearer {token}"\n')
        return subprocess.check_output(
            [TOP / "tests/system/integration.sh"],
            env={"PATH": os.environ["PATH"], "HOME": home, "BASE": URL},
            stderr=subprocess.STDOUT,
            text=True,
        )


def kill(service):
    """As if the program had crashed: Docker does not start again what it was told itself to kill."""
    pid = container(service)["State"]["Pid"]
    os.kill(pid, signal.SIGKILL)
    return pid


def setUpModule():
    compose("down", "--volumes", check=False)
    began = time.monotonic()
    compose("up", "-d")
    eventually(120, lambda: healthy("gateway"), "the gateway")
    print(f"up in {time.monotonic() - began:.0f} s", flush=True)


def tearDownModule():
    if os.environ.get("MONITRON_KEEP"):
        return
    print(compose("down", "--volumes")[-300:])


class Containers(unittest.TestCase):
    def tearDown(self):
        # Of a failed test one wants to know what the programs said.
        outcome = self._outcome.result
        if outcome and any(test is self for test, _ in outcome.failures + outcome.errors):
            print(compose("ps", check=False), compose("logs", "--tail", "12", check=False)[-20000:])

    def assert_back(self, killed):
        """Each runs again, as another process, and the suite is ready."""
        for service, pid in killed.items():
            eventually(60, lambda one=service, old=pid: container(one)["State"]["Pid"] not in (0, old), service)
        eventually(90, lambda: http("GET", URL + "/readyz"), "the suite")

    def test_one_command_starts_everything(self):
        """R-001, R-003, C-044, D-003: all are healthy, each in a container of its own, on both ports."""
        for service in SERVICES:
            eventually(60, lambda service=service: healthy(service), service)
        for port in (PORTS["PORT"], PORTS["PORT2"]):
            health = f"http://127.0.0.1:{port}/health"
            self.assertEqual(eventually(60, lambda: http("GET", health))["status"], "ok")
        self.assertIn(b"<!doctype html>", http("GET", URL + "/").lower())
        for service in SERVICES:
            limits = container(service)["HostConfig"]
            self.assertTrue(limits["ReadonlyRootfs"], service)
            self.assertEqual(limits["CapDrop"], ["ALL"], service)
            self.assertEqual(container(service)["Config"]["User"], "10001:10001", service)

    def test_an_integrators_script_works(self):
        """R-034: registered, pushed, read back."""
        self.assertRegex(samples_of_script(), "[1-9]00 of 100")

    def test_the_log_of_the_backend(self):
        """R-002, M-205 … M-208: docker compose logs backend."""
        said = compose("logs", "backend")
        for line in ("connected to database", "migrations applied", "RabbitMQ connected", PORTS["PORT"]):
            self.assertIn(line.lower(), said.lower())

    def test_what_breaks_is_told_in_both_places(self):
        """M-010: checked from inside, alerted by Alertmanager and by mail."""
        check = {"name": "the door", "kind": "tcp", "target": "gateway:3999"}
        check.update(interval_seconds=1, timeout_seconds=1, failures_before_down=1)
        made = api("POST", "/checks", check)
        ping = {"name": "echo", "kind": "icmp", "target": "postgres", "interval_seconds": 1}
        echo = api("POST", "/checks", ping)
        alerts = f"http://127.0.0.1:{PORTS['ALERTMANAGER_PORT']}/api/v2/alerts"
        eventually(30, lambda: "the door" in json.dumps(http("GET", alerts)), "the alert")
        mail = f"http://127.0.0.1:{PORTS['MAIL_PORT']}/email"
        eventually(30, lambda: "[FIRING] the door" in json.dumps(http("GET", mail)), "the letter")
        eventually(30, lambda: api("GET", "/checks/" + echo["id"])["status"] == "up", "the echo")
        for one in (made, echo):
            api("DELETE", "/checks/" + one["id"])

    @unittest.skipUnless(os.geteuid() == 0, "only root may kill what runs in containers")
    def test_killed_containers_come_back(self):
        """M-009, R-001: killed together, they may come back with each other's addresses."""
        killed = {service: kill(service) for service in ("backend", "ingest", "notifier")}
        self.assert_back(killed)
        self.assertRegex(eventually(30, samples_of_script, "the script"), "[1-9]00 of 100")

    @unittest.skipUnless(os.geteuid() == 0, "only root may kill what runs in containers")
    def test_killed_servers_come_back(self):
        """M-005: what was stored is there again."""
        before = len(api("GET", "/servers")["items"])
        killed = {server: kill(server) for server in ("postgres", "rabbitmq")}
        self.assert_back(killed)
        self.assertEqual(len(api("GET", "/servers")["items"]), before)

    def test_zz_down_and_up_keeps_everything(self):
        """R-001, R-002: docker compose down ends all cleanly; the data is there at the next up."""
        samples_of_script()
        secret = password()
        began = time.monotonic()
        compose("stop")
        self.assertLess(time.monotonic() - began, 35)
        for service in (*SERVICES, "alertmanager", "mail"):
            self.assertEqual(container(service)["State"]["ExitCode"], 0, service)
        compose("down")
        left = run("docker", "ps", "--all", "--quiet", "--filter", f"name={PROJECT}")
        self.assertEqual(left.strip(), "")
        compose("up", "-d")
        eventually(120, lambda: healthy("gateway"), "the gateway")
        self.assertEqual(password(), secret)
        names = [one["hostname"] for one in api("GET", "/servers")["items"]]
        self.assertIn("script.example", names)


if __name__ == "__main__":
    unittest.main()
