"""GraphQL as others see it: over the gateway, by a client that is not ours."""

import os
import subprocess
import unittest

from tests.system.packages import WEB, installed
from tests.system.suite import Suite, running

SUITE = None


def setUpModule():
    global SUITE
    SUITE = running(Suite({"MONITRON_API_GRAPHQL_INTROSPECTION": "true"}))


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

    def by_node(self, script, **settings):
        installed(WEB)
        done = subprocess.run(
            ["node", f"tests/graphql/{script}"],
            cwd=WEB,
            env={**os.environ, "MONITRON_URL": SUITE.url, "TOKEN": SUITE.token(), **settings},
            capture_output=True,
            text=True,
            timeout=240,
        )
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def test_audits(self):
        """M-035: all audits of graphql-http, of what a server must, should and may do."""
        self.by_node("audits.mjs")

    def test_subscriptions(self):
        """M-011, M-171: what happens reaches the client that pages use, over the gateway."""
        check = SUITE.api(
            "POST",
            "/checks",
            {
                "kind": "tcp",
                "name": "told to subscribers",
                "target": SUITE.url.split("//")[1],
                "interval_seconds": 1,
                "timeout_seconds": 1,
            },
        )
        self.by_node("subscriptions.mjs", CHECK=check["id"])


if __name__ == "__main__":
    unittest.main()
