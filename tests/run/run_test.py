"""make run names what is in its way, and what to do about it."""

import os
import pathlib
import shutil
import socket
import subprocess
import sys
import tempfile
import unittest

TOP = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(TOP / "tools"))
import run_settings  # noqa: E402

TOOLS_OF_DEBIAN = ("bash", "dirname", "readlink", "sed", "tr", "grep", "head", "ss", "env", "sort", "id", "getent")


def check_ports(base, folder):
    script = (
        'top=$PWD run=$1 servers=$PWD/tools/servers; . tools/ports.sh; . tools/run_parts.sh; step ports check_ports'
    )
    return subprocess.run(
        ["bash", "-euc", script, "bash", folder],
        cwd=TOP, env={"PATH": os.environ["PATH"], "RUN_BASE_PORT": str(base)},
        capture_output=True, text=True, check=False,
    )  # fmt: skip


class Packages(unittest.TestCase):
    """Debian's database of packages and the account are the outside, and replaced."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.path = pathlib.Path(folder.name)
        for name in TOOLS_OF_DEBIAN:
            found = subprocess.check_output(["bash", "-c", f"command -v {name}"], text=True).strip()
            (self.path / name).symlink_to(found)
        self.program("dpkg-query", 'case $* in *nginx-light*) echo not-installed ;; *) echo installed ;; esac')
        self.program("node", "exit 0")
        self.program("npm", "exit 0")

    def program(self, name, script):
        file = self.path / name
        file.unlink(missing_ok=True)
        file.write_text(f"#!/bin/bash\n{script}\n")
        file.chmod(0o755)

    def install(self):
        return subprocess.run(
            [TOP / "tools/packages", "install", "build", "run"],
            env={"PATH": str(self.path)}, capture_output=True, text=True, check=False,
        )  # fmt: skip

    def test_without_rights_the_missing_package_and_the_command_are_named(self):
        self.program("id", "echo 1000")
        done = self.install()
        self.assertEqual(done.returncode, 69)
        self.assertIn("apt-get install nginx-light\n", done.stderr)

    def test_an_ordinary_user_installs_just_that_through_sudo(self):
        self.program("id", "echo 1000")
        self.program("sudo", 'printf "sudo: %s\\n" "${@: -1}"')
        done = self.install()
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("installing 1 packages: nginx-light\nsudo: nginx-light", done.stdout)

    def test_nothing_missing_needs_neither_network_nor_rights(self):
        self.program("id", "echo 1000")
        self.program("dpkg-query", "echo installed")
        done = self.install()
        self.assertEqual((done.returncode, done.stdout, done.stderr), (0, "", ""))


class Ports(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name + "/run"
        self.base = int(subprocess.check_output([TOP / "tools/servers/free_ports", "32"]))

    def test_free_ports_are_fine(self):
        done = check_ports(self.base, self.folder)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def test_a_taken_port_is_named_with_who_has_it_and_what_to_do(self):
        with socket.create_server(("127.0.0.1", self.base + 11)):
            done = check_ports(self.base, self.folder)
        self.assertEqual(done.returncode, 1)
        self.assertIn(f"port {self.base + 11} is taken", done.stderr)
        self.assertIn(f"pid={os.getpid()}", done.stderr)
        self.assertIn("RUN_BASE_PORT=", done.stderr)


class Running(unittest.TestCase):
    """A suite that runs is not stopped for ports that it cannot have."""

    def check(self, postgres, gateway, environment):
        with tempfile.TemporaryDirectory() as folder:
            for name, text in (("postgres/port", postgres), ("gateway/address", f"127.0.0.1:{gateway}")):
                file = pathlib.Path(folder, name)
                file.parent.mkdir()
                file.write_text(f"{text}\n")
            script = (
                "top=$PWD run=$1 servers=$PWD/tools/servers; . tools/ports.sh; . tools/run_parts.sh; "
                "supervised() { true; }; step ports check_running"
            )
            return subprocess.run(
                ["bash", "-euc", script, "bash", folder],
                cwd=TOP, env={"PATH": os.environ["PATH"], **environment},
                capture_output=True, text=True, check=False,
            )  # fmt: skip

    def test_the_same_ports_are_fine(self):
        for done in (
            self.check(25432, 3000, {}),
            self.check(25432, 4000, {"PORT": "4000"}),
            self.check(21011, 21000, {"RUN_BASE_PORT": "21000"}),
        ):
            self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def test_others_are_refused_with_what_runs_and_what_to_do(self):
        for postgres, gateway, environment, keep in (
            (25432, 3000, {"RUN_BASE_PORT": "21000"}, " PORT=3000 make run"),
            (25432, 3000, {"PORT": "4000"}, " PORT=3000 make run"),
            (21011, 4000, {}, "RUN_BASE_PORT=21000 PORT=4000 make run"),
        ):
            done = self.check(postgres, gateway, environment)
            self.assertEqual(done.returncode, 1)
            for said in (f"gateway on {gateway} ", f"PostgreSQL on {postgres} ", "Nothing was stopped", "make stop", keep):
                self.assertIn(said, done.stderr)

    def test_that_is_looked_at_before_anything_else(self):
        with tempfile.TemporaryDirectory() as folder:
            top = pathlib.Path(folder)
            shutil.copytree(TOP / "tools", top / "tools")
            (top / "tools/run_parts.sh").write_text('step() { echo "${@: -1}"; exit 1; }\n')
            done = subprocess.run([top / "tools/run"], env={"PATH": os.environ["PATH"]}, capture_output=True, text=True)
            self.assertEqual(done.stdout, "check_running\n")


class Settings(unittest.TestCase):
    """C-043: what make run decides, what somebody says, and who may see what."""

    GENERATED = {
        "DATABASE_URL": "postgres://made", "JWT_SECRET": "made", "EMAIL_HOST": "127.0.0.1", "EMAIL_PORT": "1",
        "MONITRON_EMAIL_TLS": "none", "MONITRON_API_ADDRESS": "127.0.0.1:2", "LOG_LEVEL": "info",
    }  # fmt: skip

    def merged(self, dotenv, environment=None):
        return run_settings.merge(self.GENERATED, run_settings.given(dotenv, environment or {}))

    def test_a_copy_of_the_example_changes_nothing(self):
        example = run_settings.read_dotenv(TOP / ".env.example")
        self.assertEqual(self.merged(example), self.GENERATED)

    def test_the_environment_wins_over_dotenv_and_that_over_what_is_made(self):
        merged = self.merged({"LOG_LEVEL": "debug", "JWT_SECRET": "mine"}, {"LOG_LEVEL": "warn"})
        self.assertEqual((merged["LOG_LEVEL"], merged["JWT_SECRET"]), ("warn", "mine"))

    def test_its_servers_and_ports_stay_its_own(self):
        said = {"DATABASE_URL": "x", "DB_HOST": "x", "MONITRON_API_ADDRESS": "x", "EMAIL_PORT": "25"}
        self.assertEqual(self.merged(said), self.GENERATED)

    def test_a_mail_server_brings_its_port_and_tls(self):
        merged = self.merged({"EMAIL_HOST": "mail.example", "EMAIL_PORT": "465", "MONITRON_EMAIL_TLS": "tls"})
        self.assertEqual((merged["EMAIL_PORT"], merged["MONITRON_EMAIL_TLS"]), ("465", "tls"))
        merged = self.merged({"EMAIL_HOST": "mail.example"})
        self.assertNotIn("EMAIL_PORT", merged)  # the program's default

    def test_an_unknown_setting_is_named(self):
        with self.assertRaises(SystemExit) as refused:
            self.merged({"MONITRON_CHEKCER_LOOPS": "2"})
        self.assertIn("MONITRON_CHEKCER_LOOPS", str(refused.exception))

    def test_secrets_are_in_no_environment_and_the_checker_has_only_its_own(self):
        with tempfile.TemporaryDirectory() as folder:
            folder = pathlib.Path(folder)
            run_settings.write(folder, self.GENERATED)
            services = {one.name: one.read_text() for one in (folder / "env").iterdir()}
            self.assertEqual(services["JWT_SECRET_FILE"], "../private/JWT_SECRET\n")
            self.assertNotIn("JWT_SECRET", services)
            self.assertEqual((folder / "private/JWT_SECRET").read_text(), "made\n")
            checker = {one.name for one in (folder / "checker-env").iterdir()}
            self.assertEqual(checker, {"DATABASE_URL", "LOG_LEVEL"})


class Start(unittest.TestCase):
    """The first lines of tools/run, where a checkout has a .env and where it has none."""

    def gateway_port(self, dotenv):
        with tempfile.TemporaryDirectory() as folder:
            top = pathlib.Path(folder)
            shutil.copytree(TOP / "tools", top / "tools")
            (top / "tools/run_parts.sh").write_text('echo "$gateway_port"; exit\n')
            if dotenv is not None:
                (top / ".env").write_text(dotenv)
            environment = {"PATH": os.environ["PATH"], "RUN_BASE_PORT": "21000"}
            return int(subprocess.check_output([top / "tools/run"], env=environment))

    def test_the_port_comes_from_dotenv(self):
        self.assertEqual(self.gateway_port(None), 21000)
        self.assertEqual(self.gateway_port("PORT=3000\n"), 21000)
        self.assertEqual(self.gateway_port("PORT=4000\n"), 4000)


class Stop(unittest.TestCase):
    def test_where_nothing_runs_it_says_where_that_was(self):
        with tempfile.TemporaryDirectory() as folder:
            said = subprocess.check_output([TOP / "tools/stop"], env={**os.environ, "RUN_DIR": folder}, text=True)
            self.assertIn(folder, said)
            self.assertIn("RUN_DIR=", said)


if __name__ == "__main__":
    unittest.main()
