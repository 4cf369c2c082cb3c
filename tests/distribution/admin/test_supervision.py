from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from catalog.rules.months import months_after
from distribution.models import Complaint, Scorecard
from distribution.services.complaints import accept_complaint
from procurement.models import AgreementLine, ConductRecord
from tests import factories
from tests.cast import Cast
from tests.distribution.measured import DAY, DELIVERED, REFUSED, measured_order
from tests.factories import NOW, TODAY
from tests.procurement.admin.pages import action_of, client_of, get, list_of, page_of, post, text_of

pytestmark = pytest.mark.usefixtures("rule_sets")
PERFORMANCE = "admin:distribution_scorecard_performance"
LAST_MONTH = months_after(TODAY.replace(day=1), -1)


@pytest.fixture
def line(cast: Cast) -> AgreementLine:
    [agreed] = factories.agreement_lines(cast)
    return agreed


def order(cast: Cast, line: AgreementLine, number: int = 1) -> None:
    """As many good orders as refused ones, of last month."""
    placed_at = NOW.replace(year=LAST_MONTH.year, month=LAST_MONTH.month, day=10)
    for _ in range(number):
        for became in (DELIVERED, REFUSED):
            measured_order(cast.hospital, [(line, became)], placed_at=placed_at)


def got(client: Client, address: str, question: dict[str, str]) -> str:
    """The page that answers the question."""
    return text_of(client.get(address, question))


class TestPerformance:
    def test_shows_the_indicators_and_gives_them_as_a_file(self, cast: Cast, line: AgreementLine) -> None:
        order(cast, line)
        client = client_of(cast.officer)
        for by in ("supplier", "county", "medicine", "institution", "nonsense"):
            page = got(client, reverse(PERFORMANCE), {"by": by})
            assert "50.00 %" in page and "together" in page
        assert "No order was to be delivered" in got(client, reverse(PERFORMANCE), {"by": "distributor"})
        answer = client.get(reverse(PERFORMANCE), {"format": "csv"})
        rows = b"".join(answer.streaming_content).decode().splitlines()  # type: ignore[attr-defined]
        assert rows[1].startswith("SUPPLIER,华夏制药有限公司,0.5000,0.5000,0.5000,0.5000,1.0000,0.5000,2,2,20,10,10")
        assert client.get(reverse(PERFORMANCE), {"format": "xlsx"}).status_code == 200

    def test_is_of_the_officers_own_province(self, cast: Cast) -> None:
        client = client_of(cast.foreign_officer)
        assert client.get(reverse(PERFORMANCE), {"province": "410000"}).status_code == 403
        got(client_of(cast.supervisor), reverse(PERFORMANCE), {"province": "410000"})


class TestScorecards:
    def test_are_drawn_up_by_an_officer(self, cast: Cast, line: AgreementLine) -> None:
        order(cast, line, 5)
        client = client_of(cast.officer)
        draw = reverse("admin:distribution_scorecard_draw")
        assert "is judged when it is over" in post(client, draw, month=TODAY)
        assert "1 scorecards are drawn up." in post(client, draw, month=LAST_MONTH)
        card = Scorecard.objects.get()
        page = get(client, page_of(card))
        assert "50 of 100 ordered packs were delivered, at least 95 % are expected." in page
        assert "failing" in got(client, list_of(Scorecard), {"verdict__exact": "failing"})
        assert f"{LAST_MONTH:%Y-%m}" in get(client, page_of(cast.supplier_firm))

    def test_are_not_drawn_by_supervisors(self, cast: Cast) -> None:
        assert client_of(cast.supervisor).get(reverse("admin:distribution_scorecard_draw")).status_code == 403


class TestComplaints:
    def test_go_from_acceptance_to_a_conduct_record(self, cast: Cast) -> None:
        factories.conduct_rules()
        filed = factories.complaint(cast)
        client = client_of(cast.officer)
        version = {"version": filed.version}
        assert f"{filed.number}: accepted" in post(client, action_of(filed, "accept"), **version)
        filed.refresh_from_db()
        told = {"version": filed.version, "is_upheld": "yes", "decision": "配送记录属实"}
        assert f"{filed.number}: decided" in post(client, action_of(filed, "decide_it"), **told)
        page = get(client, page_of(filed))
        propose = reverse("admin:procurement_conductrecord_propose")
        assert f"{propose}?organization={cast.supplier_firm.pk}&amp;offence=failed_supply" in page
        question = {"organization": cast.supplier_firm.pk, "offence": "failed_supply", "facts": filed.text}
        form = client.get(propose, question).context["form"]
        assert (form["facts"].value(), form["offence"].value()) == (filed.text, "failed_supply")
        assert not ConductRecord.objects.exists()

    def test_may_not_be_accepted_with_a_reason(self, cast: Cast) -> None:
        filed = factories.complaint(cast)
        client = client_of(cast.officer)
        assert "This field is required" in post(client, action_of(filed, "reject"), version=filed.version)
        told = {"version": filed.version, "reason": "不属受理范围"}
        assert f"{filed.number}: not accepted" in post(client, action_of(filed, "reject"), **told)

    def test_that_wait_too_long_are_marked_and_found(self, cast: Cast) -> None:
        late = factories.complaint(cast, at=NOW - timedelta(days=14))
        undecided = factories.complaint(cast, at=NOW - 90 * DAY)
        accept_complaint(complaint_id=undecided.pk, actor=cast.officer, at=NOW - 80 * DAY)
        factories.complaint(cast)
        client = client_of(cast.officer)
        answer = client.get(list_of(Complaint), {"overdue": "yes"})
        assert set(answer.context["cl"].result_list) == {late, undecided}
        page = answer.content.decode()
        assert "not accepted in time" in page and "not decided in time" in page

    def test_are_only_read_by_supervisors(self, cast: Cast) -> None:
        filed = factories.complaint(cast)
        client = client_of(cast.supervisor)
        assert action_of(filed, "accept") not in get(client, page_of(filed))
        assert client.post(action_of(filed, "accept"), {"version": filed.version}).status_code == 403
