"""Hosts that do what simulated lives do not do: other clocks, other sources, edits of closing rules, precise rates."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from struct import pack
from typing import Any, cast
from zoneinfo import ZoneInfo, reset_tzpath

import pytest
from attrs import evolve

from quota_engine import (
    HOST,
    Absence,
    Actor,
    Assignment,
    Cause,
    Change,
    Closing,
    Condition,
    CrmEvent,
    Duration,
    FindingKind,
    Goal,
    Grant,
    Measure,
    Membership,
    Milestone,
    NotFound,
    Page,
    Rates,
    RepositoryUnavailable,
    Roster,
    Seat,
    SourceUnavailable,
    Team,
    User,
    calculate,
    compare,
)
from quota_engine.adapters.memory import MemoryActors, MemoryGoals
from quota_engine.closings import reclose
from quota_engine.gates import Who
from tests.acme import ADA, AUGUST, JULY, NORTH, REVENUE, acme, at, deal, promise
from tests.unit.test_tracker import Money, People, Shop

YEAR = Duration.yearly(2025)


class TestTold:
    """What is told when, and in which words."""

    @pytest.mark.parametrize("target", ["0.00", Decimal("0E+2"), "-0", "1000.00", Decimal("1E+3")])
    def test_a_target_in_whatever_form_leaves_the_outbox_open(self, target: Decimal | str) -> None:
        """A target of zero may come with places, as databases give it; the notices come with it as it was planned."""
        goal = promise(ADA).apply_targets(target)
        shop = Shop(evolve(goal, milestones=[Milestone.kickoff()]))
        reached = shop.refresh("2025-07-20").reached
        told = shop.tracker.outbox(as_of=at("2025-07-20")).items
        assert tuple(notice.reached for notice in told) == reached
        assert {fact.target for fact in reached} == {Decimal(target)}

    def test_a_slice_that_settles_after_the_ones_that_follow_it_is_told(self) -> None:
        """January gets a grace of 200 days once February and March are frozen: it is missed on the 20th of August."""
        account = acme(closing=Closing(since=date(2025, 1, 31)))
        goal = evolve(promise(ADA, account=account), milestones=[Milestone.missed()])
        shop = Shop(goal, account=account)
        shop.refresh("2025-04-05")
        shop.keep(reclose(goal, Closing(grace=timedelta(days=200)), as_of=at("2025-04-05 10:00")), "2025-04-05 10:00")
        told = {day: shop.refresh(day).reached for day in ("2025-04-06", "2025-08-19", "2025-08-20", "2025-08-21")}
        assert {day: [fact.slice.start.month for fact in facts] for day, facts in told.items()} == {
            "2025-04-06": [],
            "2025-08-19": [],
            "2025-08-20": [1],
            "2025-08-21": [],
        }

    def test_clocks_that_disagree_tell_nothing_twice(self) -> None:
        """The target was edited at ten; then the name, by somebody whose clock says half past nine: nobody saw it before ten."""
        goal = evolve(promise(ADA), milestones=[Milestone.achieved()])
        shop = Shop(goal)
        shop.events.add(deal("d1", "600"))
        assert shop.refresh("2025-07-11").reached == ()
        edited = goal.apply_targets("500")
        shop.keep(edited, "2025-07-12 10:00")
        shop.keep(evolve(edited, name="Renamed"), "2025-07-12 09:30")
        assert shop.refresh("2025-07-12 09:45").reached == ()
        assert shop.cell().goal_version == 1
        [fact] = shop.refresh("2025-07-12 10:00").reached
        assert fact.target_version == 2
        assert shop.cell().goal_version == 3
        shop.events.add(deal("d2", "1", closed="2025-07-12", recorded="2025-07-12 11:00"))
        assert shop.refresh("2025-07-12 12:00").reached == ()

    def test_a_mark_is_compared_with_all_digits(self) -> None:
        """By a cross rate the deal falls short of half by less than 34 digits can tell (rule N3)."""
        rates = Rates(
            "EUR",
            {
                ("GBP", date(2025, 7, 1)): "1.178616561685317809",
                ("USD", date(2025, 7, 1)): "0.850258563351761069",
            },
        )
        goal = promise(ADA, target="100", account=acme(currency="USD"))
        for more, marks in ((0, []), (Decimal("1e-18"), ["percent"])):
            shop = Shop(evolve(goal, milestones=[Milestone.percent(50)]), rates=rates)
            shop.events.add(deal("d1", Decimal("36.070194115377364911") + more, more={"currency": "GBP"}))
            assert [fact.milestone.kind for fact in shop.refresh("2025-07-20").reached] == marks


class TestFigures:
    """Figures that go on, and are those of everything counted at once."""

    def test_rates_of_many_places_add_up(self) -> None:
        """A year of daily cross rates has a denominator of more digits than Python writes as decimals."""
        start = date(2025, 1, 1)
        days = [start + timedelta(days=number) for number in range(300)]
        rates = Rates("EUR", {("USD", day): f"0.9{number:014}123" for number, day in enumerate(days)})
        goal = promise(ADA, duration=YEAR, account=acme(currency="USD"))
        deals = [deal(f"d{number}", "100.10", closed=day) for number, day in enumerate(days)]
        shop = Shop(goal, rates=rates)
        shop.events.add(*deals)
        shop.refresh("2025-12-31")
        shop.another()
        shop.refresh("2026-01-02")
        anew = calculate(
            [goal], deals, account=acme(), as_of=at("2026-01-02"), rates=rates, roster=Roster([User("ada")])
        )
        assert shop.cell().attained == anew.of("g1", ADA, on=JULY).attained

    def test_a_rate_that_was_corrected_counts_where_zones_are_at_different_days(self) -> None:
        """The rate of the 12th is settled in Tokyo, and not yet in Honolulu."""
        calls = Measure(name="Calls", object="call", aggregate="count", dated_by="occurred_at")
        money = Money(USD="0.9")
        tokyo = acme(zone="Asia/Tokyo")
        shop = Shop(
            promise(ADA, goal_id="g0", measure=calls, account=acme(zone="Pacific/Honolulu")),
            promise(ADA, account=tokyo),
            account=tokyo,
            rates=money,
        )
        shop.events.add(deal("d1", closed="2025-07-12", more={"currency": "USD"}))
        shop.refresh("2025-07-15 01:00")
        money.entries["USD", date(2025, 7, 12)] = "0.8"
        shop.refresh("2025-07-16 01:00")
        assert shop.cell().attained == 80

    def test_a_receipt_says_restated_where_the_figure_does(self) -> None:
        """The target was edited after the end (rule P8); so say the board, the figure reckoned anew, and the receipt."""
        goal = promise(ADA)
        shop = Shop(goal)
        shop.events.add(deal("d1"))
        shop.refresh("2025-08-02")
        shop.keep(goal.apply_targets("50"), "2025-08-03")
        shop.refresh("2025-08-04")
        receipt = shop.tracker.explain("g1", ADA, on=JULY, actor=HOST)
        assert receipt.progress.restated
        assert receipt.progress == shop.cell()
        assert not shop.tracker.explain("g1", ADA, on=date(2025, 8, 1), actor=HOST).progress.restated

    def test_what_is_dated_ahead_has_the_rate_of_today_where_all_goals_lie_ahead(self) -> None:
        """In December the goals of next year are asked for rates of December, though next year's are known (rule M4)."""
        money = Money(USD="0.9")
        money.entries["USD", date(2025, 7, 1)] = "1.5"
        shop = Shop(promise(ADA, duration=Duration.custom("2025-07-01", "2025-07-31")), promise(ADA, goal_id="g0"))
        shop.rates = money
        shop.another()
        shop.events.add(deal("d1", recorded="2025-06-20", more={"currency": "USD"}))
        shop.refresh("2025-06-25")
        assert shop.cell().attained == 90
        for door in (shop.tracker.calculate, shop.tracker.progress):
            figures = door("g1", actor=HOST, as_of=at("2025-06-25"))
            assert figures.of("g1", ADA, on=JULY).attained == 90
        assert shop.tracker.explain("g1", ADA, on=JULY, actor=HOST).progress.attained == 90
        shop.keep(None, "2025-06-26", goal_id="g0")
        shop.refresh("2025-06-27")
        assert shop.cell().attained == 90
        shop.refresh("2025-07-20")
        assert shop.cell().attained == 150
        then = shop.tracker.calculate("g1", actor=HOST, as_of=at("2025-06-25"), known_at=at("2025-07-20"))
        assert then.of("g1", ADA, on=JULY).attained == 90

    def test_zone_data_that_is_brought_up_to_date_has_all_counted_anew(self, tmp_path: Path) -> None:
        """Almaty went back an hour: a deal of half past midnight is one of the day before, once a process knows."""
        account = acme(zone="Asia/Almaty")

        def use(hours: int) -> None:
            zone = tmp_path / str(hours) / "Asia" / "Almaty"
            zone.parent.mkdir(parents=True)
            header = pack(">4s16x6l", b"TZif", 0, 0, 0, 0, 1, 4)
            zone.write_bytes(header + pack(">lbB4s", hours * 3600, 0, 0, b"LMT"))
            reset_tzpath(to=[tmp_path / str(hours)])
            ZoneInfo.clear_cache()

        def figures(shop: Shop, when: str) -> list[Decimal | None]:
            shop.goals = MemoryGoals()
            shop.keep(promise(ADA, account=account), "2025-01-01")
            shop.another()
            shop.refresh(when)
            kept = shop.tracker.progress("g1", actor=HOST, as_of=at(when))
            return [kept.of("g1", ADA, on=day).attained for day in (JULY, AUGUST)]

        try:
            use(6)
            shop = Shop(account=account)
            shop.events.add(deal("d1", closed=at("2025-07-31 18:30"), recorded="2025-07-10"))
            assert figures(shop, "2025-07-20") == [0, 100]
            use(5)
            shop.events.add(deal("d1", "70", closed=at("2025-07-31 18:30"), recorded="2025-07-21"))
            assert figures(shop, "2025-07-22") == [70, 0]
        finally:
            reset_tzpath()
            ZoneInfo.clear_cache()

    def test_what_cannot_be_read_is_reported_once_for_measures_of_one_name(self) -> None:
        """A sum and an average of revenue cannot read an amount of "much", which is one thing to mend."""
        goals = [promise(ADA), promise(ADA, goal_id="g2", measure=evolve(REVENUE, aggregate="average"))]
        shop = Shop(*goals, promise(ADA, goal_id="g3", account=acme(currency="USD")), rates=Rates("EUR", {}))
        shop.events.add(deal("d1", "much"))
        [told] = shop.refresh("2025-07-20").findings
        assert (told.kind, told.count, told.records) == (FindingKind.UNREADABLE, 1, ("d1",))
        assert calculate(goals, [deal("d1", "much")], account=acme(), as_of=at("2025-07-20")).findings == (told,)

    def test_a_store_that_was_put_back_is_read_again(self) -> None:
        """A backup is restored, and somebody else goes on from it: what this process remembers is not what is kept."""
        shop = Shop(promise(ADA))
        shop.events.add(deal("d1"))
        shop.refresh("2025-07-11")
        backup = dict(shop.store.scan("", after=None, limit=1000).items)
        mine = shop.tracker
        shop.events.add(deal("d2", recorded="2025-07-12"))
        shop.refresh("2025-07-13")
        later = dict(shop.store.scan("", after=None, limit=1000).items)
        shop.store.commit(shop.store.read([]).revision, put=backup, drop=later.keys() - backup.keys(), figures=())
        shop.another()
        shop.events.add(deal("d3", recorded="2025-07-11 18:00"))
        shop.refresh("2025-07-12")
        shop.events.add(deal("d4", recorded="2025-07-13"))
        mine.refresh(as_of=at("2025-07-14"))
        assert mine.verify() == ()
        assert shop.cell().attained == 400


class TestSeen:
    """Who may see what of the past."""

    def test_rows_that_are_hidden_now_are_hidden_in_the_past(self) -> None:
        """A team's row joined Ada's; who may not see users inside team goals sees the team alone, whenever they ask about."""
        seats = [Seat("sales", "enterprise")]
        roster = Roster([User("ada", seats=seats), User("eve")], [Team("north")], [Membership("ada", "north")])
        actors = MemoryActors()
        actors.put(Actor("eve", "acme", grants=[Grant("view", "everyone")]))
        goal = promise(ADA)
        shop = Shop(goal, roster=roster, actors=actors)
        shop.events.add(deal("d1"))
        shop.refresh("2025-07-11")

        def seen(when: str) -> list[str]:
            figures = shop.tracker.calculate("g1", actor="eve", as_of=at(when))
            return sorted({str(progress.contributor) for progress in figures})

        assert seen("2025-07-11") == ["user ada"]
        receipt = shop.tracker.explain("g1", ADA, on=JULY, actor="eve")
        assert [line.owner_id for line in receipt.counted] == ["ada"]
        both = goal.assign(Assignment(NORTH))
        shop.keep(both, "2025-07-12")
        shop.refresh("2025-07-13")
        assert (seen("2025-07-11"), seen("2025-07-13")) == ([], ["team north"])
        with pytest.raises(NotFound):
            shop.tracker.explain("g1", ADA, on=JULY, actor="eve", as_of=at("2025-07-11"))
        shop.keep(both.remove(ADA), "2025-07-14")
        shop.refresh("2025-07-15")
        assert (seen("2025-07-11"), seen("2025-07-13"), seen("2025-07-15")) == ([], ["team north"], ["team north"])
        receipt = shop.tracker.explain("g1", NORTH, on=JULY, actor="eve", as_of=at("2025-07-13"))
        assert [line.owner_id for line in receipt.counted] == [None]
        shop.keep(None, "2025-07-16")
        assert (seen("2025-07-11"), seen("2025-07-13")) == ([], ["team north"])
        assert (
            shop.tracker.explain("g1", NORTH, on=JULY, actor="eve", as_of=at("2025-07-13")).counted == receipt.counted
        )

    def test_what_moved_a_figure_is_no_guess(self) -> None:
        """Who may not see the owner's row sees that deals moved the team's figure, and not that they were new or deleted."""
        roster = Roster([User("ada"), User("eve")], [Team("north")], [Membership("ada", "north")])
        actors = MemoryActors()
        actors.put(Actor("eve", "acme", grants=[Grant("view", "everyone")]))
        shop = Shop(promise(NORTH), roster=roster, actors=actors)
        for day, more in (("2025-07-11", False), ("2025-07-13", True)):
            shop.events.add(
                deal("d1", recorded=day, more={"is_won": not more}), deal("d2", recorded=day, more={"is_won": more})
            )
        shop.refresh("2025-07-14")

        def causes(actor: Who) -> list[tuple[Cause | None, int]]:
            before, after = (
                shop.tracker.explain("g1", NORTH, on=JULY, actor=actor, as_of=at(day))
                for day in ("2025-07-12", "2025-07-14")
            )
            return [(each.cause, int(each.delta or 0)) for each in compare(before, after)]

        assert causes(HOST) == [(Cause.WON, 100), (Cause.LOST, -100)]
        assert causes("eve") == [(Cause.HIDDEN, -100), (Cause.HIDDEN, 100)]


class Full(MemoryGoals):
    """Goals whose feed has pages of two, says that there is more where a page is full, and fails when it is told to."""

    fails_after: str | None = ""

    def changes(self, *, goal_id: str | None, after: str | None, limit: int) -> Page[Change]:
        """Return at most two changes."""
        if after == self.fails_after:
            raise TimeoutError
        page = super().changes(goal_id=goal_id, after=after, limit=min(limit, 2))
        return Page(page.items, page.cursor, len(page.items) == 2)


class Flaky:
    """A source of two kinds of record, one of which can fail."""

    def __init__(self, shop: Shop) -> None:
        """Answer as the shop's source does."""
        self.source, self.fails = shop.events, ""

    def changes(self, object: str, since: str | None, /, *, properties: frozenset[str]) -> Page[CrmEvent]:  # noqa: A002 - the protocol's name
        """Return what the shop's source does, or fail."""
        if object == self.fails:
            raise TimeoutError
        return self.source.changes(object, since, properties=properties)


class Snapshot:
    """A source that knows no cursors: it names all there is, each time."""

    def __init__(self, *rows: CrmEvent) -> None:
        """Begin with some records."""
        self.rows: Sequence[CrmEvent] = rows

    def changes(self, object: str, since: str | None, /, *, properties: frozenset[str]) -> Page[CrmEvent]:  # noqa: A002 - the protocol's name
        """Return all there is."""
        assert (object, since) == ("deal", None)
        assert properties
        return Page(tuple(self.rows))


class OneByOne(Snapshot):
    """A source with a version a page."""

    def changes(self, object: str, since: str | None, /, *, properties: frozenset[str]) -> Page[CrmEvent]:  # noqa: A002 - the protocol's name
        """Return the next version."""
        place = int(since or 0)
        assert (object, bool(properties)) == ("deal", True)
        return Page(
            tuple(self.rows[place : place + 1]), str(min(place + 1, len(self.rows))), place + 1 < len(self.rows)
        )


class Rated:
    """A source of rates that gives those that it is asked for."""

    def rates(self, base: str, currencies: Collection[str], during: object, /) -> Rates:
        """Return the rates of the dollar, where somebody asks for it."""
        assert during
        return Rates(base, {("USD", date(2025, 1, 1)): "0.9"} if "USD" in currencies else {})


class TestSources:
    """What a source gives, and when."""

    def test_goals_of_a_page_before_one_that_failed_are_refreshed(self) -> None:
        """The first page of changes is not read again, so its goals stand from then on."""
        shop = Shop()
        shop.goals = full = Full()
        shop.events.add(deal("d1"))
        shop.keep(promise(ADA, goal_id="g0"), "2025-07-01")
        shop.another()
        shop.refresh("2025-07-12")
        for goal_id in ("g1", "g2"):
            shop.keep(promise(ADA, goal_id=goal_id), "2025-07-12 10:00")
        full.fails_after = full.changes(goal_id=None, after="1", limit=9).cursor
        with pytest.raises(RepositoryUnavailable):
            shop.refresh("2025-07-13")
        full.fails_after = ""
        shop.refresh("2025-07-14")
        assert shop.cell().attained == 100

    def test_currencies_are_looked_for_again_in_each_kind_of_record(self) -> None:
        """Boxes failed when the currency's new name was looked for: it still is, the next time."""
        boxes = Measure(
            name="Boxes",
            object="box",
            aggregate="count",
            dated_by="closed_at",
            where=[Condition("paid_in", "is_set"), Condition("amount", "is_set")],
        )
        money = evolve(REVENUE, object="box", currency="paid_in", where=[Condition("paid_in", "is_set")])
        shop = Shop(promise(ADA, goal_id="g0", measure=boxes))
        shop.rates = cast("Any", Rated())
        box = evolve(deal("b1", more={"paid_in": "USD"}), object="box")
        shop.events.add(box)
        flaky = Flaky(shop)
        shop.events = cast("Any", flaky)
        shop.another()
        shop.refresh("2025-07-12")
        shop.keep(promise(ADA, measure=money), "2025-07-12 10:00")
        shop.keep(promise(ADA, goal_id="g2", measure=evolve(money, object="ask")), "2025-07-12 10:00")
        flaky.fails = "box"
        with pytest.raises(SourceUnavailable):
            shop.refresh("2025-07-13")
        flaky.fails = ""
        shop.refresh("2025-07-14")
        assert shop.cell().attained == 90

    def test_currencies_of_what_was_read_are_known_at_once(self) -> None:
        """Deals that were counted are summed from now on: nobody needs to wait for a refresh, nor a source to name them again."""
        created = Measure(name="Deals", object="deal", aggregate="count", dated_by="created_at")
        former = deal("d1", closed="2025-06-10", more={"currency": "USD", "created_at": date(2025, 6, 1)})
        shop = Shop(promise(ADA, measure=created))
        shop.rates = cast("Any", Rated())
        source = Snapshot(former)
        shop.events = cast("Any", source)
        shop.another()
        shop.refresh("2025-06-20")
        source.rows = [deal("d1", "7", recorded="2025-07-20", more={"currency": "EUR", "created_at": date(2025, 6, 1)})]
        shop.refresh("2025-07-21")
        shop.keep(promise(ADA), "2025-07-22")
        for door in (shop.tracker.calculate, shop.tracker.progress):
            figures = door("g1", actor=HOST, as_of=at("2025-07-22"))
            assert figures.of("g1", ADA, on=date(2025, 6, 10)).attained == 90
            shop.refresh("2025-07-22")
        receipt = shop.tracker.explain("g1", ADA, on=date(2025, 6, 10), actor=HOST)
        assert receipt.progress.attained == 90

    def test_what_a_source_without_cursors_names_no_more_is_gone(self) -> None:
        """It names all there is each time; nothing of it is a repeated delivery."""
        shop = Shop(promise(ADA))
        source = Snapshot(deal("d1"), deal("d2", "50"))
        shop.events = cast("Any", source)
        shop.another()
        shop.refresh("2025-07-12")
        assert shop.cell().attained == 150
        assert shop.refresh("2025-07-13").findings == ()
        source.rows = [deal("d1")]
        assert [finding.kind for finding in shop.refresh("2025-07-14").findings] == [FindingKind.VANISHED]
        assert shop.cell().attained == 100
        source.rows = [deal("d1"), deal("d2", "50")]
        assert shop.refresh("2025-07-15").findings == ()
        assert shop.cell().attained == 150

    def test_each_version_that_is_read_again_is_known_to_be(self) -> None:
        """Both versions are read again, on two pages; of another content at the second's moment it is then a contradiction."""
        shop = Shop(promise(ADA))
        one, two = deal("d1"), deal("d1", "200", recorded="2025-07-11 12:00")
        source = OneByOne(one, two)
        shop.events = cast("Any", source)
        shop.another()
        shop.refresh("2025-07-12")
        staged = evolve(REVENUE, where=[*REVENUE.where, Condition("stage", "is_not_set")])
        shop.keep(promise(ADA, goal_id="g2", measure=staged), "2025-07-12 10:00")
        shop.refresh("2025-07-13")
        other = deal("d1", "200", recorded="2025-07-11 12:00", more={"stage": "x"})
        source.rows = [one, two, other]
        assert [finding.kind for finding in shop.refresh("2025-07-14").findings] == [FindingKind.CONFLICT]
        goals: list[Goal] = [*shop.goals.get(["g1", "g2"])]
        anew = calculate(goals, source.rows, account=acme(), as_of=at("2025-07-14"), roster=Roster([User("ada")]))
        kept = shop.tracker.progress(actor=HOST, as_of=at("2025-07-14"))
        assert [kept.of(goal, ADA, on=JULY) for goal in ("g1", "g2")] == [
            anew.of(goal, ADA, on=JULY) for goal in ("g1", "g2")
        ]

    def test_a_contradiction_goes_with_the_absence_that_told_of_it(self) -> None:
        """Bob was not away after all, so a later version holds everywhere."""
        cy = User("cy", absences=[Absence(at("2025-01-12"), at("2025-01-13"))])
        away = User("bob", absences=[Absence(at("2025-07-12"), at("2025-07-13"))])
        people = People(Roster([User("ada"), away, cy]))
        shop = Shop(promise(ADA), roster=people)
        shop.events.add(deal("d1", "100"), deal("d1", "200"), deal("d1", "300", recorded="2025-07-14 12:00"))
        assert [finding.kind for finding in shop.refresh("2025-07-15").findings] == [FindingKind.CONFLICT]
        people.now = Roster([User("ada"), User("bob"), cy])
        assert shop.refresh("2025-07-17").findings == ()
