"""Long work that nobody waits for, when whoever works on it dies."""

import unittest

from tests.system.suite import HttpError, Suite, eventually

LATER = {"Prefer": "respond-async"}


class Jobs(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.suite = suite = Suite()
        cls.addClassCleanup(suite.close)
        suite.start_servers()
        suite.start_programs()

    def lock(self):
        """An export of the audit trail takes as long as this lasts."""
        unlock = self.suite.lock_table("audit_log")
        self.addCleanup(unlock)
        return unlock

    def state(self, job):
        return self.suite.sql(f"SELECT state, attempts FROM jobs WHERE id = '{job}'")[0]

    def fetched(self, job):
        return self.suite.api("GET", f"/jobs/{job}/result").decode()

    def begun(self):
        """A job in the middle, and what lets it go on: it waits behind another one until nobody gets at the trail."""
        first = self.suite.api("GET", "/audit/export?format=csv", headers=LATER)["id"]
        eventually(20, lambda: self.state(first)[0] == "done", "a first one")
        self.suite.sql(
            "UPDATE jobs SET state = 'running', finished_at = NULL, lease_until = now() + interval '1 minute' "
            f"WHERE id = '{first}'"
        )
        job = self.suite.api("GET", "/audit/export?format=csv", headers=LATER)["id"]
        unlock = self.lock()
        self.suite.sql(f"DELETE FROM jobs WHERE id = '{first}'")
        eventually(20, lambda: self.state(job) == ["running", "1"], "the job to begin")
        return job, unlock

    def test_what_a_killed_process_was_at_another_one_does(self):
        """M-016: kill -9 in the middle; it is done once, from its beginning, when the lease is over."""
        job, unlock = self.begun()
        self.suite.programs["api"].kill()
        unlock()
        self.assertEqual(self.state(job), ["running", "1"])
        self.suite.programs["api"].start()
        eventually(60, lambda: self.state(job) == ["done", "2"], "another one to do it")
        self.assertEqual(self.suite.sql(f"SELECT count(*) FROM job_answers WHERE job_id = '{job}'"), [["1"]])
        self.assertIn("job.create", self.fetched(job))

    def test_a_process_that_stops_gives_it_back(self):
        job, unlock = self.begun()
        self.assertEqual(self.suite.programs["api"].terminate(), 0)
        self.assertEqual(self.state(job), ["queued", "0"])
        unlock()
        self.suite.programs["api"].start()
        eventually(30, lambda: self.state(job) == ["done", "1"], "the job to be done")

    def test_it_is_cancelled_within_seconds(self):
        job, unlock = self.begun()
        self.suite.sql(f"UPDATE jobs SET cancelling = true WHERE id = '{job}'")
        eventually(10, lambda: self.state(job)[0] == "cancelled", "its end")
        unlock()
        with self.assertRaises(HttpError) as refused:
            self.fetched(job)
        self.assertEqual(refused.exception.status, 409)
