"""The whole API asked for what its own descriptions allow, and for what they do not.

Settings: MUTATION_REQUESTS, MUTATION_SECONDS, MUTATION_SEED (a run again), MUTATION_ONLY (a part of operations' names).
"""

import json
import os
import random
import unittest
from collections import Counter

from tests.mutation.limits import Limits
from tests.mutation.openapi import Description
from tests.mutation.run import Setting, ask, seed
from tests.mutation.wire import Connection, Request
from tests.system.suite import ADMIN, TOP, Suite, eventually

SUITE = None
REQUESTS = int(os.environ.get("MUTATION_REQUESTS", "100000"))
SECONDS = float(os.environ.get("MUTATION_SECONDS", "240"))
# Queries by POST, previews, and what the trail is not for: telemetry, letters, tickets of half a minute.
CHANGES_NOTHING = {
    "query", "/labels", "/label/", "/series", "/metadata", "/status/", "/tsdb/status", "preview", "/replay", "/plan", "/explain",
    "/ingest", "/import/", "/ping/", "/notifications", "/stream/tickets", "/email-verification", "/auth/refresh",
}  # fmt: skip
CHANGES_MUCH = {"POST /api/v1/config/import", "DELETE /api/v1/instances/{id}", "DELETE /api/v1/checks/{id}", "POST /api/v1/auth/invitations/accept", "POST /api/v1/auth/password", "POST /api/v1/graphql", "POST /api/v1/bulk"}
# What was so already, or is not told to be there or not.
MAY_FIND_NOTHING_TO_CHANGE = {
    "POST /api/v1/auth/logout", "POST /api/v1/auth/password/forgot", "DELETE /api/v1/silences/{id}", "POST /api/v1/me/totp/disable",
    "POST /api/v1/rules/import", "POST /api/v1/graphql", "POST /api/v1/bulk", "POST /api/v1/servers",
    *(f"{way} {top}/api/v1/admin/tsdb/delete_series" for way in ("POST", "PUT") for top in ("", "/prometheus")),
}  # fmt: skip
# Answered later, when they are asked for so: the job is an entry, and what it does others.
LATER = {"POST /api/v1/rules/replay", "POST /api/v1/config/import", "POST /api/v1/config/plan"}
# Of others' making, who may add to it; and what takes a part of a whole.
OPEN_FORM = {"/api/v1/alertmanager/notifications", "/api/v1/graphql", "/api/v1/maintenance-windows/preview", "/api/v1/checks/test"}
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
    token = suite.api("POST", "/enrolment-tokens", {"name": "mutation"})["token"]
    suite.api("POST", "/agents/enrol", {"enrolment_token": token, "hostname": "agent.example"})
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
    maxDiff = None

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
        self.every_change_is_in_the_audit_trail(outcome.changing)
        if asked >= 50_000 and not what.only:
            self.assertLess(len(never), 38)

    def every_change_is_in_the_audit_trail(self, changing):
        """S-19: an entry of each that succeeded, none of what was refused or changes nothing."""
        entries = dict(SUITE.sql("SELECT request_id, count(*) FROM audit_log GROUP BY request_id"))
        wrong = Counter()
        for request_id, (name, status) in changing.items():
            found = int(entries.get(request_id, 0))
            if not self.expected_entries(name, status, found):
                wrong[f"{name} {status}: {found} entries"] += 1
        self.assertEqual(dict(wrong), {})

    @staticmethod
    def expected_entries(name, status, found):
        if status == 202 and name in LATER:
            return found >= 1
        if status >= 300 or any(part in name for part in CHANGES_NOTHING):
            return found == 0
        return found == 1 or found > 1 and name in CHANGES_MUCH or found == 0 and name in MAY_FIND_NOTHING_TO_CHANGE

    def test_each_limit_is_kept_and_reached(self):
        """S-08: of every member of every body, as described: the last value is let through, the next one is refused by name."""
        description = Description(openapi())
        limits = Limits(description, random.Random(1))
        connection = self.connection()
        faults = [limits.fault_of(one, self.token_for(one.operation), connection.ask) for one in limits.limits]
        self.assertGreater(len(limits.limits), 300)
        self.assertEqual([one for one in faults if one], [])
        self.assertEqual(limits.unlimited, [])

    def test_no_column_is_a_member(self):
        """S-09: what tables hold is written by the members that are described, and by nothing else of its name."""
        columns = {name for (name,) in SUITE.sql("SELECT DISTINCT column_name FROM information_schema.columns WHERE table_schema = 'public'")}
        description, connection, taken, tried = Description(openapi()), self.connection(), [], 0
        for operation in description.operations:
            content = operation.about.get("requestBody", {}).get("content", {}).get("application/json", {})
            schema = description.resolve(content.get("schema", {}))
            if operation.method != "POST" or "{" in operation.path or "properties" not in schema or operation.path in OPEN_FORM:
                continue
            # What was read may be sent back.
            shown = description.members_of(operation.about["responses"].get("201", {}))
            foreign = sorted(columns - set(schema["properties"]) - shown)
            for some in (foreign[i : i + 50] for i in range(0, len(foreign), 50)):  # as many complaints as an answer holds
                body = {**content.get("example", {}), **dict.fromkeys(some, "x")}
                headers = [("Authorization", "Bearer " + self.token_for(operation)), ("Content-Type", "application/json")]
                answer = connection.ask(Request("POST", operation.path, headers, json.dumps(body).encode()))
                refused = {one["field"] for one in json.loads(answer.body).get("errors", [])}
                taken += [f"{operation.name}: {one}" for one in some if one not in refused]
            tried += 1
        self.assertGreater(tried, 30)
        self.assertEqual(taken, [])

    def connection(self):
        connection = Connection("127.0.0.1", SUITE.port["gateway"])
        self.addCleanup(connection.close)
        return connection

    @staticmethod
    def token_for(operation):
        return WEBHOOK_TOKEN if "alertmanager" in operation.path else SUITE.token()

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
        outcome = ask(setting(schema=schema, requests=6000, processes=1, only="graphql"))
        self.assertTrue(any("refused, though the schema allows it" in one["fault"] for one in outcome.faults), outcome.faults)


if __name__ == "__main__":
    unittest.main()
