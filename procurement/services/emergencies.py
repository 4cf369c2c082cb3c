"""Emergency purchases that an institution made off the platform: told afterwards, accepted or objected to."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

from django.utils.timezone import localdate
from django.utils.translation import gettext as _

from catalog.accounts.models import Organization
from catalog.errors import PriceNotPositive
from catalog.foundation.actor import Actor
from catalog.foundation.errors import DomainError, refuse
from catalog.foundation.journal.record import record
from catalog.foundation.transitions import find, perform, unit_of_work
from catalog.models import Product, RuleSet
from catalog.queries import rule_set_or_none
from catalog.rules.procedure_rules import ProcedureRules
from procurement.errors import BoughtInFuture, ReasonMissing, TextMissing, UnitsMissing
from procurement.models import EmergencyPurchase
from procurement.policies import may_judge_purchase, require_institution, require_person
from procurement.rules.working_days import working_days_after
from procurement.states import EMERGENCY_PURCHASE


def file_emergency_purchase(
    *,
    supplier_code: str,
    product_code: str,
    units: int,
    price: Decimal,
    bought_on: date,
    reason: str,
    actor: Actor,
    at: datetime,
) -> EmergencyPurchase:
    """Tell what one's institution bought off the platform: smallest units, yuan per pack, and why.

    Whether that is late is judged by the rules of small-quantity purchases that were in force on the day of the
    purchase; it is recorded and never refused.

    Raises:
        NotAllowed: not an institution's buyer.
        NotVisible: no such supplier or product.
        RulesBroken: bought in the future, nothing bought, no price, no reason.
    """
    institution_id = require_institution(actor)
    supplier = find(Organization.objects.all(), code=supplier_code)
    product = find(Product.objects.select_related("presentation__medicine", "manufacturer"), code=product_code)
    today = localdate(at)
    broken: list[DomainError] = []
    if bought_on > today:
        broken.append(BoughtInFuture(bought=bought_on, today=today, pointer="/bought_on"))
    if units <= 0:
        broken.append(UnitsMissing(units=units, pointer="/units"))
    if price <= 0:
        broken.append(PriceNotPositive(product=product, price=price, pointer="/price"))
    if not reason.strip():
        broken.append(TextMissing(pointer="/reason"))
    refuse(broken)
    due_on = _due_on(bought_on)
    with unit_of_work():
        purchase = EmergencyPurchase.objects.create(
            institution_id=institution_id,
            supplier=supplier,
            product=product,
            units=units,
            price=price,
            bought_on=bought_on,
            reason=reason.strip(),
            due_on=due_on,
            filed_at=at,
            filed_by_id=actor.user_id,
            is_late=due_on is not None and today > due_on,
        )
        told = {"units": [None, units], "price": [None, str(price)], "is_late": [None, purchase.is_late]}
        record(actor=actor, action="emergency_purchase.file", subject=purchase, at=at, changes=told)
    return purchase


def judge_emergency_purchase(
    *,
    purchase_id: int,
    is_accepted: bool,
    judgement: str,
    actor: Actor,
    at: datetime,
    expected_version: int | None = None,
) -> EmergencyPurchase:
    """Accept a purchase that was told, or object to it with the reason.

    Raises:
        NotVisible, NotAllowed, Stale, WrongState, AlreadyDone
        ReasonMissing: an objection without one.
    """
    person = require_person(actor)
    with perform(
        "accept" if is_accepted else "object",
        EmergencyPurchase.objects.visible_to(actor).select_related(
            "institution", "product__presentation__medicine", "product__manufacturer"
        ),
        pk=purchase_id,
        machine=EMERGENCY_PURCHASE,
        policy=may_judge_purchase,
        actor=actor,
        at=at,
        expected_version=expected_version,
    ) as purchase:
        if not is_accepted and not judgement.strip():
            raise ReasonMissing(difference=_("the purchase is objected to"), pointer="/judgement")
        purchase.judgement = judgement.strip()
        purchase.judged_at, purchase.judged_by_id = at, person
    return purchase


def _due_on(bought_on: date) -> date | None:
    rules = rule_set_or_none(RuleSet.Kind.SMALL_QUANTITY, bought_on)
    days = ProcedureRules.read(rules.parameters).filing_working_days if rules else None
    return None if days is None else working_days_after(bought_on, days)
