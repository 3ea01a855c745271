#!/usr/bin/env python3
"""Compares every #include with libs/layers.txt: rooms may be entered through their doors only, and
third-party headers are named only where they belong. Prints file:line for each wrong include."""

import pathlib
import re
import sys

INCLUDE = re.compile(r'\s*#\s*include\s*(?:"(\w+)/[^"]*"|<([^>]+)>|"([^"/]+)")')


def read_doors(path):
    """The doors of each room and the rooms of each third-party prefix; mistakes in the table itself."""
    doors, owners, problems = {}, {}, []
    for number, line in enumerate(path.read_text().splitlines(), 1):
        name, colon, rest = line.split("#")[0].partition(":")
        name, rooms = name.strip(), rest.split()
        if not colon:
            continue
        # A room may be named only below its own line: that is what makes cycles impossible.
        problems += [
            f"{path}:{number}: {room} is not a room above this line"
            for room in rooms
            if room not in doors
        ]
        if name.startswith("!"):
            owners[name[1:]] = set(rooms)
        else:
            doors[name] = set(rooms)
    return doors, owners, problems


def wrong_includes(file, room, doors, owners):
    is_test = "tests" in file.parts
    for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1):
        match = INCLUDE.match(line)
        if not match:
            continue
        target, third_party = match[1], match[2]
        if (
            target in doors
            and target != room
            and target not in doors[room]
            and not (is_test and target == "testkit")
        ):
            yield f"{file}:{number}: {room} has no door to {target}"
        if third_party:
            for prefix, rooms in owners.items():
                if (
                    third_party.startswith(prefix)
                    and room not in rooms
                    and not (is_test and "testkit" in rooms)
                ):
                    yield f"{file}:{number}: <{third_party}> belongs to {' '.join(sorted(rooms))}, not to {room}"


def main(top):
    doors, owners, problems = read_doors(top / "libs/layers.txt")
    for parent in ("libs", "services"):
        for folder in sorted((top / parent).glob("*/")):
            files = [
                f
                for f in sorted(folder.rglob("*"))
                if f.suffix in (".hpp", ".cpp") and "node_modules" not in f.parts
            ]
            if files and folder.name not in doors:
                problems.append(f"{folder}: is not in libs/layers.txt")
                continue
            for file in files:
                problems += wrong_includes(file, folder.name, doors, owners)
    print("\n".join(problems), end="\n" if problems else "")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else ".")))
