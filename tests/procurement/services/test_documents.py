from __future__ import annotations

import hashlib

import pytest

from catalog.foundation.errors import NotAllowed, NotVisible
from catalog.foundation.journal.models import Event
from procurement.errors import DocumentsFixed, FileNotAccepted, FileTooLarge, NumberTaken
from procurement.models import Tender, TenderDocument
from procurement.services import documents
from procurement.services.documents import Attachment, add_document, remove_document
from tests import factories
from tests.cast import Cast
from tests.factories import NOW
from tests.procurement.files import HTML, PDF, WORD
from tests.refusals import refused

pytestmark = pytest.mark.usefixtures("rule_sets")


def add(
    cast: Cast, tender: Tender, content: bytes = PDF, name: str = "招标文件.pdf", **changed: object
) -> TenderDocument:
    options = {"actor": cast.officer, "at": NOW} | changed
    return add_document(tender_number=tender.number, attachment=Attachment("招标文件", name, content), **options)


class TestAddDocument:
    def test_keeps_the_file_with_its_hash_and_kind(self, cast: Cast) -> None:
        tender = factories.drafted_tender(cast)
        document = add(cast, tender)
        document.refresh_from_db()
        assert bytes(document.content) == PDF
        assert (document.sha256, document.media_type) == (hashlib.sha256(PDF).hexdigest(), "application/pdf")
        assert Event.objects.get(action="tender.add_document").changes["sha256"] == [None, document.sha256]

    def test_is_read_by_everybody_once_the_tender_is_published(self, cast: Cast) -> None:
        tender = factories.drafted_tender(cast)
        add(cast, tender)
        readers = [cast.officer, cast.supervisor, cast.supplier, cast.visitor, cast.foreign_officer]
        before = [TenderDocument.objects.visible_to(actor).exists() for actor in readers]
        assert before == [True, True, False, False, False]
        Tender.objects.filter(pk=tender.pk).update(status="published", published_at=NOW)
        assert all(TenderDocument.objects.visible_to(actor).exists() for actor in readers)

    def test_judges_a_file_by_its_content(self, cast: Cast) -> None:
        tender = factories.drafted_tender(cast)
        with refused(FileNotAccepted):
            add(cast, tender, HTML, "harmless.pdf")
        assert not TenderDocument.objects.exists()

    def test_refuses_one_that_is_too_large(self, cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(documents, "MEGABYTE", 1)
        with refused(FileTooLarge):
            add(cast, factories.drafted_tender(cast))

    def test_refuses_the_same_content_twice(self, cast: Cast) -> None:
        tender = factories.drafted_tender(cast)
        add(cast, tender)
        with refused(NumberTaken):
            add(cast, tender, name="another name.pdf")

    def test_is_refused_once_published_and_to_others(self, cast: Cast) -> None:
        published = factories.published_tender(cast)
        with refused(DocumentsFixed):
            add(cast, published)
        with refused(NotAllowed):
            add(cast, published, actor=cast.foreign_officer)
        draft = factories.drafted_tender(cast)
        with refused(NotVisible):
            add(cast, draft, actor=cast.supplier)


class TestRemoveDocument:
    def test_takes_a_file_out_of_a_draft(self, cast: Cast) -> None:
        tender = factories.drafted_tender(cast)
        kept, gone = add(cast, tender), add(cast, tender, WORD, "附件.docx")
        remove_document(document_id=gone.pk, actor=cast.officer, at=NOW)
        assert list(tender.documents.all()) == [kept]

    def test_is_refused_once_published(self, cast: Cast) -> None:
        tender = factories.drafted_tender(cast)
        document = add(cast, tender)
        Tender.objects.filter(pk=tender.pk).update(status="published", published_at=NOW)
        with refused(DocumentsFixed):
            remove_document(document_id=document.pk, actor=cast.officer, at=NOW)
