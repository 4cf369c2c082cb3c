"""Designated production from the draft to the agreement: a uniform price, and who can make how much."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from procurement.client import Refused
from procurement.errors import OutputExceeded
from procurement.models import AgreementLine
from procurement.services.awards import Winner, award_lot
from procurement.states import Procedure
from tests import factories
from tests.cast import HENAN, HUBEI, Cast, make_rule_sets, organization_of
from tests.factories import ahead
from tests.factories.procurement_rules import enter_rules
from tests.journeys.office import Office
from tests.refusals import refused


@pytest.mark.django_db(transaction=True)
def test_the_largest_output_wins_at_the_uniform_price(cast: Cast, live_server: Any) -> None:
    make_rule_sets()
    enter_rules(Procedure.DESIGNATED_PRODUCTION)
    stranger = factories.firm("未受邀制药有限公司")
    invited = [cast.supplier_firm, cast.rival_firm]
    office = Office.publish(
        cast, live_server.url, Procedure.DESIGNATED_PRODUCTION, ceiling="0.2500", invited=invited, max_winners=2
    )

    # --- only who was invited; 0.25 a capsule is 6.00 for 24
    with pytest.raises(Refused, match="supplier-not-admitted"):
        office.bid(stranger, "6.00", output=1_000_000)
    office.bid(cast.supplier, "6.00", output=200_000)
    office.bid(cast.rival, "6.00", output=300_000)
    office.open()
    small, large = office.bid_of(cast.supplier), office.bid_of(cast.rival)
    assert [small.evaluation_line.rank, large.evaluation_line.rank] == [2, 1]

    # --- nobody is given more than it can make
    office.publish_candidates()
    with refused(OutputExceeded) as refusal:
        award_lot(
            lot_id=office.lot.pk,
            winners=[Winner(small.pk, (HENAN,)), Winner(large.pk, (HUBEI,))],
            actor=cast.second_officer,
            at=ahead(days=4),
        )
    assert (refusal.facts["output"], refusal.facts["quantity"]) == (200_000, 240_000)
    office.award({small.pk: (HUBEI,), large.pk: (HENAN,)})
    agreements = office.conclude()
    assert {item.supplier for item in agreements} == {organization_of(cast.supplier), organization_of(cast.rival)}
    lines = AgreementLine.objects.values_list("province", "agreement__supplier", "agreed_quantity", "price")
    assert set(lines) == {
        (HENAN, cast.rival_firm.pk, 240_000, Decimal("6.00")),
        (HUBEI, cast.supplier_firm.pk, 120_000, Decimal("6.00")),
    }
