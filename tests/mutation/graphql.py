"""Queries, mutations and subscriptions made from the schema, and whether answers fit what was selected."""

import json

from tests.mutation.values import OTHER_TYPES, STRANGE_NUMBERS, STRANGE_TEXT, Values, dumps, nested
from tests.mutation.wire import Request

PATH = "/api/v1/graphql"
MEDIA = "application/graphql-response+json"
LEAVES = {"ID", "String", "Int", "Float", "Boolean", "JSON", "DateTime"}
# Of a query that the schema allows: what is refused before it is executed would be a fault.
BEFORE_EXECUTION = {"SYNTAX", "VALIDATION", "OPERATION", "VARIABLES"}


class GraphqlGenerator:
    def __init__(self, chance, schema, people, ids):
        self._chance = chance
        self._schema = schema
        self._people = people
        self._ids = ids
        self._values = Values(chance, _NoReferences(), ids)
        self._fields = 0

    def case(self):
        """(who asks, the request, what judges the answer)"""
        chance = self._chance
        person = chance.choice(self._people.everybody) if chance.random() < 0.2 else self._somebody()
        kind = "Mutation" if chance.random() < 0.15 else "Query"
        self._fields, self._strange = 0, chance.random() < 0.35
        chosen = self._selection(kind, chance.choice([2, 3, 4, 6]), most=2)
        text = ("mutation " if kind == "Mutation" else chance.choice(["", "query ", "query Named "])) + _text(chosen)
        whole = {"query": text}
        wrong = chance.random() < 0.4
        if wrong:
            whole = self._spoilt(whole)
        body = dumps(whole).encode("utf-8", "surrogatepass")
        if wrong and chance.random() < 0.15:
            place = chance.randrange(len(body))
            body = body[:place] + bytes([chance.randrange(256)]) + body[place + chance.randrange(3):]
        headers = [("Content-Type", "application/json"), ("Accept", chance.choice([MEDIA, "application/json", "*/*"]))]
        if person.token:
            headers.append(("Authorization", "Bearer " + person.token))
        request = Request("POST", PATH, headers, body)
        return person, request, lambda answer: fault_of(chosen, answer, wrong or self._strange_in(chosen))

    def _somebody(self):
        return self._chance.choice([one for one in self._people.everybody if one.may("graphql:query") and one.known])

    @staticmethod
    def _strange_in(chosen):
        return any(one["strange"] or GraphqlGenerator._strange_in(one["below"] or []) for one in chosen)

    # -- what is selected

    def _selection(self, type_name, depth, most=4):
        chance, chosen = self._chance, []
        members = self._schema.types[type_name]
        possible = [one for one in members if depth > 1 or one.type.base not in self._schema.types]
        if not possible:
            return [{"key": "__typename", "text": "__typename", "type": None, "below": None, "strange": False}]
        for member in chance.sample(possible, min(len(possible), chance.randint(1, most))):
            self._fields += 1
            if self._fields > 25:
                break
            chosen.append(self._field(member, depth))
        return chosen or [{"key": "__typename", "text": "__typename", "type": None, "below": None, "strange": False}]

    def _field(self, member, depth):
        chance = self._chance
        arguments, strange = self._arguments(member)
        below = self._selection(member.type.base, depth - 1) if member.type.base in self._schema.types else None
        key, text = member.name, member.name
        if chance.random() < 0.15:
            key = f"a{self._fields}"
            text = f"{key}: {member.name}"
        return {"key": key, "text": text + arguments, "type": member.type, "below": below, "strange": strange}

    def _arguments(self, member):
        chance, parts, strange = self._chance, [], False
        for one in member.arguments:
            if one.name == "first":
                # The cost of a page below a page is their product.
                parts.append(f"first: {chance.choice([1, 2, 3])}")
                continue
            if one.type.required and not one.default or chance.random() < 0.25:
                if self._strange and chance.random() < 0.3:
                    strange = True
                    parts.append(f"{one.name}: {self._strange_literal()}")
                else:
                    parts.append(f"{one.name}: {self._literal(one.type, one.name)}")
        return ("(" + ", ".join(parts) + ")" if parts else ""), strange

    def _literal(self, kind, name):
        chance = self._chance
        if kind.of:
            return "[" + ", ".join(self._literal(kind.of, name) for _ in range(chance.randint(0, 3))) + "]"
        if kind.name in self._schema.enums:
            return chance.choice(self._schema.enums[kind.name])
        if kind.name in self._schema.inputs:
            members = [one for one in self._schema.inputs[kind.name] if one.type.required or chance.random() < 0.5]
            return "{" + ", ".join(f"{one.name}: {self._literal(one.type, one.name)}" for one in members) + "}"
        if kind.name == "ID":
            return json.dumps(self._values.id_for(snake_case(name)))
        if kind.name == "Int":
            return str(chance.randint(0, 100))
        if kind.name == "Float":
            return str(chance.random())
        if kind.name == "Boolean":
            return chance.choice(["true", "false"])
        schema = {"type": "string", "format": "date-time"} if kind.name == "DateTime" else {"type": "string"}
        return json.dumps(self._values.valid(schema, snake_case(name)))

    def _strange_literal(self):
        chance = self._chance
        how = chance.random()
        if how < 0.4:
            return json.dumps(chance.choice([one for one in STRANGE_TEXT if len(one) < 6000]))
        if how < 0.6:
            number = chance.choice(STRANGE_NUMBERS)
            return str(number) if number == number and abs(number) != float("inf") else "1e999"
        return chance.choice(["null", "[]", "{}", "[[1]]", "$none", "true", "unknown_value", '"""block"""', "-1", "{a: {b: [1]}}"])

    # -- what is wrong with the request itself

    def _spoilt(self, whole):
        chance, text = self._chance, whole["query"]
        place = chance.randrange(len(text))
        spread = "{ ...A } fragment A on Query { ...B } fragment B on Query { ...A }"
        return chance.choice([
            lambda: {**whole, "query": text[:place]},
            lambda: {**whole, "query": text[:place] + chance.choice(list("{}()[]!$@:\"\\#\x00")) + text[place:]},
            lambda: {**whole, "query": text.replace("{", "{ unknownField ", 1)},
            lambda: {**whole, "query": text + " " + text},
            lambda: {**whole, "query": spread},
            lambda: {**whole, "query": "{" * chance.choice([5, 300, 9000])},
            lambda: {**whole, "query": "{ " + "me " * chance.choice([100, 6000]) + "}"},
            lambda: {**whole, "query": "{ " + " ".join(f"a{n}: me {{ id }}" for n in range(chance.choice([29, 31, 500]))) + " }"},
            lambda: {**whole, "query": "{ me " + "@skip(if: false) " * chance.choice([1, 21, 400]) + "{ id } }"},
            lambda: {**whole, "query": "query($v: [[[[Int]]]]! = " + "[" * 400 + "]" * 400 + ") { me { id } }"},
            lambda: {**whole, "query": chance.choice(STRANGE_TEXT)},
            lambda: {**whole, "query": chance.choice(OTHER_TYPES)},
            lambda: {**whole, "variables": chance.choice(OTHER_TYPES)},
            lambda: {**whole, "operationName": chance.choice(STRANGE_TEXT)},
            lambda: {"query": "query($id: ID!) { check(id: $id) { id } }", "variables": {"id": chance.choice(OTHER_TYPES)}},
            lambda: {"query": "subscription { __typename }"},
            lambda: {"query": "{ __schema { types { name fields { name } } } }"},
            lambda: {"query": f"{{ instances(first: {chance.choice(STRANGE_NUMBERS[:12])}) {{ nodes {{ id }} }} }}"},
            lambda: {"query": "{ instances(first: 1000) { nodes { checks(first: 1000) { nodes { id } } } } }"},
            lambda: [whole, whole],
            lambda: {},
            lambda: {**whole, "extensions": chance.choice(OTHER_TYPES), "more": 1},
            lambda: {"query": '{ check(id: "' + nested(300, "list") + '") { id } }'},
        ])()  # fmt: skip


class _NoReferences:
    @staticmethod
    def resolve(schema):
        return schema


def snake_case(name):
    return "".join("_" + c.lower() if c.isupper() else c for c in name)


def _text(chosen):
    return "{ " + " ".join(one["text"] + (" " + _text(one["below"]) if one["below"] else "") for one in chosen) + " }"


def fault_of(chosen, answer, wrong):
    """Beyond what the operation documents: an answer of GraphQL, of what was selected."""
    if answer.status in (401, 403, 413, 415, 429):
        return None
    if answer.kind not in (MEDIA, "application/json"):
        return f"type {answer.kind!r}"
    value = json.loads(answer.body)
    if "data" not in value and not value.get("errors"):
        return "neither data nor errors"
    if answer.kind == MEDIA and (answer.status == 200) != ("data" in value):
        return f"status {answer.status} with" + ("" if "data" in value else "out") + " data"
    codes = {one.get("extensions", {}).get("code") for one in value.get("errors", ())}
    if "BUG" in codes:
        return "an error of the service's own (BUG)"
    if wrong:
        return None
    if codes & BEFORE_EXECUTION:
        return f"refused, though the schema allows it: {value['errors'][0]['message'][:300]}"
    paths = [one["path"] for one in value.get("errors", ()) if "path" in one]
    return _fault_of_data(chosen, value["data"], [], paths) if isinstance(value.get("data"), dict) else None


def _fault_of_data(chosen, data, path, errors):
    keys = [one["key"] for one in chosen]
    if list(data) != keys:
        return f"at {path}: {list(data)} where {keys} was selected"
    for one in chosen:
        fault = _fault_of_value(one["type"], one["below"], data[one["key"]], path + [one["key"]], errors)
        if fault:
            return fault
    return None


def _fault_of_value(kind, below, value, path, errors):
    if kind is None:
        return None if isinstance(value, str) else f"at {path}: {value!r} is no name"
    if value is None:
        return f"at {path}: null, but {kind}" if kind.required else None
    if kind.of:
        if not isinstance(value, list):
            return f"at {path}: no list"
        faults = (_fault_of_value(kind.of, below, one, path + [place], errors) for place, one in enumerate(value))
        return next((fault for fault in faults if fault), None)
    if below is not None:
        return _fault_of_data(below, value, path, errors) if isinstance(value, dict) else f"at {path}: no object"
    fits = {
        "String": str, "ID": str, "DateTime": str, "Boolean": bool, "Int": int, "Float": (int, float),
    }.get(kind.name, object)  # fmt: skip
    return None if isinstance(value, fits) else f"at {path}: {value!r} is no {kind.name}"
