"""What an institution may order today, why not something else, and how it finds it.

What stands in the way is stated once, as SQL: the list of what may be ordered and the verdict on the lines of a
requisition are two readings of it.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.db import models
from django.db.models import Q
from django.db.models.expressions import RawSQL
from django.utils.timezone import localdate
from django.utils.translation import gettext_lazy as _

from catalog.accounts.kinds import OrganizationKind
from catalog.accounts.models import Licence
from catalog.foundation.actor import Actor
from catalog.foundation.prepared import prepared_cursor
from catalog.models import Product
from catalog.queries.essential import essentiality
from catalog.rules.conduct_rules import Effect
from catalog.states import ProductStatus
from distribution.queries.orderers import Orderer, orderer_of
from procurement.models import AgreementLine
from procurement.querysets import AgreementLineQuerySet
from procurement.states import AgreementStatus, ConductStatus, SupplyRole


class Hindrance(models.TextChoices):
    """Why an agreed product cannot be ordered today."""

    NOT_AGREED = "not_agreed", _("nothing is agreed under this number for the province")
    NOT_IN_FORCE = "not_in_force", _("the agreement is not in force")
    BACKUP = "backup", _("the backup supplier is not called upon")
    BARRED = "barred", _("the supplier is barred in the province for its conduct")
    NOT_TRADING = "not_trading", _("the product is suspended or withdrawn")
    APPROVAL_ENDED = "approval_ended", _("the approval of the product has ended")
    NO_LICENCE = "no_licence", _("no production licence of the supplier is valid")
    HELD = "held", _("the product is recalled or held")
    NOT_ESSENTIAL = "not_essential", _("institutions of this tier order essential medicines alone")


# True where it stands in the way; ``asked`` has the day and the province. Who has no licence on file is not judged.
IN_THE_WAY = {
    Hindrance.NOT_IN_FORCE: f"""
        agreement.status <> '{AgreementStatus.IN_FORCE}' OR NOT agreement.validity @> asked.day
        OR line.ended_at IS NOT NULL""",
    Hindrance.BACKUP: f"line.role = '{SupplyRole.BACKUP}' AND line.agreed_quantity = 0",
    Hindrance.BARRED: f"""EXISTS (
        SELECT FROM procurement_conductrecord AS conduct
        WHERE conduct.organization_id = agreement.supplier_id AND conduct.validity @> asked.day
          AND conduct.status IN ('{ConductStatus.IN_FORCE}', '{ConductStatus.REPAIRED}')
          AND '{Effect.BARRED}' = CASE
            WHEN conduct.province_id IS NULL OR conduct.province_id = asked.province THEN conduct.effect
            ELSE conduct.elsewhere END)""",
    Hindrance.NOT_TRADING: f"product.status <> '{ProductStatus.TRADING}'",
    Hindrance.APPROVAL_ENDED: "COALESCE(product.licence_valid_until < asked.day, FALSE)",
    Hindrance.NO_LICENCE: f"""
        EXISTS (SELECT FROM accounts_licence AS licence WHERE licence.organization_id = agreement.supplier_id)
        AND NOT EXISTS (
            SELECT FROM accounts_licence AS licence
            WHERE licence.organization_id = agreement.supplier_id AND licence.kind = '{Licence.Kind.PRODUCTION}'
              AND licence.validity @> asked.day)""",
    Hindrance.HELD: """EXISTS (
        SELECT FROM distribution_lothold AS hold
        WHERE hold.product_id = product.id AND hold.lot_number = '' AND hold.lifted_at IS NULL
          AND (hold.province_id IS NULL OR hold.province_id = asked.province))""",
}
AGREED = """
FROM (SELECT %s::date AS day, %s::text AS province) AS asked
JOIN procurement_agreementline AS line ON line.province_id = asked.province
JOIN procurement_agreement AS agreement ON agreement.id = line.agreement_id
JOIN catalog_product AS product ON product.id = line.product_id
"""
ORDERABLE = (
    f"SELECT line.id {AGREED} WHERE line.agreed_quantity >= line.called_off_quantity + product.pack_quantity "
    + " ".join(f"AND NOT ({condition})" for condition in IN_THE_WAY.values())
)
JUDGED = f"""
SELECT line.id, product.id, product.code, product.pack_quantity, line.price,
       line.agreed_quantity - line.called_off_quantity, array_remove(ARRAY[
    {", ".join(f"CASE WHEN {condition} THEN '{name.value}' END" for name, condition in IN_THE_WAY.items())}], NULL)
{AGREED} WHERE line.id = ANY (%s)
"""


@dataclass(frozen=True, slots=True)
class JudgedLine:
    """An agreed product: yuan per pack, units remaining, and what stands in the way of ordering it, if anything."""

    line_id: int
    product_id: int
    product_code: str
    pack_quantity: int
    price: Decimal
    remaining: int
    hindrances: list[str]


def orderable_lines(actor: Actor, at: datetime, *, orderer: Orderer | None = None) -> AgreementLineQuerySet:
    """What the actor's institution may order today, for itself or for the village of the ``orderer``.

    Agreed for its province and in force, of a main supplier or a backup that was called upon, which is neither barred
    nor without licence; the product trading, approved, not held, and essential where the tier asks for it. With
    ``remaining``: units left of the agreed volume; at least one pack of it.
    """
    on = localdate(at)
    if orderer is None and actor.kind == OrganizationKind.INSTITUTION and actor.organization_id is not None:
        orderer = orderer_of(actor.organization_id, on)
    lines = (
        AgreementLine.objects.visible_to(actor)
        .filter(province_id=actor.province, pk__in=RawSQL(ORDERABLE, (on, actor.province)))
        .with_remaining()
    )
    if orderer is not None and orderer.is_essential_only:
        lines = lines.filter(product__in=_essential(set(lines.values_list("product", flat=True)), orderer, on))
    return lines.select_related(
        "product__presentation__medicine", "product__manufacturer", "agreement__supplier"
    ).order_by("product__presentation__medicine__initials", "product__presentation__medicine__name", "pk")


def judge_lines(line_ids: Collection[int], orderer: Orderer, on: date) -> dict[int, JudgedLine]:
    """The verdict on each line that is agreed for the orderer's province; the others are missing."""
    with prepared_cursor() as cursor:
        cursor.execute(JUDGED, (on, orderer.province_id, list(line_ids)))
        judged = {row[0]: JudgedLine(*row) for row in cursor.fetchall()}
    if orderer.is_essential_only:
        essential = _essential({line.product_id for line in judged.values()}, orderer, on)
        for line in judged.values():
            if line.product_id not in essential:
                line.hindrances.append(Hindrance.NOT_ESSENTIAL)
    return judged


def _essential(product_ids: Collection[int], orderer: Orderer, on: date) -> set[int]:
    products = [Product(pk=key) for key in product_ids]
    found = essentiality(products, on, orderer.province_id)
    return {key for key, judged in found.items() if judged.is_essential}


def search_lines(lines: AgreementLineQuerySet, words: str) -> AgreementLineQuerySet:
    """Those whose medicine's Chinese name, INN, pinyin initials or product code fits the words."""
    words = words.strip()
    if not words:
        return lines
    medicine = "product__presentation__medicine"
    return lines.filter(
        Q(**{f"{medicine}__name__icontains": words})
        | Q(**{f"{medicine}__inn__icontains": words})
        | Q(**{f"{medicine}__initials__istartswith": words})
        | Q(product__code__iexact=words)
    )
