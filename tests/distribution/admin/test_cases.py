from __future__ import annotations

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from distribution.models import CaseLetter, LotHold, PriceAlarm, RetailCase
from distribution.states import CaseStatus
from procurement.models import AgreementLine
from tests import factories
from tests.cast import Cast
from tests.factories import TODAY
from tests.procurement.admin.pages import action_of, client_of, get, list_of, offered, page_of, post, text_of
from tests.procurement.files import PDF

pytestmark = pytest.mark.usefixtures("rule_sets")
REPEATERS = "admin:distribution_retailcase_repeaters"


@pytest.fixture
def line(cast: Cast) -> AgreementLine:
    [agreed] = factories.agreement_lines(cast)
    return agreed


class TestCase:
    def test_goes_from_the_notification_to_a_penalty_by_two_officers(self, cast: Cast, line: AgreementLine) -> None:
        case = factories.retail_case(cast, line.product)
        officer, second = client_of(cast.officer), client_of(cast.second_officer)
        assert offered(officer.get(page_of(case))) == {"notify", "write", "dismiss"}
        file = SimpleUploadedFile("通知书.pdf", PDF)
        told = post(officer, action_of(case, "notify_it"), version=case.version, text="请核实", file=file)
        assert "the institution was notified" in told
        letter = CaseLetter.objects.get()
        assert "通知书.pdf" in get(officer, page_of(case))
        assert officer.get(action_of(letter, "download")).content == PDF

        case.refresh_from_db()
        proposal = {"version": case.version, "penalty": "fine", "amount": "500.00", "reason": "屡次超价"}
        assert "may still answer until" in post(officer, action_of(case, "propose"), **proposal)
        RetailCase.objects.update(answer_by=TODAY.replace(year=TODAY.year - 1))
        assert "not answered in time" in get(officer, list_of(RetailCase))
        post(officer, action_of(case, "propose"), **proposal)
        case.refresh_from_db()
        assert offered(officer.get(page_of(case))) == {"write", "confirm", "drop"}
        assert "a second person does" in post(officer, action_of(case, "confirm"), version=case.version)
        assert "penalised" in post(second, action_of(case, "confirm"), version=case.version)
        case.refresh_from_db()
        assert (case.status, case.confirmed_by_id) == (CaseStatus.PENALISED, cast.second_officer.user_id)
        assert "closed" in post(second, action_of(case, "close_it"), version=case.version)

    def test_is_only_read_by_the_supervisor_and_by_nobody_elsewhere(self, cast: Cast, line: AgreementLine) -> None:
        case = factories.notified_case(cast, line.product)
        assert offered(client_of(cast.supervisor).get(page_of(case))) == set()
        assert client_of(cast.supervisor).get(action_of(case, "dismiss_it")).status_code == 403
        assert client_of(cast.foreign_officer).get(action_of(case, "dismiss_it")).status_code == 404

    def test_is_found_where_it_is_overdue_or_repeated(self, cast: Cast, line: AgreementLine) -> None:
        case = factories.notified_case(cast, line.product)
        client = client_of(cast.officer)

        def listed(**question: str) -> bool:
            return case.number in text_of(client.get(list_of(RetailCase), question))

        assert not listed(overdue="yes") and not listed(repeated="yes")
        RetailCase.objects.update(correct_by=TODAY.replace(year=TODAY.year - 1), earlier_cases=2)
        assert listed(overdue="yes") and listed(repeated="yes")


class TestRepeaters:
    def test_are_listed_and_given_as_a_file(self, cast: Cast, line: AgreementLine) -> None:
        [other] = factories.agreement_lines(cast, ["头孢氨苄"])
        client = client_of(cast.officer)
        factories.retail_case(cast, line.product)
        assert "No institution had more than one case." in get(client, reverse(REPEATERS))
        factories.retail_case(cast, other.product)
        assert "郑州市中原区医院" in get(client, reverse(REPEATERS))
        answer = client.get(reverse(REPEATERS), {"format": "csv"})
        rows = b"".join(answer.streaming_content).decode().splitlines()  # type: ignore[attr-defined]
        assert rows[1].startswith("HOSP-HA,郑州市中原区医院,2,0")
        foreign = client_of(cast.foreign_officer)
        assert foreign.get(reverse(REPEATERS), {"province": "410000"}).status_code == 403


class TestPriceAlarm:
    def test_shows_what_was_compared_and_whether_it_is_traded(self, cast: Cast) -> None:
        alarm = factories.price_alarm(cast)
        page = get(client_of(cast.officer), page_of(alarm))
        for words in ("red ★", "2 ×", "¥2.00", "CN.JS.2021-64.price-alarm"):
            assert words in page
        assert "氨溴索" in get(client_of(cast.supervisor), list_of(PriceAlarm))
        assert "氨溴索" not in get(client_of(cast.foreign_officer), list_of(PriceAlarm))
        assert not LotHold.objects.exists()
