"""What is short, as those say who notice it first: institutions that get nothing, producers that stop."""

from __future__ import annotations

from datetime import date, datetime

from django.db import IntegrityError, transaction
from django.utils.timezone import localdate

from catalog.accounts.models import Organization
from catalog.errors import UnknownCode
from catalog.foundation.actor import Actor
from catalog.foundation.errors import DomainError, refuse
from catalog.foundation.journal.record import record
from catalog.foundation.transitions import lock, unit_of_work
from catalog.models import Product
from catalog.rules.months import months_after
from distribution.errors import (
    NotProducer,
    ReasonMissing,
    ShortageReported,
    ShortageReportEnded,
    StopAnnounced,
    StopTermEmpty,
    StopWithdrawn,
    UnitsNotPositive,
)
from distribution.models import ShortageReport, StopNotice
from distribution.policies import require_producer, require_reporter
from distribution.queries.agencies import agency_ids
from distribution.queries.rules import shortage_rules
from distribution.services.notices import notify
from distribution.states import NoticeKind, ShortageReason
from procurement.models import AgreementLine


def report_shortage(
    *, product_code: str, reason: ShortageReason, units: int, note: str = "", actor: Actor, at: datetime
) -> ShortageReport:
    """Say that one's institution cannot get a product; ``units`` are what it lacks for a month.

    Raises:
        NotAllowed
        RulesBroken: an unknown product, no units, another reason without a note.
        ShortageReported: it said so before.
    """
    institution_id = require_reporter(actor)
    product = _product(product_code)
    errors: list[DomainError | None] = [
        UnknownCode(field="product", value=product_code, pointer="/product") if product is None else None,
        UnitsNotPositive(what=product_code, units=units, pointer="/units") if units < 1 else None,
        ReasonMissing(product=product or product_code, pointer="/note")
        if reason == ShortageReason.OTHER and not note.strip()
        else None,
    ]
    refuse([error for error in errors if error is not None])
    assert product is not None  # refused above
    with unit_of_work():
        try:
            with transaction.atomic():
                report = ShortageReport.objects.create(
                    institution_id=institution_id,
                    province_id=Organization.objects.get(pk=institution_id).province_id,
                    product=product,
                    reason=reason,
                    units=units,
                    note=note.strip(),
                    filed_at=at,
                    filed_by_id=actor.user_id,
                )
        except IntegrityError as error:
            raise ShortageReported(product=product, pointer="/product") from error
        changes = {"product": [None, product.code], "units": [None, units], "reason": [None, reason]}
        record(actor=actor, action="shortage_report.file", subject=report, at=at, changes=changes)
    return report


def end_shortage_report(*, report_id: int, actor: Actor, at: datetime) -> ShortageReport:
    """Take a report back, since the institution is supplied again.

    Raises:
        NotAllowed, NotVisible, ShortageReportEnded
    """
    institution_id = require_reporter(actor)
    with unit_of_work():
        report = lock(ShortageReport.objects.filter(institution=institution_id), pk=report_id)
        if report.ended_at is not None:
            raise ShortageReportEnded(ended_on=localdate(report.ended_at))
        report.ended_at = at
        report.save(update_fields=["ended_at"])
        record(actor=actor, action="shortage_report.end", subject=report, at=at, changes={"ended_at": [None, at]})
    return report


def announce_stop(
    *, product_code: str, stops_on: date, resumes_on: date | None = None, reason: str, actor: Actor, at: datetime
) -> StopNotice:
    """Announce that one stops making a product; told late it is recorded as late, and never refused for it.

    The agencies of the provinces that have agreed on the product learn of it.

    Raises:
        NotAllowed
        RulesBroken: an unknown product or another firm's, no reason, made again before it stops.
        StopAnnounced, RuleSetMissing
    """
    producer_id = require_producer(actor)
    product = _product(product_code)
    errors: list[DomainError | None] = [
        UnknownCode(field="product", value=product_code, pointer="/product") if product is None else None,
        ReasonMissing(product=product or product_code, pointer="/reason") if not reason.strip() else None,
        StopTermEmpty(stops_on=stops_on, resumes_on=resumes_on, pointer="/resumes_on")
        if resumes_on is not None and resumes_on <= stops_on
        else None,
        NotProducer(product=product, pointer="/product")
        if product is not None and not _supplies(producer_id, product)
        else None,
    ]
    refuse([error for error in errors if error is not None])
    assert product is not None  # refused above
    months = shortage_rules(localdate(at)).stop_notice_months
    # a day before the first of all is late anyway
    due_on = months_after(stops_on, -months) if stops_on >= months_after(date.min, months) else date.min
    with unit_of_work():
        try:
            with transaction.atomic():
                notice = StopNotice.objects.create(
                    producer_id=producer_id,
                    product=product,
                    stops_on=stops_on,
                    resumes_on=resumes_on,
                    reason=reason.strip(),
                    due_on=due_on,
                    is_late=localdate(at) > due_on,
                    filed_at=at,
                    filed_by_id=actor.user_id,
                )
        except IntegrityError as error:
            raise StopAnnounced(product=product, stops_on=stops_on, pointer="/stops_on") from error
        for province_id in affected_provinces(notice, at):
            notify(
                agency_ids(province_id),
                NoticeKind.STOP_ANNOUNCED,
                at=at,
                product=str(product),
                stops_on=f"{stops_on:%Y-%m-%d}",
                reason=notice.reason,
            )
        changes = {"product": [None, product.code], "stops_on": [None, stops_on], "is_late": [None, notice.is_late]}
        record(actor=actor, action="stop_notice.file", subject=notice, at=at, changes=changes)
    return notice


def withdraw_stop(*, notice_id: int, actor: Actor, at: datetime) -> StopNotice:
    """Take an announcement back: production goes on.

    Raises:
        NotAllowed, NotVisible, StopWithdrawn
    """
    producer_id = require_producer(actor)
    with unit_of_work():
        notice = lock(StopNotice.objects.filter(producer=producer_id), pk=notice_id)
        if notice.withdrawn_at is not None:
            raise StopWithdrawn(withdrawn_on=localdate(notice.withdrawn_at))
        notice.withdrawn_at = at
        notice.save(update_fields=["withdrawn_at"])
        record(actor=actor, action="stop_notice.withdraw", subject=notice, at=at, changes={"withdrawn_at": [None, at]})
    return notice


def affected_provinces(notice: StopNotice, at: datetime) -> list[str]:
    """The provinces that have an agreement in force on the product."""
    agreed = AgreementLine.objects.in_force(at).filter(product=notice.product_id)
    return list(agreed.order_by("province").values_list("province", flat=True).distinct())


def _product(code: str) -> Product | None:
    return Product.objects.select_related("presentation__medicine", "manufacturer").filter(code=code).first()


def _supplies(firm_id: int, product: Product) -> bool:
    agreed = AgreementLine.objects.filter(agreement__supplier=firm_id, product=product)
    return product.manufacturer_id == firm_id or agreed.exists()
