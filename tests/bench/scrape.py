"""scrape.py URL COUNT OUT: scrapes URL each second, COUNT times, and writes the series that were there
each time: their number and COUNT as int64, the times in ms as int64, then the values, series by series,
as float64."""

import array
import os
import sys
import time
import urllib.request


def scraped(url, deadline):
    while True:
        try:
            with urllib.request.urlopen(url, timeout=10) as answer:
                return answer.read().decode()
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)


def main():
    url, count, out = sys.argv[1], int(sys.argv[2]), sys.argv[3]
    times, series = array.array("q"), {}
    begun = time.monotonic()
    for i in range(count):
        time.sleep(max(0, begun + i - time.monotonic()))
        text = scraped(url, begun + i + 30)
        times.append(int(time.time() * 1000))
        for line in text.splitlines():
            if not line.startswith("#"):
                name, value = line.rsplit(" ", 1)
                series.setdefault(name, array.array("d")).append(float(value))
    whole = [values for values in series.values() if len(values) == count]
    with open(out + ".part", "wb") as file:
        array.array("q", [len(whole), count]).tofile(file)
        times.tofile(file)
        for values in whole:
            values.tofile(file)
    os.replace(out + ".part", out)


if __name__ == "__main__":
    main()
