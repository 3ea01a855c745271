"""GraphQL as others see it: over the gateway, by a client that is not ours."""

import filecmp
import os
import shutil
import subprocess
import unittest

from tests.system.suite import TOP, Suite, running

WEB = TOP / "services/web"
SUITE = None


def setUpModule():
    global SUITE
    SUITE = running(Suite({"MONITRON_API_GRAPHQL_INTROSPECTION": "true"}))


def installed():
    """The packages of the web, as its lock file has them."""
    lock, known = WEB / "package-lock.json", WEB / "node_modules/.lock-of-this"
    if known.exists() and filecmp.cmp(lock, known, shallow=False):
        return
    subprocess.run(["npm", "ci", "--no-audit", "--no-fund"], cwd=WEB, check=True)
    shutil.copyfile(lock, known)


class Graphql(unittest.TestCase):
    def test_one_request_shows_what_three_of_rest_show(self):
        """M-011, M-035"""
        answer = SUITE.api(
            "POST",
            "/graphql",
            {
                "query": "{ me { role } overview { checks { total } } "
                "instances(first: 5) { nodes { hostname checks { nodes { name } } } } }"
            },
        )
        self.assertNotIn("errors", answer)
        self.assertEqual(answer["data"]["me"]["role"], "admin")
        self.assertEqual(
            answer["data"]["overview"]["checks"]["total"],
            SUITE.api("GET", "/overview")["checks"]["total"],
        )

    def test_audits(self):
        """M-035: all audits of graphql-http, of what a server must, should and may do."""
        installed()
        done = subprocess.run(
            ["node", "tests/graphql/audits.mjs"],
            cwd=WEB,
            env={**os.environ, "MONITRON_URL": SUITE.url, "TOKEN": SUITE.token()},
            capture_output=True,
            text=True,
            timeout=120,
        )
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)


if __name__ == "__main__":
    unittest.main()
