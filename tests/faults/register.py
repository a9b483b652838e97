"""The register of seeded faults: realistic mistakes in the core, each with the laws that must notice it without other tests.

A fault is a change of text, applied when it is tried (see `seeding`). The tables of the laws say what each promises.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, kw_only=True)
class Fault:
    """One mistake.

    Attributes:
        name: what to call it.
        room: the file of the core that it is in.
        laws: the ids of the laws each of which notices it; `reference` is the second implementation.
        what: what goes wrong.
        sound: the text as it is, which occurs once.
        faulty: the text with the mistake.
    """

    name: str
    room: str
    laws: tuple[str, ...]
    what: str
    sound: str
    faulty: str

    @property
    def module(self) -> str:
        """The module that it is in."""
        return f"quota_engine.{self.room}"

    def seeded(self, text: str) -> str:
        """Return the text of the module with the fault in it.

        Raises:
            ValueError: the sound text is not there, or more than once.
        """
        if text.count(self.sound) != 1:
            raise ValueError(f"{self.name}: expected once in {self.module}, found {text.count(self.sound)} times")
        return text.replace(self.sound, self.faulty)


FAULTS: Final = (
    Fault(
        name="inclusive-end",
        room="periods",
        laws=("LP2",),
        what="The day on which a row of periods ends still lies in its last period.",
        sound="return (None, *partition.periods, None)",
        faulty="return (None, *partition.periods, partition.periods[-1])",
    ),
    Fault(
        name="first-day-before",
        room="periods",
        laws=("LP7",),
        what="The first day of a period lies in the one before it.",
        sound="return self._cells[bisect_right(self._edges, day.toordinal())]",
        faulty="return self._cells[bisect_right(self._edges, day.toordinal() - 1)]",
    ),
    Fault(
        name="month-drift",
        room="fiscal.months",
        laws=("LP12",),
        what="Each cut is one step after the cut before it: a year from the 31st wanders to the 28th.",
        sound="return date(year, month + 1, min(self.start_day, monthrange(year, month + 1)[1]))",
        faulty=(
            "before, last = divmod(self.start_month - 1 + (position - 1) * MONTHS[cadence], MONTHS_IN_YEAR)\n"
            "        day = min(self.start_day, monthrange(EPOCH_YEAR + before, last + 1)[1])\n"
            "        return date(year, month + 1, min(day, monthrange(year, month + 1)[1]))"
        ),
    ),
    Fault(
        name="calendar-quarters",
        room="fiscal.months",
        laws=("LP4", "LP7"),
        what="Quarters follow the calendar year, whatever the fiscal year.",
        sound="months = (day.year - EPOCH_YEAR) * MONTHS_IN_YEAR + day.month - self.start_month",
        faulty="months = (day.year - EPOCH_YEAR) * MONTHS_IN_YEAR + day.month - 1",
    ),
    Fault(
        name="weeks-from-sunday",
        room="fiscal.weeks",
        laws=("LP4",),
        what="Weeks begin a day before the one asked for.",
        sound="return (day.toordinal() - 1 - self.first_day) // DAYS_IN_WEEK",
        faulty="return (day.toordinal() - self.first_day) // DAYS_IN_WEEK",
    ),
    Fault(
        name="iso-for-all",
        room="fiscal.weeks",
        laws=("LP4",),
        what="The first week of every year is the one with four days in it, whatever rule was asked for.",
        sound="return self.cut(self.position(date(name, 1, self.min_days)))",
        faulty="return self.cut(self.position(date(name, 1, 4)))",
    ),
    Fault(
        name="second-midnight",
        room="fiscal.moments",
        laws=("LP1", "LP2", "LP3"),
        what="Where midnight comes twice the day begins at the second one.",
        sound="return datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(zone)).astimezone(UTC)",
        faulty="return datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(zone), fold=1).astimezone(UTC)",
    ),
    Fault(
        name="midnight-utc",
        room="fiscal.moments",
        laws=("LP1", "LP2"),
        what="Days begin at midnight in UTC in every zone.",
        sound="return datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(zone)).astimezone(UTC)",
        faulty="return datetime(day.year, day.month, day.day, tzinfo=UTC)",
    ),
    Fault(
        name="clock-face-day",
        room="fiscal.moments",
        laws=("LP2",),
        what="A moment lies in the day that the clock shows, also where the clock ran back over midnight.",
        sound="day = moment.astimezone(ZoneInfo(zone)).date()",
        faulty="return moment.astimezone(ZoneInfo(zone)).date()",
    ),
    Fault(
        name="offset-of-utc-midnight",
        room="fiscal.moments",
        laws=("LP1", "LP2", "LP3"),
        what="A day begins by the offset that its zone has when it is midnight in UTC.",
        sound="return datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(zone)).astimezone(UTC)",
        faulty=(
            "midnight = datetime(day.year, day.month, day.day, tzinfo=UTC)\n"
            "        return midnight - (midnight.astimezone(ZoneInfo(zone)).utcoffset() or timedelta())"
        ),
    ),
    Fault(
        name="offsets-in-minutes",
        room="fiscal.moments",
        laws=("LP1", "LP2"),
        what="Days begin on a whole minute of UTC, also where clocks were ahead by odd seconds.",
        sound="return datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(zone)).astimezone(UTC)",
        faulty="return datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(zone)).astimezone(UTC).replace(second=0)",
    ),
    Fault(
        name="begun-before-it-begins",
        room="fiscal.moments",
        laws=("LP2",),
        what="A moment lies in the day that the clock shows, also where the clock went on over midnight before that day begins.",
        sound="return day if first_instant(day, zone) <= moment else day - _DAY",
        faulty="return day",
    ),
    Fault(
        name="last-day-left-out",
        room="fiscal.calendars",
        laws=("LP1",),
        what="The instants of a period end with the first instant of its last day.",
        sound="return first_instant(period.start, self.zone), first_instant(period.end, self.zone)",
        faulty="return first_instant(period.start, self.zone), first_instant(period.last_day, self.zone)",
    ),
    Fault(
        name="unclipped-weeks",
        room="fiscal.grids",
        laws=("LP7",),
        what="A week at the edge of a fiscal year reaches over it.",
        sound="return Period(max(start, year.start), min(end, year.end))",
        faulty="return Period(start, end)",
    ),
    Fault(
        name="last-cut-lost",
        room="fiscal.grids",
        laws=("LP4", "LP6"),
        what="The last cut of a range is not made.",
        sound="inner = (self.cuts.cut(position, self.cadence) for position in range(first + 1, last + 1))",
        faulty="inner = (self.cuts.cut(position, self.cadence) for position in range(first + 1, last))",
    ),
    Fault(
        name="a-thousand-refused",
        room="periods",
        laws=("LP14",),
        what="The bound of a thousand periods is one short.",
        sound="if len(boundaries) > MOST_PERIODS + 1:",
        faulty="if len(boundaries) > MOST_PERIODS:",
    ),
    Fault(
        name="bounded-when-built",
        room="fiscal.grids",
        laws=("LP14",),
        what="How many periods there are is known only when they have been built.",
        sound="if last - first >= MOST_PERIODS:",
        faulty="if len([self.cuts.cut(position, self.cadence) for position in range(first, last + 1)]) > MOST_PERIODS:",
    ),
    Fault(
        name="zone-kept",
        room="_fields",
        laws=("LP8",),
        what="Moments keep the zone they came in: Python compares repeated hours by the clock face.",
        sound="return value if value.tzinfo is UTC else value.astimezone(UTC)",
        faulty="return value",
    ),
    Fault(
        name="half-years-of-four",
        room="fiscal.months",
        laws=("LP4", "LP12"),
        what="A half-year has four months.",
        sound="Cadence.HALF_YEARLY: 6, Cadence.YEARLY: 12}",
        faulty="Cadence.HALF_YEARLY: 4, Cadence.YEARLY: 12}",
    ),
    Fault(
        name="quarters-beside-halves",
        room="fiscal.months",
        laws=("LP5",),
        what="Half-years are cut three months into the year.",
        sound="return (months - (1 if day.day < first else 0)) // MONTHS[cadence]",
        faulty=(
            "late = 3 if cadence is Cadence.HALF_YEARLY else 0\n"
            "        return (months - late - (1 if day.day < first else 0)) // MONTHS[cadence]"
        ),
    ),
    Fault(
        name="nearest-by-four-days",
        room="fiscal.accounting",
        laws=("LP4", "LP12"),
        what="A year that ends nearest to its month's end may end four days after it.",
        sound="else month_end + DAYS_IN_WEEK // 2",
        faulty="else month_end + (DAYS_IN_WEEK + 1) // 2",
    ),
    Fault(
        name="first-of-eight-days",
        room="fiscal.accounting",
        laws=("LP4", "LP12"),
        what="The first weekday of a month is looked for in eight days.",
        sound="limit = start.toordinal() + DAYS_IN_WEEK - 1",
        faulty="limit = start.toordinal() + DAYS_IN_WEEK",
    ),
    Fault(
        name="weeks-named-by-their-last-day",
        room="fiscal.accounting",
        laws=("LP13",),
        what="A year is named by the calendar year in which its last day happens to fall.",
        sound="return self._around(day.toordinal(), day.year)[0] + self._ahead",
        faulty="return date.fromordinal(self._around(day.toordinal(), day.year)[2]).year + self._ahead",
    ),
    Fault(
        name="december-starts-in-january",
        room="fiscal.accounting",
        laws=("LP13",),
        what="Years to the first weekday of December are named as if they started with January.",
        sound="starts_before = self.rule is EndsOn.FIRST or self.end_month < MONTHS_IN_YEAR",
        faulty="starts_before = self.end_month < MONTHS_IN_YEAR",
    ),
    Fault(
        name="weeks-start-on-the-last-day",
        room="fiscal.accounting",
        laws=("LP4", "LP5"),
        what="The weeks of a year of weeks start on the weekday on which it ends.",
        sound="return Weeks(first_day=(self.weekday + 1) % DAYS_IN_WEEK)",
        faulty="return Weeks(first_day=self.weekday)",
    ),
    Fault(
        name="week-53-in-the-next",
        room="fiscal.layouts",
        laws=("LP4",),
        what="The week that a long year has more is put in the period after the one asked for.",
        sound="weeks[layout.extra_week_in - 1] +=",
        faulty="weeks[layout.extra_week_in % len(weeks)] +=",
    ),
    Fault(
        name="halves-by-counting-periods",
        room="fiscal.layouts",
        laws=("LP4", "LP5"),
        what="The second half of a year starts with half of its accounting periods, not with its third quarter.",
        sound="third_quarter = sum(layout.quarters[: QUARTERS // 2])",
        faulty="third_quarter = len(layout.weeks) // 2",
    ),
    Fault(
        name="long-quarter-first",
        room="fiscal.layouts",
        laws=("LP4",),
        what="Of thirteen accounting periods the first quarter has four.",
        sound="13: (3, 3, 3, 4)",
        faulty="13: (4, 3, 3, 3)",
    ),
    Fault(
        name="table-a-day-short",
        room="fiscal.tables",
        laws=("LP1", "LP7"),
        what="The last year of a table ends a day early.",
        sound="return self.end if place == len(self._cells)",
        faulty="return self.end - _DAY if place == len(self._cells)",
    ),
    Fault(
        name="table-goes-on",
        room="fiscal.tables",
        laws=("LP14",),
        what="After the end of a table its last year goes on.",
        sound="if day not in self.span:",
        faulty="if day < self.span.start:",
    ),
    Fault(
        name="table-day-before",
        room="fiscal.tables",
        laws=("LP13",),
        what="The first day of a year in a table lies in the year before.",
        sound="return bisect_right(tuple(self.starts.values()), day) - 1",
        faulty="return max(bisect_right(tuple(self.starts.values()), day - _DAY), 1) - 1",
    ),
    Fault(
        name="table-months-to-the-28th",
        room="fiscal.timelines",
        laws=("LP4",),
        what="A transition to a table that starts late in a month is cut on the 28th, and leaves a day or three.",
        sound="return MonthYears(start_month=month, start_day=resumes.day)",
        faulty="return MonthYears(start_month=month, start_day=min(resumes.day, 28))",
    ),
    Fault(
        name="stub-left-alone",
        room="fiscal.timelines",
        laws=("LP4",),
        what="The few days with which a transition begins are a period of their own.",
        sound="first += 1",
        faulty="first += 0",
    ),
    Fault(
        name="transition-named-as-the-next",
        room="fiscal.timelines",
        laws=("LP13",),
        what="A transition has the name of the year after it.",
        sound="name = after - 1 if change.named is None else change.named",
        faulty="name = after if change.named is None else change.named",
    ),
    Fault(
        name="name-left-out-is-answered",
        room="fiscal.timelines",
        laws=("LP13",),
        what="A name that was left out when the year changed is answered with days that are another year's.",
        sound="if name > last:",
        faulty="if name > last + 1:",
    ),
    Fault(
        name="change-a-day-late",
        room="fiscal.timelines",
        laws=("LP13",),
        what="The day on which a year changes still lies in the last year before.",
        sound="return self.stretches[bisect_right(self._joined.starts, day)]",
        faulty="return self.stretches[bisect_right(self._joined.starts, max(day, date.min + _DAY) - _DAY)]",
    ),
    Fault(
        name="numbers-meet",
        room="fiscal.timelines",
        laws=("LP4",),
        what="The last period before a change and the first one after it have one number.",
        sound="firsts.append(before.position(start - _DAY, cadence) + shift + 1)",
        faulty="firsts.append(before.position(start - _DAY, cadence) + shift)",
    ),
    Fault(
        name="every-change-cuts-weeks",
        room="fiscal.timelines",
        laws=("LP4",),
        what="A change of the year cuts through weeks that go on as before.",
        sound="if one.first_day != other.first_day]",
        faulty="if one != other]",
    ),
    Fault(
        name="some-weeks-nest",
        room="fiscal.timelines",
        laws=("LP5",),
        what="Weeks are said to nest where they do so under one of a company's rules.",
        sound="return all(part.years.weeks_nest for part in self.stretches)",
        faulty="return any(part.years.weeks_nest for part in self.stretches)",
    ),
    Fault(
        name="counted-from-zero",
        room="fiscal.grids",
        laws=("LP13",),
        what="The first period of a year is number 0.",
        sound="self.cuts.position(period.start, self.cadence) - first + 1)",
        faulty="self.cuts.position(period.start, self.cadence) - first)",
    ),
    Fault(
        name="week-53-in-every-year",
        room="fiscal.grids",
        laws=("LP13",),
        what="A number that a year lacks is read as a period of the next year.",
        sound="if not 1 <= place.number <= self.count(place.year):",
        faulty="if place.number < 1:",
    ),
    Fault(
        name="as-long-as-this-one",
        room="fiscal.grids",
        laws=("LP7",),
        what="The period before one is looked for as many days earlier as this one has.",
        sound="return self.period_of(period.start - _DAY)",
        faulty="return self.period_of(period.start - (period.end - period.start))",
    ),
    Fault(
        name="start-is-enough",
        room="fiscal.grids",
        laws=("LP7",),
        what="Days are taken for a period when they start like one.",
        sound="if found != period:",
        faulty="if found.start != period.start:",
    ),
    Fault(
        name="this-one-is-the-last",
        room="fiscal.grids",
        laws=("LP1",),
        what="The last whole periods begin with the one that goes on today.",
        sound="boundaries = [self.period_of(day).start]",
        faulty="boundaries = [self.period_of(day).end]",
    ),
    Fault(
        name="always-this-century",
        room="fiscal.labels",
        laws=("LP13",),
        what="Two digits always name a year after 1999.",
        sound="return (int(digits) - _FIRST_SHORT) % _CENTURY + _FIRST_SHORT",
        faulty="return int(digits) + 2000",
    ),
    Fault(
        name="two-digits-for-all",
        room="fiscal.labels",
        laws=("LP13",),
        what="Every year is written with two digits, whatever its century.",
        sound="is_short = _FIRST_SHORT <= year < _FIRST_SHORT + _CENTURY",
        faulty="is_short = year >= 0",
    ),
    Fault(
        name="usual-weeks-for-all",
        room="fiscal.calendars",
        laws=("LP4", "LP5"),
        what="Years of whole weeks are cut into the account's usual weeks, not into their own.",
        sound="years.weekly(weeks) if is_weekly else years",
        faulty="weeks if is_weekly else years",
    ),
    Fault(
        name="weeks-beyond-the-table",
        room="fiscal.calendars",
        laws=("LP14",),
        what="Days after the end of a table are split into weeks.",
        sound="for day in (year.start, year.last_day):",
        faulty="for day in (year.start,):",
    ),
    Fault(
        name="to-date-without-today",
        room="fiscal.calendars",
        laws=("LP2",),
        what="What has come of a period does not count the day itself.",
        sound="return Period(self.period_of(local, cadence, aligned=aligned).start, local + _DAY)",
        faulty=(
            "start = self.period_of(local, cadence, aligned=aligned).start\n"
            "        return Period(start, max(local, start + _DAY))"
        ),
    ),
    Fault(
        name="prior-over-a-gap",
        room="fiscal.calendars",
        laws=("LP13",),
        what="Where a year's name was left out, the year before the last is taken for last year.",
        sound="return grid.at(Place(place.year - 1, place.number))",
        faulty=(
            "before = grid.years.year_of(grid.years.year(place.year).start - _DAY)\n"
            "            return grid.at(Place(before, place.number))"
        ),
    ),
    Fault(
        name="a-year-is-365-days",
        room="fiscal.calendars",
        laws=("LP13",),
        what="The same weeks of the year before are looked for 365 days earlier.",
        sound="_YEAR_OF_WEEKS: Final = timedelta(days=364)",
        faulty="_YEAR_OF_WEEKS: Final = timedelta(days=365)",
    ),
    Fault(
        name="fingerprint-of-the-zones-name",
        room="fiscal.calendars",
        laws=("LP15",),
        what="Two names of one zone have two fingerprints.",
        sound='yield f"{self.weeks.first_day} {self.weeks.min_days}\\n"',
        faulty='yield f"{self.weeks.first_day} {self.weeks.min_days} {self.zone}\\n"',
    ),
    Fault(
        name="fingerprint-without-first-weeks",
        room="fiscal.calendars",
        laws=("LP15",),
        what="The fingerprint does not tell which week is the first of its year.",
        sound='yield f"{self.weeks.first_day} {self.weeks.min_days}\\n"',
        faulty='yield f"{self.weeks.first_day}\\n"',
    ),
    Fault(
        name="float-sum",
        room="amounts",
        laws=("LM1", "LM3"),
        what="Amounts are added as floats.",
        sound="return from_grains(sum(map(grains, amounts)))",
        faulty="return Decimal(str(sum(map(float, amounts))))",
    ),
    Fault(
        name="context-sum",
        room="amounts",
        laws=("LM1", "LM2"),
        what="Amounts are added as decimals, to the digits that the host happens to have set.",
        sound="return from_grains(sum(map(grains, amounts)))",
        faulty="return sum(amounts, Decimal(0))",
    ),
    Fault(
        name="cents-lost",
        room="amounts",
        laws=("LM8",),
        what="What a split leaves over is given to nobody.",
        sound="for index in by_remainder[: units - sum(floors)]:",
        faulty="for index in by_remainder[:0]:",
    ),
    Fault(
        name="cents-to-the-last",
        room="amounts",
        laws=("LM8",),
        what="What a split leaves over goes to the later of two equals.",
        sound="by_remainder = sorted(range(len(shares)), key=",
        faulty="by_remainder = sorted(reversed(range(len(shares))), key=",
    ),
    Fault(
        name="cents-to-all",
        room="amounts",
        laws=("LM8",),
        what="What a split leaves over goes to one part in one piece.",
        sound=("        floors[index] += 1\n"),
        faulty=("        floors[index] += units - sum(floors)\n"),
    ),
    Fault(
        name="context-quotient",
        room="amounts",
        laws=("LM2",),
        what="Quotients are given to the digits that the host happens to have set.",
        sound="found = context.divide(Decimal(above), Decimal(below)).normalize(context)",
        faulty="found = (Decimal(above) / Decimal(below)).normalize()",
    ),
    Fault(
        name="rounded-up-to-the-mark",
        room="display",
        laws=("LM9",),
        what="99.96 % is shown as 100 %.",
        sound="if exactly < _FULL <= shown:",
        faulty="if shown < 0:",
    ),
    Fault(
        name="rounded-records",
        room="facts",
        laws=("LM1", "LM9"),
        what="Each record is rounded to cents before it is added.",
        sound="self._amounts.append(0 if fact.amount is None else amounts.grains(fact.amount))",
        faulty="self._amounts.append(0 if fact.amount is None else amounts.grains(amounts.rounded(fact.amount, 2)))",
    ),
    Fault(
        name="average-cut-short",
        room="tallies",
        laws=("LM1",),
        what="An average is cut off at the eighteenth decimal.",
        sound="return Fraction(self.total, self.counted) if self.counted else None",
        faulty="return self.total // self.counted if self.counted else None",
    ),
    Fault(
        name="zero-target",
        room="progress",
        laws=("LM11",),
        what="A target of zero is divided by.",
        sound="if attained is None or not target:",
        faulty="if attained is None or target is None:",
    ),
    Fault(
        name="nearly-is-reached",
        room="progress",
        laws=("LM11",),
        what="A share that falls short by less than 34 digits show is rounded up to the whole.",
        sound="return _NEARLY if rounded == 1 and part < whole else rounded",
        faulty="return rounded",
    ),
    Fault(
        name="marks-by-division",
        room="progress",
        laws=("LM11",),
        what="Whether a target is met is decided on the rounded share.",
        sound=("    if attained is not None and attained >= target:\n"),
        faulty=("    if attained is not None and amounts.quotient(attained, target) >= 1:\n"),
    ),
    Fault(
        name="units-mixed",
        room="tallies",
        laws=("LM12",),
        what="Calls and money are added.",
        sound="if (self.unit, self.currency) != (other.unit, other.currency):",
        faulty="if self.currency is None and other.currency is not None and self.unit == other.unit:",
    ),
    Fault(
        name="rate-of-one",
        room="filing",
        laws=("LM12",),
        what="A record whose currency has no rate counts as if it were in the goal's.",
        sound="rate = None if rates is None else rates.between(code, record.lens.currency, on=on)",
        faulty="rate = None if rates is None else rates.between(code, record.lens.currency, on=on) or 1",
    ),
    Fault(
        name="last-arrival-wins",
        room="histories",
        laws=("LE1", "LE7"),
        what="Of two versions the one that arrives last holds.",
        sound="place = sum(is_later(event, other) for other in versions)",
        faulty="place = len(versions)",
    ),
    Fault(
        name="ties-by-arrival",
        room="events",
        laws=("LE5",),
        what="Of two versions of one moment and number the one that arrives first holds.",
        sound="return mine > theirs if mine != theirs else event.content() > other.content()",
        faulty="return mine > theirs",
    ),
    Fault(
        name="version-ignored",
        room="events",
        laws=("reference",),
        what="The version number does not decide between versions of one moment.",
        sound="return (self.recorded_at, self.version, self.deleted)",
        faulty="return (self.recorded_at, self.deleted)",
    ),
    Fault(
        name="tombstone-forgotten",
        room="measures",
        laws=("LE6", "LE8"),
        what="A deleted record counts as it stood when it was deleted.",
        sound="if event.object != measure.object or event.deleted:",
        faulty="if event.object != measure.object:",
    ),
    Fault(
        name="tombstone-first",
        room="events",
        laws=("LE6",),
        what="A deletion gives way to another version of its moment and number.",
        sound="return (self.recorded_at, self.version, self.deleted)",
        faulty="return (self.recorded_at, self.version, not self.deleted)",
    ),
    Fault(
        name="credit-not-taken-out",
        room="filing",
        laws=("LE7",),
        what="What a record was credited with before a correction stays credited.",
        sound="is_timely = record.recorded(number) < lane.freezes[place] <= record.recorded(number + 1)",
        faulty="is_timely = record.recorded(number) < lane.freezes[place]",
    ),
    Fault(
        name="repeats-are-conflicts",
        room="events",
        laws=("LE2",),
        what="A version that is delivered twice is said to contradict itself.",
        sound="and (event.deleted != other.deleted or event.content() != other.content())",
        faulty="and event is not other",
    ),
    Fault(
        name="first-owner-keeps",
        room="filing",
        laws=("reference",),
        what="A record counts for its first owner for ever.",
        sound=(
            "lane = group.lane(event.owner_id, event.pipeline_id)\n"
            "            place = lane.place(fact.when)\n"
            "            is_timely"
        ),
        faulty=(
            "lane = group.lane(record.versions[0].owner_id, event.pipeline_id)\n"
            "            place = lane.place(fact.when)\n"
            "            is_timely"
        ),
    ),
    Fault(
        name="another-owner-another-record",
        room="histories",
        laws=("LE10",),
        what="A record that changes its owner is taken for another.",
        sound=("key = (event.object, event.record_id)\n        held"),
        faulty=('key = (event.object, f"{event.record_id} of {event.owner_id}")\n        held'),
    ),
    Fault(
        name="told-apart-by-content",
        room="histories",
        laws=("LE9",),
        what="Two records that say the same are taken for one.",
        sound=("key = (event.object, event.record_id)\n        held"),
        faulty=("key = (event.object, str(event.content()))\n        held"),
    ),
    Fault(
        name="other-pipelines-leak",
        room="assignments",
        laws=("LE11",),
        what="Records of other pipelines count as well.",
        sound="return self.pipelines is None or pipeline_id in self.pipelines",
        faulty="return True",
    ),
    Fault(
        name="a-day-too-long",
        room="plans",
        laws=("LE11",),
        what="The last slice is a day too long.",
        sound=("days = [*(stretch.days.start for stretch in stretches), times.slices.span.end]\n        freezes"),
        faulty=(
            "days = [*(stretch.days.start for stretch in stretches), date.fromordinal(times.slices.span.end.toordinal() + 1)]\n"
            "        freezes"
        ),
    ),
    Fault(
        name="dated-by-recording",
        room="measures",
        laws=("LE12",),
        what="A record counts on the day it was recorded.",
        sound=("given = properties.get(measure.dated_by)\n    if not"),
        faulty=("given = event.recorded_at\n    if not"),
    ),
    Fault(
        name="batch-forgotten",
        room="tallies",
        laws=("LE3", "LE4"),
        what="Joining two tallies keeps the larger count.",
        sound="both.counts = [mine + theirs for mine, theirs in zip(self.counts, other.counts, strict=True)]",
        faulty="both.counts = [max(mine, theirs) for mine, theirs in zip(self.counts, other.counts, strict=True)]",
    ),
    Fault(
        name="batches-of-records",
        room="histories",
        laws=("LE3",),
        what="Joining two tallies keeps, of a record in both, the versions of the first.",
        sound=("            for event in versions:\n                both.add(event)\n"),
        faulty=(
            "            for event in versions:\n"
            "                if (event.object, event.record_id) not in self._held:\n"
            "                    both.add(event)\n"
        ),
    ),
    Fault(
        name="extremes-overwritten",
        room="tallies",
        laws=("LE3",),
        what="Joining two tallies takes the smallest amount of the second.",
        sound="return mine | {cell: choose(mine.get(cell, grains), grains) for cell, grains in theirs.items()}",
        faulty="return mine | theirs",
    ),
    Fault(
        name="shared-with-the-host",
        room="events",
        laws=("LE14",),
        what="A record keeps the mapping that the host gave it.",
        sound=("    return FrozenMap(\n        {\n            name: value if"),
        faulty=(
            "    if isinstance(properties, dict):\n"
            "        kept = FrozenMap[str, Property]()\n"
            "        kept._items = properties\n"
            "        return kept\n"
            "    return FrozenMap(\n"
            "        {\n"
            "            name: value if"
        ),
    ),
    Fault(
        name="superseded-too-early",
        room="histories",
        laws=("LF1", "LF2"),
        what="A version is dropped although its successor comes after a freeze.",
        sound="if stretch != replaced:",
        faulty="if replaced < 0:",
    ),
    Fault(
        name="order-of-dates",
        room="plans",
        laws=("LE13",),
        what="Days are looked up by the day of the year.",
        sound="return bisect_right(self.by_day, when.toordinal())",
        faulty="return bisect_right(self.by_day, when.replace(year=date.fromordinal(self.by_day[0]).year).toordinal())",
    ),
    Fault(
        name="freeze-a-moment-late",
        room="filing",
        laws=("LF1",),
        what="What is recorded at the very instant of the freeze still counts.",
        sound="is_timely = record.recorded(number) < lane.freezes[place] <= record.recorded(number + 1)",
        faulty="is_timely = record.recorded(number) <= lane.freezes[place] < record.recorded(number + 1)",
    ),
    Fault(
        name="never-frozen",
        room="filing",
        laws=("LF1",),
        what="What is recorded after the freeze counts as well.",
        sound="timely = bytes(map(lt, facts.recorded, map(freeze_of, facts.when)))",
        faulty="timely = bytes(part_of(when) >= 0 for when in facts.when)",
    ),
    Fault(
        name="frozen-by-the-clock",
        room="facts",
        laws=("LF1",),
        what="The freeze is decided by when one looks, not by when a record was recorded.",
        sound="recorded=[_fields.microseconds(event.recorded_at) for event in self._events],",
        faulty="recorded=[_fields.microseconds(event.recorded_at) // 2 for event in self._events],",
    ),
    Fault(
        name="grace-forgotten",
        room="timetables",
        laws=("reference",),
        what="The days of grace are not granted.",
        sound="else end + times.closing.grace",
        faulty="else end",
    ),
    Fault(
        name="known-too-early",
        room="filing",
        laws=("reference",),
        what="What was recorded after the moment asked about counts.",
        sound="if item.object in objects and item.recorded_at <= work.known_at:",
        faulty="if item.object in objects:",
    ),
    Fault(
        name="people-recorded-late",
        room="attribution",
        laws=("LF3",),
        what="Who joined a team is taken as it is known today, also for slices that have frozen.",
        sound="return self.is_known(recorded_at) and (recorded_at is None or freeze is None or recorded_at < freeze)",
        faulty="return self.is_known(recorded_at)",
    ),
    Fault(
        name="leavers-still-count",
        room="attribution",
        laws=("LF4",),
        what="Whether the owner is active does not matter.",
        sound="return frozenset(user.id for user in users if any(attribution.is_known(a.recorded_at) for a in user.absences))",
        faulty="return frozenset(user.id for user in users if not users)",
    ),
    Fault(
        name="absence-never-ends",
        room="attribution",
        laws=("LF5",),
        what="An absence that has ended leaves its trace in what is still open.",
        sound="return tuple((start, end) for start, end in _joined(admitted) if end is None or end > ended)",
        faulty="return tuple(_joined(admitted))",
    ),
    Fault(
        name="absences-apart",
        room="attribution",
        laws=("LF5",),
        what="Two absences that overlap count as two.",
        sound="if joined and (joined[-1][1] is None or absence.start <= joined[-1][1]):",
        faulty="if joined and joined[-1][1] is None:",
    ),
    Fault(
        name="totals-count-twice",
        room="plans",
        laws=("reference",),
        what="A goal's total is always the sum of its rows, also where two rows count one record.",
        sound="return len(kinds) > 1 or (",
        faulty="return len(kinds) > 9 and (",
    ),
    Fault(
        name="average-of-the-valueless",
        room="measures",
        laws=("LM1",),
        what="A record without a value counts as nothing in an average.",
        sound="return Fact(when, None, None) if measure.aggregate is Aggregate.SUM else None",
        faulty="return Fact(when, None, None)",
    ),
    Fault(
        name="numbers-as-written",
        room="events",
        laws=("LS5",),
        what="1.0 and 1.00 are two different contents.",
        sound="return amounts.plain(Decimal(value))",
        faulty="return str(value)",
    ),
    Fault(
        name="hash-of-forms",
        room="_fields",
        laws=("LS5",),
        what="Two equal mappings have different hashes when their items came in another order.",
        sound="self._hash = hash(frozenset(self._items.items()))",
        faulty="self._hash = hash(tuple(self._items.items()))",
    ),
    Fault(
        name="hash-pickled",
        room="_fields",
        laws=("LS10",),
        what="A copy of a mapping is empty.",
        sound="return (type(self), (self._items,))",
        faulty="return (type(self), ())",
    ),
    Fault(
        name="evolve-unchecked",
        room="events",
        laws=("LS7",),
        what="A version number is not checked.",
        sound="_fields.whole(version, attribute.name, 0, 2**63 - 1)",
        faulty="_fields.whole(version, attribute.name, -(2**63), 2**63 - 1)",
    ),
    Fault(
        name="list-kept",
        room="assignments",
        laws=("LS4",),
        what="A row keeps a list of targets, which can be changed.",
        sound=("    return tuple(kept)\n"),
        faulty=("    return kept\n"),
    ),
    Fault(
        name="moments-cut-in-utc",
        room="plans",
        laws=("LP9",),
        what="Slices are cut at midnight in UTC for records that are dated by a moment.",
        sound="by_moment=[_fields.microseconds(first_instant(day, times.zone)) for day in days],",
        faulty='by_moment=[_fields.microseconds(first_instant(day, "UTC")) for day in days],',
    ),
    Fault(
        name="slices-start-in-utc",
        room="timetables",
        laws=("LP9",),
        what="Slices start at midnight in UTC in every zone.",
        sound="return tuple(first_instant(part.start, times.zone) for part in times.slices)",
        faulty='return tuple(first_instant(part.start, "UTC") for part in times.slices)',
    ),
    Fault(
        name="days-through-utc",
        room="plans",
        laws=("LP10",),
        what="A plain day is looked up by the day it is in UTC when it begins.",
        sound="by_day=[day.toordinal() for day in days],",
        faulty="by_day=[first_instant(day, times.zone).date().toordinal() for day in days],",
    ),
    Fault(
        name="offset-turned-round",
        room="plans",
        laws=("LP10",),
        what="The offset of the zone is added where it should be taken off.",
        sound="by_moment=[_fields.microseconds(first_instant(day, times.zone)) for day in days],",
        faulty=(
            "by_moment=[\n"
            '                2 * _fields.microseconds(first_instant(day, "UTC"))\n'
            "                - _fields.microseconds(first_instant(day, times.zone))\n"
            "                for day in days\n"
            "            ],"
        ),
    ),
    Fault(
        name="days-of-24-hours",
        room="timetables",
        laws=("LP11",),
        what="Each slice lasts its days times 24 hours.",
        sound="return (*times.starts[1:], first_instant(times.slices.span.end, times.zone))",
        faulty="return tuple(start + (part.end - part.start) for part, start in zip(times.slices, times.starts, strict=True))",
    ),
    Fault(
        name="bounds-of-24-hours",
        room="fiscal.calendars",
        laws=("LP11",),
        what="The instants of a period are its days times 24 hours.",
        sound="return first_instant(period.start, self.zone), first_instant(period.end, self.zone)",
        faulty=(
            "start = first_instant(period.start, self.zone)\n        return start, start + (period.end - period.start)"
        ),
    ),
    Fault(
        name="january-is-the-calendar-year",
        room="fiscal.months",
        laws=("LP13",),
        what="A year that starts on 6 January is named as if it were the calendar year.",
        sound="ends_next_year = (self.start_month, self.start_day) != (1, 1)",
        faulty="ends_next_year = self.start_month != 1",
    ),
    Fault(
        name="named-by-its-last-day",
        room="fiscal.months",
        laws=("LP13",),
        what="A year named by its start is named a year before the one its last day lies in.",
        sound="return self.position(day, Cadence.YEARLY) + EPOCH_YEAR + self._ahead",
        faulty=(
            "last = self.cut(self.position(day, Cadence.YEARLY) + 1, Cadence.YEARLY)\n"
            "        last = date.fromordinal(last.toordinal() - 1)\n"
            "        return last.year - (self.named_by is NamedBy.START)"
        ),
    ),
    Fault(
        name="records-as-they-come",
        room="filing",
        laws=("LP15", "LB6"),
        what="The records of an error are named in the order of a set.",
        sound="records = tuple(sorted(missing))",
        faulty="records = tuple(missing)",
    ),
    Fault(
        name="findings-as-they-come",
        room="findings",
        laws=("LE1",),
        what="Findings are given in the order in which they were noted.",
        sound="return tuple(sorted(found, key=_in_order))",
        faulty="return tuple(found)",
    ),
    Fault(
        name="one-day-too-many",
        room="contributors",
        laws=("LM4",),
        what="A member of two teams in turn is in both on the day of the change.",
        sound="(self.until is None or day < self.until)",
        faulty="(self.until is None or day <= self.until)",
    ),
    Fault(
        name="frozen-at-the-start",
        room="timetables",
        laws=("LM5",),
        what="A slice freezes when it starts.",
        sound=("else end + times.closing.grace\n        for part, end in zip(times.slices, times.ends, strict=True)"),
        faulty=(
            "else end + times.closing.grace\n        for part, end in zip(times.slices, times.starts, strict=True)"
        ),
    ),
    Fault(
        name="at-most-is-below",
        room="measures",
        laws=("LM6",),
        what='"At most" is read as "below".',
        sound="Operator.LE: le",
        faulty="Operator.LE: lt",
    ),
    Fault(
        name="unset-is-another",
        room="measures",
        laws=("LM6",),
        what="What is not set is something else than any value.",
        sound=("        if not is_set(value):\n            return False\n        kind"),
        faulty=(
            "        if not is_set(value):\n"
            "            return self.operator in {Operator.NE, Operator.NOT_IN}\n"
            "        kind"
        ),
    ),
    Fault(
        name="half-a-cent-short",
        room="progress",
        laws=("LM7",),
        what="A target is met half a cent early.",
        sound="if attained is not None and attained >= target:",
        faulty="if attained is not None and attained + amounts.ONE // 200 >= target:",
    ),
    Fault(
        name="holiday-on-a-sunday",
        room="curves",
        laws=("LM13",),
        what="A holiday on a day on which nobody works anyway is taken off all the same.",
        sound="for day in days.holidays if day.weekday() in days.weekdays",
        faulty="for day in days.holidays",
    ),
    Fault(
        name="working-weeks-from-sunday",
        room="curves",
        laws=("LM13",),
        what="The week is taken to start a day earlier.",
        sound="weeks, weekday = divmod(ordinal - 1, _WEEK)",
        faulty="weeks, weekday = divmod(ordinal, _WEEK)",
    ),
    Fault(
        name="holiday-of-the-day-after",
        room="curves",
        laws=("LM13",),
        what="A holiday on the day on which a period ends is taken off in it, and in the next one too.",
        sound="lost = bisect_left(self._lost, end) -",
        faulty="lost = bisect_left(self._lost, end + 1) -",
    ),
    Fault(
        name="whole-days-of-the-old-year",
        room="curves",
        laws=("LM13", "LM16"),
        what="Where a year is laid onto more or fewer days, a day that begins within an old one begins with it.",
        sound="max((day - self._days.start).days, 0), self._days.days) * self._stretch",
        faulty=(
            "max((day - self._days.start).days, 0), self._days.days)\n"
            "        mark = mark * self._stretch // self._days.days * self._days.days"
        ),
    ),
    Fault(
        name="gaps-filled",
        room="curves",
        laws=("LM13",),
        what="What a run of days weighs is spread over the gap before it as well.",
        sound="for part in curve.weights for day in (part.start, part.end))",
        faulty="for part in curve.weights for day in (part.end, part.end))",
    ),
    Fault(
        name="last-year-turned-round",
        room="curves",
        laws=("LM16",),
        what="Last year's slices go to this year's from the end.",
        sound="zip(ahead, came_to.values(), strict=True)",
        faulty="zip(ahead, reversed(came_to.values()), strict=True)",
    ),
    Fault(
        name="spread-by-rounded-weights",
        room="goals",
        laws=("LM14",),
        what="What slices weigh is rounded before a total is spread.",
        sound="return [weights.weight(part) for part in self.slices]",
        faulty="return [round(weights.weight(part)) for part in self.slices]",
    ),
    Fault(
        name="pace-always-straight",
        room="progress",
        laws=("LM15", "reference"),
        what="Pace does not look at the account's curve.",
        sound="if not isinstance(curve, EveryDay) and (whole := curve.weight(days)):",
        faulty="if not isinstance(curve, EveryDay) and (whole := curve.weight(days)) < 0:",
    ),
    Fault(
        name="today-has-ended",
        room="progress",
        laws=("LM15", "reference"),
        what="Along a curve, today counts as ended.",
        sound="days.start + timedelta(days=ended)",
        faulty="days.start + timedelta(days=ended + 1)",
    ),
    Fault(
        name="holidays-are-no-days-left",
        room="progress",
        laws=("LM15", "reference"),
        what="What is required is spread over the weight that is left, not over the days.",
        sound="gone, whole = _weights(curve, days, ended)",
        faulty=("gone, whole = _weights(curve, days, ended)\n    left = left and (int(whole - gone) or left)"),
    ),
    Fault(
        name="notes-not-kept",
        room="filing",
        laws=("LE4",),
        what="A snapshot leaves out what was noticed.",
        sound=("        self._missing = missing\n"),
        faulty=(
            "        self._missing = missing\n"
            "\n"
            "    def __getstate__(self) -> dict[str, object]:\n"
            '        return {**vars(self), "_notes": Notes()}\n'
        ),
    ),
    Fault(
        name="figures-not-kept",
        room="filing",
        laws=("LE4",),
        what="A snapshot leaves out what was added up.",
        sound=("        self._missing = missing\n"),
        faulty=(
            "        self._missing = missing\n"
            "\n"
            "    def __getstate__(self) -> dict[str, object]:\n"
            '        return {**vars(self), "_figures": Figures(self.work.size)}\n'
        ),
    ),
    Fault(
        name="only-the-same-work",
        room="filing",
        laws=("LE4",),
        what="Tallies from another process are taken for those of other goals.",
        sound="if other.work is not first.work and _inputs(other.work) != _inputs(first.work):",
        faulty="if other.work is not first.work:",
    ),
    Fault(
        name="snapshot-shared",
        room="histories",
        laws=("LE4",),
        what="Joining tallies changes those that were joined.",
        sound="both._held = {key: list(held) if isinstance(held, list) else held for key, held in self._held.items()}",
        faulty="both._held = self._held",
    ),
    Fault(
        name="hostile-operands",
        room="measures",
        laws=("LB1",),
        what="Operands are told apart by their hashes, which whoever sends them can make equal.",
        sound="return tuple(next(same) for _, same in groupby(operands, key=_told_apart))",
        faulty=(
            "found_ = {_told_apart(item): item for item in operands}\n"
            "    return tuple(found_[key] for key in sorted(found_))"
        ),
    ),
    Fault(
        name="a-chain-of-calls",
        room="contributors",
        laws=("LB1",),
        what="A chain of teams is followed by recursion.",
        sound=("        team = self.team(team_id)\n        while team is not None:"),
        faulty=(
            "        team = self.team(team_id)\n"
            "        if team is not None:\n"
            "            return (team.id, *(self.above(team.parent) if team.parent is not None else ()))\n"
            "        while team is not None:"
        ),
    ),
    Fault(
        name="every-version-kept",
        room="histories",
        laws=("LB2",),
        what="All versions of a record are kept.",
        sound="if self._is_owner_active(event):",
        faulty="if self._roster is not None and self._is_owner_active(event):",
    ),
    Fault(
        name="hostile-columns",
        room="adapters.columns",
        laws=("LB2",),
        what="The numbers of a column are told apart by their hashes.",
        sound="if len(kinds) > 1 or kinds & {int, Decimal}:",
        faulty="if len(kinds) > 1:",
    ),
    Fault(
        name="whole-value-shown",
        room="errors",
        laws=("LB3",),
        what="An error shows all of a long value.",
        sound='return _shortened(repr(value[:_LONGEST_VALUE]), _LONGEST_VALUE) + ("..." if len(value) > _LONGEST_VALUE else "")',
        faulty="return _shortened(repr(value), _LONGEST_MESSAGE)",
    ),
    Fault(
        name="endless-message",
        room="errors",
        laws=("LB3",),
        what="A message is as long as what it names.",
        sound="super().__init__(_shortened(message, _LONGEST_MESSAGE))",
        faulty="super().__init__(message)",
    ),
    Fault(
        name="asks-its-own-version",
        room="errors",
        laws=("LB4",),
        what="The import reads the metadata of the installed package.",
        sound=("_LONGEST_MESSAGE = 500\n"),
        faulty=(
            'from importlib.metadata import version\n\n_VERSION = version("quota-engine")\n_LONGEST_MESSAGE = 500\n'
        ),
    ),
    Fault(
        name="one-for-all-threads",
        room="filing",
        laws=("LB5",),
        what="What is noted of a record is kept in one place for all threads.",
        sound=(
            "    def __init__(self, work: Work, figures: Figures, notes: Notes) -> None:\n"
            "        self.work = work\n"
            "        self.figures = figures\n"
            "        self.notes = notes\n"
            "        self.missing: set[str] = set()\n"
            "        self._noted: dict[FindingKind, set[int]] = {}\n"
        ),
        faulty=(
            "    _noted: dict[FindingKind, set[int]] = {}\n"
            "\n"
            "    def __init__(self, work: Work, figures: Figures, notes: Notes) -> None:\n"
            "        self.work = work\n"
            "        self.figures = figures\n"
            "        self.notes = notes\n"
            "        self.missing: set[str] = set()\n"
        ),
    ),
    Fault(
        name="looks-at-the-clock",
        room="plans",
        laws=("LB6",),
        what="What is asked about is never later than now.",
        sound=("found = _as_goals(goals)\n    for index"),
        faulty=(
            "found = _as_goals(goals)\n"
            "    moment = min(moment, max(moment, datetime.now().astimezone()))\n"
            "    for index"
        ),
    ),
    Fault(
        name="known-a-moment-short",
        room="adapters.columns",
        laws=("reference",),
        what="A column leaves out what was recorded at the very moment that is known.",
        sound="known = bytes(map(limit.__ge__, recorded))",
        faulty="known = bytes(map(limit.__gt__, recorded))",
    ),
    Fault(
        name="odd-before-it-is-known",
        room="adapters.columns",
        laws=("reference",),
        what="A column reports what cannot be read before it was recorded.",
        sound=("odd = {index for index in odd if known[index]}\n"),
        faulty=("odd = set(odd)\n"),
    ),
    Fault(
        name="unreadable-is-false",
        room="adapters.columns",
        laws=("reference",),
        what="A column takes what cannot be read for what fails the condition.",
        sound=("odd.update(index for index, verdict in enumerate(verdicts) if isinstance(verdict, Unreadable))\n"),
        faulty=("odd.update(())\n"),
    ),
    Fault(
        name="list-beyond-the-check",
        room="queries",
        laws=("LA10",),
        what="The list shows the users inside teams' goals to whoever may see users at all.",
        sound="if is_user and has_teams and not self.users_inside_teams:",
        faulty="if is_user and has_teams and not self.users_inside_teams and self.contributors is None:",
    ),
    Fault(
        name="names-by-letter-case",
        room="queries",
        laws=("LA10",),
        what="Goals are listed with all capital letters before all small ones.",
        sound="SortBy.NAME: lambda goal: goal.name.casefold(),",
        faulty="SortBy.NAME: lambda goal: goal.name,",
    ),
    Fault(
        name="equal-names-by-arrival",
        room="adapters.memory",
        laws=("LA10",),
        what="Of goals with equal names the one that came first is listed first, whatever its id.",
        sound="insort(places, order.place(after))",
        faulty="insort(places, order.place(after), key=lambda place: place[0])",
    ),
    Fault(
        name="ties-behind-the-cursor",
        room="adapters.memory",
        laws=("LA10",),
        what="A page begins behind all goals that are named as the last one of the page before.",
        sound="bisect_right(places, last), len(places))",
        faulty="bisect_right(places, last[0], key=lambda place: place[0]), len(places))",
    ),
    Fault(
        name="ties-before-the-cursor",
        room="adapters.memory",
        laws=("LA10",),
        what="A descending page leaves out all goals that are named as the last one of the page before.",
        sound="else bisect_left(places, last)) - 1",
        faulty="else bisect_left(places, last[0], key=lambda place: place[0])) - 1",
    ),
    Fault(
        name="renamed-in-the-old-place",
        room="adapters.memory",
        laws=("LA10",),
        what="A goal that is renamed stays where its old name was.",
        sound="            if before is not None:\n                del",
        faulty=(
            "            if before is not None and after is not None:\n                continue\n"
            "            if before is not None:\n                del"
        ),
    ),
    Fault(
        name="hidden-goal-skipped",
        room="book",
        laws=("LA11",),
        what="Of several goals those that may not be seen are passed over, and the others are edited.",
        sound="                raise _unknown(goal_id)\n            seen = (versions",
        faulty="                continue\n            seen = (versions",
    ),
    Fault(
        name="written-unasked",
        room="book",
        laws=("LA15",),
        what="An edit is not decided again when it is kept.",
        sound="if not isinstance(actor, Host):\n        decision",
        faulty="if not isinstance(actor, Host) and action is not Action.EDIT:\n        decision",
    ),
    Fault(
        name="teams-taken-away",
        room="policy.policies",
        laws=("LA13",),
        what="Whoever takes the team off a goal gets at the users that were inside it.",
        sound=" or (action in {Action.EDIT, Action.ASSIGN} and request.frees_users):",
        faulty=":",
    ),
    Fault(
        name="rows-slip-away",
        room="policy.requests",
        laws=("LA13",),
        what="A row that is taken off a goal is not among those that an edit touches.",
        sound="for one, other in ((before, after), (after, before)):",
        faulty="for one, other in ((after, before),):",
    ),
    Fault(
        name="only-some-errors",
        room="policy.policies",
        laws=("LA1",),
        what="Only an argument of a wrong type is answered; a word that is not known leaves the policy as an error.",
        sound="        except Exception as error:  # noqa: BLE001 - whatever is given",
        faulty="        except TypeError as error:  # - whatever is given",
    ),
    Fault(
        name="edit-without-view",
        room="policy.actors",
        laws=("LA9",),
        what="A permission to edit is none to view.",
        sound="return self.action is action or (self.action is Action.EDIT and action is Action.VIEW)",
        faulty="return self.action is action",
    ),
    Fault(
        name="team-by-any-membership",
        room="policy.requests",
        laws=("LA17",),
        what="Scope team reaches whoever is an extra member.",
        sound="            team = self.roster.main_team(contributor.id, on=self.day)\n",
        faulty="            team = min(self.roster.teams_of(contributor.id, on=self.day), default=None)\n",
    ),
    Fault(
        name="team-and-above",
        room="policy.requests",
        laws=("LA14",),
        what="Scope team reaches the teams above instead of those below.",
        sound="own in self.roster.above(team)",
        faulty="team in self.roster.above(own)",
    ),
    Fault(
        name="taken-away-unseen",
        room="policy.requests",
        laws=("LA14",),
        what="A row that is taken away is not looked at: only the state after is.",
        sound="for one, other in ((before, after), (after, before)):",
        faulty="for one, other in ((after, before),):",
    ),
    Fault(
        name="added-unseen",
        room="policy.requests",
        laws=("LA14",),
        what="A row that is added is not looked at: only the state before is.",
        sound="for one, other in ((before, after), (after, before)):",
        faulty="for one, other in ((before, after),):",
    ),
    Fault(
        name="new-name-touches-nothing",
        room="policy.requests",
        laws=("LA14",),
        what="A change to the goal itself touches no row.",
        sound="if self.before is None or self.after is None or not _is_same_but_for_rows(self.before, self.after):",
        faulty="if self.before is None or self.after is None:",
    ),
    Fault(
        name="creator-is-no-change",
        room="policy.requests",
        laws=("LA14",),
        what="Another creator counts as no change, though a creator sees the draft.",
        sound='"team_credit", "created_by")',
        faulty='"team_credit")',
    ),
    Fault(
        name="anybody-active",
        room="policy.needs",
        laws=("LA7",),
        what="Whoever is in the roster counts as active.",
        sound="return user if user is not None and user.active_at(request.as_of) else None",
        faulty="return user",
    ),
    Fault(
        name="unpaid-counts",
        room="policy.needs",
        laws=("LA2",),
        what="A seat that is not paid for does like one that is.",
        sound="            and (seat.paid or not self.paid)\n",
        faulty="",
    ),
    Fault(
        name="least-tier-alone",
        room="policy.needs",
        laws=("LA6",),
        what="Only the least tier that will do is taken, not those above it.",
        sound="and seat.tier in self.tiers",
        faulty="and seat.tier is self.example.tier",
    ),
    Fault(
        name="first-seat-alone",
        room="policy.needs",
        laws=("LA12",),
        what="Of somebody with two seats only the first is looked at.",
        sound="self.table.takes(user.seats, self.template)",
        faulty="self.table.takes(user.seats[:1], self.template)",
    ),
    Fault(
        name="anybodys-seat",
        room="policy.needs",
        laws=("LA17",),
        what="A seat of anybody in the roster will do.",
        sound="self.table.takes(user.seats, self.template)",
        faulty="self.table.takes((seat for each in request.roster.users for seat in each.seats), self.template)",
    ),
    Fault(
        name="grants-instead-of-admin",
        room="policy.needs",
        laws=("LA5", "LA6"),
        what="A super admin who has grants of their own has nothing but those.",
        sound="        if request.actor.super_admin:\n",
        faulty="        if request.actor.super_admin and not request.actor.grants:\n",
    ),
    Fault(
        name="first-grant-alone",
        room="policy.needs",
        laws=("LA5", "LA12"),
        what="Of several grants only the first is looked at.",
        sound="for grant in request.actor.grants if",
        faulty="for grant in request.actor.grants[:1] if",
    ),
    Fault(
        name="open-by-any-subscription",
        room="policy.needs",
        laws=("LA14",),
        what="Whatever the account has bought opens every template.",
        sound="(bought for bought in request.account.subscriptions if bought in self.opening)",
        faulty="iter(request.account.subscriptions)",
    ),
    Fault(
        name="account-of-the-goal-alone",
        room="policy.policies",
        laws=("LA8",),
        what="Whether the actor is of the account is not asked.",
        sound="if request.actor.account_id != account or any(",
        faulty="if any(",
    ),
    Fault(
        name="account-of-one-state",
        room="policy.policies",
        laws=("LA8",),
        what="Of a goal before and after, the account of the first alone is asked.",
        sound="any(goal.account_id != account for goal in request.goals)",
        faulty="any(goal.account_id != account for goal in request.goals[:1])",
    ),
    Fault(
        name="foreign-by-name",
        room="policy.policies",
        laws=("LA8",),
        what="The answer tells the goal of another account from one that does not exist.",
        sound='for goal in request.goals):\n            return _denied(_NOT_FOUND, rule="goal")',
        faulty='for goal in request.goals):\n            return _denied(_NOT_FOUND, rule="account")',
    ),
    Fault(
        name="failing-is-not-applying",
        room="policy.policies",
        laws=("LA18",),
        what="A rule that fails is taken for one that does not apply.",
        sound="            failed.append((rule, error))\n",
        faulty="            del error\n",
    ),
    Fault(
        name="permit-over-failing",
        room="policy.policies",
        laws=("LA18",),
        what="A rule that permits wins over one that fails.",
        sound="        if failed:\n",
        faulty="        if failed and not permitting:\n",
    ),
    Fault(
        name="permit-over-forbid",
        room="policy.policies",
        laws=("LA3",),
        what="A rule that permits wins over one that forbids.",
        sound="        if forbidding:\n",
        faulty="        if forbidding and not permitting:\n",
    ),
    Fault(
        name="permit-for-the-inactive",
        room="policy.policies",
        laws=("LA7",),
        what="A rule that permits lets somebody write who is away.",
        sound="if permitting and not any(isinstance(need, (Known, Active)) for need in missing):",
        faulty="if permitting:",
    ),
    Fault(
        name="rules-as-they-come",
        room="policy.policies",
        laws=("LA4",),
        what="Rules are asked, and told, in the order in which they were given.",
        sound="return tuple(found[name] for name in sorted(found))",
        faulty="return tuple(found.values())",
    ),
    Fault(
        name="any-need-will-do",
        room="policy.policies",
        laws=("LA2", "LA7"),
        what="One need that is met is enough.",
        sound="        if not missing:\n",
        faulty="        if met or not missing:\n",
    ),
    Fault(
        name="first-of-what-is-missing",
        room="policy.policies",
        laws=("LA12",),
        what="Of all that is missing only the first is listed.",
        sound="missing=tuple(missing))",
        faulty="missing=tuple(missing[:1]))",
    ),
    Fault(
        name="seat-of-the-actor-to-be-assigned",
        room="policy.policies",
        laws=("LA9",),
        what="Whether a user may be given a row is asked of the actor's seats.",
        sound="self._seat(request, Action.BE_ASSIGNED, contributor.id)",
        faulty="self._seat(request, Action.BE_ASSIGNED)",
    ),
    Fault(
        name="drafts-for-everybody",
        room="policy.policies",
        laws=("LA2",),
        what="A draft is visible to everybody.",
        sound="yield Known() if is_creator and request.user else Permission(Action.VIEW, None, widest=True)",
        faulty="yield Anybody()",
    ),
    Fault(
        name="unlisted-needs-no-seat",
        room="policy.policies",
        laws=("LA2",),
        what="An action that the table of seats does not have needs no seat.",
        sound="table = self.seats.get(action, SeatTable(()))",
        faulty="table = self.seats.get(action, SeatTable(None))",
    ),
    Fault(
        name="unseen-goals-take-rows",
        room="policy.policies",
        laws=("LA9",),
        what="Whoever may edit a row may put it on a goal that they cannot see.",
        sound="if request.before is not None and all(request.before.place(contributor) is None for contributor in touched):",
        faulty="if request.before is not None and not request.before.assignments and not touched:",
    ),
    Fault(
        name="assigning-hides-changes",
        room="policy.policies",
        laws=("LA14",),
        what="Of a change that is asked for as one of assigning, only the rows that are added are looked at.",
        sound="action, touched = request.action, request.touched\n",
        faulty="action = request.action\n        touched = request.added if action is Action.ASSIGN else request.touched\n",
    ),
    Fault(
        name="team-users-hide-changes",
        room="policy.policies",
        laws=("LA14",),
        what="Of a change that is asked for as one of users inside a team's goal, no other row is looked at.",
        sound=(
            "            if request.after is None:\n"
            "                touched = users\n"
            "            if not request.is_mixed or users != touched:\n"
        ),
        faulty="            touched = users\n            if not request.is_mixed:\n",
    ),
    Fault(
        name="other-state-hides-rows",
        room="policy.policies",
        laws=("LA14",),
        what="Of a goal to be made, or to go, the rows that a second one beside it has too are not looked at.",
        sound="        request = _of_one_state(request)\n",
        faulty="",
    ),
    Fault(
        name="seat-for-the-template-before",
        room="policy.policies",
        laws=("LA14",),
        what="A goal may be given a template for which the seat does not do.",
        sound="for template in templates_of(request):",
        faulty="for template in templates_of(request)[:1]:",
    ),
    Fault(
        name="shares-of-counts",
        room="holdings",
        laws=("LM4",),
        what="A count credits a part of a deal to each who sold it.",
        sound="is_divided = credit != 1 and self.record.lens.measure.aggregate is Aggregate.SUM",
        faulty="is_divided = credit != 1",
    ),
    Fault(
        name="owner-beside-the-split",
        room="splits",
        laws=("LM4", "reference"),
        what="An owner whom the split does not name gets the record all the same.",
        sound="own = self.shares.get(user_id, Decimal(0)) if self.shares else Decimal(user_id == owner_id)",
        faulty="own = self.shares.get(user_id, Decimal(user_id == owner_id))",
    ),
    Fault(
        name="total-beyond-the-record",
        room="filing",
        laws=("LM4", "reference"),
        what="Credit beyond makes a total more than the records.",
        sound="union.worth * min(1, union.share)",
        faulty="union.worth * union.share",
    ),
    Fault(
        name="total-of-shares-beside-the-team",
        room="filing",
        laws=("LM4", "reference"),
        what="A total takes the last share for the whole.",
        sound="worth if is_later else union.worth, union.share + holding.share)",
        faulty="worth if is_later else union.worth, holding.share)",
    ),
    Fault(
        name="late-split",
        room="attribution",
        laws=("reference",),
        what="A split that is recorded after the freeze counts.",
        sound="if self._is_admitted(split.recorded_at, times, number)",
        faulty="if self.is_known(split.recorded_at)",
    ),
    Fault(
        name="leavers-share-taken",
        room="holdings",
        laws=("LF4",),
        what="A split that is recorded after somebody left takes their share away.",
        sound="return split.recorded_at is None or not is_within(split.recorded_at, away)",
        faulty="return split is not away",
    ),
    Fault(
        name="marks-beyond-alone",
        room="notices",
        laws=("LN4", "LN2"),
        what="A mark that is reached exactly is not told.",
        sound="Fraction(attained) * 100 >= Fraction(target) * Fraction(mark)",
        faulty="Fraction(attained) * 100 > Fraction(target) * Fraction(mark)",
    ),
    Fault(
        name="marks-nearly-reached",
        room="notices",
        laws=("LN4", "LN3"),
        what="A mark is told by a percentage that was rounded.",
        sound="Fraction(attained) * 100 >= Fraction(target) * Fraction(mark)",
        faulty="round(Fraction(attained) * 100 / Fraction(target), 9) >= round(Fraction(mark), 9)",
    ),
    Fault(
        name="missed-before-the-freeze",
        room="notices",
        laws=("LN3",),
        what="A target is told as missed at the end of the slice, while records may still come in time.",
        sound="is_settled = moment >= times.ends[part] + goal.closing.grace",
        faulty="is_settled = moment >= times.ends[part]",
    ),
    Fault(
        name="lower-is-better-at-once",
        room="notices",
        laws=("LN3",),
        what="Percent marks are told where lower is better.",
        sound="goal.measure.direction is Direction.HIGHER and target > 0",
        faulty="target > 0",
    ),
    Fault(
        name="pending-slices-judged",
        room="notices",
        laws=("LN3",),
        what="A slice that has not started is kicked off.",
        sound="if moment < times.starts[part] or _was_over_at_adoption",
        faulty="if _was_over_at_adoption",
    ),
    Fault(
        name="told-again",
        room="notices",
        laws=("LN5",),
        what="What is recorded is told at every refresh by which it is reached.",
        sound="if occurrence is not None and not has(start + _end_of_key(milestone, version, occurrence)):",
        faulty="if occurrence is not None:",
    ),
    Fault(
        name="status-instead-of-marks",
        room="notices",
        laws=("LN2",),
        what="Achieved is told only where the target is met exactly at the refresh, not where it was passed.",
        sound="return status in _MET if kind is MilestoneKind.ACHIEVED",
        faulty="return status is Status.ACHIEVED if kind is MilestoneKind.ACHIEVED",
    ),
    Fault(
        name="marks-as-ticked",
        room="notices",
        laws=("LN6",),
        what="Several marks of one refresh are told in the order in which a row keeps its milestones.",
        sound="for milestone in sorted(marks, key=_turn):",
        faulty="for milestone in marks:",
    ),
    Fault(
        name="first-update-alone",
        room="notices",
        laws=("LN2", "LN3"),
        what="Of the updates that are due, the first of the slice is told at every refresh.",
        sound="Period(max(part.start, last - _REACH), last + _DAY), every, -1)",
        faulty="Period(max(part.start, last - _REACH), last + _DAY), every, 0)",
    ),
    Fault(
        name="no-update-at-the-end",
        room="notices",
        laws=("LN2",),
        what="A week that ends with the slice has no update.",
        sound="if today >= part.end and _ends_a_period(goal, part, every):",
        faulty="if today > part.end and _ends_a_period(goal, part, every):",
    ),
    Fault(
        name="adoption-floods",
        room="notices",
        laws=("LN3",),
        what="The last slice that was over when the host began is told.",
        sound="part.last_day <= goal.closing.since",
        faulty="part.last_day < goal.closing.since",
    ),
    Fault(
        name="sleeps-through-the-grace",
        room="notices",
        laws=("LN2",),
        what="The end of the grace is no moment at which something becomes due.",
        sound="settled = [end + goal.closing.grace for end in times.ends]",
        faulty="settled = times.ends",
    ),
    Fault(
        name="sleeps-through-updates",
        room="notices",
        laws=("LN2",),
        what="Updates that a row alone has ticked wake nobody.",
        sound="for row in goal.assignments for mark in goal.marks(row.contributor)",
        faulty="for mark in goal.milestones",
    ),
    Fault(
        name="key-without-target-version",
        room="notices",
        laws=("LN7", "LN5"),
        what="A new target does not arm its marks anew.",
        sound='return f"{which}/{target_version}/{occurrence}"',
        faulty='return f"{which}//{occurrence}"',
    ),
    Fault(
        name="key-without-occurrence",
        room="notices",
        laws=("LN1", "LN5", "LN7"),
        what="Of the weekly updates of a slice only one is ever told.",
        sound='return f"{which}/{target_version}/{occurrence}"',
        faulty='return f"{which}/{target_version}/"',
    ),
    Fault(
        name="keys-run-into-each-other",
        room="notices",
        laws=("LN7",),
        what="Ids stand in a key as they are, slashes and all.",
        sound="{quote(account_id, safe='')}/{quote(goal_id, safe='')}/",
        faulty="{account_id}/{goal_id}/",
    ),
    Fault(
        name="kickoff-with-every-target",
        room="notices",
        laws=("LN5",),
        what="A new target kicks the slice off again.",
        sound="version = target_version if milestone.kind in _OF_THE_TARGET else 0",
        faulty="version = target_version",
    ),
    Fault(
        name="earlier-of-one-day",
        room="notices",
        laws=("LN4",),
        what="Records of one day are added up one by one in the order in which they come, so that a refund may come too late.",
        sound='        by_day[day] = by_day.get(day, 0) + _in_grains(amount, f"counted[{index}]")\n',
        faulty=(
            '        by_day[day] = by_day.get(day, 0) + _in_grains(amount, f"counted[{index}]")\n'
            "        if sum(by_day.values()) > wanted:\n            return day\n"
        ),
    ),
    Fault(
        name="names-arm-anew",
        room="versions",
        laws=("LN1", "LN5"),
        what="A new name of the goal arms every mark anew.",
        sound="(target, measure, goal.currency)",
        faulty="(target, measure, goal.currency, goal.name)",
    ),
    Fault(
        name="old-target-remembered",
        room="versions",
        laws=("LN1", "LN5"),
        what="A target that comes back does not arm its marks anew.",
        sound="        held = targets\n",
        faulty="        held = {**targets, **held}\n",
    ),
)
BY_NAME: Final = {fault.name: fault for fault in FAULTS}
