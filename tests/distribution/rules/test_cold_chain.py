from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from distribution.rules.cold_chain import ColdChainReport, Excursion, Gap, Limits, Reading, assess

START = datetime(2026, 7, 1, 8, tzinfo=UTC)
COLD = Limits(Decimal(2), Decimal(8), timedelta(minutes=5))


def at(minutes: int) -> datetime:
    return START + timedelta(minutes=minutes)


def log(*celsius: str, every: int = 5) -> list[Reading]:
    return [Reading(at(every * number), Decimal(degrees)) for number, degrees in enumerate(celsius)]


def judged(readings: list[Reading], minutes: int, limits: Limits = COLD) -> ColdChainReport:
    return assess(readings, limits, START, at(minutes))


logs = st.lists(
    st.builds(Reading, st.integers(-30, 90).map(at), st.integers(-50, 150).map(lambda tenths: Decimal(tenths) / 10)),
    max_size=25,
)


class TestAssess:
    def test_finds_a_whole_record_exactly_at_both_limits_within(self) -> None:
        assert judged(log("2", "5.5", "8"), 10) == ColdChainReport(
            Decimal(2), Decimal(8), 3, excursions=(), gaps=(), complete=True, verdict="within"
        )

    def test_finds_the_time_and_the_worst_of_each_excursion(self) -> None:
        report = judged(log("5", "8.1", "9.4", "8", "1.9", "8.2"), 30)
        assert report.excursions == (
            Excursion(at(5), at(15), Decimal("9.4")),
            Excursion(at(20), at(25), Decimal("1.9")),
            Excursion(at(25), at(30), Decimal("8.2")),
        )
        assert (report.verdict, report.complete) == ("excursion", True)

    @pytest.mark.parametrize(
        ("readings", "gaps"),
        [
            (log("5", "5", "5"), [(10, 20)]),
            (log("5", "5", "5", every=10), [(0, 10), (10, 20)]),
            ([Reading(at(10), Decimal(5))], [(0, 10), (10, 20)]),
        ],
    )
    def test_finds_gaps_between_readings_and_at_both_ends(
        self, readings: list[Reading], gaps: list[tuple[int, int]]
    ) -> None:
        report = judged(readings, 20)
        assert report.gaps == tuple(Gap(at(start), at(end)) for start, end in gaps)
        assert (report.verdict, report.complete) == ("gaps", False)

    def test_speaks_of_temperatures_before_gaps(self) -> None:
        assert judged(log("9"), 60).verdict == "excursion"

    @pytest.mark.parametrize("readings", [[], [Reading(at(-1), Decimal(5)), Reading(at(11), Decimal(5))]])
    def test_finds_no_record_without_readings_of_the_journey(self, readings: list[Reading]) -> None:
        report = judged(readings, 10)
        assert (report.verdict, report.count, report.lowest, report.complete) == ("missing", 0, None, False)

    def test_counts_neither_repeated_readings_nor_those_of_other_times(self) -> None:
        outside = [Reading(at(-5), Decimal(20)), Reading(at(11), Decimal(-20))]
        report = judged([*log("5", "5", "5"), *log("5", "5", "5"), *outside], 10)
        assert (report.count, report.verdict) == (3, "within")

    def test_judges_the_worst_of_several_probes(self) -> None:
        report = judged([*log("5", "5", "5"), Reading(at(5), Decimal("8.5"))], 10)
        assert report.excursions == (Excursion(at(5), at(10), Decimal("8.5")),)

    @pytest.mark.parametrize(("celsius", "verdict"), [("-40", "within"), ("20", "within"), ("20.1", "excursion")])
    def test_has_no_bound_below_where_none_is_stated(self, celsius: str, verdict: str) -> None:
        cool = Limits(None, Decimal(20), timedelta(minutes=5))
        assert judged(log(celsius), 5, cool).verdict == verdict

    @given(readings=logs, shuffled=st.randoms())
    def test_does_not_depend_on_the_order_of_the_readings(self, readings: list[Reading], shuffled: Random) -> None:
        report = judged(readings, 60)
        shuffled.shuffle(readings)
        assert judged(readings, 60) == report

    @given(readings=logs)
    def test_finds_an_excursion_where_and_only_where_a_reading_is_beyond_a_limit(self, readings: list[Reading]) -> None:
        report = judged(readings, 60)
        beyond = {
            reading.taken_at
            for reading in readings
            if START <= reading.taken_at <= at(60) and not 2 <= reading.celsius <= 8
        }
        assert all(
            any(run.start <= moment and (moment < run.end or run.end == at(60)) for run in report.excursions)
            for moment in beyond
        )
        assert {run.start for run in report.excursions} <= beyond
        assert (report.verdict == "within") == (report.complete and not beyond)

    def test_refuses_a_journey_that_ends_before_it_starts(self) -> None:
        with pytest.raises(ValueError, match="end before it starts"):
            judged([], -1)

    def test_refuses_reversed_limits(self) -> None:
        with pytest.raises(ValueError, match="not above the highest"):
            judged([], 1, Limits(Decimal(8), Decimal(2), timedelta(minutes=5)))
