"""The policy for manifests, tried on what it must refuse."""

import copy
import pathlib
import subprocess
import tempfile
import unittest

import yaml

TOP = pathlib.Path(__file__).resolve().parents[2]


def deployment():
    with open(TOP / "k8s/monitron.yaml", encoding="utf-8") as file:
        return next(
            copy.deepcopy(thing)
            for thing in yaml.safe_load_all(file)
            if thing["kind"] == "Deployment"
        )


def said_of(thing):
    with tempfile.NamedTemporaryFile("w", suffix=".yaml") as file:
        yaml.safe_dump(thing, file)
        done = subprocess.run(
            [TOP / "tools/manifest_policy.py", file.name],
            capture_output=True,
            text=True,
            check=False,
        )
        return done.stdout


class ManifestPolicy(unittest.TestCase):
    def refused(self, change, expected):
        thing = deployment()
        change(thing, thing["spec"]["template"]["spec"])
        self.assertIn(expected, said_of(thing))

    def test_our_own_deployment_is_fine(self):
        self.assertEqual(said_of(deployment()), "")

    def test_a_pod_that_may_run_as_root(self):
        self.refused(lambda _, pod: pod.pop("securityContext"), "may run as root")

    def test_a_container_that_keeps_capabilities(self):
        self.refused(
            lambda _, pod: pod["containers"][0]["securityContext"].pop("capabilities"),
            "drop all capabilities",
        )

    def test_an_init_container_that_may_gain_rights(self):
        self.refused(
            lambda _, pod: pod["initContainers"][0].pop("securityContext"),
            "allowPrivilegeEscalation",
        )

    def test_the_tag_latest(self):
        self.refused(
            lambda _, pod: pod["containers"][0].update(image="monitron-api:latest"), "no fixed tag"
        )

    def test_a_container_without_readiness(self):
        self.refused(
            lambda _, pod: pod["containers"][0].pop("readinessProbe"), "has no readinessProbe"
        )

    def test_a_version_that_is_gone(self):
        self.refused(
            lambda thing, _: thing.update(apiVersion="apps/v1beta1"), "unexpected apiVersion"
        )


if __name__ == "__main__":
    unittest.main()
