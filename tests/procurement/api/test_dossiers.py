"""Documents, questions and amendments over the API."""

from __future__ import annotations

from datetime import timedelta

import pytest

from catalog.models import RuleSet
from procurement.models import Clarification, Tender
from procurement.services.amendments import propose_amendment, publish_amendment
from procurement.services.clarifications import answer
from procurement.services.documents import Attachment, add_document
from tests import factories
from tests.cast import PLAIN, Cast
from tests.catalog.api.calls import Caller, machine, problem_in
from tests.factories import NOW
from tests.procurement.files import PDF

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("rule_sets")]


@pytest.fixture
def tender(cast: Cast) -> Tender:
    return factories.published_tender(cast)


class TestClarifications:
    def test_are_asked_by_suppliers_and_answered_to_all_without_their_name(self, cast: Cast, tender: Tender) -> None:
        supplier = machine(cast.supplier)
        asked = supplier.send("/api/v1/clarifications/", {"tender": tender.number, "question": "规格如何折算？"})
        assert asked.status_code == 201
        assert Caller().get("/api/v1/clarifications/").json()["results"] == []
        assert len(supplier.get("/api/v1/clarifications/").json()["results"]) == 1
        answer(clarification_id=asked.json()["id"], text="按差比价规则。", actor=cast.officer, at=NOW)
        [seen] = Caller().get(f"/api/v1/clarifications/?tender={tender.number}").json()["results"]
        assert (seen["question"], seen["answer"]) == ("规格如何折算？", "按差比价规则。")
        assert cast.supplier_firm.name not in str(seen)

    def test_are_refused_with_the_time_that_was_missed(self, cast: Cast) -> None:
        RuleSet.objects.filter(kind=RuleSet.Kind.VOLUME_BASED).delete()
        factories.rule_set(RuleSet.Kind.VOLUME_BASED, PLAIN | {"objection_to_documents_days": 10})
        tender = factories.published_tender(cast)
        Tender.objects.update(published_at=NOW - timedelta(days=20), deadline_at=NOW + timedelta(days=5))
        refusal = machine(cast.supplier).send("/api/v1/clarifications/", {"tender": tender.number, "question": "?"})
        assert problem_in(refusal, 409)["title"] == "question-too-late"
        assert not Clarification.objects.exists()


class TestAmendments:
    def test_are_read_once_published(self, cast: Cast, tender: Tender) -> None:
        amendment = propose_amendment(
            tender_number=tender.number,
            text="延长投标时间",
            deadline_at=tender.deadline_at + timedelta(days=5),
            affects_preparation=False,
            actor=cast.officer,
            at=NOW,
        )
        path = f"/api/v1/amendments/?tender={tender.number}"
        assert Caller().get(path).json()["results"] == []
        publish_amendment(amendment_id=amendment.pk, actor=cast.second_officer, at=NOW)
        [seen] = Caller().get(path).json()["results"]
        assert seen["text"] == "延长投标时间"
        assert Caller().get(f"/api/v1/tenders/{tender.number}/").json()["deadline_at"] == seen["deadline_at"]


class TestDocuments:
    def test_are_listed_with_their_hash_and_downloaded_by_everybody(self, cast: Cast) -> None:
        tender = factories.drafted_tender(cast)
        document = add_document(
            tender_number=tender.number,
            attachment=Attachment("招标文件", "招标文件.pdf", PDF),
            actor=cast.officer,
            at=NOW,
        )
        path = f"/tenders/{tender.number}/documents/{document.pk}/"
        assert Caller().get(path).status_code == 404
        Tender.objects.filter(pk=tender.pk).update(status="published", published_at=NOW)
        [listed] = Caller().get(f"/api/v1/tender-documents/?tender={tender.number}").json()["results"]
        assert (listed["sha256"], listed["media_type"]) == (document.sha256, "application/pdf")
        file = Caller().get(path)
        assert b"".join(file.streaming_content) == PDF
        assert file.headers["Content-Disposition"].startswith("attachment")
        assert file.headers["X-Content-Type-Options"] == "nosniff"
        assert Caller().get(f"/tenders/ANOTHER/documents/{document.pk}/").status_code == 404
