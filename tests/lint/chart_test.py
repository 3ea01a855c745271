"""What the chart refuses, and where its secrets come from. Run by tools/check_manifests, which finds helm."""

import os
import pathlib
import subprocess
import unittest

import yaml

CHART = pathlib.Path(__file__).resolve().parents[2] / "helm/monitron"


def render(*values, file="minimal"):
    settings = [word for value in values for word in ("--set", value)]
    return subprocess.run(
        [os.environ.get("HELM", "helm"), "template", "test", CHART, "--kube-version", "1.30.0",
         "--values", CHART / f"ci/{file}-values.yaml", *settings],
        capture_output=True, text=True, check=False,
    )  # fmt: skip


def objects(*values, file="minimal"):
    done = render(*values, file=file)
    if done.returncode != 0:
        raise AssertionError(done.stderr)
    return [thing for thing in yaml.safe_load_all(done.stdout) if thing]


def secrets_named(thing):
    """The names of all Secrets that an object takes values or files from."""
    if isinstance(thing, dict):
        for key, value in thing.items():
            if key == "secretKeyRef":
                yield value["name"]
            elif key == "secret" and isinstance(value, dict):
                yield value.get("secretName")
            else:
                yield from secrets_named(value)
    elif isinstance(thing, list):
        for value in thing:
            yield from secrets_named(value)


class Chart(unittest.TestCase):
    def test_what_it_does_not_know_is_refused(self):
        for wrong, said in (
            ("api.replica=2", "replica"),
            ("api.replicas=many", "replicas"),
            ("api.replicas=0", "replicas"),
            ("image.tag=latest", "tag"),
            ("image.pullPolicy=Sometimes", "pullPolicy"),
            ("config.emailTls=perhaps", "emailTls"),
            ("config.emailPort=70000", "emailPort"),
            ("config.logLevel=loud", "logLevel"),
            ("config.publicUrl=monitron.example", "publicUrl"),
            ("gateway.apiRate=fast", "apiRate"),
            ("gateway.service.type=Other", "type"),
            ("secrets.jwtSecret=short", "jwtSecret"),
            ("secrets.encryptionKey=" + "k" * 31, "encryptionKey"),
            ("ingest.autoscaling.targetCpuPercent=500", "targetCpuPercent"),
            ("notifier.resource.limits=1", "resource"),
            ("agent.hostNetwork=often", "hostNetwork"),
        ):
            done = render(wrong)
            self.assertNotEqual(done.returncode, 0, f"takes {wrong}")
            self.assertIn(said, done.stderr, wrong)

    def test_a_secret_of_ones_own_is_the_only_one(self):
        things = objects("existingSecret=ours")
        self.assertEqual([one for one in things if one["kind"] == "Secret"], [])
        self.assertEqual(set(secrets_named(things)), {"ours"})

    def test_no_secret_stands_in_a_configmap_or_an_environment(self):
        for thing in objects(file="everything"):
            if thing["kind"] != "Secret":
                self.assertNotIn("secret@", yaml.safe_dump(thing), thing["metadata"]["name"])

    def test_every_long_running_container_has_probes_and_limits(self):
        """Five services and, where wanted, the agent."""
        names = set()
        for thing in objects(file="everything"):
            if thing["kind"] in ("Deployment", "DaemonSet"):
                for container in thing["spec"]["template"]["spec"]["containers"]:
                    names.add(container["name"])
                    for probe in ("startupProbe", "livenessProbe", "readinessProbe"):
                        self.assertIn(probe, container, container["name"])
        services = {"api", "ingest", "checker", "notifier", "report"}
        self.assertEqual(names, services | {"gateway", "agent"})


if __name__ == "__main__":
    unittest.main()
