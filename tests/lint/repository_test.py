"""What the checkout itself must be (D-002)."""

import pathlib
import re
import subprocess
import unittest

TOP = pathlib.Path(__file__).resolve().parents[2]


def read(path):
    return (TOP / path).read_text(encoding="utf-8")


class Repository(unittest.TestCase):
    def test_the_top_level_has_what_was_given(self):
        """D-002: each is there, and no folder is empty."""
        for name in ("CMakeLists.txt", "Makefile", "README.md"):
            self.assertTrue((TOP / name).is_file(), name)
        for name in ("services", "libs", "migrations", "k8s", "helm", "docker", "tests"):
            files = subprocess.check_output(["git", "ls-files", name], cwd=TOP, text=True)
            self.assertTrue(files.strip(), name)

    def test_every_metric_of_agents_and_checks_is_described(self):
        """GET /api/v1/metadata tells type and help of each, and of no others."""
        sources = [
            *(TOP / "libs/probe").glob("*.cpp"),
            TOP / "libs/domain/check_result.cpp",
            TOP / "services/agent/measurements.cpp",
        ]
        name = r'"((?:node|process|probe|monitron_agent)_\w+)"'
        measured = {one for path in sources for one in re.findall(name, path.read_text("utf-8"))}
        self.assertGreater(len(measured), 60)
        self.assertEqual(set(re.findall(name, read("libs/domain/metric_metadata.cpp"))), measured)

    def test_contributing_and_licence(self):
        """M-212, M-213."""
        self.assertIn("`type(scope): what it does`", read("CONTRIBUTING.md"))
        self.assertIn("Apache License", read("LICENSE"))

    def test_one_target_does_one_thing(self):
        """M-182, A-053: every target of the Makefile is one line and its tool is here."""
        makefile = read("Makefile")
        targets = re.search(r"^\.PHONY: (.*)$", makefile, re.M)[1].split()
        self.assertGreaterEqual(
            set(targets), {"run", "stop", "test", "check", "bench", "fmt", "clean", "help"}
        )
        for tool in re.findall(r"^\t@(tools/\w+)$", makefile, re.M):
            self.assertTrue((TOP / tool).stat().st_mode & 0o100, tool)
        for name in (".clang-format", ".clang-tidy", ".editorconfig"):
            self.assertTrue((TOP / name).is_file(), name)

    def test_the_older_names_of_compose_and_ports(self):
        """R-002, C-044: the container `backend` and port 8080."""
        compose = read("compose.yaml")
        self.assertRegex(compose, r"(?m)^  backend:$")
        self.assertIn("${PORT2:-8080}:8080", compose)
        for line in compose.splitlines():  # plain HTTP: for this machine alone, unless somebody says so
            for port in re.findall(r'"([^"]+)"', line) if line.strip().startswith("ports:") else ():
                self.assertRegex(port, r"^(\$\{PUBLISH_ADDRESS:-127\.0\.0\.1\}|127\.0\.0\.1):")
        self.assertIn("gateway_port2=8080", read("tools/ports.sh"))

    def test_services_do_not_call_each_other(self):
        """D-003, M-066: a service knows no address of another one."""
        names = ("INGEST", "CHECKER", "NOTIFIER", "REPORT", "API")
        for name in names:
            for file in (TOP / "services" / name.lower()).glob("*.cpp"):
                for other in names:
                    if other != name:
                        self.assertNotIn(f"MONITRON_{other}_", file.read_text(), file.name)


if __name__ == "__main__":
    unittest.main()
