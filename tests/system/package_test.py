"""The agent's Debian package: what is in it, and that it comes and goes without a trace."""

import os
import shutil
import stat
import subprocess
import tempfile
import unittest
from pathlib import Path

BUILD = Path(os.environ["MONITRON_BUILD"])
ENV = Path("/etc/monitron/agent.env")


def run(*command):
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise AssertionError(f"{command}: {done.returncode}\n{done.stdout}{done.stderr}")
    return done.stdout


class Package(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = Path(tempfile.mkdtemp(prefix="package."))
        cls.addClassCleanup(shutil.rmtree, cls.folder, ignore_errors=True)
        run("cpack", "--config", str(BUILD / "CPackConfig.cmake"), "-B", str(cls.folder))
        cls.package = str(next(cls.folder.glob("monitron-agent_*.deb")))
        cls.root = cls.folder / "root"
        run("dpkg-deb", "-x", cls.package, str(cls.root))

    def field(self, name):
        return run("dpkg-deb", "-f", self.package, name).strip()

    def test_it_holds_the_agent_and_names_what_it_needs(self):
        files = {str(one.relative_to(self.root)) for one in self.root.rglob("*") if one.is_file()}
        self.assertEqual(
            files,
            {
                "usr/bin/monitron-agent",
                "usr/lib/systemd/system/monitron-agent.service",
                "usr/share/monitron-agent/agent.env",
                "usr/share/doc/monitron-agent/copyright",
            },
        )
        needs = {one.split()[0] for one in self.field("Depends").split(", ")}
        self.assertLessEqual({"libc6", "libcurl4", "libuv1", "libzstd1"}, needs)
        self.assertIn(self.field("Version"), run(str(self.root / "usr/bin/monitron-agent"), "--version"))

    @unittest.skipUnless(shutil.which("systemd-analyze"), "there is no systemd-analyze")
    def test_its_unit_is_sound(self):
        said = subprocess.run(
            ["systemd-analyze", "verify", "--man=no", f"--root={self.root}", "monitron-agent.service"],
            capture_output=True,
            text=True,
            check=False,
        )
        # Of units that are not there it complains too; of what this one says, with the line.
        self.assertNotRegex(said.stdout + said.stderr, r"monitron-agent\.service:\d+")

    @unittest.skipUnless(os.environ.get("CI") == "true" and os.getuid() == 0, "it changes this machine: in CI alone")
    def test_it_comes_and_goes(self):
        self.addCleanup(subprocess.run, ["dpkg", "--purge", "monitron-agent"], check=False)
        run("dpkg", "--install", self.package)
        self.assertIn("node_load1 ", run("/usr/bin/monitron-agent", "--once", "--print"))
        self.assertEqual(stat.S_IMODE(ENV.stat().st_mode), 0o600, "it holds a token")
        ENV.write_text("MONITRON_AGENT_SERVER=https://monitron.example.com\n")
        run("dpkg", "--install", self.package)
        self.assertIn("example.com", ENV.read_text(), "an upgrade keeps settings")
        run("dpkg", "--remove", "monitron-agent")
        self.assertTrue(ENV.exists(), "and so does removal")
        run("dpkg", "--purge", "monitron-agent")
        for path in ("/usr/bin/monitron-agent", "/etc/monitron/agent.env", "/var/lib/monitron-agent"):
            self.assertFalse(Path(path).exists(), path)


if __name__ == "__main__":
    unittest.main()
