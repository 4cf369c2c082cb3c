from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from catalog.errors import AlreadyRegistered, PeriodReversed, PeriodTaken
from catalog.foundation.errors import NotAllowed
from catalog.foundation.journal.models import Event
from catalog.models import DosageEntry, GuidanceDocument
from catalog.services.guidance import NewDosage, enter_guidance
from catalog.states import GuidanceKind
from tests import factories
from tests.cast import Cast
from tests.factories import NOW
from tests.refusals import refused

JUNE, JULY = date(2026, 6, 1), date(2026, 7, 1)
TITLE = "国家基本药物临床应用指南"


def dosage(**changed: Any) -> NewDosage:
    options = {"medicine": factories.presentation().medicine, "indication": "肺炎", "dose": "一次0.5g"} | changed
    return NewDosage(**options)


def enter(cast: Cast, label: str = "2018年版", *dosages: NewDosage, **changed: Any) -> GuidanceDocument:
    options = {
        "kind": GuidanceKind.GUIDELINE,
        "title": TITLE,
        "issuer": "国家卫生健康委员会",
        "valid_from": JUNE,
        "valid_until": None,
        "source": "人民卫生出版社",
        "actor": cast.officer,
        "at": NOW,
    }
    return enter_guidance(edition_label=label, dosages=dosages or [dosage()], **options | changed)


class TestEnterGuidance:
    def test_enters_a_version_with_its_dosages(self, cast: Cast) -> None:
        of = factories.presentation()
        document = enter(
            cast,
            "2018年版",
            dosage(route="口服", frequency="一日3次", course="7日", caution="青霉素过敏者禁用"),
            dosage(population="儿童", dose="每日20mg/kg", presentation=of),
        )
        assert document.entries.count() == 2
        assert document.entries.get(population="儿童").presentation == of
        assert Event.objects.get(action="guidance.enter").changes == {"dosages": [None, 2]}

    @pytest.mark.parametrize("kind", GuidanceKind)
    def test_ends_the_version_that_stood_until_then(self, cast: Cast, kind: GuidanceKind) -> None:
        former = enter(cast, kind=kind)
        later = enter(cast, "2026年版", kind=kind, valid_from=JULY)
        former.refresh_from_db()
        assert former.validity.upper == JULY
        assert GuidanceDocument.objects.in_force(JULY).get() == later
        assert former.entries.exists()

    def test_leaves_other_documents_alone(self, cast: Cast) -> None:
        others = [enter(cast, kind=GuidanceKind.FORMULARY), enter(cast, title="中成药卷")]
        enter(cast, "2026年版", valid_from=JULY)
        for other in others:
            other.refresh_from_db()
            assert other.validity.upper is None

    def test_refuses_a_version_twice(self, cast: Cast) -> None:
        enter(cast)
        with refused(AlreadyRegistered):
            enter(cast, valid_from=JULY)
        assert GuidanceDocument.objects.get().validity.upper is None

    @pytest.mark.parametrize("valid_from", [JUNE, date(2026, 5, 1)], ids=["the same day", "before"])
    def test_refuses_a_version_of_the_same_day_or_before_one_that_stands(self, cast: Cast, valid_from: date) -> None:
        enter(cast)
        with refused(PeriodTaken):
            enter(cast, "2026年版", valid_from=valid_from)
        assert GuidanceDocument.objects.count() == 1

    def test_refuses_a_dosage_twice(self, cast: Cast) -> None:
        with refused(AlreadyRegistered):
            enter(cast, "2018年版", dosage(), dosage(dose="一次1g"))
        assert not GuidanceDocument.objects.exists() and not DosageEntry.objects.exists()

    def test_refuses_a_period_that_ends_first_and_who_is_no_officer(self, cast: Cast) -> None:
        with refused(PeriodReversed):
            enter(cast, valid_until=JUNE)
        for actor in (cast.pharmacist, cast.supervisor):
            with refused(NotAllowed):
                enter(cast, actor=actor)
