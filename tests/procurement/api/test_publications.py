"""Open data and notices over the API."""

from __future__ import annotations

import json

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from procurement.models import Bid, Release, Tender
from procurement.services.notices import send_notices
from procurement.services.releases import publish_releases
from procurement.services.screens import screen_tender
from tests import factories
from tests.cast import Cast
from tests.catalog.api.calls import machine, person
from tests.factories import NOW
from tests.procurement.rules.ocds import test_schema as standard

pytestmark = pytest.mark.usefixtures("rule_sets")


@pytest.fixture
def tender(cast: Cast) -> Tender:
    """Concluded and published."""
    tender = factories.concluded_tender(cast)
    publish_releases(tender_id=tender.pk, at=NOW)
    return tender


class TestReleases:
    def test_are_everybodys_the_latest_first(self, tender: Tender) -> None:
        rows = APIClient().get("/api/v1/ocds/releases/").json()["results"]
        assert [row["date"] for row in rows] == sorted((row["date"] for row in rows), reverse=True)
        assert {row["tender"] for row in rows} == {tender.number} and len(rows) == Release.objects.count()

    def test_are_narrowed_to_a_tender(self, tender: Tender) -> None:
        assert APIClient().get(f"/api/v1/ocds/releases/?tender={tender.number}").json()["results"]
        assert APIClient().get("/api/v1/ocds/releases/?tender=NOSUCH").json()["results"] == []

    def test_are_read_one_by_one_as_they_were_published(self, tender: Tender) -> None:
        for release in Release.objects.all():
            assert APIClient().get(f"/api/v1/ocds/releases/{release.release_id}/").json() == release.document
        assert APIClient().get("/api/v1/ocds/releases/ocds-none/").status_code == 404

    def test_never_load_their_documents_for_the_list(self, tender: Tender) -> None:
        with CaptureQueriesContext(connection) as queries:
            APIClient().get("/api/v1/ocds/releases/")
        assert not any('"document"' in query["sql"] for query in queries)


class TestPackages:
    def read(self, number: str) -> dict:
        answer = APIClient().get(f"/api/v1/ocds/packages/{number}/")
        assert answer.status_code == 200 and answer["Content-Type"].startswith("application/json")
        return dict(json.loads(b"".join(answer.streaming_content)))

    def test_hold_every_release_oldest_first(self, tender: Tender) -> None:
        package = self.read(tender.number)
        assert package["releases"] == [release.document for release in Release.objects.filter(tender=tender)]
        assert package["version"] == "1.1" and package["uri"].endswith(f"/api/v1/ocds/packages/{tender.number}/")

    def test_are_none_of_what_is_not_public(self, cast: Cast) -> None:
        for number in (factories.drafted_tender(cast).number, "NOSUCH"):
            assert APIClient().get(f"/api/v1/ocds/packages/{number}/").status_code == 404

    @pytest.mark.skipif(not standard.SOURCES.is_dir(), reason="the standard's schemas are not at hand")
    def test_validate_with_no_error(self, tender: Tender) -> None:
        package = self.read(tender.number)
        medicines = standard.patched(
            standard.read(standard.SOURCES / "schema" / "release-schema.json"),
            standard.read(standard.MEDICINES / "release-schema.json"),
        )
        schema = standard.closed(standard.patched(medicines, standard.EXTENDED))
        assert standard.errors(standard.package_envelope(), package) == []
        assert [problem for release in package["releases"] for problem in standard.errors(schema, release)] == []


class TestNotices:
    def test_are_the_bidders_own(self, cast: Cast, tender: Tender) -> None:
        send_notices(tender_id=tender.pk, at=NOW)
        for actor, kinds in ((cast.supplier, {"candidate", "awarded"}), (cast.rival, {"not_awarded"})):
            rows = machine(actor, "bids").get("/api/v1/notices/").json()["results"]
            assert {row["kind"] for row in rows} == kinds
        assert len(machine(cast.supplier, "bids").get("/api/v1/notices/?kind=awarded").json()["results"]) == 1

    def test_cost_the_same_for_three_as_for_six(self, cast: Cast) -> None:
        counts, caller = [], person(cast.officer)
        for medicine in ("甲", "乙"):
            item = factories.presentation(medicine)
            factories.guide_price(item)
            send_notices(tender_id=factories.awarded_tender(cast, [factories.lot_plan(item)]).pk, at=NOW)
            with CaptureQueriesContext(connection) as queries:
                rows = caller.get("/api/v1/notices/").json()["results"]
            counts.append((len(rows), len(queries)))
        assert [rows for rows, _queries in counts] == [3, 6] and counts[0][1] == counts[1][1]


class TestScreenFlags:
    def test_name_the_bids_by_their_references(self, cast: Cast) -> None:
        tender = factories.evaluated_tender(cast)
        Bid.objects.filter(lot__tender=tender).update(machine="a" * 64)
        screen_tender(tender_id=tender.pk, actor=cast.platform, at=NOW)
        [row] = person(cast.supervisor).get("/api/v1/screen-flags/?kind=same_machine").json()["results"]
        assert set(row["bids"]) == {str(bid.reference) for bid in Bid.objects.filter(lot__tender=tender)}
        assert machine(cast.supplier, "bids").get("/api/v1/screen-flags/").json()["results"] == []
