"""Filing who delivers for a supplier, and ending it early."""

from __future__ import annotations

from datetime import date, datetime

from django.db import IntegrityError, transaction
from django.db.backends.postgresql.psycopg_any import DateRange
from django.db.models import Q, QuerySet
from django.utils.timezone import localdate

from catalog.accounts.kinds import OrganizationKind
from catalog.accounts.models import Licence, Organization
from catalog.foundation.actor import Actor
from catalog.foundation.journal.record import record
from catalog.foundation.transitions import find, lock, unit_of_work
from catalog.models import Product, Region
from distribution.errors import (
    DistributorBarred,
    DistributorNotLicensed,
    EntrustmentExists,
    EntrustmentTermEmpty,
    TermNotShortened,
    TooManyDistributors,
)
from distribution.models import Entrustment
from distribution.policies import may_end_entrustment, require_entruster
from distribution.queries.entrustments import goods_of, held_scopes
from distribution.queries.rules import supply_rules
from distribution.rules.coverage import Entrusted, most_at_a_time
from distribution.rules.distributor_licences import lacking_scopes
from procurement.models import AgreementLine
from procurement.queries import barred_supplier_ids


def file_entrustment(
    *,
    distributor_code: str,
    region_code: str,
    product_code: str = "",
    valid_from: date,
    valid_until: date,
    actor: Actor,
    at: datetime,
) -> Entrustment:
    """Entrust a distributor with the supplier's deliveries in a region for a time, of one product or of all.

    Raises:
        NotAllowed
        NotVisible: no such region, no active distributor, or no product that the supplier makes or has agreed.
        EntrustmentTermEmpty
        DistributorBarred, DistributorNotLicensed: on the first day.
        TooManyDistributors: in one of the counties, as the rules of the first day admit them.
        EntrustmentExists: somebody is entrusted with the same in the period.
        RuleSetMissing
    """
    supplier_id = require_entruster(actor)
    if valid_until <= valid_from:
        raise EntrustmentTermEmpty(begin=valid_from, until=valid_until, pointer="/valid_until")
    with unit_of_work():
        # one filing of a supplier after the other: its distributors are counted
        supplier = lock(Organization.objects.all(), pk=supplier_id)
        distributor = find(active_distributors(), code=distributor_code)
        region = find(Region.objects.all(), code=region_code)
        product = _product(product_code, supplier) if product_code else None
        refuse_unfit(distributor, region.province_id, valid_from, product=product)
        filed = Entrustment(
            supplier=supplier,
            distributor=distributor,
            product=product,
            region=region,
            validity=DateRange(valid_from, valid_until),
        )
        _refuse_too_many(filed)
        try:
            with transaction.atomic():
                filed.save()
        except IntegrityError as error:
            raise EntrustmentExists(supplier=supplier, region=region) from error
        changes = {
            "distributor_id": [None, distributor.pk],
            "product_id": [None, product and product.pk],
            "region_id": [None, region.pk],
            "validity": [None, str(filed.validity)],
        }
        record(actor=actor, action="entrustment.file", subject=filed, at=at, changes=changes)
    return filed


def end_entrustment(*, entrustment_id: int, on: date, actor: Actor, at: datetime) -> Entrustment:
    """Let an entrustment end before its time, from the day on; what is ordered already is delivered.

    Raises:
        NotVisible, NotAllowed
        TermNotShortened: the day is no later one within its term.
    """
    with unit_of_work():
        ended = lock(
            Entrustment.objects.visible_to(actor).select_related("supplier", "distributor", "region"),
            pk=entrustment_id,
        )
        may_end_entrustment(actor, ended)
        former = ended.validity
        ended.validity = shortened(former, on, at)
        ended.save(update_fields=["validity"])
        changes = {"validity": [str(former), str(ended.validity)]}
        record(actor=actor, action="entrustment.end", subject=ended, at=at, changes=changes)
    return ended


def active_distributors() -> QuerySet[Organization]:
    """Those who may be entrusted or bound."""
    return Organization.objects.filter(kind=OrganizationKind.DISTRIBUTOR, is_active=True)


def refuse_unfit(distributor: Organization, province_id: str, on: date, *, product: Product | None = None) -> None:
    """Let pass who is neither barred in the province nor, by the licences on file, unable to deliver on the day.

    Raises:
        DistributorBarred, DistributorNotLicensed
    """
    if barred_supplier_ids(on, province_id).filter(organization_id=distributor.pk).exists():
        province = Region.objects.get(pk=province_id)
        raise DistributorBarred(distributor=distributor, province=province, on=on, pointer="/distributor")
    scopes = held_scopes([distributor.pk], on).get(distributor.pk)
    lacking = set() if product is None else lacking_scopes(goods_of(product), scopes)
    if lacking or (scopes is not None and not scopes):
        wanted = ", ".join(str(Licence.Scope(scope).label) for scope in sorted(lacking or Licence.Scope.values))
        raise DistributorNotLicensed(distributor=distributor, lacking=wanted, on=on, pointer="/distributor")


def shortened(validity: DateRange, on: date, at: datetime) -> DateRange:
    """The term as it ends before the day.

    Raises:
        TermNotShortened
    """
    begin, end, today = validity.lower, validity.upper, localdate(at)
    if not max(begin, today) <= on or on == begin or (end is not None and end <= on):
        raise TermNotShortened(on=on, begin=begin, end=end or "–", today=today, pointer="/on")
    return DateRange(begin, on)


def _product(code: str, supplier: Organization) -> Product:
    """One that the supplier makes, or that was agreed with it."""
    products = Product.objects.select_related("presentation__medicine")
    agreed = AgreementLine.objects.filter(agreement__supplier=supplier).values("product")
    return find(products.filter(Q(manufacturer=supplier) | Q(pk__in=agreed)), code=code)


def _refuse_too_many(filed: Entrustment) -> None:
    limit = supply_rules(filed.validity.lower).distributors_per_county
    if limit is None:
        return
    standing = Entrustment.objects.filter(
        supplier_id=filed.supplier_id,
        region__code__startswith=filed.region_id[:2],
        validity__overlap=filed.validity,
    )
    region, count = most_at_a_time([_entrusted(row) for row in standing], _entrusted(filed))
    if count > limit:
        raise TooManyDistributors(
            distributor=filed.distributor,
            region=Region.objects.get(pk=region),
            count=count,
            limit=limit,
            pointer="/distributor",
        )


def _entrusted(row: Entrustment) -> Entrusted:
    return Entrusted(row.distributor_id, row.region_id, row.validity.lower, row.validity.upper)
