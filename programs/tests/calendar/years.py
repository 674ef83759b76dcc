#!/usr/bin/env python3
"""Five years of birthdays, quiet hours and recurring mailings, as Python's zoneinfo and dateutil have them (see expected.py).

    PYTHONTZPATH= python3 years.py > years.txt        what `make test` compares: some birthdays, and of each line a digest
    PYTHONTZPATH= python3 years.py --whole            every birthday, and every instant: `make proof-calendar`

A line is what, zone, of what, how many instants, and these: minutes since 1970, or 64 bits of FNV-1a over them as text.
"""
import sys
from datetime import date, datetime, time, timedelta, timezone
from zoneinfo import ZoneInfo

from dateutil.rrule import rrulestr

from expected import instant

ZONES = ["Europe/Moscow", "Asia/Yekaterinburg", "Asia/Almaty", "Europe/Berlin", "America/New_York", "America/Vancouver",
         "Pacific/Apia", "Asia/Kathmandu", "Africa/Casablanca"]
FIRST, LAST = date(2026, 12, 1), date(2031, 12, 1)
# Leap days and their neighbours, the turn of the year, and days on which clocks change somewhere.
SOME = ["0101", "0228", "0229", "0301", "0308", "0314", "0328", "0329", "1025", "1101", "1107", "1231"]
RULES = ["FREQ=DAILY|02:30", "FREQ=WEEKLY;BYDAY=MO,FR|10:00", "FREQ=WEEKLY;BYDAY=SU|02:00", "FREQ=MONTHLY;BYDAY=-1SU|03:00",
         "FREQ=MONTHLY;BYMONTHDAY=31|23:30", "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29|10:00", "FREQ=DAILY;BYHOUR=1,2,3|00:15"]
QUARTER = timedelta(minutes=15)


def minutes(at):
    return int(at.timestamp()) // 60


def birthday(zone, month_day):
    """Once a year at ten: the 29th of February on the 28th where there is none."""
    month, day = int(month_day[:2]), int(month_day[2:])
    for year in range(FIRST.year, LAST.year + 1):
        try:
            there = date(year, month, day)
        except ValueError:
            there = date(year, 2, 28)
        if FIRST <= there < LAST:
            yield instant(zone, datetime.combine(there, time(10)))


def quiet(zone):
    """Where ten in the evening to nine in the morning begins and ends, looked at every quarter of an hour."""
    at = datetime.combine(FIRST, time(12), tzinfo=timezone.utc)
    end = datetime.combine(LAST, time(12), tzinfo=timezone.utc)
    before = None
    while at < end:
        hour = at.astimezone(zone).hour
        is_quiet = hour >= 22 or hour < 9
        if before is not None and is_quiet != before:
            yield at
        before, at = is_quiet, at + QUARTER


def recurring(zone, rule, clock):
    start = datetime.combine(FIRST, time.fromisoformat(clock))
    end = datetime.combine(LAST, time(0))
    before = None
    for local in rrulestr(rule + ";UNTIL=20311201T000000", dtstart=start):
        if local >= end:
            break
        at = instant(zone, local)
        # Two moments in one gap are one start.
        if at != before:
            yield at
        before = at


def fnv(text):
    it = 0xcbf29ce484222325
    for byte in text.encode():
        it = (it ^ byte) * 0x100000001b3 % 2**64
    return f"{it:016x}"


def every_day():
    day = date(2028, 1, 1)
    while day.year == 2028:
        yield f"{day.month:02}{day.day:02}"
        day += timedelta(1)


def main(whole):
    def line(what, zone, of, instants):
        told = [str(minutes(at)) for at in instants]
        print(what, zone, of, len(told), " ".join(told) if whole else fnv(" ".join(told)))

    for name in ZONES:
        zone = ZoneInfo(name)
        for month_day in every_day() if whole else SOME:
            line("birthday", name, month_day, birthday(zone, month_day))
        line("quiet", name, "22:00-09:00", quiet(zone))
        for of in RULES:
            line("recurring", name, of, recurring(zone, *of.split("|")))


main("--whole" in sys.argv)
