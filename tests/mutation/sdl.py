"""docs/schema.graphql as values: object types, inputs, enums; what the schema of the suite has, no more."""

import re
from dataclasses import dataclass, field

TOKEN = re.compile(r'"""(?:.|\n)*?"""|"(?:\\.|[^"\\\n])*"|#[^\n]*|[A-Za-z_]\w*|-?\d+(?:\.\d+)?|[!(){}\[\]:=@|&]')


@dataclass
class Type:
    name: str = ""  # of a named one
    of: "Type" = None  # of a list
    required: bool = False

    @property
    def base(self):
        return self.of.base if self.of else self.name

    def __str__(self):
        return (f"[{self.of}]" if self.of else self.name) + ("!" if self.required else "")


@dataclass
class Member:
    name: str
    type: Type
    arguments: list = field(default_factory=list)
    default: bool = False


class Schema:
    def __init__(self, text):
        self._tokens = [one for one in TOKEN.findall(text) if not one.startswith(('"""', "#"))]
        self._place = 0
        self.types, self.inputs, self.enums = {}, {}, {}
        while self._place < len(self._tokens):
            self._definition()

    def _next(self, expected=None):
        token = self._tokens[self._place]
        if expected is not None and token != expected:
            raise ValueError(f"{token!r} where {expected!r} was expected")
        self._place += 1
        return token

    def _have(self, token):
        if self._place < len(self._tokens) and self._tokens[self._place] == token:
            self._place += 1
            return True
        return False

    def _definition(self):
        kind, name = self._next(), self._next()
        if kind == "scalar":
            return
        self._next("{")
        if kind == "enum":
            self.enums[name] = []
            while not self._have("}"):
                self.enums[name].append(self._next())
            return
        into = {"type": self.types, "input": self.inputs}[kind]
        into[name] = []
        while not self._have("}"):
            into[name].append(self._member())

    def _member(self):
        member = Member(self._next(), None)
        if self._have("("):
            while not self._have(")"):
                member.arguments.append(self._member())
        self._next(":")
        member.type = self._type()
        if self._have("="):
            self._next()
            member.default = True
        return member

    def _type(self):
        if self._have("["):
            made = Type(of=self._type())
            self._next("]")
        else:
            made = Type(self._next())
        made.required = self._have("!")
        return made
