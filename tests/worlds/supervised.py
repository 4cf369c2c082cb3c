"""A province of which every figure has something to say, in small numbers that can be reckoned by hand."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal

from django.utils.timezone import localdate, localtime

from catalog.rules.months import months_after
from distribution.models import UseFigure
from distribution.services.price_limits import draw_up_for_province
from distribution.services.retail import ReportedPrice, report_retail_prices
from tests import factories
from tests.cast import HENAN, Cast, make_cast, make_rule_sets, make_supervision_rules
from tests.distribution.measured import REFUSED, measured_order
from tests.factories import NOW, TODAY

LAST_MONTH = months_after(TODAY.replace(day=1), -1)
# When what was accepted has long been due.
LATER = NOW + timedelta(days=60)


def make_supervised_province() -> Cast:
    """All of last month: amoxicillin at 6.00 under a guide price of 8.72, ten packs kept and invoiced, ten refused.

    The hospital sold it at 8.72, and at 8.73 the day after; today it cannot get it any more. Of what it used 300 of 400
    yuan were essential, which is too little.
    """
    cast = make_cast()
    make_rule_sets()
    make_supervision_rules()
    [line] = factories.agreement_lines(cast, at=_on_day(1))
    order = factories.receipt(cast, {line: 10}, at=_on_day(10)).despatch.order
    factories.invoice(cast, order, issued_on=localdate(_on_day(10)), at=_on_day(10))
    measured_order(cast.hospital, [(line, REFUSED)], placed_at=_on_day(10))
    reported = [
        ReportedPrice(line.product.code, Decimal(price), localdate(_on_day(day)), f"/prices/{day}")
        for day, price in ((11, "8.72"), (12, "8.73"))
    ]
    report_retail_prices(prices=reported, actor=cast.pharmacist, at=NOW)
    UseFigure.objects.create(
        institution=cast.hospital,
        province_id=HENAN,
        month=LAST_MONTH,
        essential_varieties=5,
        varieties=10,
        essential_units=800,
        units=1000,
        essential_amount=Decimal(300),
        amount=Decimal(400),
        unvalued_units=0,
        is_met=False,
        reckoned_at=NOW,
    )
    factories.shortage(cast, line.product)
    draw_up_for_province(province_id=HENAN)
    return cast


def _on_day(day: int) -> datetime:
    """In the morning of a day of last month."""
    return localtime(NOW).replace(year=LAST_MONTH.year, month=LAST_MONTH.month, day=day, hour=9)
