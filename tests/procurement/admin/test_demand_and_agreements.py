"""Demand rounds and their sums; agreements and their volumes."""

from __future__ import annotations

from io import BytesIO

import pytest
from django.urls import reverse
from python_calamine import CalamineWorkbook

from procurement.models import Agreement, AgreementLine, DemandRound
from procurement.states import AgreementStatus, DemandStatus
from tests import factories
from tests.cast import HENAN, Cast
from tests.procurement.admin.pages import action_of, client_of, get, list_of, page_of, post

pytestmark = pytest.mark.usefixtures("rule_sets")
OPEN = "admin:procurement_demandround_open_round"


class TestDemandRound:
    def test_is_opened_and_closed(self, cast: Cast) -> None:
        client = client_of(cast.officer)
        assert "is open" in post(client, reverse(OPEN), code="2027", title="2027年度", year=2027)
        demand_round = DemandRound.objects.get()
        assert (demand_round.code, demand_round.status) == ("2027", DemandStatus.COLLECTING)
        assert "is closed: the sums stand" in post(client, action_of(demand_round, "close_round"))
        demand_round.refresh_from_db()
        assert demand_round.status == DemandStatus.CLOSED

    def test_a_code_is_given_once(self, cast: Cast) -> None:
        client = client_of(cast.officer)
        post(client, reverse(OPEN), code="2027", title="2027年度", year=2027)
        post(client, reverse(OPEN), code="2027", title="又一次", year=2027)
        assert DemandRound.objects.get().title == "2027年度"

    def test_supervisors_read_the_totals_and_close_nothing(self, cast: Cast) -> None:
        demand_round = factories.demand(cast, closed=False)
        client = client_of(cast.supervisor)
        page = get(client, action_of(demand_round, "totals"))
        assert "240,000" in page
        assert "120,000" in page
        assert client.post(action_of(demand_round, "close_round")).status_code == 403

    def test_officers_see_the_sums_of_their_province(self, cast: Cast) -> None:
        page = get(client_of(cast.foreign_officer), action_of(factories.demand(cast), "totals"))
        assert "120,000" in page
        assert "240,000" not in page

    def test_the_totals_are_exported(self, cast: Cast) -> None:
        answer = client_of(cast.supervisor).get(
            action_of(factories.demand(cast), "totals"), {"csv": "1", "province": HENAN}
        )
        lines = b"".join(answer.streaming_content).decode("utf-8-sig").splitlines()
        assert lines[0].startswith("province code,province,medicine")
        assert lines[1:] == [f"{HENAN},河南省,阿莫西林,胶囊,0.25g,,240000,240000,1"]


class TestAgreement:
    def test_is_suspended_resumed_and_ended(self, cast: Cast) -> None:
        [line] = factories.agreement_lines(cast)
        client = client_of(cast.officer)
        for name, status in (
            ("suspend", AgreementStatus.SUSPENDED),
            ("resume", AgreementStatus.IN_FORCE),
            ("end", AgreementStatus.ENDED),
        ):
            assert action_of(line.agreement, name) in get(client, page_of(line.agreement))
            post(client, action_of(line.agreement, name), reason="停产")
            assert Agreement.objects.get().status == status
        assert "not possible while this is “ended”" in post(client, action_of(line.agreement, "resume"), reason="!")
        assert Agreement.objects.get().status_reason == "停产"

    def test_a_volume_is_amended_within_the_limit(self, cast: Cast) -> None:
        [line] = factories.agreement_lines(cast)
        client = client_of(cast.officer)
        assert "250,000 units are agreed now" in post(
            client, action_of(line, "amend"), quantity=250_000, reason="用量增加"
        )
        assert "the rules admit 192000 to 288000" in post(
            client, action_of(line, "amend"), quantity=288_001, reason="用量增加"
        )
        assert "用量增加" in get(client, page_of(line))

    def test_the_backup_is_called_where_one_stands_by(self, cast: Cast) -> None:
        [line] = factories.agreement_lines(cast)
        page = post(client_of(cast.officer), action_of(line, "backup"), reason="断供")
        assert "No backup supplier stands by" in page

    @pytest.mark.parametrize(("name", "status"), [("supervisor", 403), ("foreign_officer", 404)])
    def test_is_changed_by_the_agencys_officers_only(self, cast: Cast, name: str, status: int) -> None:
        [line] = factories.agreement_lines(cast)
        client = client_of(getattr(cast, name))
        assert client.post(action_of(line.agreement, "suspend")).status_code == status
        assert Agreement.objects.get().status == AgreementStatus.IN_FORCE

    def test_shows_how_much_of_each_volume_is_called_off(self, cast: Cast) -> None:
        order = factories.placed_order(cast)
        line = order.lines.get().agreement_line
        page = get(client_of(cast.officer), page_of(line))
        for words in ("240,000", "239,760", "0.1%", order.requisition.number):
            assert words in page

    def test_the_volumes_are_exported_as_the_filters_leave_them(self, cast: Cast) -> None:
        factories.agreement_lines(cast)
        client = client_of(cast.supervisor)
        assert f"export-workbook/?province={HENAN}" in get(client, f"{list_of(AgreementLine)}?province={HENAN}")
        address = reverse("admin:procurement_agreementline_export_workbook")
        content = client.get(address, {"province": HENAN}).content
        rows = CalamineWorkbook.from_filelike(BytesIO(content)).get_sheet_by_index(0).to_python()
        assert [row[3] for row in rows] == ["province", "河南省"]
        assert rows[1][5:] == [240_000, 0, 0, 240_000]
