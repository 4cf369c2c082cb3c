"""Recording conduct, and the dossier of a firm."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.urls import reverse

from procurement.models import ConductRecord
from procurement.states import ConductStatus
from tests import factories
from tests.cast import HENAN, Cast
from tests.factories import TODAY
from tests.procurement.admin.pages import action_of, client_of, get, list_of, offered, operator_client, page_of, post

PROPOSE = "admin:procurement_conductrecord_propose"


def proposal(cast: Cast, **changed: Any) -> dict[str, Any]:
    return {
        "organization": cast.supplier_firm.pk,
        "offence": "bribery",
        "ground": "court_finding",
        "level": "general",
        "province": HENAN,
        "starts_on": TODAY.isoformat(),
        "facts": "向采购人员行贿",
        "source": "(2026)豫01刑初1号",
    } | changed


class TestConductAdmin:
    def test_goes_from_a_proposal_through_a_second_person_to_the_repair(self, cast: Cast) -> None:
        factories.conduct_rules()
        officer, second = client_of(cast.officer), client_of(cast.second_officer)
        page = post(officer, reverse(PROPOSE), **proposal(cast, starts_on=(TODAY - timedelta(days=9)).isoformat()))
        record = ConductRecord.objects.get()
        assert "A second person puts it into force." in page
        assert "barred in 河南省; elsewhere: lowers the score" in page

        confirm = action_of(record, "confirm")
        words = "who proposed the record does not put it into force"
        assert words in get(officer, confirm)
        assert words in post(officer, confirm, version=record.version)
        assert "cannot bid" in get(second, confirm)
        assert "In force" in post(second, confirm, version=record.version)
        record.refresh_from_db()
        assert record.status == ConductStatus.IN_FORCE

        repair = action_of(record, "repair")
        late = (TODAY + timedelta(days=1)).isoformat()
        assert "A repair is recorded when it is done" in post(
            second, repair, version=record.version, on=late, note="降价"
        )
        assert "Repaired" in post(second, repair, version=record.version, on=TODAY.isoformat(), note="降价")
        record.refresh_from_db()
        assert (record.status, record.repair_note) == (ConductStatus.REPAIRED, "降价")

    def test_drops_a_proposal(self, cast: Cast) -> None:
        record = factories.proposed_conduct(cast)
        client = client_of(cast.supervisor)
        assert "It never takes effect." in get(client, action_of(record, "drop"))
        assert "Dropped" in post(client, action_of(record, "drop"), version=record.version)
        record.refresh_from_db()
        assert record.status == ConductStatus.DROPPED

    def test_offers_what_the_state_allows(self, cast: Cast) -> None:
        client = client_of(cast.officer)
        proposed, in_force = factories.proposed_conduct(cast), factories.conduct_record(cast, firm=cast.rival_firm)
        assert offered(client.get(page_of(proposed))) == {"confirm", "drop"}
        assert offered(client.get(page_of(in_force))) == {"repair"}
        page = get(client, list_of(ConductRecord))
        assert "华夏制药有限公司" in page and "长江制药有限公司" in page

    def test_says_beside_the_field_what_is_missing(self, cast: Cast) -> None:
        page = post(client_of(cast.officer), reverse(PROPOSE), **proposal(cast))
        assert "No rule set “conduct of firms” is in force" in page
        assert not ConductRecord.objects.exists()


class TestRules:
    def test_are_read_with_the_place_of_every_number(self, cast: Cast) -> None:
        page = get(client_of(cast.officer), page_of(factories.conduct_rules()))
        for place in ("bribery.general.months", "bribery.repeat.count", "price_abuse.very_serious.scope"):
            assert place in page


class TestDossier:
    def test_shows_papers_ties_conduct_distributors_and_what_stands_against_the_firm(self, cast: Cast) -> None:
        factories.licence(cast.supplier_firm)
        factories.conduct_record(cast)
        factories.entrustment(cast)
        page = get(client_of(cast.officer), page_of(cast.supplier_firm))
        for words in (
            "豫20260001",
            "chemical medicines",
            "barred in 河南省",
            "中原医药配送有限公司",
            "it is barred in 河南省",
        ):
            assert words in page

    def test_hides_a_proposal_from_nobody_who_may_see_it_and_bars_nobody_by_it(self, cast: Cast) -> None:
        factories.proposed_conduct(cast)
        page = get(client_of(cast.supervisor), page_of(cast.supplier_firm))
        assert "proposed" in page and "nothing against it" in page

    def test_is_there_for_firms_alone_and_can_be_changed_by_operators(self, cast: Cast) -> None:
        client = operator_client()
        assert "Standing today" not in get(client, page_of(cast.hospital))
        assert "Standing today" in get(client, page_of(cast.supplier_firm))
        values = {"code": "SUPPLIER", "kind": "supplier", "name": "华夏制药股份有限公司", "tier": "", "is_active": "on"}
        # what a browser sends along of the lines on the page
        names = ["memberships", "licences", "ownerships", "conduct_records"]
        names += ["entrustments_given", "entrustments_held", "scorecards"]
        values |= {f"{name}-{count}_FORMS": "0" for name in names for count in ("TOTAL", "INITIAL")}
        post(client, page_of(cast.supplier_firm), **values)
        cast.supplier_firm.refresh_from_db()
        assert cast.supplier_firm.name == "华夏制药股份有限公司"

    def test_shows_a_distributor_for_whom_it_delivers(self, cast: Cast) -> None:
        factories.entrustment(cast)
        assert "华夏制药有限公司" in get(client_of(cast.officer), page_of(cast.distributor_firm))
