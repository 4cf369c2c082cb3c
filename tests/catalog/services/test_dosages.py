from __future__ import annotations

from datetime import date

import pytest

from catalog.errors import AlreadyRegistered, UnknownCode
from catalog.foundation.errors import NotAllowed, NotVisible
from catalog.foundation.journal.models import Event
from catalog.models import GuidanceDocument
from catalog.services.dosages import add_dosage
from catalog.services.guidance import NewDosage, enter_guidance
from catalog.states import GuidanceKind
from tests import factories
from tests.cast import Cast
from tests.factories import NOW
from tests.refusals import refused


@pytest.fixture
def document(cast: Cast) -> GuidanceDocument:
    return enter_guidance(
        kind=GuidanceKind.GUIDELINE,
        title="国家基本药物临床应用指南",
        edition_label="2018年版",
        issuer="国家卫生健康委员会",
        valid_from=date(2018, 11, 1),
        valid_until=None,
        source="",
        dosages=[],
        actor=cast.officer,
        at=NOW,
    )


class TestAddDosage:
    def test_puts_one_more_into_the_document(self, cast: Cast, document: GuidanceDocument) -> None:
        capsules = factories.presentation()
        new = NewDosage(capsules.medicine, "呼吸道感染", "一次0.5g", presentation=capsules, frequency="一日3次")
        entry = add_dosage(document_id=document.pk, dosage=new, actor=cast.officer, at=NOW)
        assert list(document.entries.all()) == [entry]
        event = Event.objects.filter(action="guidance.add_dosage").get()
        assert (event.subject_id, event.changes["dosage"][1]) == (document.pk, "阿莫西林 · 呼吸道感染: 一次0.5g")

    def test_refuses_the_same_twice(self, cast: Cast, document: GuidanceDocument) -> None:
        new = NewDosage(factories.presentation().medicine, "呼吸道感染", "一次0.5g")
        add_dosage(document_id=document.pk, dosage=new, actor=cast.officer, at=NOW)
        with refused(AlreadyRegistered):
            add_dosage(document_id=document.pk, dosage=new, actor=cast.officer, at=NOW)
        assert document.entries.count() == 1

    def test_refuses_another_medicines_presentation(self, cast: Cast, document: GuidanceDocument) -> None:
        medicine = factories.presentation("布洛芬").medicine
        new = NewDosage(medicine, "发热", "一次0.2g", presentation=factories.presentation())
        with refused(UnknownCode):
            add_dosage(document_id=document.pk, dosage=new, actor=cast.officer, at=NOW)

    def test_refuses_a_document_that_is_not_there(self, cast: Cast) -> None:
        with refused(NotVisible):
            new = NewDosage(factories.presentation().medicine, "发热", "一次0.2g")
            add_dosage(document_id=0, dosage=new, actor=cast.officer, at=NOW)

    def test_is_the_officers_matter(self, cast: Cast, document: GuidanceDocument) -> None:
        with refused(NotAllowed):
            new = NewDosage(factories.presentation().medicine, "发热", "一次0.2g")
            add_dosage(document_id=document.pk, dosage=new, actor=cast.supervisor, at=NOW)
