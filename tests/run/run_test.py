"""make run names what is in its way, and what to do about it."""

import os
import pathlib
import socket
import subprocess
import tempfile
import unittest

TOP = pathlib.Path(__file__).resolve().parents[2]
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


if __name__ == "__main__":
    unittest.main()
