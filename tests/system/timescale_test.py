"""TimescaleDB is taken where a server has it, and not missed where it has not.

The server here is a copy of Debian's with an extension of that name added: PostgreSQL looks for its
files beside its own program.
"""

import datetime
import os
import pathlib
import re
import shutil
import subprocess
import tempfile
import time
import unittest
import unittest.mock
import urllib.parse

from tests.system.suite import BUILD, TOOLS, Process, Suite, eventually

SERVER = "11111111-2222-4333-8444-555555555555"
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


def history(start):
    """An hour of two counters and a gauge."""
    lines = []
    for i in range(240):
        at = (start + i * 15) * 1000 + i % 3
        lines += [f'shop_orders_total{{shop="{shop}"}} {i * rate} {at}' for shop, rate in (("a", 1), ("b", 2.5))]
        lines.append(f"shop_queue {i * 7 % 11} {at}")
    return "\n".join(lines).encode() + b"\n"


def schema(suite):
    """Ours, as pg_dump tells it: nothing depends on the extension."""
    only = ("--schema-only", "--no-owner", "--schema=public", "--schema=monitron_v1")
    text = subprocess.check_output(["pg_dump", *only, suite.database_url], text=True)
    parts = re.findall(r"^CREATE (?:TABLE|VIEW|INDEX|UNIQUE INDEX) (?!public\.chunk).*?;", text, re.M | re.S)
    return sorted(parts)


def when(seconds):
    return datetime.datetime.fromtimestamp(seconds, datetime.timezone.utc).isoformat().replace("+00:00", "Z")


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

    def test_results_are_the_same_with_it_and_without(self):
        """M-022: the same samples, staged, compacted and joined, read in every way; and the same schema."""
        self.extension("CREATE FUNCTION time_bucket(int, int) RETURNS int LANGUAGE sql AS 'SELECT 1';")
        start = (int(time.time()) // 7200 - 2) * 7200  # two hours that have been over for a while
        seen = []
        for present in (False, True):
            with_server = {"POSTGRES_BIN": self.environment["POSTGRES_BIN"]} if present else {}
            with unittest.mock.patch.dict(os.environ, with_server):
                seen.append(self.results(start, present))
        without, with_it = seen
        for what, answer in without.items():
            self.assertTrue(answer, what)
            self.assertEqual(answer, with_it[what], what)

    def results(self, start, present):
        suite = Suite({"MONITRON_INGEST_COMPACT_AFTER_SECONDS": "1"})
        try:
            suite.start_servers()
            suite.start_programs()
            if present:
                suite.sql("CREATE EXTENSION timescaledb")
            found = suite.sql("SELECT count(*) FROM pg_extension WHERE extname = 'timescaledb'")
            self.assertEqual(found, [[str(int(present))]])
            text = {"Content-Type": "text/plain; version=0.0.4"}
            row = f"INSERT INTO instances (id, name, hostname, kind) VALUES ('{SERVER}', 's', 's', 'server')"
            suite.sql(row)
            suite.api("POST", f"/import/prometheus?server_id={SERVER}", history(start), text)
            staged = self.readings(suite, start)
            waits = "SELECT (SELECT count(*) FROM staging), (SELECT sum(loose) FROM chunk_partitions WHERE tier % 4 = 0)"
            eventually(90, lambda: suite.sql(waits) == [["0", "0"]], "all is compacted and joined")
            self.assertEqual(self.readings(suite, start), staged)
            return {**staged, "schema": schema(suite)}
        finally:
            suite.close()

    def readings(self, suite, start):
        end = start + 3600
        ask = {"start": start, "end": end, "step": 60}
        rows = "SELECT time, name, labels, value FROM monitron_v1.samples JOIN monitron_v1.series USING (series_id)"
        everything = eventually(
            30, lambda: (lambda found: len(found) == 720 and found)(suite.sql(rows + " ORDER BY 1, 2, 3")), "all"
        )
        found = {"samples by SQL": everything}
        for query in ("shop_orders_total", "sum(rate(shop_orders_total[5m]))", "quantile_over_time(0.9, shop_queue[9m])"):
            asked = urllib.parse.urlencode({"query": query, **ask})
            found[query] = suite.api("GET", "/query_range?" + asked)["data"]["result"]
        for rest in ("limit=1000", "step=300&agg=avg,min,max,sum,count,p95", "step=7&fill=linear&metric_name=shop_queue"):
            span = urllib.parse.urlencode({"server_id": SERVER, "from": when(start), "to": when(end)})
            answer = suite.api("GET", f"/metrics?{span}&{rest}")
            found[rest] = [(one["timestamp"], one["metric_name"], one["value"]) for one in answer["items"]]
        return found


if __name__ == "__main__":
    unittest.main()
