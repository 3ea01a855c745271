"""Packages of npm that tests need."""

import fcntl
import filecmp
import shutil
import subprocess

from tests.system.suite import TOP

WEB = TOP / "services/web"


def installed(folder):
    """As its lock file has them; once, however many tests ask at the same time."""
    lock, known = folder / "package-lock.json", folder / "node_modules/.lock-of-this"
    with lock.open() as turn:
        fcntl.flock(turn, fcntl.LOCK_EX)
        if known.exists() and filecmp.cmp(lock, known, shallow=False):
            return
        subprocess.run(["npm", "ci", "--no-audit", "--no-fund"], cwd=folder, check=True)
        shutil.copyfile(lock, known)
