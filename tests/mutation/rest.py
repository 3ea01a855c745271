"""Requests of every operation of the REST interface: as described, and with something wrong."""

import json
import uuid
from collections import defaultdict
from urllib.parse import quote

from tests.mutation.values import OTHER_TYPES, STRANGE_TEXT, Raw, Values, dumps, nested
from tests.mutation.wire import Request

METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]
MORE_METHODS = METHODS + ["TRACE", "CONNECT", "get", "BREW"]
# What hashes passwords, runs something or waits for others: as often as the rest it would be all that is done.
SELDOM = {
    "POST /api/v1/auth/register", "POST /api/v1/auth/login", "POST /api/v1/auth/invitations/accept",
    "POST /api/v1/auth/password", "POST /api/v1/auth/password/reset", "POST /api/v1/users", "PATCH /api/v1/me",
    "POST /api/v1/me/totp", "POST /api/v1/me/totp/confirm", "POST /api/v1/me/totp/disable", "POST /api/v1/checks/test",
    "POST /api/v1/checks/{id}/run", "POST /api/v1/admin/tsdb/delete_series", "PUT /api/v1/admin/tsdb/delete_series",
    "POST /prometheus/api/v1/admin/tsdb/delete_series", "PUT /prometheus/api/v1/admin/tsdb/delete_series",
}  # fmt: skip
MOST_IDS = 200
MORE_EXAMPLES = {"POST /api/v1/checks": {"name": "job", "kind": "heartbeat", "interval_seconds": 60}}


class Generator:
    def __init__(self, chance, description, people):
        self._chance = chance
        self._description = description
        self._people = people
        self.ids = defaultdict(list)
        self._values = Values(chance, description, self.ids)
        # /ping/{key} is found among the answers: the last part of ping_url.
        self._operations = [one for one in description.operations if one.path != "/api/v1/stream"]
        self._weights = [self._weight(one) for one in self._operations]

    @staticmethod
    def _weight(operation):
        if operation.name in SELDOM:
            return 0.04
        # More is to be made than is taken away.
        return 0.4 if operation.method == "DELETE" and operation.path.endswith("{id}") else 1

    def operation(self):
        return self._chance.choices(self._operations, self._weights)[0]

    def person(self, operation):
        """Mostly somebody who may."""
        if "alertmanager" in operation.path and self._chance.random() < 0.5:
            return self._people.everybody[-1]
        allowed = [one for one in self._people.everybody if one.known and one.may(operation.permission, operation.scoped)]
        if allowed and self._chance.random() < 0.8:
            # What belongs to somebody is found by its owner alone: mostly the same one.
            return allowed[0] if self._chance.random() < 0.5 else self._chance.choice(allowed)
        return self._chance.choice(self._people.everybody)

    def request(self, operation, person, wrong):
        """`wrong`: how many things are to be, 0 for none."""
        chance, about = self._chance, operation.about
        places = ["path", "query", "header", "body", "body", "body", "bytes", "type", "method"]
        faults = [chance.choice(places) for _ in range(wrong)]
        target = self._path(operation, faults) + self._query(about["parameters"], faults)
        headers = self._headers(about["parameters"], faults)
        if person.token:
            headers.append(("Authorization", "Bearer " + person.token))
        body = None
        if "requestBody" in about and chance.random() < (0.97 if about["requestBody"].get("required") else 0.6):
            kind, content = chance.choice(sorted(about["requestBody"]["content"].items()))
            more = MORE_EXAMPLES.get(operation.name)
            body = self._body(kind, {**content, "example": more} if more and chance.random() < 0.2 else content, faults)
            headers.append(("Content-Type", self._type(kind, faults)))
        method = chance.choice(MORE_METHODS) if "method" in faults else operation.method
        return Request(method, target, headers, body)

    # -- parts

    def _path(self, operation, faults):
        path = operation.path
        for parameter in operation.about["parameters"]:
            if parameter["in"] == "path":
                value = self._path_value(operation, parameter, faults)
                path = path.replace("{" + parameter["name"] + "}", value)
        return path

    def _path_value(self, operation, parameter, faults):
        chance, name = self._chance, parameter["name"]
        if "path" in faults:
            bad = [one for one in STRANGE_TEXT if one and len(one) < 6000] + [str(uuid.uuid4()).upper(), "test", "summary"]
            bad += [str(uuid.uuid4())[:-1], "{" + str(uuid.uuid4()) + "}", "0" * 36]
            return quote(chance.choice(bad).encode("utf-8", "surrogatepass"), safe="") + chance.choice(["", "", "%ff", "%00"])
        if name == "id":
            name = collection_of(operation.path)
        if operation.path.startswith("/api/v1/check-types/"):
            name = "type"
        if self.ids.get(name) and chance.random() < 0.8:
            return quote(chance.choice(self.ids[name]), safe="")
        return quote(str(self._values.valid(parameter["schema"], name)), safe="")

    def _query(self, parameters, faults):
        chance, parts = self._chance, []
        for parameter in parameters:
            if parameter["name"] == "cursor" and chance.random() < 0.9:
                continue
            if parameter["in"] != "query" or not (parameter.get("required") or chance.random() < 0.2):
                continue
            value = self._values.valid(parameter["schema"], parameter["name"])
            values = value if isinstance(value, list) else [value]
            if parameter.get("explode") is False:
                values = [",".join(map(str, values))]
            parts += [(parameter["name"], _text(one)) for one in values]
        if "query" in faults:
            return self._strange_query(parts, [one for one in parameters if one["in"] == "query"])
        return "?" + "&".join(f"{quote(k)}={quote(v)}" for k, v in parts) if parts else ""

    def _strange_query(self, parts, parameters):
        chance = self._chance
        names = [one["name"] for one in parameters] or ["limit", "cursor"]
        name, how = chance.choice(names + ["unknown"]), chance.random()
        strange = chance.choice([t for t in STRANGE_TEXT if len(t) < 6000] + ["-1", "0", "99999999999999999999", "1e3"])
        text = quote(strange.encode("utf-8", "surrogatepass"))
        rest = "&".join(f"{quote(k)}={quote(v)}" for k, v in parts if k != name)
        if how < 0.7:
            one = f"{quote(name)}={text}"
        elif how < 0.8:
            one = f"{quote(name)}=a&{quote(name)}={text}"
        else:
            one = chance.choice([f"{quote(name)}=%ff%fe", f"{quote(name)}=%", "=", "&&&", f"{quote(name)}", "%00=%00", "a[]=1", "?"])
        return "?" + "&".join(part for part in (rest, one) if part)

    def _headers(self, parameters, faults):
        chance, headers = self._chance, []
        for parameter in parameters:
            if parameter["in"] == "header" and parameter["name"] != "Content-Encoding" and chance.random() < 0.1:
                text = chance.choice(['"1"', '"2"', "*", "abc"])
                headers.append((parameter["name"], text))
        if "header" in faults:
            name = chance.choice(
                ["If-Match", "If-None-Match", "Idempotency-Key", "Accept", "Accept-Encoding", "Content-Encoding", "Prefer",
                 "X-Request-Id", "X-Forwarded-For", "Cookie", "Range", "Authorization", "Origin", "traceparent", "Expect"]
            )  # fmt: skip
            text = chance.choice(["", '""', "a" * 3000, "\xff\xfe", "*/*", "gzip", "br;q=x", "%00", ";;;,,,", "-1", "W/\"x\"", "Bearer", "null"])
            headers.append((name, text))
        return headers

    def _type(self, kind, faults):
        if "type" not in faults:
            return kind
        strange = ["", "text/plain", "application/xml", "application/json; charset=utf-16", "multipart/form-data", "*/*",
                   "application/x-www-form-urlencoded", "application/json;;;", "a" * 300, "application/octet-stream"]  # fmt: skip
        return self._chance.choice(strange)

    def _body(self, kind, content, faults):
        chance = self._chance
        example = content.get("example")
        if example is not None and chance.random() < 0.5:
            value = self._values.fresh(example)
        else:
            value = self._values.valid(content.get("schema", {}), "definition" if kind == "application/yaml" else kind)
        for fault in faults:
            if fault == "body":
                value = self._values.mutated(value)
        if kind == "application/x-www-form-urlencoded":
            body = _form(value)
        elif kind == "application/json":
            body = dumps(value).encode("utf-8", "surrogatepass")
        elif kind == "application/x-protobuf":
            body = bytes(chance.randrange(256) for _ in range(chance.randrange(40)))
        else:
            body = (value if isinstance(value, str) else dumps(value)).encode("utf-8", "surrogatepass")
        return self._broken(body) if "bytes" in faults else body

    def _broken(self, body):
        chance = self._chance
        place = chance.randrange(len(body) + 1)
        return chance.choice([
            lambda: b"",
            lambda: body[:place],
            lambda: body[:place] + bytes([chance.randrange(256)]) + body[place + 1:],
            lambda: body[:place] + chance.choice([b"\xff\xfe", b"\xc0\x80", b"\xed\xa0\x80", b"\x00", b"\x1b"]) + body[place:],
            lambda: body + body,
            lambda: b"\xef\xbb\xbf" + body,
            lambda: dumps(chance.choice(OTHER_TYPES)).encode(),
            lambda: nested(chance.choice([30, 1000, 20000]), chance.choice(["list", "object"])).encode(),
            lambda: body.replace(b":", b"=", 1),
            lambda: b'{"a": "' + b"x" * chance.choice([9000, 300_000, 1_100_000]) + b'"}' if chance.random() < 0.1 else b"{,}",
        ])()  # fmt: skip

    # -- what is learnt

    def learn(self, operation, answer):
        if not 200 <= answer.status < 300 or answer.kind != "application/json":
            return
        value = json.loads(answer.body)
        things = value.get("items", [value]) if isinstance(value, dict) else []
        kind = collection_of(operation.path)
        for thing in things[:20]:
            if self._people.is_about_somebody(thing):
                continue  # nobody is given more, or taken what the description says he has
            if isinstance(thing, dict) and isinstance(thing.get("id"), str):
                self._keep(kind, thing["id"])
            if kind == "type" and isinstance(thing, dict) and isinstance(thing.get("name"), str):
                self._keep(kind, thing["name"])
            if kind == "token" and operation.path.endswith("enrolment-tokens") and "token" in thing:
                self._keep("enrolment_token", thing["token"])
            if isinstance(thing, dict) and isinstance(thing.get("ping_url"), str):
                self._keep("key", thing["ping_url"].rsplit("/", 1)[1])

    def forget(self, operation, request, answer):
        """What is not there (any more) is asked for no more."""
        if answer.status == 404 or operation.method == "DELETE" and answer.status == 204:
            known = self.ids[collection_of(operation.path)]
            gone = set(request.target.split("?")[0].split("/")) & set(known)
            for one in gone if self._chance.random() < 0.3 else ():
                known.remove(one)

    def _keep(self, kind, one):
        known = self.ids[kind]
        if one not in known:
            if len(known) >= MOST_IDS:
                known.pop(self._chance.randrange(len(known)))
            known.append(one)


def collection_of(path):
    """/api/v1/me/sessions/{id} is about a "session", /api/v1/servers the same as instances."""
    parts = [one for one in path.split("{id}")[0].strip("/").split("/") if one not in ("api", "v1", "import")]
    name = parts[-1] if parts else "id"
    name = name.removesuffix("s").rsplit("-", 1)[-1]
    return {"server": "instance", "assignee": "incident", "preview": "id"}.get(name, name)


def _text(value):
    return {True: "true", False: "false"}.get(value, str(value)) if isinstance(value, bool) else str(value)


def _form(value):
    if not isinstance(value, dict):
        return dumps(value).encode()
    pairs = [(k, one) for k, v in value.items() for one in (v if isinstance(v, list) else [v])]
    return "&".join(
        f"{quote(k.encode('utf-8', 'surrogatepass'))}={quote((v if isinstance(v, Raw) else _text(v)).encode('utf-8', 'surrogatepass'))}"
        for k, v in pairs
    ).encode()
