"""Documents, amendments, questions and repeated tenders, by hand."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from procurement.models import Amendment, Clarification, Tender, TenderDocument
from procurement.services.clarifications import ask
from procurement.states import AmendmentStatus, TenderStatus
from tests import factories
from tests.cast import Cast
from tests.factories import NOW
from tests.procurement.admin.pages import action_of, client_of, get, list_of, page_of, post
from tests.procurement.files import HTML, PDF

pytestmark = pytest.mark.usefixtures("rule_sets")


class TestDocument:
    def test_is_added_to_a_draft_and_shown_on_its_page(self, cast: Cast) -> None:
        tender = factories.drafted_tender(cast)
        client = client_of(cast.officer)
        page = post(
            client, action_of(tender, "document"), title="招标文件", file=SimpleUploadedFile("招标文件.pdf", PDF)
        )
        assert "is among the documents" in page
        document = TenderDocument.objects.get()
        assert f"/tenders/{tender.number}/documents/{document.pk}/" in get(client, page_of(tender))

    def test_of_another_kind_is_told(self, cast: Cast) -> None:
        tender = factories.drafted_tender(cast)
        file = SimpleUploadedFile("harmless.pdf", HTML)
        page = post(client_of(cast.officer), action_of(tender, "document"), title="x", file=file)
        assert "neither a PDF nor a Word or Excel file" in page
        assert not TenderDocument.objects.exists()


class TestAmendment:
    def test_is_proposed_by_one_and_published_by_another(self, cast: Cast) -> None:
        tender = factories.published_tender(cast)
        later = tender.deadline_at + timedelta(days=20)
        values = {"text": "补充配送要求", "deadline_at": f"{later.astimezone():%Y-%m-%dT%H:%M}"}
        post(client_of(cast.officer), action_of(tender, "amend"), **values)
        amendment = Amendment.objects.get()
        own = post(client_of(cast.officer), action_of(amendment, "publish"))
        assert "a second officer does" in own
        assert "is published" in post(client_of(cast.second_officer), action_of(amendment, "publish"))
        amendment.refresh_from_db()
        assert amendment.status == AmendmentStatus.PUBLISHED
        assert "补充配送要求" in get(client_of(cast.supervisor), list_of(Amendment))

    def test_is_dropped(self, cast: Cast) -> None:
        tender = factories.published_tender(cast)
        values = {"text": "x", "deadline_at": f"{tender.deadline_at.astimezone():%Y-%m-%dT%H:%M:%S}"}
        post(client_of(cast.officer), action_of(tender, "amend"), **values)
        amendment = Amendment.objects.get()
        assert "is dropped" in post(client_of(cast.officer), action_of(amendment, "drop"))


class TestQuestion:
    def test_is_answered_to_all(self, cast: Cast) -> None:
        tender = factories.published_tender(cast)
        asked = ask(tender_number=tender.number, question="规格如何折算？", actor=cast.supplier, at=NOW)
        page = get(client_of(cast.officer), action_of(asked, "answer_question"))
        assert "规格如何折算？" in page
        assert "The answer is published" in post(
            client_of(cast.officer), action_of(asked, "answer_question"), answer="按差比价规则。"
        )
        assert Clarification.objects.get().answer == "按差比价规则。"

    @pytest.mark.parametrize(("name", "status"), [("supervisor", 403), ("foreign_officer", 404)])
    def test_is_the_agencys_to_answer(self, cast: Cast, name: str, status: int) -> None:
        tender = factories.published_tender(cast)
        asked = ask(tender_number=tender.number, question="?", actor=cast.supplier, at=NOW)
        address = action_of(asked, "answer_question")
        assert client_of(getattr(cast, name)).post(address, {"answer": "!"}).status_code == status


class TestTenderAgain:
    def test_makes_a_draft_of_a_cancelled_tender(self, cast: Cast) -> None:
        tender = factories.published_tender(cast)
        client = client_of(cast.officer)
        post(client, action_of(tender, "cancel"), reason="文件有误")
        later = NOW + timedelta(days=60)
        page = post(
            client,
            action_of(tender, "retender"),
            number="HA-AGAIN",
            deadline_at=f"{later:%Y-%m-%dT%H:%M}",
            supply_from=f"{later + timedelta(days=30):%Y-%m-%d}",
            supply_until=f"{later + timedelta(days=300):%Y-%m-%d}",
        )
        assert "HA-AGAIN" in page
        assert Tender.objects.get(number="HA-AGAIN").status == TenderStatus.DRAFT
