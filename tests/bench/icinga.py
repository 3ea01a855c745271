"""Icinga 2 with the plugins of Debian, as a peer of the checker."""

import subprocess

from tests.bench.targets import ADDRESSES

CONFIG = """const PluginDir = "/usr/lib/nagios/plugins"
include <itl>
include <plugins>
object CheckerComponent "checker" {{ }}
template Service "bench" {{ check_interval = 1s; retry_interval = 1s; max_check_attempts = 3 }}
{objects}
"""
HOST = """object Host "{address}" {{ address = "{address}"; check_command = "dummy"; enable_active_checks = false }}
object Service "{kind}" {{
  import "bench"; host_name = "{address}"; check_command = "{kind}"; vars.{kind}_port = {port}
}}"""


def start(targets, kind, count):
    """As many services as `count`, each at another address, checked every second."""
    folder = targets.folder / f"icinga-{kind}"
    for part in ("data/icinga2", "cache", "log", "spool/perfdata", "run"):
        (folder / part).mkdir(parents=True)
    hosts = [HOST.format(address=one, kind=kind, port=targets.port["http"]) for one in ADDRESSES[:count]]
    config = folder / "icinga2.conf"
    config.write_text(CONFIG.format(objects="\n".join(hosts)))
    user, group = (subprocess.check_output(["id", f"-{flag}n"], text=True).strip() for flag in "ug")
    where = {"RunAsUser": user, "RunAsGroup": group, "DataDir": folder / "data", "CacheDir": folder / "cache",
             "LogDir": folder / "log", "SpoolDir": folder / "spool", "InitRunDir": folder / "run"}  # fmt: skip
    options = [part for name, value in where.items() for part in ("-D", f"{name}={value}")]
    return targets.run("icinga2", "daemon", "-c", str(config), *options)
