"""Bad input through the tracker: tables *events*, *event_source* and *milestone_allocation*. Names hold the ids.

Whatever a source delivers, does not deliver or breaks in, figures stay those of the last refresh until a whole run has ended.
"""

from __future__ import annotations

import itertools
from asyncio import CancelledError
from collections.abc import Callable
from datetime import date
from typing import Any, cast

import pytest
from attrs import evolve

from quota_engine import (
    HOST,
    ContractViolation,
    CrmEvent,
    Milestone,
    MissingRate,
    NotFound,
    Page,
    ProgressTracker,
    QuotaError,
    Rates,
    SourceUnavailable,
)
from quota_engine.adapters.memory import MemoryEvents, MemoryGoals, MemoryStore
from quota_engine.errors import CursorExpired, TooLarge
from tests.acme import ADA, AUGUST, EVERYONE, JULY, acme, at, deal, promise
from tests.laws.given_tracking import Crm
from tests.refusals import bounded
from tests.unit.test_tracker import Shop


def shop_with(source: object, *, rates: Rates | None = None) -> Shop:
    """Return a shop whose records come from a source."""
    shop = Shop(promise(ADA, EVERYONE), rates=rates)
    shop.events = cast("MemoryEvents", source)
    shop.another()
    return shop


def fails(shop: Shop, when: str, kind: type[QuotaError], *words: str) -> QuotaError:
    """Check that a refresh is refused in our own words, that nothing that can be seen has changed, and return the error."""
    before = seen(shop)
    with pytest.raises(QuotaError) as caught:
        shop.tracker.refresh(as_of=at(when), force=True)
    assert type(caught.value) is kind
    text = str(caught.value)
    assert len(text) <= 500
    assert text.isprintable()
    for word in words:
        assert word in text, text
    assert seen(shop) == before
    assert shop.tracker.verify() == ()
    return caught.value


def seen(shop: Shop) -> tuple[object, ...]:
    """Return everything that a host sees: figures, totals, facts that wait."""
    try:
        result = shop.tracker.progress(actor=HOST, as_of=at("2026-01-01"))
    except NotFound:
        return ()
    notices = shop.tracker.outbox(as_of=at("2026-01-01")).items
    return list(result), [result.total("g1", on=each) for each in (JULY, AUGUST)], notices, result.as_of


class Scripted:
    """A source that answers with what it is told to, or raises it."""

    def __init__(self, *answers: object) -> None:
        """Hold the answers; the last one for ever."""
        self.answers = list(answers)

    def changes(self, object: str, since: str | None, /, *, properties: frozenset[str]) -> Page[CrmEvent]:  # noqa: A002 - the port's
        """Return the next answer."""
        del object, since, properties
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, BaseException):
            raise answer
        return cast("Page[CrmEvent]", answer)


def good(*events: CrmEvent, cursor: str = "1") -> Page[CrmEvent]:
    """Return the last page."""
    return Page(events, cursor)


class TestEvents:
    """Records as they are delivered, refresh after refresh."""

    def test_evt_01_a_duplicate_changes_nothing_and_is_counted(self) -> None:
        """The same version twice is one deal, and a finding of that refresh."""
        shop = shop_with(MemoryEvents([deal("d1"), deal("d1")]))
        found = shop.refresh("2025-07-20")
        assert shop.cell().attained == 100
        assert [(each.kind, each.count) for each in found.findings] == [("duplicate", 1)]

    def test_evt_03_a_deletion_that_comes_a_refresh_earlier_still_deletes(self) -> None:
        """The tombstone is kept between refreshes, and in another process."""
        shop = shop_with(MemoryEvents([deal("d1", version=2, deleted=True)]))
        shop.refresh("2025-07-20")
        shop.events.add(deal("d1", version=1))
        shop.another()
        shop.refresh("2025-07-21")
        assert shop.cell().attained == 0

    @pytest.mark.parametrize("order", list(itertools.permutations([1, 2, 3])))
    def test_evt_04_an_older_version_that_comes_a_refresh_later_does_not_hold(self, order: tuple[int, ...]) -> None:
        """The third version holds, whatever the order of the refreshes that read them."""
        shop = shop_with(MemoryEvents())
        for day, number in enumerate(order, 20):
            shop.events.add(deal("d1", str(number), version=number))
            shop.refresh(f"2025-07-{day}")
        assert shop.cell().attained == 3

    @pytest.mark.parametrize("amounts", [("100", "20"), ("20", "100")])
    def test_evt_05_conflict_has_one_winner_and_a_report(self, amounts: tuple[str, str]) -> None:
        """Two contents under one version, read by two refreshes: the same one holds both ways, and the conflict is told."""
        shop = shop_with(MemoryEvents())
        for day, amount in enumerate(amounts, 20):
            shop.events.add(deal("d1", amount, version=2))
            found = shop.refresh(f"2025-07-{day}")
        assert shop.cell().attained == 20
        assert [(each.kind, each.records) for each in found.findings] == [("conflict", ("d1",))]

    def test_evt_09_a_currency_without_a_rate_stops_the_refresh(self) -> None:
        """Nothing of that refresh is kept, the record is named; with a rate the next one goes on."""
        shop = shop_with(MemoryEvents([deal("d1")]))
        shop.refresh("2025-07-20")
        shop.events.add(deal("d2", more={"currency": "ZWL"}), deal("d3"))
        error = fails(shop, "2025-07-21", MissingRate, "d2")
        assert isinstance(error, MissingRate)
        assert error.records == ("d2",)
        shop.rates = Rates("EUR", {("ZWL", date(2025, 1, 1)): "0.01"})
        shop.another()
        shop.refresh("2025-07-21")
        assert shop.cell().attained == 201

    @pytest.mark.parametrize("recorded", ["2025-08-01", "2025-08-01 00:00:00.000001", "2025-09-10"])
    def test_evt_13_a_correction_after_the_freeze_changes_nothing_and_is_reported(self, recorded: str) -> None:
        """Read by a refresh after the end of July, whenever the one before was."""
        shop = shop_with(MemoryEvents([deal("d1")]))
        shop.refresh("2025-07-20")
        shop.refresh("2025-08-01")
        before = repr((shop.cell(), shop.cell(EVERYONE)))
        shop.events.add(deal("d1", "500", recorded=recorded), deal("d2", recorded=recorded))
        found = shop.refresh("2025-09-20")
        assert repr((shop.cell(), shop.cell(EVERYONE))) == before
        assert [(each.kind, each.slice, each.records) for each in found.findings] == [
            ("late", shop.cell().slice, ("d1", "d2"))
        ]

    def test_evt_14_a_first_refresh_a_week_after_the_end_gives_what_a_timely_one_froze(self) -> None:
        """It depends on when things were recorded, never on when anybody refreshed."""
        records = [
            deal("d1", "1"),
            deal("d2", "10", recorded="2025-07-31 23:59:59.999999"),
            deal("d1", "500", recorded="2025-08-01"),
            deal("d3", "1000", recorded="2025-08-05"),
        ]
        timely, late = shop_with(MemoryEvents(records)), shop_with(MemoryEvents(records))
        for when in ("2025-07-30", "2025-07-31", "2025-08-01", "2025-08-08"):
            timely.refresh(when)
        late.refresh("2025-08-08")
        for row in (ADA, EVERYONE):
            assert repr(timely.cell(row)) == repr(late.cell(row))
        assert late.cell().attained == 11

    def test_evt_20_a_refund_un_fires_nothing_and_fires_nothing_again(self) -> None:
        """Beyond the half, back below nothing, and beyond the half again."""
        shop = Shop(evolve(promise(ADA, target="100"), milestones=[Milestone.percent(50)]))
        told: list[int] = []
        for day, amount in enumerate(("60", "-250.00", "300"), 20):
            shop.events.add(deal(f"d{day}", amount))
            told.append(len(shop.refresh(f"2025-07-{day}").reached))
        assert told == [1, 0, 0]
        assert len(shop.tracker.outbox(as_of=at("2025-07-23")).items) == 1
        assert shop.cell().attained == 110

    @pytest.mark.parametrize("is_again", [False, True])
    def test_evt_22_a_gap_is_read_again_from_the_start(self, is_again: bool) -> None:  # noqa: FBT001 - both ways
        """The source no longer knows the cursor: nothing is deleted or zero meanwhile, and the figures are right in the end."""
        crm = Crm()
        shop = shop_with(crm)
        crm.add(deal("d1"), deal("d2"), deal("d3"))
        shop.refresh("2025-07-20")
        crm.add(deal("d4"))
        crm.forget()
        if is_again:
            crm.fails = (1, CursorExpired("since: expected a cursor that is known", field="since"))
            fails(shop, "2025-07-21", SourceUnavailable)
            assert shop.cell().attained == 300
        shop.refresh("2025-07-21")
        assert (shop.cell().attained, shop.cell().counted) == (400, 4)

    @pytest.mark.parametrize("bad", [{"a": 1}, None, "d1", deal("d9").properties])
    def test_evt_25_what_is_no_record_is_refused_by_its_index(self, bad: object) -> None:
        """Nothing of the page is applied; a record of another kind is none either."""
        shop = shop_with(Scripted(good(deal("d1")), good(deal("d2"), cast("CrmEvent", bad), cursor="2")))
        shop.refresh("2025-07-20")
        fails(shop, "2025-07-21", ContractViolation, "events[1]", "a CrmEvent of deal")

    def test_evt_25_a_record_of_another_kind_is_refused(self) -> None:
        """A call among the deals."""
        shop = shop_with(Scripted(good(evolve(deal("d1"), object="call"))))
        fails(shop, "2025-07-20", ContractViolation, "events[0]", "call")


class Paged:
    """A source of pages of one deal each."""

    def __init__(self, pages: int) -> None:
        """Hold so many deals."""
        self.pages, self.broken, self.asked = pages, set[int](), list[int]()

    def changes(self, object: str, since: str | None, /, *, properties: frozenset[str]) -> Page[CrmEvent]:  # noqa: A002 - the port's
        """Return a page, or time out."""
        del object, properties
        place = int(since or 0)
        self.asked.append(place)
        if place in self.broken:
            raise TimeoutError("10.0.0.1:5432 secret")
        return Page([deal(f"d{place}")], str(place + 1), place + 1 < self.pages)


class TestSource:
    """What a source does that no record says."""

    def test_src_01_a_source_that_fails_on_page_three_of_five(self) -> None:
        """Figures stay; the next refresh goes on where the last whole page ended, and nothing is read twice."""
        source = Paged(2)
        shop = shop_with(source)
        shop.refresh("2025-07-20")
        source.pages, source.broken = 7, {4}
        error = fails(shop, "2025-07-21", SourceUnavailable, "deal", "TimeoutError")
        assert error.retryable
        assert "secret" not in str(error)
        assert shop.cell().attained == 200
        source.broken, source.asked = set(), []
        shop.refresh("2025-07-21")
        assert (shop.cell().attained, source.asked) == (700, [4, 5, 6])

    def test_src_01_a_first_load_that_fails_shows_nothing_and_goes_on(self) -> None:
        """There are no figures at all before the first whole run, in another process neither."""
        source = Paged(5)
        source.broken = {3}
        shop = shop_with(source)
        fails(shop, "2025-07-20", SourceUnavailable)
        assert seen(shop) == ()
        source.broken, source.asked = set(), []
        shop.another()
        shop.refresh("2025-07-20")
        assert (shop.cell().attained, source.asked) == (500, [3, 4])

    @pytest.mark.parametrize("bad", [None, 5, [deal("d1")], "page", {"items": []}])
    def test_src_02_what_is_no_page_is_refused(self, bad: object) -> None:
        """Of the protocol's form alone."""
        shop = shop_with(Scripted(good(deal("d1")), bad))
        shop.refresh("2025-07-20")
        fails(shop, "2025-07-21", ContractViolation, "events", "a Page")

    def test_src_02_more_under_the_same_cursor_is_refused(self) -> None:
        """It would be read for ever."""
        shop = shop_with(Scripted(Page([deal("d1")], "1", more=True)))
        fails(shop, "2025-07-20", ContractViolation, "a cursor that goes on")

    def test_src_03_an_endless_source_is_stopped(self) -> None:
        """At a number of versions that is known, with nothing to be seen of them."""
        endless = Paged(10**9)
        shop = shop_with(endless)
        shop.tracker = ProgressTracker(
            shop.account, goals=shop.goals, events=endless, roster=None, store=shop.store, most=50
        )
        with bounded(seconds=2, mebibytes=16):
            fails(shop, "2025-07-20", TooLarge, "at most 50")
        assert len(endless.asked) == 51
        assert seen(shop) == ()

    def test_src_05_versions_that_share_everything_but_the_record_are_two(self) -> None:
        """Identity is kind, record and version; there is no event id."""
        shop = shop_with(MemoryEvents([deal("d1", version=7), deal("d2", version=7)]))
        shop.refresh("2025-07-20")
        assert shop.cell().counted == 2

    def test_src_06_a_goal_of_another_account_is_not_seen(self) -> None:
        """Asked for by its id, it is as unknown as one that there never was; nothing of it is refreshed or told."""
        other = evolve(promise(ADA, goal_id="g2"), account_id="other", milestones=[Milestone.kickoff()])
        shop = Shop(promise(ADA))
        shop.refresh("2025-07-20")
        texts: list[str] = []
        for goal_id in ("g2", "nope"):
            with pytest.raises(NotFound) as caught:
                shop.tracker.progress(goal_id, actor=HOST, as_of=at("2025-07-20"))
            texts.append(str(caught.value).replace(goal_id, ""))
        assert texts[0] == texts[1]
        stores = [MemoryStore(), MemoryStore()]
        assert other.account_id != shop.account.id
        trackers = [
            ProgressTracker(acme(), goals=MemoryGoals(), events=MemoryEvents(), roster=None, store=store)
            for store in stores
        ]
        trackers[0].refresh(as_of=at("2025-07-20"))
        assert stores[1].read(["head"]).values == {}

    def test_src_08_pages_that_overlap_count_nothing_twice(self) -> None:
        """Each page repeats the whole page before."""
        crm = Crm(size=3, repeats=3)
        shop = shop_with(crm)
        crm.add(*(deal(f"d{number}") for number in range(12)))
        shop.refresh("2025-07-20")
        crm.add(*(deal(f"d{number}", version=1) for number in range(4)))
        shop.refresh("2025-07-21")
        assert (shop.cell().attained, shop.cell().counted) == (1200, 12)

    def test_src_09_one_that_commits_late_is_applied_later(self) -> None:
        """Recorded before others that were read, delivered after them: it counts as of its recording."""
        shop = shop_with(MemoryEvents([deal("d2", recorded="2025-07-10 12:00:02")]))
        shop.refresh("2025-07-20")
        shop.events.add(deal("d1", recorded="2025-07-10 12:00:01"))
        shop.refresh("2025-07-21")
        assert shop.cell().attained == 200

    @pytest.mark.parametrize("stop", [KeyboardInterrupt, CancelledError, SystemExit, GeneratorExit])
    def test_src_11_whoever_stops_a_refresh_is_not_held_up(self, stop: Callable[[], BaseException]) -> None:
        """It propagates, nothing is to be seen of the run, and the next one goes on."""
        crm = Crm(size=1)
        shop = shop_with(crm)
        crm.add(deal("d1"))
        shop.refresh("2025-07-20")
        crm.add(deal("d2"), deal("d3"))
        crm.fails = (1, stop())
        before = seen(shop)
        with pytest.raises(cast("Any", stop)):
            shop.tracker.refresh(as_of=at("2025-07-21"), force=True)
        assert seen(shop) == before
        shop.refresh("2025-07-21")
        assert shop.cell().attained == 300


def marked(*percents: int) -> Shop:
    """Return a shop of Ada's goal of 100 with some marks."""
    return Shop(evolve(promise(ADA, target="100"), milestones=map(Milestone.percent, percents)))


class TestMilestones:
    """What is recorded and told, refresh after refresh."""

    def test_mil_04_from_nothing_beyond_the_target(self) -> None:
        """One deal of 120 %: 25, 50, 75 and 100 each once, ascending, by one refresh."""
        shop = marked(100, 25, 75, 50)
        assert shop.refresh("2025-07-19").reached == ()
        shop.events.add(deal("d1", "120"))
        found = shop.refresh("2025-07-20")
        assert [fact.milestone.mark for fact in found.reached] == [25, 50, 75, 100]
        assert {(fact.revision, fact.as_of) for fact in found.reached} == {(found.revision, at("2025-07-20"))}
        assert [notice.reached for notice in shop.tracker.outbox(as_of=at("2025-07-21")).items] == list(found.reached)
        assert shop.refresh("2025-07-21").reached == ()

    def test_mil_05_to_and_fro_about_a_mark(self) -> None:
        """60 %, 40 %, 60 % by three refreshes, each of another process: half is told once."""
        shop = marked(50)
        told = 0
        for day, amount in enumerate(("60", "40", "60"), 20):
            shop.events.add(deal("d1", amount, version=day))
            shop.another()
            told += len(shop.refresh(f"2025-07-{day}").reached)
        assert (told, len(shop.tracker.outbox(as_of=at("2025-07-23")).items)) == (1, 1)

    @pytest.mark.parametrize(("amount", "count"), [("50.00", 1), ("49.99", 0), ("49.999999999999999999", 0)])
    def test_mil_06_exactly_on_the_mark(self, amount: str, count: int) -> None:
        """Fifty of a hundred is told at 50 %, the finest shortfall is not."""
        shop = marked(50)
        shop.events.add(deal("d1", amount))
        assert len(shop.refresh("2025-07-20").reached) == count

    def test_mil_08_a_notifier_that_fails_is_told_again_under_the_same_key(self) -> None:
        """Progress is kept, the fact waits as it was recorded, in any process; once told and acknowledged it is gone."""
        shop = marked(50)
        shop.events.add(deal("d1", "60"))
        shop.refresh("2025-07-20")
        keys: list[str] = []

        def notify(*, works: bool) -> None:
            for notice in shop.tracker.outbox(as_of=at("2025-07-20")).items:
                keys.append(notice.reached.key)
                if not works:
                    raise RuntimeError("no mail today")
                shop.tracker.acknowledge([notice.reached.key])

        for _ in range(2):
            with pytest.raises(RuntimeError):
                notify(works=False)
            shop.another()
        assert shop.cell().attained == 60
        notify(works=True)
        notify(works=True)
        assert len(keys) == 3
        assert len(set(keys)) == 1
        assert shop.refresh("2025-07-21").reached == ()

    def test_rep_18_a_goal_that_is_deleted_is_gone_and_nothing_of_it_is_told_again(self) -> None:
        """Later refreshes do not bring it back; one that is made anew under another id starts from its own marks."""
        shop = marked(50)
        shop.events.add(deal("d1", "60"))
        shop.refresh("2025-07-20")
        shop.keep(None, "2025-07-20 12:00", goal_id="g1")
        shop.refresh("2025-07-21")
        with pytest.raises(NotFound):
            shop.cell()
        goal = evolve(promise(ADA, target="100", goal_id="g2"), milestones=[Milestone.percent(50)])
        shop.keep(goal, "2025-07-22")
        assert [fact.goal_id for fact in shop.refresh("2025-07-22").reached] == ["g2"]
        assert [notice.recipients for notice in shop.tracker.outbox(as_of=at("2025-07-22")).items] == [(), ("ada",)]
