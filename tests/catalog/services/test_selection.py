from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from catalog.errors import AlreadyRegistered, PeriodReversed, PeriodTaken, ReasonNeeded, UnknownCode
from catalog.foundation.errors import NotAllowed, NotVisible
from catalog.foundation.journal.models import Event
from catalog.models import EditionEntry, ProvincialAddition, SelectionFinding, SelectionReview
from catalog.services.additions import add_for_province, end_addition
from catalog.services.reviews import Finding, record_review
from catalog.states import Criterion
from tests import factories
from tests.cast import HENAN, HUBEI, ZHENGZHOU, Cast
from tests.factories import NOW
from tests.refusals import refused

JUNE, JULY, AUGUST = date(2026, 6, 1), date(2026, 7, 1), date(2026, 8, 1)


class TestRecordReview:
    @pytest.fixture
    def entry(self, cast: Cast) -> EditionEntry:
        return factories.drafted_edition(cast).entries.get()

    def record(self, cast: Cast, entry: EditionEntry, *findings: Finding, **changed: Any) -> SelectionReview:
        options = {
            "edition": entry.edition,
            "title": "遴选会",
            "held_on": JUNE,
            "panel": "国家药物专家委员会",
            "source": "",
            "actor": cast.officer,
            "at": NOW,
        }
        return record_review(findings=findings, **options | changed)

    def test_records_a_finding_on_every_criterion(self, cast: Cast, entry: EditionEntry) -> None:
        review = self.record(cast, entry, *(Finding(entry, criterion, True) for criterion in Criterion))
        assert set(review.findings.values_list("criterion", flat=True)) == set(Criterion.values)
        event = Event.objects.get(action="selection_review.record")
        assert event.changes == {"findings": [None, len(Criterion)]}

    def test_keeps_why_a_criterion_is_not_met(self, cast: Cast, entry: EditionEntry) -> None:
        review = self.record(cast, entry, Finding(entry, Criterion.PRICE, False, " 价格过高 "))
        assert (review.findings.get().is_met, review.findings.get().reason) == (False, "价格过高")

    def test_names_every_one_that_is_not_met_without_a_reason(self, cast: Cast, entry: EditionEntry) -> None:
        findings = [Finding(entry, criterion, False, " ") for criterion in (Criterion.SAFETY, Criterion.PRICE)]
        with refused(ReasonNeeded, ReasonNeeded) as refusal:
            self.record(cast, entry, Finding(entry, Criterion.PARITY, True), *findings)
        assert refusal.pointers == ["/findings/1/reason", "/findings/2/reason"]
        assert not SelectionReview.objects.exists()

    def test_refuses_a_criterion_twice_and_a_review_twice(self, cast: Cast, entry: EditionEntry) -> None:
        finding = Finding(entry, Criterion.SAFETY, True)
        with refused(AlreadyRegistered):
            self.record(cast, entry, finding, finding)
        self.record(cast, entry, finding)
        with refused(AlreadyRegistered):
            self.record(cast, entry, finding)
        assert self.record(cast, entry, finding, held_on=JULY)
        assert SelectionFinding.objects.count() == 2

    def test_refuses_an_entry_of_another_edition(self, cast: Cast, entry: EditionEntry) -> None:
        other = factories.edition().entries.get()
        with refused(UnknownCode) as refusal:
            self.record(cast, entry, Finding(other, Criterion.SAFETY, True))
        assert refusal.pointers == ["/findings/0/entry"]

    def test_refuses_who_is_no_officer(self, cast: Cast, entry: EditionEntry) -> None:
        for actor in (cast.supervisor, cast.pharmacist):
            with refused(NotAllowed):
                self.record(cast, entry, actor=actor)


class TestAddForProvince:
    def add(self, cast: Cast, **changed: Any) -> ProvincialAddition:
        of = factories.presentation()
        options = {
            "province_id": HENAN,
            "medicine": of.medicine,
            "presentations": [of],
            "valid_from": JUNE,
            "valid_until": AUGUST,
            "decision": "豫卫药政〔2026〕1号",
            "source": "",
            "actor": cast.officer,
            "at": NOW,
        }
        return add_for_province(**options | changed)

    def test_adds_presentations_or_the_whole_medicine(self, cast: Cast) -> None:
        assert self.add(cast).presentations.get() == factories.presentation()
        assert not self.add(cast, presentations=[], valid_from=AUGUST, valid_until=None).presentations.exists()
        assert Event.objects.filter(action="provincial_addition.add").count() == 2

    def test_refuses_presentations_of_another_medicine(self, cast: Cast) -> None:
        other = factories.presentation("头孢拉定")
        with refused(UnknownCode) as refusal:
            self.add(cast, presentations=[factories.presentation(), other])
        assert refusal.pointers == ["/presentations/1"]
        assert not ProvincialAddition.objects.exists()

    def test_refuses_a_medicine_twice_for_the_time(self, cast: Cast) -> None:
        self.add(cast)
        with refused(PeriodTaken):
            self.add(cast, valid_from=JULY)
        assert self.add(cast, province_id=HUBEI, actor=cast.foreign_officer)

    def test_refuses_another_provinces_officer_and_who_is_none(self, cast: Cast) -> None:
        for actor in (cast.foreign_officer, cast.buyer, cast.supervisor):
            with refused(NotAllowed):
                self.add(cast, actor=actor)

    def test_refuses_what_is_no_province_and_a_period_that_ends_first(self, cast: Cast) -> None:
        with refused(NotVisible):
            self.add(cast, province_id=ZHENGZHOU, actor=cast.platform)
        with refused(PeriodReversed):
            self.add(cast, valid_until=JUNE)


class TestEndAddition:
    @pytest.fixture
    def addition(self, cast: Cast) -> ProvincialAddition:
        return factories.addition(cast, factories.presentation(), valid_from=JUNE)

    def test_ends_it_on_the_day(self, cast: Cast, addition: ProvincialAddition) -> None:
        ended = end_addition(addition_id=addition.pk, on=JULY, actor=cast.second_officer, at=NOW)
        assert (ended.validity.lower, ended.validity.upper) == (JUNE, JULY)
        assert Event.objects.get(action="provincial_addition.end").changes == {"valid_until": [None, str(JULY)]}

    @pytest.mark.parametrize("on", [JUNE, date(2026, 5, 1)])
    def test_refuses_a_day_on_which_it_has_not_begun(self, cast: Cast, addition: ProvincialAddition, on: date) -> None:
        with refused(PeriodReversed):
            end_addition(addition_id=addition.pk, on=on, actor=cast.officer, at=NOW)

    @pytest.mark.parametrize("on", [JULY, AUGUST])
    def test_never_makes_it_longer(self, cast: Cast, addition: ProvincialAddition, on: date) -> None:
        end_addition(addition_id=addition.pk, on=JULY, actor=cast.officer, at=NOW)
        with refused(PeriodReversed):
            end_addition(addition_id=addition.pk, on=on, actor=cast.officer, at=NOW)

    def test_refuses_another_provinces_officer_and_what_there_is_not(
        self, cast: Cast, addition: ProvincialAddition
    ) -> None:
        with refused(NotAllowed):
            end_addition(addition_id=addition.pk, on=JULY, actor=cast.foreign_officer, at=NOW)
        with refused(NotVisible):
            end_addition(addition_id=0, on=JULY, actor=cast.officer, at=NOW)
