"""The whole API asked for what its own descriptions allow, and for what they do not.

Settings: MUTATION_REQUESTS, MUTATION_SECONDS, MUTATION_SEED (a run again), MUTATION_ONLY (a part of operations' names).
"""

import json
import os
import unittest

from tests.mutation.run import Setting, ask, seed
from tests.system.suite import ADMIN, TOP, Suite, eventually

SUITE = None
REQUESTS = int(os.environ.get("MUTATION_REQUESTS", "100000"))
SECONDS = float(os.environ.get("MUTATION_SECONDS", "240"))
WEBHOOK_TOKEN = "what Alertmanager shows in this run"


def furnish(suite):
    """Something of everything: samples, a check with results, an incident, a report."""
    server = suite.api("POST", "/servers", {"hostname": "mutation.example"})["id"]
    push = 'mutation_load{core="0"} 3\nmutation_total{core="0"} 7\n'.encode()
    suite.api("POST", f"/import/prometheus?server_id={server}", push, {"Content-Type": "text/plain"})
    suite.api("POST", "/checks", {"kind": "tcp", "name": "nobody listens", "target": "127.0.0.1:1", "interval_seconds": 1})
    suite.api("POST", "/checks", {"kind": "heartbeat", "name": "job", "interval_seconds": 60})
    suite.api("POST", "/rules", {"name": "always", "kind": "promql", "expr": "vector(1) > 0", "interval_seconds": 1})
    eventually(60, lambda: suite.api("GET", "/incidents")["items"], "an incident")
    times = {"from": "2026-01-01T00:00:00Z", "to": "2026-01-02T00:00:00Z"}
    suite.api("POST", "/reports", {**times, "format": "csv"})
    eventually(60, lambda: suite.api("GET", "/reports")["items"][0]["state"] == "done", "a report")
    # It would ask the names and addresses that are made up below.
    suite.programs.pop("checker").terminate()


def started():
    # The limits are tested elsewhere; here they would be all that is seen.
    os.environ.update(GATEWAY_API_RATE="1000000r/s", GATEWAY_LOGIN_RATE="1000000r/s")
    suite = Suite({
        "MONITRON_API_RATE_LIMIT": "0",
        "MONITRON_API_REGISTRATION": "open",
        "MONITRON_ALERTMANAGER_WEBHOOK_TOKEN": WEBHOOK_TOKEN,
    })  # fmt: skip
    suite.start_servers()
    suite.start_programs()
    furnish(suite)
    return suite


def setUpModule():
    global SUITE
    SUITE = started()
    unittest.addModuleCleanup(SUITE.close)


def openapi():
    return json.loads((TOP / "docs/swagger.json").read_text())


def setting(document=None, **more):
    given = {
        "host": "127.0.0.1",
        "port": SUITE.port["gateway"],
        "admin": ADMIN,
        "secret": SUITE.settings()["JWT_SECRET"],
        "webhook_token": WEBHOOK_TOKEN,
        "openapi": json.dumps(document or openapi()),
        "schema": (TOP / "docs/schema.graphql").read_text(),
        "requests": REQUESTS,
        "seed": seed(),
        "seconds": SECONDS,
    }
    return Setting(**{**given, **more})


def told(faults):
    return "\n\n".join(
        f"{one['operation']} as {one['as']}: {one['fault']}\n{one['answer']}\n{one['curl'][:4000]}" for one in faults
    )


class Mutation(unittest.TestCase):
    def test_every_answer_is_as_described(self):
        """S-29. M-025, M-170, M-217: no answer of any operation, whatever it is asked, breaks what is promised of it."""
        what = setting(only=os.environ.get("MUTATION_ONLY", ""))
        print(f"MUTATION_SEED={what.seed} MUTATION_REQUESTS={what.requests}", flush=True)
        outcome = ask(what)
        asked = sum(outcome.asked.values())
        print(f"{asked} requests of {len(outcome.asked)} operations", flush=True)
        if outcome.faults:
            self.fail(told(outcome.faults))
        dead = [name for name, program in SUITE.programs.items() if not program.alive()]
        self.assertEqual(dead, [], "they ended")
        done = {name.rsplit(" ", 1)[0] for name in outcome.statuses if name.rsplit(" ", 1)[1].startswith("2")}
        never = sorted({f"{way.upper()} {path}" for path, ways in openapi()["paths"].items() for way in ways} - done)
        print(f"never asked so that they succeed: {', '.join(never)}", flush=True)
        if asked >= 50_000 and not what.only:
            self.assertLess(len(never), 35)

    def broken(self, only, change):
        document = openapi()
        change(document)
        return [one["fault"] for one in ask(setting(document, requests=600, processes=1, only=only)).faults]

    def test_a_member_that_is_missing_is_found(self):
        def change(document):
            document["components"]["schemas"]["Rule"]["required"].append("colour")

        faults = self.broken("/api/v1/rules", change)
        self.assertTrue(any("'colour' is a required property" in one for one in faults), faults)

    def test_a_member_and_a_status_that_nobody_described_are_found(self):
        def change(document):
            del document["components"]["schemas"]["Instance"]["properties"]["hostname"]
            del document["paths"]["/api/v1/instances/{id}"]["get"]["responses"]["404"]

        faults = self.broken("/api/v1/instances", change)
        self.assertTrue(any("'hostname' was unexpected" in one for one in faults), faults)
        self.assertIn("status 404 is not documented", faults)

    def test_who_is_let_in_and_may_not_be_is_found(self):
        """M-025"""

        def change(document):
            document["paths"]["/api/v1/rules"]["get"]["security"] = [{"bearer": ["users:write"]}]

        faults = self.broken("GET /api/v1/rules", change)
        self.assertTrue(any("may not (users:write), and got 200" in one for one in faults), faults)

    def test_a_field_that_the_schema_has_and_the_program_has_not_is_found(self):
        schema = (TOP / "docs/schema.graphql").read_text().replace("type Query {", "type Query {\n  weather: String\n", 1)
        outcome = ask(setting(schema=schema, requests=1500, processes=1, only="graphql"))
        self.assertTrue(any("refused, though the schema allows it" in one["fault"] for one in outcome.faults), outcome.faults)


if __name__ == "__main__":
    unittest.main()
