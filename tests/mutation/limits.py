"""Every limit that docs/swagger.json states of a member of a body: its last value is taken, the next one is refused by name."""

import copy
import json
from dataclasses import dataclass

from tests.mutation.values import Values, dumps
from tests.mutation.wire import Request

MADE = {"uuid", "date-time"}  # of one length
# Limits that others of the body make narrower.
BESIDES = {
    "timeout_seconds": [(("interval_seconds",), 86400)],
    "retry_interval_seconds": [(("interval_seconds",), 86400)],
    "quorum": [(("locations",), [f"place {i}" for i in range(20)])],
    "widgets[0].text": [(("widgets", 0, "kind"), "text")],
    "widgets[0].limit": [(("widgets", 0, "kind"), "incidents")],
    "widgets[0].selector": [(("widgets", 0, "kind"), "incidents")],
    "widgets[0].selector.k": [(("widgets", 0, "kind"), "incidents")],
    "variables[0].choices": [(("variables", 0, "kind"), "choices")],
    "variables[0].choices[0]": [(("variables", 0, "kind"), "choices")],
    "settings.icmp.interval_ms": [(("settings", "icmp", "count"), 1)],
}
# What a password may be depends on the account, which a token or the older password names first.
UNTRIED = {
    ("POST /api/v1/auth/password/reset", "password"), ("POST /api/v1/auth/invitations/accept", "password"),
    ("POST /api/v1/auth/password", "new_password"),
}  # fmt: skip
# As long as a body may be, or cut off.
BY_THE_BODY = {
    ("POST /api/v1/ingest", "metrics"), ("POST /api/v1/graphql", "query"), ("POST /api/v1/graphql", "operationName"),
    ("POST /api/v1/alertmanager/notifications", "groupKey"),
}  # fmt: skip
ABOUT_SIZE = {"too_long", "too_short", "too_many", "out_of_range"}


@dataclass
class Limit:
    operation: object
    place: tuple  # names of members; 0: of a list
    chosen: tuple  # (place, value): what else must be so for the member to be there
    bound: str  # "maxLength"
    last: object  # the value that is allowed just so
    beyond: object

    @property
    def field(self):
        return field_of(self.place)

    @property
    def example(self):
        return self.operation.about["requestBody"]["content"]["application/json"].get("example", {})

    def body(self, example, value):
        body = copy.deepcopy(example)
        if self.place[0] == "settings":  # one member for each kind
            body = {**body, "kind": self.place[1], "settings": {}}
        for place, one in (*self.chosen, *BESIDES.get(self.field, ()), (self.place, value)):
            _put(body, place, one)
        return body


def field_of(place):
    text = ""
    for step in place:
        text += f"[{step}]" if isinstance(step, int) else ("." if text else "") + step
    return text


def _put(body, place, value):
    for step, following in zip(place, (*place[1:], None)):
        if following is None:
            break
        empty = [] if isinstance(following, int) else {}
        if isinstance(step, int):
            if not body:
                body.append(empty)
        elif not isinstance(body.get(step), type(empty)):
            body[step] = empty
        body = body[step]
    if isinstance(place[-1], int):
        body[:] = [value]
    else:
        body[place[-1]] = value


class Limits:
    def __init__(self, description, chance):
        self._description = description
        self._values = Values(chance, description, {})
        self.limits = []
        self.unlimited = []
        walked = []
        for operation in description.operations:
            content = operation.about.get("requestBody", {}).get("content", {}).get("application/json")
            # PUT and PATCH read what POST does; what is below an id needs the thing first.
            if content and operation.method == "POST" and "{" not in operation.path and content["schema"] not in walked:
                walked.append(content["schema"])
                self._walk(operation, content.get("schema", {}), (), ())

    def _walk(self, operation, schema, place, chosen):
        schema = self._description.resolve(schema)
        if len(place) > 6 or "const" in schema or "enum" in schema:
            return
        for several in ("oneOf", "anyOf", "allOf"):
            for one in schema.get(several, ()):
                self._walk(operation, one, place, chosen)
        kinds = schema.get("type", [])
        kinds = kinds if isinstance(kinds, list) else [kinds]
        if "string" in kinds and schema.get("format") not in MADE:
            self._of_text(operation, schema, place, chosen)
        if "integer" in kinds or "number" in kinds:
            self._of_number(operation, schema, place, chosen, 1 if "integer" in kinds else 0.5)
        if "array" in kinds:
            self._of_list(operation, schema, place, chosen)
        if "object" in kinds or "properties" in schema:
            self._of_object(operation, schema, place, chosen)

    def _of_text(self, operation, schema, place, chosen):
        most, least = schema.get("maxLength"), schema.get("minLength", 0)
        if most is None:
            self._without_limit(operation, place)
            return
        self._add(operation, place, chosen, "maxLength", "a" * most, "a" * (most + 1))
        if least:
            self._add(operation, place, chosen, "minLength", "a" * least, "a" * (least - 1))

    def _of_number(self, operation, schema, place, chosen, step):
        for bound, way in (("maximum", step), ("minimum", -step)):
            if bound in schema:
                self._add(operation, place, chosen, bound, schema[bound], schema[bound] + way)
        if "exclusiveMinimum" in schema:
            self._add(operation, place, chosen, "exclusiveMinimum", schema["exclusiveMinimum"] + step, schema["exclusiveMinimum"])
        if "maximum" not in schema and "integer" in _kinds(schema):
            self._without_limit(operation, place)

    def _of_list(self, operation, schema, place, chosen):
        one = schema.get("items", {})
        if "maxItems" in schema:
            many = [self._values.valid(one, place[-1]) for _ in range(schema["maxItems"] + 1)]
            self._add(operation, place, chosen, "maxItems", many[1:], many)
        else:
            self._without_limit(operation, place)
        self._walk(operation, one, (*place, 0), chosen)

    def _of_object(self, operation, schema, place, chosen):
        members = schema.get("properties", {})
        fixed = tuple(
            ((*place, name), one["const"]) for name, one in ((n, self._description.resolve(s)) for n, s in members.items()) if "const" in one
        )
        for name, one in members.items():
            if not self._description.resolve(one).get("readOnly"):
                self._walk(operation, one, (*place, name), (*chosen, *fixed))
        if "maxProperties" in schema:
            many = {f"k{i}": "v" for i in range(schema["maxProperties"] + 1)}
            self._add(operation, place, chosen, "maxProperties", dict(list(many.items())[1:]), many)
        if isinstance(schema.get("additionalProperties"), dict):
            self._walk(operation, schema["additionalProperties"], (*place, "k"), chosen)

    def _without_limit(self, operation, place):
        if (operation.name, field_of(place)) not in BY_THE_BODY:
            self.unlimited.append(f"{operation.name}: {field_of(place)}")

    def _add(self, operation, place, chosen, bound, last, beyond):
        if place and (operation.name, field_of(place)) not in UNTRIED:
            self.limits.append(Limit(operation, place, chosen, bound, last, beyond))

    # -- asked

    def fault_of(self, limit, token, ask):
        """What is wrong with how the limit is kept; None when nothing is. `token`: of who may."""
        refused = self._asked(limit, limit.beyond, token, ask)
        named = [one for one in refused[1] if one["field"].startswith(limit.field)]
        if refused[0] not in (400, 413, 422) or not named:
            return f"{limit.operation.name}: {limit.bound} of {limit.field} is not kept: {refused}"
        taken = self._asked(limit, limit.last, token, ask)
        too = [one for one in taken[1] if one["field"] == limit.field and one["code"] in ABOUT_SIZE]
        return f"{limit.operation.name}: {limit.bound} of {limit.field} is not reached: {too}" if too else None

    def _asked(self, limit, value, token, ask):
        headers = [("Authorization", "Bearer " + token), ("Content-Type", "application/json")]
        answer = ask(Request(limit.operation.method, limit.operation.path, headers, dumps(limit.body(self._values.fresh(limit.example), value)).encode()))
        return answer.status, self._errors(answer)

    @staticmethod
    def _errors(answer):
        return json.loads(answer.body).get("errors", []) if answer.status >= 400 else []


def _kinds(schema):
    kinds = schema.get("type", [])
    return kinds if isinstance(kinds, list) else [kinds]
