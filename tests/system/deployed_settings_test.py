"""The settings that manifests and compose give to the programs are settings that the programs take."""

import os
import pathlib
import re
import subprocess
import tempfile
import unittest

import yaml

from tests.system.suite import BUILD, TOP

SECRETS = {
    "databaseUrl": "postgres://u:p@host:5432/d?sslmode=disable",
    "rabbitmqUrl": "amqp://u:p@host:5672/",
    "jwtSecret": "k7Lw" * 12,
    "encryptionKey": "k7Lw" * 8,
    "encryptionKeysOld": "o9Qx" * 8,
    "adminEmail": "admin@monitron.example",
    "adminPassword": "correct horse battery",
    "emailUsername": "user",
    "emailPassword": "password",
    "alertmanagerWebhookToken": "k7Lw" * 12,
    "oidcClientSecret": "k7Lw" * 12,
}
FILES = {
    "/secrets/database_url": SECRETS["databaseUrl"],
    "/secrets/rabbitmq_url": SECRETS["rabbitmqUrl"],
    "/secrets/jwt": SECRETS["jwtSecret"],
    "/secrets/encryption": SECRETS["encryptionKey"],
    "/secrets/admin": SECRETS["adminPassword"],
    "/secrets/alertmanager_webhook": "k7Lw" * 12,
}
SERVICES = ("api", "ingest", "checker", "notifier", "report")


def check(program, environment):
    """What the program says of these settings alone."""
    with tempfile.TemporaryDirectory() as folder:
        for name, text in FILES.items():
            pathlib.Path(folder, pathlib.Path(name).name).write_text(text)
        environment = {k: v.replace("/secrets/", folder + "/") for k, v in environment.items()}
        done = subprocess.run(
            [BUILD / f"bin/monitron-{program}", "--check-config"],
            env={"PATH": os.environ["PATH"], **environment},
            cwd=folder, capture_output=True, text=True, check=False,
        )  # fmt: skip
    return done.returncode, done.stdout + done.stderr


def of_manifests():
    """Program → environment of its container in k8s/."""
    things = list(yaml.safe_load_all((TOP / "k8s/monitron.yaml").read_text()))
    maps = {one["metadata"]["name"]: one["data"] for one in things if one["kind"] == "ConfigMap"}
    for thing in things:
        if thing["kind"] != "Deployment":
            continue
        for container in thing["spec"]["template"]["spec"]["containers"]:
            environment = {}
            for source in container.get("envFrom", []):
                environment.update(maps[source["configMapRef"]["name"]])
            for entry in container["env"]:
                key = entry.get("valueFrom", {}).get("secretKeyRef", {}).get("key")
                environment[entry["name"]] = SECRETS[key] if key else str(entry["value"])
            yield container["name"], environment


def of_compose():
    """Program → environment of its service in compose.yaml, nothing set by the caller."""
    text = re.sub(r"\$\{\w+:-([^}]*)\}", r"\1", (TOP / "compose.yaml").read_text())
    for service in yaml.safe_load(text)["services"].values():
        program = service["image"].split(":")[0].removeprefix("monitron-")
        yield program, {k: str(v or "") for k, v in service.get("environment", {}).items()}


class DeployedSettings(unittest.TestCase):
    def all_taken(self, environments):
        taken = set()
        for program, environment in environments:
            if program in SERVICES:
                code, said = check(program, environment)
                self.assertEqual(code, 0, f"{program}: {said}")
                taken.add(program)
        self.assertEqual(taken, set(SERVICES))

    def test_those_of_kubernetes(self):
        self.all_taken(of_manifests())

    def test_those_of_compose(self):
        self.all_taken(of_compose())

    def test_a_wrong_one_would_be_noticed(self):
        program, environment = next(one for one in of_compose() if one[0] == "notifier")
        code, said = check(program, {**environment, "MONITRON_NOTIFIER_EMAIL_TOO": "x"})
        self.assertEqual(code, 78)
        self.assertIn("MONITRON_NOTIFIER_EMAIL_TOO", said)


if __name__ == "__main__":
    unittest.main()
