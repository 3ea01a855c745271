#!/usr/bin/env python3
"""The settings of make run: what it decides itself, what .env and the environment say, and who may see what.

  run_settings.py given NAME...     what .env or the environment says, a NAME=value for each that is set
  run_settings.py write DIR         takes NAME=value by standard input, adds what is given, and writes
                                    DIR/env (services), DIR/checker-env (checker), DIR/private (secrets)
"""

import os
import pathlib
import re
import sys

TOP = pathlib.Path(__file__).resolve().parents[1]
# Of the servers and ports that make run starts and chooses, and of the account that is made once.
DECIDED = re.compile(r"DATABASE_URL|DB_.*|RABBITMQ_.*|PORT|ADMIN_.*|MONITRON_DATABASE_ADMIN_URL|.*_ADDRESS")
# Belong to the mail server: without one of its own, make run's.
OF_MAIL_SERVER = ("EMAIL_PORT", "MONITRON_EMAIL_TLS")
SECRETS = (
    "DATABASE_URL", "RABBITMQ_URL", "JWT_SECRET", "ENCRYPTION_KEY", "ENCRYPTION_KEYS_OLD", "EMAIL_PASSWORD", "ADMIN_PASSWORD", "ALERTMANAGER_URL",
    "MONITRON_ALERTMANAGER_PASSWORD", "MONITRON_ALERTMANAGER_BEARER_TOKEN", "MONITRON_ALERTMANAGER_WEBHOOK_TOKEN",
    "MONITRON_API_OIDC_CLIENT_SECRET",
)  # fmt: skip


def table():
    """Name → (default, programs), from what the one table of settings is written into."""
    found, programs = {}, []
    for line in (TOP / ".env.example").read_text().splitlines():
        if marked := re.search(r"\[([a-z* ]+)\]( \(required\))?$", line):
            programs = marked[1].split()
        elif setting := re.fullmatch(r"#?([A-Z][A-Z0-9_]*)=(.*)", line):
            found[setting[1]] = (setting[2], programs)
    return found


def read_dotenv(path):
    """As the programs read it."""
    values = {}
    for line in path.read_text().splitlines() if path.exists() else ():
        name, equals, value = line.strip().partition("=")
        if name.startswith("#") or not equals:
            continue
        value = value.strip()
        if len(value) >= 2 and value[0] in "'\"" and value[-1] == value[0]:
            value = value[1:-1]
        values[name.strip()] = value
    return values


def given(dotenv, environment):
    """What somebody set, NAME_FILE read; a default, as in a copy of .env.example, sets nothing."""
    settings = table()
    unknown = [
        name for name in dotenv
        if name.startswith("MONITRON_") and name not in settings and name.removesuffix("_FILE") not in settings
    ]  # fmt: skip
    if unknown:
        sys.exit(f".env: no settings: {', '.join(unknown)}")
    values = {}
    for source in (dotenv, environment):
        for name in settings:
            if path := source.get(name + "_FILE"):
                values[name] = pathlib.Path(path).read_text().rstrip("\r\n")
            elif source.get(name):
                values[name] = source[name]
    return values


def merge(generated, said):
    settings = table()
    merged = dict(generated)
    if "EMAIL_HOST" in said:
        for name in OF_MAIL_SERVER:
            merged.pop(name, None)
    for name, value in said.items():
        of_ours = name in OF_MAIL_SERVER and "EMAIL_HOST" not in said
        if not DECIDED.fullmatch(name) and not of_ours and value != settings[name][0]:
            merged[name] = value
    return merged


def write(folder, values):
    """Secrets reach the services in files of theirs. The checker, whose account is that of the scripts, has
    the few that it needs in its environment, which it hides, and no file."""
    settings = table()
    texts = {"env": {}, "checker-env": {}, "private": {}}
    for name, value in values.items():
        if name in SECRETS:
            texts["private"][name] = value
            texts["env"][name + "_FILE"] = f"../private/{name}"
        else:
            texts["env"][name] = value
        if {"checker", "*"} & set(settings[name][1]):
            texts["checker-env"][name] = value
    for place, files in texts.items():
        (folder / place).mkdir(mode=0o700, exist_ok=True)
        for old in (folder / place).iterdir():
            old.unlink()
        for name, text in files.items():
            (folder / place / name).write_text(text + "\n")


def main():
    os.umask(0o077)
    said = given(read_dotenv(TOP / ".env"), os.environ)
    if sys.argv[1] == "given":
        for name in sys.argv[2:]:
            if name in said:
                print(f"{name}={said[name]}")
        return
    generated = dict(line.rstrip("\n").split("=", 1) for line in sys.stdin)
    write(pathlib.Path(sys.argv[2]), merge(generated, said))


if __name__ == "__main__":
    main()
