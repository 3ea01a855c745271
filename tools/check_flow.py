#!/usr/bin/env python3
"""Compares docs/flow.md with the code: every message of libs/contracts and every table of migrations
is in it and the other way round, and only the service it names publishes the one or writes the other.
"""

import pathlib
import re
import sys

WRITES = r"\b(?:INSERT\s+INTO|UPDATE|DELETE\s+FROM|COPY|TRUNCATE(?:\s+TABLE)?)\s+(?:ONLY\s+)?(?:public\.)?"


def rows(text, heading):
    """First two cells of each row of the table under `heading`."""
    section = text.split(f"## {heading}", 1)[1].split("\n## ", 1)[0]
    cells = [
        [c.strip(" `") for c in line.strip("|").split("|")]
        for line in section.splitlines()
        if line.startswith("|")
    ]
    return {row[0]: row[1] for row in cells[2:]}


def tables_of(migrations):
    made, dropped = set(), set()
    for file in sorted(migrations.glob("*.up.sql")):
        sql = re.sub(r"--.*", "", file.read_text())
        pattern = r"\bTABLE\s+(?:IF\s+(?:NOT\s+)?EXISTS\s+)?(?:public\.)?(\w+)(\s+PARTITION\s+OF)?"
        made |= {
            name
            for name, part in re.findall(r"CREATE\s+(?:UNLOGGED\s+)?" + pattern, sql, re.I)
            if not part
        }
        dropped |= {name for name, _ in re.findall(r"DROP\s+" + pattern, sql, re.I)}
    return made - dropped


def messages_of(contracts):
    """Type and owner (its one publisher) of every Contract in the headers."""
    text = "\n".join(f.read_text() for f in sorted(contracts.glob("*.hpp")))
    return dict(re.findall(r'\.type\s*=\s*"([\w.]+)",.*?\.owner\s*=\s*"(\w+)"', text))


def compare(what, said, found):
    return [
        f"docs/flow.md names {what} {name}, the code does not" for name in sorted(said - found)
    ] + [f"{what} {name} is missing in docs/flow.md" for name in sorted(found - said)]


def foreign_writes(top, writers):
    """SQL that writes a table outside the service that owns it (rooms of libs are shared: not looked at)."""
    for file in sorted((top / "services").rglob("*.cpp")):
        service = file.relative_to(top / "services").parts[0]
        if "tests" in file.parts or "node_modules" in file.parts or service == "migrate":
            continue
        text = file.read_text(encoding="utf-8")
        for table, writer in writers.items():
            if service not in writer.split() and re.search(WRITES + table + r"\b", text):
                yield f"{file}: writes {table}, which belongs to {writer}"


def main(top):
    text = (top / "docs/flow.md").read_text(encoding="utf-8")
    publishers, writers = rows(text, "Messages"), rows(text, "Tables")
    owners = messages_of(top / "libs/contracts")
    problems = compare("message", set(publishers), set(owners))
    problems += [
        f"docs/flow.md lets {publishers[name]} publish {name}, its contract says {owner}"
        for name, owner in owners.items()
        if publishers.get(name, owner) != owner
    ]
    problems += compare("table", set(writers), tables_of(top / "migrations"))
    problems += foreign_writes(top, writers)
    print("\n".join(problems), end="\n" if problems else "")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else ".")))
