"""From the draft to the agreements, by hand."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from catalog.foundation.actor import Actor
from procurement.models import Agreement, OpeningKey, Tender
from procurement.services.tenders import cancel_tender
from procurement.states import TenderStatus
from tests import factories
from tests.cast import HENAN, HUBEI, Cast, user_of
from tests.factories import NOW, PASSPHRASE, TODAY
from tests.procurement.admin.pages import action_of, client_of, get, list_of, page_of, post

pytestmark = pytest.mark.usefixtures("rule_sets")
DRAFT = "admin:procurement_tender_draft"
HEADER = "number,medicine,form,strength,ceiling_price,ceiling_strength,max_winners\n"


def filled(cast: Cast, sheet: str) -> dict[str, Any]:
    factories.guide_price()
    return {
        "number": "HA-2027-01",
        "title": "年度集中采购",
        "procedure": "volume_based",
        "demand_round": factories.demand(cast).pk,
        "deadline_at": f"{NOW + timedelta(days=30):%Y-%m-%dT%H:%M}",
        "supply_from": TODAY + timedelta(days=60),
        "supply_until": TODAY + timedelta(days=425),
        "provinces": [HENAN, HUBEI],
        "sheet": SimpleUploadedFile("lots.csv", (HEADER + sheet).encode()),
    }


class TestDraft:
    def test_makes_the_lots_of_the_sheet(self, cast: Cast) -> None:
        values = filled(cast, "1,阿莫西林,胶囊,0.25g,0.36,,2\n")
        page = post(client_of(cast.officer), reverse(DRAFT), **values)
        tender = Tender.objects.get()
        lot = tender.lots.get()
        assert "is made: read it and publish it" in page
        assert (tender.number, tender.status, tender.deadline_at) == ("HA-2027-01", "draft", NOW + timedelta(days=30))
        assert (lot.number, lot.quantity, lot.max_winners) == (1, 360_000, 2)
        assert set(lot.areas.values_list("province_id", flat=True)) == {HENAN, HUBEI}

    def test_writes_nothing_and_names_every_bad_row_of_the_sheet(self, cast: Cast) -> None:
        sheet = (
            "1,阿莫西林,胶囊,0.25g,0.36,,2\n"
            "2,无此药,片剂,1g,1.00,,1\n"
            "3,阿莫西林,胶囊,0.25g,gratis,,1\n"
            "4,阿莫西林,胶囊,0.25g,0.30,,1\n"
        )
        page = post(client_of(cast.officer), reverse(DRAFT), **filled(cast, sheet))
        assert not Tender.objects.exists()
        assert "Row 3: medicine: nothing is registered as “无此药 片剂 1g”." in page
        assert "Row 4, column “ceiling_price”: “gratis”" in page
        assert "Row 5 says the same thing as row 2" in page
        assert 'download="lots.xlsx"' in page

    @pytest.mark.parametrize("row", ["2147483648,阿莫西林,胶囊,0.25g,0.36,,2", "1,阿莫西林,胶囊,0.25g,0.36,,32768"])
    def test_refuses_numbers_that_no_tender_has(self, cast: Cast, row: str) -> None:
        page = post(client_of(cast.officer), reverse(DRAFT), **filled(cast, f"{row}\n"))
        assert not Tender.objects.exists()
        assert "must not be above" in page

    def test_tells_what_the_service_refuses(self, cast: Cast) -> None:
        page = post(client_of(cast.officer), reverse(DRAFT), **filled(cast, "1,阿莫西林,胶囊,0.25g,9.99,,2\n"))
        assert not Tender.objects.exists()
        assert "above its guide price" in page

    def test_is_not_for_supervisors(self, cast: Cast) -> None:
        assert client_of(cast.supervisor).get(reverse(DRAFT)).status_code == 403


class TestPublish:
    def test_gives_the_chosen_holders_their_shares(self, cast: Cast) -> None:
        tender = factories.drafted_tender(cast)
        holders = [cast.second_officer, cast.supervisor]
        for holder in (*holders, cast.officer, cast.foreign_officer):
            factories.opening_key(holder)
        client = client_of(cast.officer)
        form = get(client, action_of(tender, "publish"))
        # people of another agency are not offered
        assert form.count('name="holders"') == 3
        page = post(client, action_of(tender, "publish"), holders=[holder.user_id for holder in holders], threshold=2)
        tender.refresh_from_db()
        assert "sealed bids are accepted" in page
        assert tender.status == TenderStatus.PUBLISHED
        assert set(tender.keys.get().shares.values_list("holder_id", flat=True)) == {item.user_id for item in holders}

    def test_needs_two_holders(self, cast: Cast) -> None:
        tender = factories.drafted_tender(cast)
        factories.opening_key(cast.officer)
        page = post(client_of(cast.officer), action_of(tender, "publish"), holders=[cast.officer.user_id], threshold=2)
        tender.refresh_from_db()
        assert "at least two people must hold the opening key" in page
        assert tender.status == TenderStatus.DRAFT

    @pytest.mark.parametrize(("name", "status"), [("supervisor", 403), ("foreign_officer", 404)])
    def test_is_for_the_agencys_officers(self, cast: Cast, name: str, status: int) -> None:
        tender = factories.drafted_tender(cast)
        assert client_of(getattr(cast, name)).post(action_of(tender, "publish")).status_code == status


class TestOpeningKey:
    address = "admin:procurement_tender_opening_key"

    @pytest.mark.parametrize("name", ["officer", "supervisor"])
    def test_is_set_once(self, cast: Cast, name: str) -> None:
        actor: Actor = getattr(cast, name)
        client = client_of(actor)
        page = post(client, reverse(self.address), passphrase=PASSPHRASE, again=PASSPHRASE)
        assert "Your opening key is made" in page
        assert OpeningKey.objects.get().user == user_of(actor)
        assert "You set your passphrase at" in get(client, reverse(self.address))
        assert "you already have an opening key" in post(
            client, reverse(self.address), passphrase=PASSPHRASE, again=PASSPHRASE
        )

    def test_is_typed_twice_and_long_enough(self, cast: Cast) -> None:
        client = client_of(cast.officer)
        assert "The two are not the same" in post(client, reverse(self.address), passphrase="one", again="other")
        assert "at least 12 characters" in post(client, reverse(self.address), passphrase="short", again="short")
        assert not OpeningKey.objects.exists()


class TestCancel:
    def test_asks_first_and_cancels_when_confirmed(self, cast: Cast) -> None:
        tender = factories.published_tender(cast)
        client = client_of(cast.officer)
        assert "stay sealed for ever" in get(client, action_of(tender, "cancel"))
        tender.refresh_from_db()
        assert tender.status == TenderStatus.PUBLISHED
        assert "is cancelled" in post(client, action_of(tender, "cancel"), reason="需求变化")
        tender.refresh_from_db()
        assert tender.status == TenderStatus.CANCELLED

    def test_a_second_time_is_told(self, cast: Cast) -> None:
        tender = factories.published_tender(cast)
        client = client_of(cast.officer)
        post(client, action_of(tender, "cancel"), reason="需求有变")
        assert "has already been done" in post(client, action_of(tender, "cancel"), reason="需求有变")


class TestConclude:
    def test_makes_the_agreements(self, cast: Cast) -> None:
        tender = factories.awarded_tender(cast)
        page = post(client_of(cast.officer), action_of(tender, "conclude"))
        assert "1 agreement is concluded" in page
        assert Agreement.objects.get().supplier == cast.supplier_firm

    def test_tells_which_lots_are_undecided(self, cast: Cast) -> None:
        tender = factories.tender_with_candidates(cast)
        page = post(client_of(cast.officer), action_of(tender, "conclude"))
        assert "The lots 1 are neither awarded nor failed" in page
        assert not Agreement.objects.exists()


class TestOffers:
    def test_what_is_offered_follows_the_state(self, cast: Cast) -> None:
        client = client_of(cast.officer)

        def offered(tender: Tender) -> list[str]:
            return [
                item["path"].rstrip("/").split("/")[-1]
                for item in client.get(page_of(tender)).context["actions_detail"]
            ]

        assert offered(factories.drafted_tender(cast)) == ["publish", "document", "cancel"]
        other = [factories.lot_plan(factories.presentation("布洛芬"))]
        assert offered(factories.published_tender(cast, other)) == ["opening", "amend", "cancel"]
        another = [factories.lot_plan(factories.presentation("头孢氨苄"))]
        with_candidates = factories.tender_with_candidates(cast, another)
        assert offered(with_candidates) == ["opening", "conclude", "cancel"]
        cancel_tender(number=with_candidates.number, reason="!", actor=cast.second_officer, at=NOW)
        assert "retender" in offered(with_candidates)

    def test_the_list_offers_drafting_to_officers_only(self, cast: Cast) -> None:
        assert reverse(DRAFT) in get(client_of(cast.officer), list_of(Tender))
        assert reverse(DRAFT) not in get(client_of(cast.supervisor), list_of(Tender))
