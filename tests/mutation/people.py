"""Who asks: signed in with each role, by tokens, as an agent, with what is no credential."""

import base64
import hashlib
import hmac
import json
import time
import uuid
from dataclasses import dataclass, field

from tests.mutation.values import PASSWORD


ADDRESS = "@people.example"
OWN_ROLE = "own-role-"
GRANTED = {"env": "prod"}


@dataclass
class Person:
    name: str
    token: str = ""  # empty: none
    permissions: frozenset = frozenset()
    known: bool = False  # it is a credential that is valid
    somewhere: frozenset = frozenset()  # permissions on instances with certain labels

    def may(self, permission, scoped=False):
        return permission is None or permission in self.permissions or (scoped and permission in self.somewhere)


def _part(value):
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


def expired(token, secret):
    """The same, but over an hour ago; signed as the service does."""
    claims = json.loads(base64.urlsafe_b64decode(token.split(".")[1] + "=="))
    shift = 7200
    claims = {k: v - shift if k in ("exp", "iat", "nbf") else v for k, v in claims.items()}
    head = token.split(".")[0] + "." + _part(claims)
    sign = hmac.new(secret.encode(), head.encode(), hashlib.sha256).digest()
    return head + "." + base64.urlsafe_b64encode(sign).rstrip(b"=").decode()


@dataclass
class People:
    """`ask(method, path, body, token)`: a request of the API as JSON; raises unless it succeeds."""

    ask: callable
    admin: dict
    secret: str
    webhook_token: str
    everybody: list = field(default_factory=list)
    ids: set = field(default_factory=set)  # of who stands for somebody, and why he may: not to be changed

    def is_about_somebody(self, thing):
        """An account that stands for somebody here or in another process, or why that one may what he may."""
        if not isinstance(thing, dict):
            return False
        own = str(thing.get("email", "")).endswith(ADDRESS) or str(thing.get("name", "")).startswith(OWN_ROLE)
        return own or thing.get("id") in self.ids or ("team_id" in thing and thing.get("labels") == GRANTED)

    def gather(self):
        self._root()
        self.everybody = [self._signed_in(role) for role in ("admin", "admin", "operator", "viewer", "limited", "own")]
        self.everybody += [
            self._by_token("write token", ["checks:read", "checks:write", "rules:read", "incidents:read"]),
            self._by_token("ingest token", ["telemetry:send", "instances:register"]),
            self._by_token("read token", ["checks:read", "metrics:read", "graphql:query", "instances:read"]),
            self._agent(),
            Person("nobody"),
            Person("expired", expired(self.everybody[0].token, self.secret)),
            Person("unsigned", _part({"alg": "none"}) + "." + self.everybody[0].token.split(".")[1] + "."),
            Person("nonsense", "mtk_" + "0" * 40),
            Person("alertmanager", self.webhook_token),
        ]

    def again(self, person):
        """Whoever was signed out, by what was asked, comes as somebody new with the same rights."""
        self._root()
        place = self.everybody.index(person)
        if person.name == "agent":
            fresh = self._agent()
        elif "token" in person.name:
            fresh = self._by_token(person.name, sorted(person.permissions))
        else:
            fresh = self._signed_in(person.name)
        self.everybody[place] = fresh
        return fresh

    def _root(self):
        if getattr(self, "_until", 0) < time.monotonic():
            session = self.ask("POST", "/auth/login", self.admin, "")
            self._until = time.monotonic() + session["expires_in"] / 2
            self._token = session["access_token"]
            self.ids.add(session["user"]["id"])

    def _signed_in(self, role):
        email = uuid.uuid4().hex + ADDRESS
        given = {"limited": "member", "own": OWN_ROLE + uuid.uuid4().hex}.get(role, role)
        if role == "own":
            made = {"name": given, "permissions": ["checks:read", "checks:write", "rules:read", "users:read"]}
            self.ids.add(self.ask("POST", "/roles", made, self._token)["id"])
        user = self.ask("POST", "/users", {"email": email, "password": PASSWORD, "role": given}, self._token)
        self.ids.add(user["id"])
        if role == "limited":
            grant = {"user_id": user["id"], "role": "admin", "labels": GRANTED}
            self.ids.add(self.ask("POST", "/grants", grant, self._token)["id"])
        session = self.ask("POST", "/auth/login", {"email": email, "password": PASSWORD}, "")
        me = self.ask("GET", "/me", None, session["access_token"])
        somewhere = frozenset(name for one in me["limited"] for name in one["permissions"])
        return Person(role, session["access_token"], frozenset(me["permissions"]), True, somewhere)

    def _by_token(self, name, permissions):
        made = self.ask("POST", "/tokens", {"name": name, "scopes": permissions}, self._token)
        return Person(name, made["token"], frozenset(permissions), True)

    def _agent(self):
        made = self.ask("POST", "/enrolment-tokens", {"name": "agent"}, self._token)
        body = {"enrolment_token": made["token"], "hostname": f"agent-{uuid.uuid4().hex[:8]}"}
        agent = self.ask("POST", "/agents/enrol", body, "")
        return Person("agent", agent["token"], frozenset({"telemetry:send", "instances:register"}), True)
