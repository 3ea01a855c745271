"""Values that a schema allows, and values that it does not."""

import json
import re
import uuid
from datetime import datetime, timedelta, timezone

PASSWORD = "a long enough phrase"  # of everybody
CHECK_TYPE = """name: type-{unique}
description: Health of a cluster
kind: http
parameters:
  min_nodes: {type: integer, default: 3, minimum: 1}
target: "{{ target }}/health"
settings:
  json:
    - {path: $.nodes, op: ">=", value: "{{ min_nodes }}"}
"""
# What a member or parameter of this name holds, where its schema says only that it is text. With it
# a good part of the requests gets past the first look at them.
WORDS = {
    "actor": ["admin@monitron.example"],
    "action": ["check", "check.update", "rule.create"],
    "address": ["people@monitron.example"],
    "agent_version": ["1.2.3"],
    "agg": ["avg", "min,max,p95"],
    "cron": ["0 7 * * 1", "*/5 * * * *"],
    "definition": [CHECK_TYPE],
    "email": ["{unique}@monitron.example"],
    "end": ["{now}", "2026-01-01T01:00:00Z"],
    "expr": ["mutation_load > 1", "sum(rate(mutation_total[5m])) by (core) > 0", "mutation_load{core=\"0\"} > 2"],
    "extra_label": ["a=b"],
    "fields": ["id", "name"],
    "group": ["hosts"],
    "hostname": ["host-{unique}.example"],
    "ip_address": ["192.0.2.7", "2001:db8::7"],
    "label": ["team=web", "team!=web", "team", "team:web"],
    "location": ["default"],
    "locations": ["default"],
    "lookback_delta": ["5m"],
    "match[]": ["mutation_load", "{core=\"0\"}", "{__name__=~\"mutation_.*\"}"],
    "metric": ["mutation_load"],
    "metric_name": ["usage", "load"],
    "metric_type": ["cpu", "memory"],
    "name": ["thing {unique}"],
    "new_password": ["another long enough phrase"],
    "object": ["check", "rule"],
    "old_password": [PASSWORD, "not the password"],
    "password": [PASSWORD],
    "raw": ["30d"],
    "query": ["mutation_load", "sum(mutation_load)", "rate(mutation_total[5m])", "vector(1)", "1 + 1", "\"text\""],
    "rollup_1h": ["5y"],
    "rollup_5m": ["90d"],
    "recipients": ["people@monitron.example"],
    "record": ["mutation:load:sum"],
    "rrule": ["FREQ=WEEKLY;BYDAY=SU", "FREQ=DAILY;COUNT=3"],
    "scopes": ["read", "write", "ingest", "checks:read"],
    "start": ["2026-01-01T00:00:00Z", "{earlier}"],
    "stats": ["all"],
    "step": ["60", "5m"],
    "target": ["https://shop.example/", "shop.example:443", "shop.example", "a-word"],
    "text/plain": ['mutation_load{core="0"} 1\n', '# TYPE mutation_total counter\nmutation_total{core="0"} 7\n'],
    "time": ["{now}", "2026-01-01T00:00:00Z"],
    "time_zone": ["UTC", "Europe/Berlin"],
    "timeout": ["5s"],
    "topics": ["metrics"],
    "url": ["https://hooks.example/in"],
    "value": ["1", "a"],
    "what": ["start", "fail", "log", "0"],
}
# What ids of other names are of.
KINDS = {"parents": "check", "server": "instance", "assignee": "user", "group": "check", "child_check": "check"}
UNIQUE = ("name", "hostname", "email")
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")
# `start` of a recurrence is another one than that of a query.
WORDS_BY_PARENT = {("recurrence", "start"): ["2026-11-22T02:00:00"]}

STRANGE_TEXT = [
    "", " ", "\x00", "a\x00b", "\x01\x1f\x7f", "\r\nX-Injected: 1", "\u202e\ufeff", "\ud800", "💥" * 40, "'\"`;--",
    "%00", "%s%n%x", "../../etc/passwd", "${jndi:ldap://x}", "<script>alert(1)</script>", "{{7*7}}", "NULL", "a" * 201,
    "a" * 5000, "a" * 70000, "\n" * 300, "\\", "*", "(((((", "[", "\u00e9", "e\u0301", "0", "-1", "true", "null",
]  # fmt: skip
STRANGE_NUMBERS = [
    0, -1, 1, 2**31 - 1, 2**31, -(2**31) - 1, 2**53 + 1, 2**63 - 1, 2**63, -(2**63) - 1, 2**64, 10**30, 0.5, -0.0, 1e308,
    1e-320, float("inf"), float("nan"),
]  # fmt: skip
ONE_OF = re.compile(r"\^-\?\(([a-z_|]+)\)\$")  # what a list is sorted by
OTHER_TYPES = [None, True, False, 0, 7, -1.5, "", "text", [], {}, [[]], [None], {"": None}, {"a": {"b": []}}]


def nested(depth, kind):
    """Text of JSON: json.dumps would not go so deep."""
    return ("[" * depth + "]" * depth) if kind == "list" else ('{"a":' * depth + "1" + "}" * depth)


class Raw(str):
    """Text of JSON that stands in a body as it is."""


def dumps(value):
    """As json.dumps, but Raw stands as it is; lone surrogates stay escaped."""
    if isinstance(value, Raw):
        return str(value)
    if isinstance(value, dict):
        return "{" + ", ".join(f"{json.dumps(str(k))}: {dumps(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(dumps(one) for one in value) + "]"
    return json.dumps(value)


class Values:
    """`ids`: those that were seen in answers, by the collection that they are of."""

    def __init__(self, chance, description, ids):
        self._chance = chance
        self._description = description
        self._ids = ids

    def valid(self, schema, name="", parent="", depth=0):
        chance = self._chance
        schema = self._description.resolve(schema)
        if "const" in schema:
            return schema["const"]
        if "enum" in schema:
            return chance.choice(schema["enum"])
        for several in ("oneOf", "anyOf"):
            if several in schema:
                return self.valid(chance.choice(schema[several]), name, parent, depth)
        kinds = schema.get("type", "string")
        if isinstance(kinds, list):
            kinds = "null" if chance.random() < 0.2 and "null" in kinds else next(k for k in kinds if k != "null")
        return getattr(self, "_" + kinds)(schema, name, parent, depth)

    def _null(self, *_):
        return None

    def _boolean(self, *_):
        return self._chance.random() < 0.5

    def _integer(self, schema, *_):
        low = schema.get("minimum", 0)
        high = schema.get("maximum", max(low, 3600))
        few = [low, high, min(high, low + 1), schema.get("default", low), self._chance.randint(low, high)]
        return self._chance.choice(few)

    def _number(self, schema, *_):
        low, high = schema.get("minimum", -10), schema.get("maximum", 1000)
        return self._chance.choice([low, high, round(self._chance.uniform(low, high), 3)])

    def _array(self, schema, name, parent, depth):
        low, high = schema.get("minItems", 0), schema.get("maxItems", 3)
        count = self._chance.randint(low, max(low, min(high, 3 if depth < 4 else 1)))
        return [self.valid(schema.get("items", {}), name, parent, depth + 1) for _ in range(count)]

    def _object(self, schema, name, _parent, depth):
        members = schema.get("properties", {})
        required = schema.get("required", ())
        share = self._chance.choice([0, 0.2, 0.6]) if depth < 3 else 0.1
        made = {
            key: self.valid(inner, key, name, depth + 1)
            for key, inner in members.items()
            if key in required or self._chance.random() < share
        }
        more = schema.get("additionalProperties")
        if isinstance(more, dict):
            for key in self._chance.sample(["team", "env", "alertname", "a_b"], self._chance.randint(0, 2)):
                made[key] = self.valid(more, "", name, depth + 1)
        return made

    def _string(self, schema, name, parent, _depth):
        chance = self._chance
        form = schema.get("format")
        if form == "uuid" or name == "id" or name.endswith("_id"):
            return self.id_for(name)
        if name in ("enrolment_token", "refresh_token") and self._ids.get(name):
            return chance.choice(self._ids[name])
        if form == "date-time":
            return self._time(chance.choice([-86400, -3600, 0, 3600, 86400 * 3]))
        one_of = ONE_OF.fullmatch(schema.get("pattern", ""))
        if one_of:
            return chance.choice(["", "-"]) + chance.choice(one_of[1].split("|"))
        words = WORDS_BY_PARENT.get((parent, name)) or WORDS.get(name)
        text = chance.choice(words) if words and chance.random() < 0.9 else chance.choice(["a", "web", "text of it"])
        text = text.replace("{unique}", self._unique())
        text = text.replace("{now}", self._time(0)).replace("{earlier}", self._time(-1800))
        text = text.ljust(schema.get("minLength", 0), "x")
        return text[: schema.get("maxLength", len(text))]

    def fresh(self, value, name=""):
        """An example as it could come now: with ids that there are, names that are not taken, times of today."""
        if isinstance(value, dict):
            return {key: self.fresh(inner, key) for key, inner in value.items()}
        if isinstance(value, list):
            return [self.fresh(one, name) for one in value]
        if not isinstance(value, str):
            return value
        if name.endswith("_id") or name == "parents":
            return self.id_for(name)
        if name in UNIQUE:
            return value.replace("@", f"-{self._unique()}@") if "@" in value else f"{value} {self._unique()}".replace(" ", "-" if name == "hostname" else " ")
        if TIME.fullmatch(value):
            return self._time({"from": -7200, "to": -60, "timestamp": -30}.get(name, 3600))
        return value.replace("name: elasticsearch", "name: type-" + self._unique())

    def _unique(self):
        return uuid.UUID(int=self._chance.getrandbits(128)).hex[:12]

    @staticmethod
    def _time(seconds):
        return (datetime.now(timezone.utc) + timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%SZ")

    def id_for(self, name):
        """One of the right things, mostly; of another thing, or of nothing."""
        chance = self._chance
        kind = name.removesuffix("_id")
        kind = KINDS.get(kind, kind)
        lucky = chance.random()
        if lucky < 0.85 and self._ids.get(kind):
            return chance.choice(self._ids[kind])
        everything = [one for some in self._ids.values() for one in some]
        if lucky < 0.95 and everything:
            return chance.choice(everything)
        return str(uuid.UUID(int=chance.getrandbits(128), version=4))

    # -- what is not allowed

    def mutated(self, value):
        """A copy with one thing wrong, somewhere in it."""
        chance = self._chance
        if isinstance(value, dict) and value and chance.random() < 0.85:
            key = chance.choice(sorted(value))
            copy = dict(value)
            how = chance.random()
            if how < 0.15:
                del copy[key]
            elif how < 0.25:
                copy["unknown_" + key] = copy[key]
            elif how < 0.3:
                copy[chance.choice(STRANGE_TEXT)] = copy.pop(key)
            else:
                copy[key] = self.mutated(copy[key])
            return copy
        if isinstance(value, list) and value and chance.random() < 0.6:
            copy = list(value)
            place = chance.randrange(len(copy))
            copy[place] = self.mutated(copy[place])
            return copy if chance.random() < 0.8 else copy * chance.choice([2, 60, 1001])
        return self._other(value)

    def _other(self, value):
        chance = self._chance
        how = chance.random()
        if isinstance(value, str) and how < 0.6:
            if how < 0.15 and len(value) < 200:
                return value * chance.choice([2, 50, 3000])
            return chance.choice(STRANGE_TEXT)
        if isinstance(value, (int, float)) and how < 0.6:
            return chance.choice(STRANGE_NUMBERS)
        if how > 0.95:
            return Raw(nested(chance.choice([5, 40, 300, 6000]), chance.choice(["list", "object"])))
        if how > 0.92:
            return Raw(chance.choice(["1e999", "-", "01", "0x1", "1" * 400, '"\\ud800"', '"\\uZZZZ"', "nul", "'a'"]))
        return chance.choice(OTHER_TYPES)
