"""What the checkout itself must be (D-002)."""

import json
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
            *(TOP / "libs/host").glob("*.cpp"),
            *(TOP / "services/agent").glob("*.cpp"),
        ]
        name = r'"((?:node(?!_exporter\b)|process|connection(?!_log\b)|probe|monitron_agent)_\w*[^\W_])"'
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

    @staticmethod
    def programs():
        """The C++ of what runs: neither tests nor what only they use."""
        for room in ("libs", "services"):
            for path in sorted((TOP / room).rglob("*.[ch]pp")):
                if not {"tests", "testkit", "node_modules"} & set(path.relative_to(TOP).parts):
                    yield path.relative_to(TOP).as_posix(), path.read_text(encoding="utf-8")

    def test_no_program_uses_a_shell_or_a_pattern_that_may_take_forever(self):
        """S-02, S-23."""
        forbidden = re.compile(r"#include <regex>|std::regex|\b(?:std::|::)?system\(\"|\bpopen\(|\"-c\"")
        for line in ("#include <regex>", 'popen("ls", "r")', 'std::system("ls")'):
            self.assertRegex(line, forbidden)
        found = [name for name, text in self.programs() if forbidden.search(text)]
        self.assertEqual(found, [])

    def test_services_say_nothing_in_sql(self):
        """S-24: statements are made where no request is known, their values are parameters."""
        statement = re.compile(r"\.exec(?:_params|_prepared)?[01n]?\(")
        self.assertRegex('tx.exec_params("SELECT " + name)', statement)
        found = {name for name, text in self.programs() if statement.search(text)}
        rooms = {name.rsplit("/", 1)[0] for name in found}
        self.assertIn("libs/store", rooms)
        self.assertEqual({room for room in rooms if room.startswith("services/")}, set(), found)

    def test_the_ui_does_nothing_but_by_the_api(self):
        """M-007: three files reach the network; what they are asked for by path is described, as what is typed is."""
        described = {re.sub(r"{\w+}", "{}", one) for one in json.loads(read("docs/swagger.json"))["paths"]}
        doors, asked = set(), set()
        for path in sorted((TOP / "services/web/src").rglob("*.ts*")):
            if ".test." in path.name or path.name == "openapi.ts":
                continue
            text = re.sub(r"\${[^}]*}", "{}", path.read_text(encoding="utf-8"))
            if re.search(r"\bfetch\(|WebSocket\(|EventSource\(|XMLHttpRequest|sendBeacon|axios", text):
                doors.add(path.name)
            asked |= set(re.findall(r"[`\"'](/api/v1/[\w/-]+\w)[`\"'?]", text))
            for name in re.findall(r"\b(?:askOpenly|post)\(\"([^\"]+)\"", text):
                asked.add(f"/api/v1/auth/{name}")
            for name in re.findall(r"\b(?:request|json(?:<[^(]*>)?)\(\"[A-Z]+\", [`\"]([^`\"?]+)", text):
                asked.add(f"/api/v1{name}")
        self.assertEqual(doors, {"request.ts", "session.ts", "stream.ts"})
        self.assertGreaterEqual(len(asked), 10)
        self.assertEqual(asked - described, set())


if __name__ == "__main__":
    unittest.main()
