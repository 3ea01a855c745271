#!/usr/bin/python3
"""Recurrence rules against python3-dateutil: random rules in all time zones, years 2000 to 2037.

dateutil says what clocks show; zoneinfo, at which moment that is. usage: differential_test.py LISTER
"""

import datetime
import random
import subprocess
import sys
import zoneinfo

try:
    import dateutil.rrule
except ImportError:
    print("python3-dateutil is missing")
    sys.exit(77)



class Calendar:
    """The module that dateutil takes its last year from: where nothing comes it looks that far."""

    MAXYEAR = 2045

    def __getattr__(self, name):
        return getattr(datetime, name)


dateutil.rrule.datetime = Calendar()

UTC = datetime.timezone.utc
DAYS = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"]
CASES = int(sys.argv[2]) if len(sys.argv) > 2 else 2000


def moment(shown, zone):
    """The first moment at which clocks show it; when it is skipped, the end of the skip."""
    first, second = (
        shown.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1)
    )
    if first.astimezone(zone).replace(tzinfo=None) == shown:
        return int(first.timestamp())
    low, high = sorted((int(first.timestamp()), int(second.timestamp())))
    low -= 1

    def offset(seconds):
        return datetime.datetime.fromtimestamp(seconds, zone).utcoffset()

    before = offset(low)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if offset(middle) == before else (low, middle)
    return high


def some(random_, values, most):
    return random_.sample(values, random_.randint(1, min(most, len(values))))


def by_days(random_, frequency):
    """BYDAY, BYMONTHDAY and BYMONTH, as RFC 5545 allows them."""
    parts = []
    months = random_.random() < 0.3
    if months:
        parts.append("BYMONTH=" + ",".join(map(str, some(random_, list(range(1, 13)), 4))))
    kind = random_.random()
    if kind < 0.35:
        parts.append("BYDAY=" + ",".join(some(random_, DAYS, 4)))
    elif kind < 0.6 and frequency in ("MONTHLY", "YEARLY"):
        most = 5 if frequency == "MONTHLY" or months else 53
        ordinals = [n for n in range(-most, most + 1) if n]
        parts.append(
            "BYDAY=" + ",".join(
                f"{random_.choice(ordinals)}{day}" for day in some(random_, DAYS, 3)))
    if kind > 0.5 and frequency != "WEEKLY":
        days = [n for n in range(-31, 32) if n]
        parts.append("BYMONTHDAY=" + ",".join(map(str, some(random_, days, 5))))
    return parts


def make_rule(random_, start):
    frequency = random_.choice(["HOURLY", "DAILY", "DAILY", "WEEKLY", "WEEKLY", "MONTHLY", "YEARLY"])
    parts = [f"FREQ={frequency}"]
    if random_.random() < 0.5:
        parts.append(f"INTERVAL={random_.randint(1, 12)}")
    days = by_days(random_, frequency)
    parts += days
    hours = random_.random() < 0.4
    if hours:
        parts.append("BYHOUR=" + ",".join(map(str, some(random_, list(range(24)), 4))))
    minutes = random_.random() < 0.3
    if minutes:
        parts.append("BYMINUTE=" + ",".join(map(str, some(random_, list(range(60)), 3))))
    if (days or hours or minutes) and random_.random() < 0.25:
        places = [n for n in range(-6, 7) if n]
        parts.append("BYSETPOS=" + ",".join(map(str, some(random_, places, 3))))
    if random_.random() < 0.3:
        # dateutil's first week begins at the start, for BYSETPOS too; RFC 5545's with the week.
        parts.append("WKST=" + (DAYS[start.weekday()] if "BYSETPOS" in parts[-1]
                                else random_.choice(DAYS)))
    elif "BYSETPOS" in parts[-1]:
        parts.append("WKST=" + DAYS[start.weekday()])
    end = random_.random()
    if end < 0.2:
        parts.append(f"COUNT={random_.randint(1, 200)}")
    elif end < 0.4:
        until = start + datetime.timedelta(days=random_.randint(1, 4000), hours=random_.randint(0, 23))
        parts.append(f"UNTIL={until:%Y%m%dT%H%M%S}")
    return ";".join(parts)


def transitions(zone):
    """Some days at which clocks are changed."""
    found, before = [], None
    day = datetime.datetime(2000, 1, 1, tzinfo=UTC)
    while day.year < 2037:
        offset = day.astimezone(zone).utcoffset()
        if before is not None and offset != before:
            found.append(day)
        before = offset
        day += datetime.timedelta(days=1)
    return found


def make_case(random_, zone_name, changes):
    if changes and random_.random() < 0.7:
        centre = random_.choice(changes)
    else:
        centre = datetime.datetime(2000, 1, 1, tzinfo=UTC) + datetime.timedelta(
            days=random_.randint(0, 37 * 365))
    age = random_.choice([30, 300, 1000])
    start = datetime.datetime(centre.year, centre.month, centre.day) + datetime.timedelta(
        days=-random_.randint(0, age), seconds=random_.choice([0, 0, 7]),
        minutes=random_.choice([0, 30, 60, 90, 120, 150, 180, 1439, random_.randint(0, 1439)]))
    rule = make_rule(random_, start)
    width = random_.randint(1, 20) if "HOURLY" in rule else random_.randint(1, 400)
    begin = int(centre.timestamp()) - random_.randint(0, width * 43200)
    return zone_name, start, rule, begin, begin + width * 86400


def shown_until(case, until):
    """What clocks show when it comes, as dateutil says; up to `until`, or it would look for ever."""
    _, start, rule, _, _ = case
    rules = dateutil.rrule.rrulestr(rule, dtstart=start)
    return rules.replace(until=min(rules._until or until, until))


def expected(case):
    zone_name, _, _, begin, end = case
    zone = zoneinfo.ZoneInfo(zone_name)
    low = datetime.datetime.fromtimestamp(begin, UTC).replace(tzinfo=None) - datetime.timedelta(days=2)
    high = datetime.datetime.fromtimestamp(end, UTC).replace(tzinfo=None) + datetime.timedelta(days=2)
    try:
        moments = {moment(shown, zone) for shown in shown_until(case, high) if shown >= low}
    except ValueError:
        return None
    return sorted(m for m in moments if begin <= m < end)


def ever(case):
    """Whether it comes within some years."""
    _, start, rule, _, _ = case
    try:
        years = 1 if "HOURLY" in rule else 12
        return any(True for _ in shown_until(case, start + datetime.timedelta(days=365 * years)))
    except ValueError:
        return False


def main():
    random_ = random.Random(5545)
    zones = sorted(zoneinfo.available_timezones() - {"localtime", "Factory", "posixrules"})
    zones = [zone for zone in zones if not zone.startswith(("right/", "posix/"))]
    changes = {zone: transitions(zoneinfo.ZoneInfo(zone)) for zone in random_.sample(zones, 60)}
    picked = sorted(changes)
    cases = [
        make_case(random_, zone, changes.get(zone))
        for zone in (zones + random_.choices(picked, k=CASES))[:CASES]
    ]
    lines = [f"{z}\t{s:%Y-%m-%dT%H:%M:%S}\t{r}\t{b}\t{e}" for z, s, r, b, e in cases]
    told = subprocess.run(
        [sys.argv[1]], input="\n".join(lines) + "\n", capture_output=True, text=True, check=True
    ).stdout.splitlines()
    assert len(told) == len(cases), f"{len(told)} answers to {len(cases)} questions"
    wrong, compared = 0, 0
    for case, line, text in zip(cases, lines, told):
        if text == "never comes":
            good = not ever(case)
        else:
            should = expected(case)
            compared += len(should or [])
            good = should is not None and text == " ".join(map(str, should))
        if not good:
            wrong += 1
            if wrong <= 10:
                print(f"{line}\n  is        {text[:300]}\n  should be {expected(case)}"[:900])
    print(f"{len(cases)} rules, {len(zones)} zones, {compared} occurrences; {wrong} differ")
    assert compared > 10 * len(cases)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
