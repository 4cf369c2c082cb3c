from __future__ import annotations

import pytest
from rest_framework.test import APIClient

from catalog.rules.months import months_after
from procurement.models import Bid
from tests import factories
from tests.cast import HENAN, Cast
from tests.catalog.api.calls import machine, person, problem_in
from tests.factories import TODAY

LIST = "/api/v1/conduct-records/"


class TestConductRecords:
    def test_are_read_by_everybody_once_they_are_in_force(self, cast: Cast) -> None:
        record = factories.conduct_record(cast)
        proposed = factories.proposed_conduct(cast, firm=cast.rival_firm)
        [row] = APIClient().get(LIST).json()["results"]
        assert (row["id"], row["firm"], row["effect"], row["province"]) == (record.pk, "SUPPLIER", "barred", HENAN)
        assert (row["elsewhere"], row["status"]) == ("lowers_score", "in_force")
        assert (row["valid_from"], row["valid_until"]) == (TODAY.isoformat(), months_after(TODAY, 24).isoformat())
        assert APIClient().get(f"{LIST}{record.pk}/").json() == row
        problem_in(APIClient().get(f"{LIST}{proposed.pk}/"), 404, "not-found")

    def test_that_are_proposed_are_the_officers_and_supervisors_to_read(self, cast: Cast) -> None:
        factories.proposed_conduct(cast)
        for actor, count in ((cast.officer, 1), (cast.supervisor, 1), (cast.buyer, 0)):
            assert len(person(actor).get(LIST).json()["results"]) == count

    @pytest.mark.usefixtures("rule_sets")
    def test_keep_a_barred_supplier_from_bidding_and_tell_why(self, cast: Cast) -> None:
        lot = factories.published_tender(cast).lots.get()
        record = factories.conduct_record(cast)
        offered = factories.product(cast.supplier_firm, lot.presentation)
        body = {
            "tender": lot.tender.number,
            "lot": lot.number,
            "envelope": factories.envelope(lot, cast.supplier_firm, offered, "6.00"),
        }
        problem = problem_in(machine(cast.supplier).send("/api/v1/bids/", body), 403, "supplier-not-admitted")
        assert "河南省" in problem["detail"] and record.source in problem["detail"]
        assert not Bid.objects.exists()

    def test_are_not_written_here(self, cast: Cast) -> None:
        assert person(cast.officer).send(LIST, {}).status_code == 405
