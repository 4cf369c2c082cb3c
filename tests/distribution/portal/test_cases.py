from __future__ import annotations

from django.core.files.uploadedfile import SimpleUploadedFile

from distribution.models import CaseLetter, RetailCase
from distribution.services.cases import confirm_penalty
from distribution.states import CaseStatus, LetterKind
from procurement.models import AgreementLine
from tests import factories
from tests.cast import Cast
from tests.distribution.portal.conftest import Login
from tests.factories import NOW
from tests.procurement.files import HTML, PDF

CASES = "/portal/retail/cases/"


class TestCase:
    def test_is_read_and_answered_with_a_file(self, cast: Cast, line: AgreementLine, login: Login) -> None:
        case = factories.notified_case(cast, line.product)
        browser, address = login(cast.buyer), f"{CASES}{case.pk}/"
        assert case.number in browser.get(CASES, {"status": "notified"}).content.decode()
        assert case.number not in browser.get(CASES, {"status": "closed"}).content.decode()
        page = browser.get(address).content.decode()
        assert "请核实并说明" in page and "above the guide price" in page and "Answer" in page

        assert browser.post(f"{address}write/", {"text": ""}).status_code == 400
        bad = SimpleUploadedFile("x.pdf", HTML)
        assert browser.post(f"{address}write/", {"text": "见附件", "file": bad}).status_code == 400
        file = SimpleUploadedFile("进货单.pdf", PDF)
        page = browser.post(f"{address}write/", {"text": "录入有误", "file": file}, follow=True).content.decode()
        assert "The letter is sent." in page and "进货单.pdf" in page and "Write a letter" in page
        letter = CaseLetter.objects.get(kind=LetterKind.ANSWER)
        assert RetailCase.objects.get().status == CaseStatus.ANSWERED
        answer = browser.get(f"{CASES}letters/{letter.pk}/file/")
        assert answer.content == PDF and answer.headers["Content-Disposition"].startswith("attachment")
        # further letters do not change the state
        browser.post(f"{address}write/", {"text": "补充说明"})
        assert CaseLetter.objects.filter(kind=LetterKind.LETTER).count() == 1

        outsider = login(cast.outsider)
        for closed in (address, f"{CASES}letters/{letter.pk}/file/"):
            assert outsider.get(closed).status_code == 404
        assert outsider.post(f"{address}write/", {"text": "x"}).status_code == 404

    def test_shows_a_penalty_once_it_is_imposed(self, cast: Cast, line: AgreementLine, login: Login) -> None:
        case = factories.case_with_penalty(cast, line.product)
        browser = login(cast.buyer)
        assert "未及时更正" not in browser.get(f"{CASES}{case.pk}/").content.decode()
        confirm_penalty(case_id=case.pk, actor=cast.second_officer, at=NOW)
        page = browser.get(f"{CASES}{case.pk}/").content.decode()
        assert "未及时更正" in page and "warning" in page
