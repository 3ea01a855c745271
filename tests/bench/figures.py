"""What a benchmark says: figures with their units, and what a peer had."""

import json
import statistics
import sys


def figure(name, value, unit, digits=2):
    return {
        "name": name, "value": round(value, digits), "unit": unit,
        "peer": None, "peer_version": None, "peer_value": None,
    }  # fmt: skip


def quantile(values, share):
    return sorted(values)[min(len(values) - 1, int(len(values) * share))]


def delays(name, values):
    yield figure(f"{name}, median", statistics.median(values) * 1000, "ms", 1)
    yield figure(f"{name}, p99", quantile(values, 0.99) * 1000, "ms", 1)


def beside(one, peer, version, value, digits=2):
    one.update(peer=peer, peer_version=version, peer_value=round(value, digits))


def tell(suite, measure):
    """Prints the figures that `measure` finds of a suite, which ends with it."""
    try:
        figures = list(measure(suite))
    except Exception:
        for log in suite.folder.glob("*.log"):
            print(f"-- {log.name}\n{log.read_text()[-2000:]}", file=sys.stderr)
        raise
    finally:
        suite.close()
    print(json.dumps(figures, ensure_ascii=False))
