"""What docs/swagger.json promises of each operation, and whether an answer keeps it."""

import json
import posixpath
import re
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

import jsonschema

# What stands for "default": what refuses a request before it is one of the operation.
BEFORE_ANY_OPERATION = {400, 401, 403, 405, 413, 414, 415, 429, 431}
FORMATS = jsonschema.FormatChecker(formats=())
UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z")


@FORMATS.checks("uuid")
def _uuid(value):
    return not isinstance(value, str) or UUID.fullmatch(value) is not None


@FORMATS.checks("date-time")
def _time(value):
    return not isinstance(value, str) or TIME.fullmatch(value) is not None


@dataclass
class Operation:
    method: str
    path: str
    about: dict

    @property
    def name(self):
        return f"{self.method} {self.path}"

    @property
    def permission(self):
        """None: open to all."""
        security = self.about["security"] if "security" in self.about else [{"bearer": ["?"]}]
        return security[0]["bearer"][0] if security else None

    @property
    def scoped(self):
        """Who has the permission on some instances alone is let in."""
        return self.about.get("x-scoped", False)


def closed(schema, resolve):
    """The same without room for members that are not described."""
    if isinstance(schema, list):
        return [closed(one, resolve) for one in schema]
    if not isinstance(schema, dict):
        return schema
    if "allOf" in schema:
        parts = [resolve(one) for one in schema["allOf"]]
        schema = {
            "type": "object",
            "properties": {name: value for part in parts for name, value in part["properties"].items()},
            "required": [name for part in parts for name in part.get("required", ())],
        }
    done = {name: closed(value, resolve) for name, value in schema.items()}
    if isinstance(done.get("properties"), dict) and "type" in done:
        done.setdefault("additionalProperties", False)
    return done


class Description:
    def __init__(self, document):
        self.document = document
        self._closed = {**document, "components": closed(document["components"], self.resolve)}
        self._resolver = jsonschema.RefResolver("", self._closed)
        self._validators = {}
        self.operations = [
            Operation(method.upper(), path, self._with_parameters(about))
            for path, methods in document["paths"].items()
            for method, about in methods.items()
        ]
        # A name wins over a parameter, as in the router.
        self._routes = sorted(
            ((one, re.compile(re.sub(r"\\{\w+\\}", "[^/]+", re.escape(one.path)))) for one in self.operations),
            key=lambda route: route[0].path.count("{"),
        )

    def _with_parameters(self, about):
        found = [self.resolve(one) for one in about.get("parameters", ())]
        return {**about, "parameters": found}

    def resolve(self, value):
        while "$ref" in value:
            place = self.document
            for step in value["$ref"][2:].split("/"):
                place = place[step]
            value = place
        return value

    def members_of(self, response):
        """Of what it answers with."""
        schema = self.resolve(response).get("content", {}).get("application/json", {}).get("schema", {})
        parts = [self.resolve(one) for one in self.resolve(schema).get("allOf", [schema])]
        return {name for one in parts for name in one.get("properties", {})}

    def operation_of(self, request):
        """None: no operation is at this address by this method."""
        path = _address(request)
        method = "GET" if request.method == "HEAD" else request.method
        for operation, pattern in self._routes:
            if operation.method == method and pattern.fullmatch(path):
                return operation
        return None

    def fault_of(self, operation, request, answer):
        """What is wrong with the answer; None when it keeps what is promised."""
        if "x-request-id" not in answer.headers:
            return "no X-Request-Id"
        if operation is None:
            if answer.status in (200, 204) and request.method == "OPTIONS":
                return None
            if answer.kind == "text/html" and not self._is_of_api(request):
                return None  # whatever is not the API's is a page of the web
            return None if answer.status in (404, 405, 400, 413, 414, 401, 403) else "no such operation, but an answer"
        if answer.status == 304 and request.method in ("GET", "HEAD"):
            return None
        responses = operation.about["responses"]
        told = responses.get(str(answer.status))
        if told is None and answer.status in BEFORE_ANY_OPERATION:
            told = responses.get("default") or {"$ref": "#/components/responses/problem"}
        if told is None:
            return f"status {answer.status} is not documented"
        if request.method == "HEAD":
            return None
        return self._fault_of_body(operation, self.resolve(told).get("content"), answer)

    def _is_of_api(self, request):
        first = _address(request).split("/")[1]
        return any(one.path.split("/")[1] == first for one in self.operations)

    def _fault_of_body(self, operation, content, answer):
        if not content:
            return "a body where none is documented" if answer.body else None
        if answer.kind == "application/problem+json" and answer.status >= 400:
            # Also where an operation has a form of its own: the gateway speaks for all.
            return self._fault_of_problem(answer)
        if not answer.body and not any(kind == "application/json" for kind in content):
            return None  # a file of no lines
        if answer.kind not in content:
            return f"type {answer.kind!r} is not documented"
        if answer.kind != "application/json" and not answer.kind.endswith("+json"):
            return None
        return self._mismatch(content[answer.kind].get("schema", {}), answer)

    def _fault_of_problem(self, answer):
        fault = self._mismatch({"$ref": "#/components/schemas/Problem"}, answer)
        if fault:
            return fault
        problem = json.loads(answer.body)
        if problem["status"] != answer.status:
            return f"the problem says {problem['status']}"
        if problem["request_id"] != answer.headers["x-request-id"]:
            return "request_id is not that of the header"
        return None

    def _mismatch(self, schema, answer):
        try:
            value = json.loads(answer.body.decode("utf-8"), parse_constant=_no_json)
        except ValueError as problem:
            return f"no JSON: {problem}"
        key = json.dumps(schema)
        if key not in self._validators:
            self._validators[key] = jsonschema.Draft202012Validator(
                closed(schema, self.resolve), resolver=self._resolver, format_checker=FORMATS
            )
        wrong = next(self._validators[key].iter_errors(value), None)
        if wrong is None:
            return None
        where = "/".join(str(one) for one in wrong.absolute_path)
        return f"the body is not as described: at '{where}': {wrong.message[:300]}"


def _address(request):
    """As the gateway understands it: /ping/x/../../y is /y."""
    path = unquote(urlsplit(request.target).path)
    return posixpath.normpath(path) if "/.." in path else path


def _no_json(constant):
    raise ValueError(f"{constant} is no JSON")
