"""Asks a running suite a number of requests from several processes, and tells what was wrong."""

import json
import multiprocessing
import os
import random
import time
from collections import Counter
from dataclasses import dataclass, field

from tests.mutation.graphql import GraphqlGenerator
from tests.mutation.openapi import Description
from tests.mutation.people import People
from tests.mutation.rest import Generator
from tests.mutation.sdl import Schema
from tests.mutation.wire import Connection, Request

MOST_FAULTS = 60
MOST_ALIKE = 3
BUSY_AT_MOST = 5  # times in a row
GRAPHQL_SHARE = 0.12


@dataclass
class Setting:
    host: str
    port: int
    admin: dict
    secret: str
    openapi: str  # text
    schema: str
    requests: int
    seed: int
    processes: int = 4
    seconds: float = 240
    only: str = ""  # operations whose name has this
    webhook_token: str = ""  # of Alertmanager


@dataclass
class Outcome:
    faults: list = field(default_factory=list)
    asked: Counter = field(default_factory=Counter)
    statuses: Counter = field(default_factory=Counter)
    seconds: Counter = field(default_factory=Counter)
    changing: dict = field(default_factory=dict)  # by the id of the request: its operation and status
    complete: bool = True

    def add(self, other):
        self.complete = self.complete and other.complete
        self.faults += other.faults
        self.asked += other.asked
        self.statuses += other.statuses
        self.seconds += other.seconds
        self.changing |= other.changing


class Tester:
    """One process of several; `number` of it and the seed decide what it asks."""

    def __init__(self, setting, number):
        self._setting = setting
        self._chance = random.Random(f"{setting.seed} {number}")
        self._connection = Connection(setting.host, setting.port)
        self._description = Description(json.loads(setting.openapi))
        self._people = People(self._json, setting.admin, setting.secret, setting.webhook_token)
        self._people.gather()
        self._rest = Generator(self._chance, self._description, self._people)
        self._graphql = GraphqlGenerator(self._chance, Schema(setting.schema), self._people, self._rest.ids)
        self.outcome = Outcome()
        self._alike = Counter()

    def run(self, count):
        until = time.monotonic() + self._setting.seconds
        for _ in range(count):
            if time.monotonic() > until or len(self.outcome.faults) >= MOST_FAULTS:
                self.outcome.complete = False
                break
            self._one()

    def _one(self):
        if self._chance.random() < GRAPHQL_SHARE and self._setting.only in "graphql":
            person, request, judge = self._graphql.case()
            operation = self._description.operation_of(request)
        else:
            operation = self._rest.operation()
            while self._setting.only not in operation.name:
                operation = self._rest.operation()
            person = self._rest.person(operation)
            request = self._rest.request(operation, person, self._chance.choice([0, 0, 1, 1, 1, 2]))
            operation, judge = self._description.operation_of(request), None
        started = time.monotonic()
        try:
            answer = self._answer_to(operation, request)
        except (OSError, EOFError) as problem:
            self._tell(person, request, operation, None, f"no answer: {problem!r}")
            return
        name = operation.name if operation else "none"
        self.outcome.asked[name] += 1
        self.outcome.seconds[name] += time.monotonic() - started
        self.outcome.statuses[f"{name} {answer.status}"] += 1
        again = "idempotent-replayed" in answer.headers  # what was done before
        if request.method not in ("GET", "HEAD", "OPTIONS") and operation is not None and judge is None and not again:
            self.outcome.changing[answer.headers.get("x-request-id")] = (name, answer.status)
        fault = self._fault_of(person, operation, request, answer) or (judge and judge(answer))
        if fault:
            self._tell(person, request, operation, answer, fault)
        elif operation is not None and answer.body:
            self._rest.learn(operation, answer)
        if operation is not None:
            self._rest.forget(operation, request, answer)

    def _answer_to(self, operation, request):
        """Who is busy says when to come again, and then has time."""
        for _ in range(BUSY_AT_MOST):
            answer = self._connection.ask(request)
            documented = operation is not None and "503" in operation.about["responses"]
            if answer.status != 503 or documented or "retry-after" not in answer.headers:
                break
            time.sleep(min(5, int(answer.headers["retry-after"])))
        return answer

    def _fault_of(self, person, operation, request, answer):
        if answer.status >= 500 and not (operation and str(answer.status) in operation.about["responses"]):
            return f"status {answer.status}"
        overridden = any(name == "Authorization" and "Bearer " + person.token != value for name, value in request.headers)
        if operation is not None and request.method != "OPTIONS" and not overridden:
            if not person.may(operation.permission, operation.scoped) and answer.status not in (400, 401, 403, 405, 413, 414, 415, 431):
                return f"{person.name} may not ({operation.permission}), and got {answer.status}"
            if person.known and answer.status == 401 and operation.permission is not None:
                return self._signed_out(person, request)
        return self._description.fault_of(operation, request, answer)

    def _signed_out(self, person, request):
        """By what was asked before, mostly; somebody new with the same rights must be let in."""
        fresh = self._people.again(person)
        headers = [one for one in request.headers if one[0] != "Authorization"]
        headers.append(("Authorization", "Bearer " + fresh.token))
        answer = self._connection.ask(Request(request.method, request.target, headers, request.body))
        return f"{person.name} is not let in" if answer.status == 401 else None

    def _tell(self, person, request, operation, answer, fault):
        name = operation.name if operation else f"{request.method} {request.target[:80]}"
        self._alike[(name, fault[:80])] += 1
        if self._alike[(name, fault[:80])] > MOST_ALIKE:
            return
        self.outcome.faults.append({
            "operation": name,
            "as": person.name,
            "fault": fault,
            "status": answer.status if answer else None,
            "answer": answer.body[:400].decode(errors="replace") if answer else "",
            "curl": request.curl("TOKEN_OF_" + person.name.upper().replace(" ", "_")),
        })  # fmt: skip

    def _json(self, method, path, body, token):
        headers = [("Authorization", "Bearer " + token)] if token else []
        data = None
        if body is not None:
            headers.append(("Content-Type", "application/json"))
            data = json.dumps(body).encode()
        answer = self._connection.ask(Request(method, "/api/v1" + path, headers, data))
        if answer.status >= 300:
            raise RuntimeError(f"{method} {path}: {answer.status} {answer.body[:300]!r}")
        return json.loads(answer.body) if answer.body else None


def _work(setting, number):
    tester = Tester(setting, number)
    tester.run(setting.requests // setting.processes)
    return tester.outcome


def ask(setting):
    whole = Outcome()
    with multiprocessing.get_context("fork").Pool(setting.processes) as pool:
        for outcome in pool.starmap(_work, [(setting, n) for n in range(setting.processes)]):
            whole.add(outcome)
    return whole


def seed():
    given = os.environ.get("MUTATION_SEED")
    return int(given) if given else random.SystemRandom().randrange(10**9)
