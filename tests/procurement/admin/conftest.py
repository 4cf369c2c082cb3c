"""What the lists of the whole admin are read over."""

from __future__ import annotations

import pytest

from distribution.services.retail import check_retail_report
from tests import factories
from tests.cast import Cast
from tests.factories import NOW


@pytest.fixture
def year(cast: Cast, rule_sets: object) -> Cast:
    """Something in almost every list: goods received, a price too high, a tender evaluated, one under way, a draft."""
    receipt = factories.receipt(cast)
    factories.entrustment(cast)
    factories.licence(cast.supplier_firm)
    factories.ownership(cast.supplier_firm)
    factories.conduct_record(cast, firm=cast.distributor_firm)
    product = receipt.despatch.order.lines.get().product
    report = factories.retail_report(cast, {product: "9.99"})
    check_retail_report(report_id=report.pk, actor=cast.platform, at=NOW)
    factories.evaluated_tender(cast, [factories.lot_plan(factories.presentation("布洛芬"))])
    factories.tender_with_bids(cast, [factories.lot_plan(factories.presentation("头孢氨苄"))])
    factories.drafted_tender(cast, [factories.lot_plan(factories.presentation("阿奇霉素"))])
    return cast
