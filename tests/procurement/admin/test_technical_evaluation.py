"""The technical evaluation in the admin: the register, the draw, the sheets, the shortlist."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from catalog.accounts.kinds import Role
from catalog.accounts.models import Membership
from procurement.models import (
    Bid,
    BidDocument,
    Committee,
    Expert,
    Objection,
    ScoreSheet,
    Tender,
)
from procurement.services.shortlists import shortlist_tender
from procurement.states import BidStatus, ObjectionKind, ObjectionStatus, TenderStatus
from tests import factories
from tests.cast import Cast, user_of
from tests.factories import NOW
from tests.procurement.admin.pages import action_of, client_of, get, list_of, offered, page_of, post, registered

pytestmark = pytest.mark.usefixtures("rule_sets")


def expert_client(sheet: ScoreSheet) -> Client:
    """The member at their desk."""
    return client_of(factories.actor_of(sheet.member.expert))


class TestRegister:
    def test_is_kept_by_officers(self, cast: Cast) -> None:
        person = user_of(cast.pharmacist)
        membership = Membership.objects.create(user=person, organization=cast.hospital, role=Role.EXPERT)
        client = client_of(cast.officer)
        address = reverse("admin:procurement_expert_register")
        assert "is on the register" in post(client, address, membership=membership.pk, specialty="临床药学")
        expert = Expert.objects.get(user=person)
        assert offered(client.get(page_of(expert))) == {"interest", "suspend"}
        page = post(client, action_of(expert, "interest"), organization="无此公司", description="顾问")
        assert "No organization is called so." in page
        page = post(client, action_of(expert, "interest"), organization=cast.rival_firm.name, description="顾问")
        assert f"The interest in “{cast.rival_firm}” is declared." in page
        assert "is not drawn any more" in post(client, action_of(expert, "suspend"))
        assert offered(client.get(page_of(expert))) == {"interest", "admit"}
        assert "may be drawn" in post(client, action_of(expert, "admit"))

    def test_offers_only_people_of_the_province_who_are_not_on_it(self, cast: Cast) -> None:
        factories.expert(cast, cast.hospital)
        for actor, hospital in ((cast.pharmacist, cast.hospital), (cast.outsider, cast.other_hospital)):
            Membership.objects.create(user=user_of(actor), organization=hospital, role=Role.EXPERT)
        page = client_of(cast.officer).get(reverse("admin:procurement_expert_register"))
        [choice] = page.context["form"].fields["membership"].queryset
        assert choice.user_id == cast.pharmacist.user_id

    def test_lets_experts_declare_their_own_interests(self, cast: Cast) -> None:
        expert, other = factories.expert(cast, cast.hospital), factories.expert(cast, cast.hospital)
        client = client_of(factories.actor_of(expert))
        post(client, action_of(expert, "interest"), organization=cast.rival_firm.code, description="顾问")
        assert expert.interests.get().organization == cast.rival_firm
        assert client.get(page_of(other)).status_code == 302
        assert client.get(action_of(other, "interest")).status_code == 404


class TestExpertsView:
    def test_is_their_register_entry_sheets_documents_and_nothing_else(self, cast: Cast) -> None:
        tender = factories.technical_opened_tender(cast)
        client = expert_client(factories.sheets(factories.committee(cast, tender))[0])
        open_lists = {model for model in registered() if client.get(list_of(model)).status_code == 200}
        assert open_lists == {Expert, ScoreSheet, BidDocument}
        assert client.get(list_of(ScoreSheet)).context["cl"].result_count == 1
        assert client.get(list_of(Expert)).context["cl"].result_count == 1
        assert client.get(list_of(BidDocument)).context["cl"].result_count == 3
        assert client.get(reverse("admin:index")).status_code == 200

    def test_ends_for_who_was_replaced(self, cast: Cast) -> None:
        tender = factories.technical_opened_tender(cast)
        committee = factories.committee(cast, tender)
        sheet = factories.sheets(committee)[0]
        page = post(client_of(cast.officer), action_of(committee, "replace"), member=sheet.member_id, reason="生病")
        assert "comes in their stead" in page
        assert "生病" in page
        client = expert_client(sheet)
        for model in (ScoreSheet, BidDocument):
            assert client.get(list_of(model)).context["cl"].result_count == 0


class TestDraw:
    def test_leads_to_the_committee_with_pool_and_reasons(self, cast: Cast) -> None:
        tender = factories.technical_opened_tender(cast)
        experts = factories.experts(cast, outside=4)
        experts[2].interests.create(organization=cast.rival_firm, description="顾问", declared_at=NOW)
        client = client_of(cast.second_officer)
        assert "draw-committee" in offered(client.get(page_of(tender)))
        address = action_of(tender, "draw_committee")
        assert "5 members are drawn by lot" in get(client, address)
        page = post(client, address)
        committee = Committee.objects.get(tender=tender)
        assert committee.seed in page
        assert "has an interest in the bidder" in page
        assert "0 of 5" in page
        assert "draw-committee" not in offered(client.get(page_of(tender)))
        assert "was drawn at" in post(client, address)

    def test_tells_how_many_experts_are_missing(self, cast: Cast) -> None:
        tender = factories.technical_opened_tender(cast)
        page = post(client_of(cast.officer), action_of(tender, "draw_committee"))
        assert "A committee has 5 members" in page
        assert "Register more experts." in page


@pytest.fixture
def tender(cast: Cast) -> Tender:
    """Two lots, three bidders."""
    medicines = [factories.presentation("阿莫西林"), factories.presentation("布洛芬")]
    return factories.technical_opened_tender(cast, medicines)


@pytest.fixture
def sheet(cast: Cast, tender: Tender) -> ScoreSheet:
    return factories.sheets(factories.committee(cast, tender))[0]


def filled(tender: Tender, lot: int, points: str) -> dict[str, Any]:
    bids = Bid.objects.filter(lot__tender=tender, lot__number=lot)
    return {f"points-{bid.pk}-{place}": points for bid in bids for place in range(3)}


class TestScoreSheet:
    def test_is_filled_lot_by_lot_beside_answers_and_documents(self, tender: Tender, sheet: ScoreSheet) -> None:
        client, address = expert_client(sheet), action_of(sheet, "score")
        page = get(client, address)
        assert "年产 10 亿片" in page
        assert "GMP证书.pdf" in page
        assert "Lot 1: 0 of 9" in page
        values = filled(tender, 1, "20")
        missing = values.popitem()[0]
        page = post(client, f"{address}?lot=1", **values)
        assert "The scores of lot 1 are saved." in page
        assert "Lot 1: 8 of 9" in page
        assert f'name="{missing}"' in page
        page = post(client, f"{address}?lot=1", **values, **{missing: "25"})
        assert "Lot 1: 9 of 9" in page
        assert 'aria-current="page">Lot 2' in page.replace("\n", "")
        assert sheet.scores.count() == 9

    def test_refuses_points_above_the_criterion(self, tender: Tender, sheet: ScoreSheet) -> None:
        page = post(expert_client(sheet), f"{action_of(sheet, 'score')}?lot=1", **filled(tender, 1, "30"))
        assert "less than or equal to 25" in page
        assert not sheet.scores.exists()

    def test_is_submitted_when_it_is_full(self, tender: Tender, sheet: ScoreSheet) -> None:
        client = expert_client(sheet)
        assert "18 of 18 scores are still missing." in post(client, action_of(sheet, "submit"))
        for lot in (1, 2):
            post(client, f"{action_of(sheet, 'score')}?lot={lot}", **filled(tender, lot, "20.5"))
        page = post(client, action_of(sheet, "submit"))
        assert "Your scores are submitted." in page
        assert "61.50" in page
        assert not offered(client.get(page_of(sheet)))

    def test_of_another_is_not_found_by_members_officers_or_supervisors(self, cast: Cast, sheet: ScoreSheet) -> None:
        other = factories.sheets(sheet.member.committee)[1]
        for client in (expert_client(other), client_of(cast.officer), client_of(cast.supervisor)):
            assert client.get(action_of(sheet, "score")).status_code == 404
            assert client.get(page_of(sheet)).status_code == 302
            assert sheet.pk not in {row.pk for row in client.get(list_of(ScoreSheet)).context["cl"].result_list}

    def test_has_no_lot_of_another_number(self, sheet: ScoreSheet) -> None:
        assert expert_client(sheet).get(f"{action_of(sheet, 'score')}?lot=9").status_code == 404


class TestDocument:
    def test_is_downloaded_by_members_officers_and_supervisors(
        self, cast: Cast, tender: Tender, sheet: ScoreSheet
    ) -> None:
        document = BidDocument.objects.filter(bid__lot__tender=tender)[0]
        for client in (expert_client(sheet), client_of(cast.officer), client_of(cast.supervisor)):
            answer = client.get(action_of(document, "download"))
            assert answer.content == bytes(document.content)
            assert answer.headers["Content-Disposition"].startswith("attachment")
            assert answer.headers["X-Content-Type-Options"] == "nosniff"
            assert answer.headers["Content-Type"] == "application/octet-stream"

    def test_is_nobody_elses_to_read(self, cast: Cast, tender: Tender, sheet: ScoreSheet) -> None:
        document = BidDocument.objects.filter(bid__lot__tender=tender)[0]
        seated = {item.member.expert_id for item in factories.sheets(sheet.member.committee)}
        outside = Expert.objects.exclude(pk__in=seated).select_related("employer", "user")[0]
        for actor in (cast.foreign_officer, factories.actor_of(outside), cast.rival, cast.buyer):
            assert client_of(actor).get(action_of(document, "download")).status_code == 404

    def test_is_sealed_before_the_opening(self, cast: Cast, tender: Tender) -> None:
        document = BidDocument.objects.filter(bid__lot__tender=tender)[0]
        Bid.objects.update(status=BidStatus.SEALED, product=None)
        assert client_of(cast.officer).get(action_of(document, "download")).status_code == 404


class TestShortlist:
    def test_is_shown_with_its_figures_and_published_by_a_second_officer(self, cast: Cast) -> None:
        tender = factories.scored_tender(cast)
        client = client_of(cast.officer)
        assert "submitted" in get(client, action_of(tender, "technical"))
        assert "The shortlist is computed once every member has submitted." in get(
            client, action_of(tender, "technical")
        )
        shortlist_tender(tender_id=tender.pk, actor=cast.platform, at=NOW)
        page = get(client, action_of(tender, "technical"))
        assert "(80.00 + 80.00 + 80.00 + 80.00 + 80.00) ÷ 5 → 80.0000" in page
        assert "3 bidders, rank 3 ≤ 2 → no" in page
        assert "a second officer does" in get(client, action_of(tender, "publish_shortlist"))
        assert "a second officer does" in post(client, action_of(tender, "publish_shortlist"))
        second = client_of(cast.second_officer)
        assert "publish-shortlist" in offered(second.get(page_of(tender)))
        assert "is published." in post(second, action_of(tender, "publish_shortlist"))
        tender.refresh_from_db()
        assert tender.status == TenderStatus.SHORTLIST_PUBLISHED

    def test_is_corrected_after_an_objection(self, cast: Cast) -> None:
        tender = factories.tender_with_published_shortlist(cast)
        bid = Bid.objects.get(lot__tender=tender, status=BidStatus.NOT_SHORTLISTED)
        second, address = client_of(cast.second_officer), action_of(tender, "correct_shortlist")
        values = {"bid": bid.pk, "place": "on", "reason": "计分错误"}
        assert "No objection to this was upheld" in post(second, address, **values)
        Objection.objects.create(
            tender=tender,
            kind=ObjectionKind.RESULT,
            organization=bid.supplier,
            text="评分有误",
            filed_at=NOW,
            reply_due_at=NOW,
            status=ObjectionStatus.UPHELD,
            reply="复核",
            replied_at=NOW,
            replied_by_id=cast.officer.user_id,
        )
        assert "The shortlist is corrected." in post(second, address, **values)
        assert "计分错误" in get(second, action_of(tender, "technical"))

    def test_is_read_by_supervisors_and_not_by_another_agency(self, cast: Cast) -> None:
        tender = factories.shortlisted_tender(cast)
        assert "100.0000" in get(client_of(cast.supervisor), action_of(tender, "technical"))
        assert client_of(cast.foreign_officer).get(action_of(tender, "technical")).status_code == 403

    def test_is_no_part_of_a_tender_with_one_envelope(self, cast: Cast) -> None:
        tender = factories.published_tender(cast)
        assert "technical-evaluation" not in offered(client_of(cast.officer).get(page_of(tender)))
