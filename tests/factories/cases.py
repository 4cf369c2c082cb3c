"""Cases about retail prices, and price alarms."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from catalog.models import Product, RuleSet
from distribution.models import PriceAlarm, RetailCase, RetailReport
from distribution.services.case_opening import note_checked
from distribution.services.cases import answer_case, notify_institution, propose_penalty
from distribution.services.price_alarms import watch_price_alarms
from distribution.services.retail_checks import check_retail_report
from distribution.states import CaseStatus, Penalty
from tests.cast import HENAN, Cast
from tests.factories.catalog import guide_price, presentation, procurement_price, product, rule_set
from tests.factories.clock import NOW, TODAY
from tests.factories.distribution import retail_report


def checked_prices(
    cast: Cast, prices: dict[Product, str], *, observed_on: date = TODAY, at: datetime = NOW
) -> RetailReport:
    """What the hospital's patients pay, checked, with the cases that follow."""
    report = retail_report(cast, prices, observed_on=observed_on, at=at)
    checked = check_retail_report(report_id=report.pk, actor=cast.platform, at=at)
    note_checked(report_ids=[report.pk], at=at)
    return checked


def retail_case(
    cast: Cast, of: Product, price: str = "9.99", *, observed_on: date = TODAY - timedelta(days=9), at: datetime = NOW
) -> RetailCase:
    """The hospital asked too much for the product."""
    checked_prices(cast, {of: price}, observed_on=observed_on, at=at)
    return RetailCase.objects.filter(product=of, status=CaseStatus.OPENED).latest("pk")


def notified_case(cast: Cast, of: Product, *, at: datetime = NOW, **options: Any) -> RetailCase:
    """The hospital was told."""
    opened = retail_case(cast, of, at=at, **options)
    return notify_institution(case_id=opened.pk, text="请核实并说明", actor=cast.officer, at=at)


def answered_case(cast: Cast, of: Product, **options: Any) -> RetailCase:
    """The hospital has answered."""
    notified = notified_case(cast, of, **options)
    return answer_case(case_id=notified.pk, text="系统录入有误", actor=cast.pharmacist, at=NOW)


def case_with_penalty(cast: Cast, of: Product, **options: Any) -> RetailCase:
    """Answered, and the officer proposes a warning."""
    answered = answered_case(cast, of, **options)
    return propose_penalty(
        case_id=answered.pk,
        penalty=Penalty.WARNING,
        amount=None,
        reason="未及时更正",
        actor=cast.officer,
        at=NOW,
    )


def price_alarm(cast: Cast, medicine: str = "氨溴索", *, at: datetime = NOW) -> PriceAlarm:
    """The supplier's product is listed in Henan at twice the price of the rival's: a red star, and trading goes on."""
    if not RuleSet.objects.filter(kind=RuleSet.Kind.PRICE_ALARM).exists():
        rule_set(RuleSet.Kind.PRICE_ALARM, {})
    alike = presentation(medicine, "片剂", "30mg")
    guide_price(alike)
    dear, cheap = product(cast.supplier_firm, alike), product(cast.rival_firm, alike)
    procurement_price(dear, "2.00")
    procurement_price(cheap, "1.00")
    watch_price_alarms(province_id=HENAN, actor=cast.platform, at=at)
    return PriceAlarm.objects.get(product=dear, drawn_at=at)
