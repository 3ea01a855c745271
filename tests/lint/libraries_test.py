"""D-001: the given libraries are used where they are named, each behind the rooms that own it."""

import pathlib
import re
import unittest

TOP = pathlib.Path(__file__).resolve().parents[2]

# Header in libs/layers.txt → what the build links for it.
LINKED = {
    "uv.h": "PkgConfig::uv",
    "pqxx/": "PkgConfig::pqxx",
    "libpq-fe.h": "PkgConfig::pq",
    "amqp": "PkgConfig::rabbitmq",
    "pistache/": "PkgConfig::pistache",
    "libwebsockets": "PkgConfig::websockets",
    "curl/": "PkgConfig::curl",
    "ares.h": "PkgConfig::cares",
    "nlohmann/": "nlohmann_json::nlohmann_json",
    "simdjson": "PkgConfig::simdjson",
    "zstd.h": "PkgConfig::zstd",
    "zlib.h": "PkgConfig::zlib",
    "crypt.h": "${CRYPT_LIBRARY}",
    "openssl/": "OpenSSL::Crypto",
    "jwt/": "OpenSSL::Crypto",  # headers alone, which call it
    "spdlog/": "spdlog::spdlog",
    "prometheus/": "prometheus-cpp::core",
    "date/": "${DATE_TZ_LIBRARY}",
    "cairo": "PkgConfig::pangocairo",
    "pango": "PkgConfig::pangocairo",
    "CLI/": "CLI11::CLI11",
}
# The libraries that were given, and the room that each of them is for.
GIVEN = {
    "uv.h": "loop",
    "pistache/": "http",
    "pqxx/": "db",
    "nlohmann/": "contracts",
    "crypt.h": "auth",
    "spdlog/": "base",
}


def table():
    """The doors of the rooms, and the rooms of each third-party header."""
    doors, owners = {}, {}
    for line in (TOP / "libs/layers.txt").read_text().splitlines():
        name, colon, rest = line.split("#")[0].partition(":")
        if colon:
            (owners if name.startswith("!") else doors)[name.strip(" !")] = rest.split()
    return doors, owners


def folder(room):
    return next(TOP / parent / room for parent in ("libs", "services") if (TOP / parent / room).is_dir())


def sources(room):
    return [
        file.read_text(encoding="utf-8")
        for file in folder(room).rglob("*.[ch]pp")
        if "node_modules" not in file.parts
    ]


def users(header, rooms):
    """Those of the rooms that include it."""
    pattern = re.compile(rf"^#\s*include <{re.escape(header)}", re.M)
    return [room for room in rooms if any(pattern.search(text) for text in sources(room))]


def linked(room):
    """The packages that the room itself links (its tests have their own)."""
    file = folder(room) / "CMakeLists.txt"
    text = file.read_text(encoding="utf-8") if file.exists() else ""
    named = re.findall(rf"monitron_(?:library|program)\({room}\b[^)]*PACKAGES([^)]*)\)", text)
    return set(" ".join(named).replace("OpenSSL::SSL", "OpenSSL::Crypto").split())


# D-001
class Libraries(unittest.TestCase):
    def test_each_is_used_by_a_room_that_owns_it(self):
        for header, rooms in table()[1].items():
            self.assertTrue(users(header, rooms), header)

    def test_each_is_linked_where_it_is_included(self):
        """By the room itself or by one that it has a door to."""
        doors, owners = table()
        for header, package in LINKED.items():
            for room in users(header, owners[header]):
                near = set().union(*(linked(one) for one in (room, *doors[room])))
                self.assertIn(package, near, (header, room))

    def test_nothing_is_linked_that_is_not_included(self):
        """A package in a room's CMakeLists has a header that this room includes."""
        for room in table()[0]:
            headers = {header for header in LINKED if users(header, [room])}
            needed = {LINKED[header] for header in headers}
            self.assertLessEqual(linked(room) & set(LINKED.values()), needed, room)

    def test_the_given_ones_are_used_as_given(self):
        """bcrypt is crypt(3) with $2b$; GoogleTest runs every test program."""
        _, owners = table()
        for header, room in GIVEN.items():
            self.assertIn(room, owners[header])
            self.assertIn(LINKED[header], linked(room))
        self.assertTrue(any('"$2b$' in text for text in sources("auth")))
        self.assertIn("GTest::gtest", (TOP / "cmake/Monitron.cmake").read_text())


if __name__ == "__main__":
    unittest.main()
