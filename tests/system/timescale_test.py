"""TimescaleDB is taken where a server has it, and not missed where it has not.

The server here is a copy of Debian's with an extension of that name added: PostgreSQL looks for its
files beside its own program.
"""

import os
import pathlib
import shutil
import subprocess
import tempfile
import unittest

from tests.system.suite import BUILD, TOOLS, Process, eventually

INSTALLED = sorted(pathlib.Path("/usr/lib/postgresql").glob("*/bin"))[-1]
VERSION = INSTALLED.parent.name


def copy_of_the_server(folder):
    """Its programs and shared files below `folder`; the folder of its extensions."""
    bin_folder = folder / f"usr/lib/postgresql/{VERSION}/bin"
    bin_folder.mkdir(parents=True)
    for program in ("initdb", "postgres", "pg_isready"):
        shutil.copy(INSTALLED / program, bin_folder)
    (bin_folder.parent / "lib").symlink_to(INSTALLED.parent / "lib")
    share = folder / f"usr/share/postgresql/{VERSION}"
    shutil.copytree(f"/usr/share/postgresql/{VERSION}", share)
    return bin_folder, share / "extension"


class TimescaleDb(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = pathlib.Path(tempfile.mkdtemp(prefix="monitron-timescale-"))
        cls.addClassCleanup(shutil.rmtree, cls.folder, ignore_errors=True)
        cls.folder.chmod(0o755)
        programs, cls.extensions = copy_of_the_server(cls.folder)
        cls.environment = {**os.environ, "POSTGRES_BIN": str(programs)}
        port = subprocess.check_output([TOOLS / "free_ports", "1"], text=True).strip()
        cls.server("prepare", port, "--throw-away")
        running = Process(
            [TOOLS / "postgres", "run", cls.folder / "postgres"],
            cls.folder / "log",
            cls.environment,
        )
        running.start()
        cls.addClassCleanup(running.kill)
        cls.addClassCleanup(cls.server, "stop")
        eventually(30, lambda: cls.server("ready", check=False).returncode == 0, "PostgreSQL")
        cls.admin = cls.server("url").stdout.strip()

    @classmethod
    def server(cls, command, *arguments, check=True):
        return subprocess.run(
            [TOOLS / "postgres", command, cls.folder / "postgres", *arguments],
            env=cls.environment, check=check, capture_output=True, text=True,
        )  # fmt: skip

    def extension(self, script):
        """The server has the extension from now on; `script` is what creating it does."""
        control = self.extensions / "timescaledb.control"
        control.write_text("default_version = '0'\nrelocatable = true\nsuperuser = true\n")
        self.addCleanup(control.unlink)
        made = self.extensions / "timescaledb--0.sql"
        made.write_text(script)
        self.addCleanup(made.unlink)
        for file in (control, made):
            file.chmod(0o644)

    def provisioned(self, name):
        """Provisions the database `name` twice; what was said, and the extensions that are there."""
        address = self.admin.split("@", 1)[1].split("/", 1)[0]
        url = f"postgres://u_{name}:a'b@{address}/{name}?sslmode=disable"
        settings = {"DATABASE_URL": url, "MONITRON_DATABASE_ADMIN_URL": self.admin}
        said = ""
        for _ in range(2):
            done = subprocess.run(
                [BUILD / "bin/monitron-migrate", "up"],
                env={"PATH": os.environ["PATH"], **settings},
                cwd=self.folder, capture_output=True, text=True, check=False,
            )  # fmt: skip
            self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
            said += done.stdout + done.stderr
        query = "SELECT extname FROM pg_extension"
        found = subprocess.check_output(["psql", "-XAtq", url, "-c", query], text=True)
        return said, found.split()

    def test_a_server_without_it_is_enough(self):
        """M-200: nothing is said of it either."""
        said, found = self.provisioned("without")
        self.assertNotIn("timescaledb", said)
        self.assertNotIn("timescaledb", found)

    def test_a_server_that_has_it_lets_the_database_use_it(self):
        """M-200: CREATE EXTENSION IF NOT EXISTS, by the administrator, in our database."""
        self.extension("CREATE FUNCTION time_bucket(int, int) RETURNS int LANGUAGE sql AS 'SELECT 1';")
        said, found = self.provisioned("with_it")
        self.assertNotIn("refused", said)
        self.assertIn("timescaledb", found)

    def test_one_that_is_not_preloaded_is_named_and_no_failure(self):
        """M-200: as TimescaleDB itself does when shared_preload_libraries lacks it."""
        self.extension("DO $$ BEGIN RAISE EXCEPTION 'must be preloaded'; END $$;")
        said, found = self.provisioned("not_preloaded")
        self.assertIn("must be preloaded", said)
        self.assertNotIn("timescaledb", found)


if __name__ == "__main__":
    unittest.main()
