"""Placing approved requisitions with suppliers, as sets: the work of the run and of urgent orders."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from decimal import Decimal

from django.db import connection
from django.utils.timezone import localdate
from django.utils.translation import gettext as _

from catalog.foundation.actor import Actor
from catalog.foundation.journal.record import record_selected
from catalog.foundation.selected import insert_selected
from catalog.foundation.transitions import perform_all
from catalog.states import ProductStatus
from distribution.models import DistributionRun, Order, OrderLine, OrderNotice, Requisition
from distribution.queries import supply_rules
from distribution.queries.document_numbers import numbered
from distribution.queries.placing import (
    APPROVAL_ENDED,
    BARRED,
    HELD,
    NO_LICENCE,
    NOT_IN_FORCE,
    Figures,
    Hindrance,
    hindrances,
    judge_lines,
)
from distribution.states import REQUISITION, LineOutcome, NoticeKind, RequisitionStatus
from procurement.services.refused_volumes import give_back_selected

ORDER_NUMBER = numbered("PO", "placed.id")

# Two workers of one run take turns; several runs have nothing in common here.
TRAVEL_TOGETHER = """
INSERT INTO distribution_consolidateddelivery
    (run_id, province_id, county_id, carrier_id, storage, route_id, deliver_by)
SELECT %(run)s, province_id, county_id, carrier_id, storage, route_id, min(deliver_by)
FROM placing_order
GROUP BY province_id, county_id, carrier_id, storage, route_id
ORDER BY county_id, carrier_id, storage, route_id
ON CONFLICT (run_id, county_id, carrier_id, storage, route_id) DO UPDATE SET deliver_by = excluded.deliver_by
    WHERE excluded.deliver_by < distribution_consolidateddelivery.deliver_by
"""
OF_ORDER = ("requisition", "institution", "recipient", "province", "supplier", "distributor")
NOTED = """
UPDATE distribution_requisitionline line
SET outcome = CASE WHEN judged.hindrance = '' THEN %(placed)s ELSE %(refused)s END,
    outcome_reason = coalesce(told.reason, '')
FROM placing_line judged
LEFT JOIN unnest(%(kinds)s::text[], %(agreements)s::text[], %(statuses)s::text[], %(reasons)s::text[])
    AS told (hindrance, agreement_number, product_status, reason)
    USING (hindrance, agreement_number, product_status)
WHERE line.id = judged.id
"""
RETURNED = f"""
SELECT agreement_line_id, units, {numbered("RQ", "requisition_id")} || '/refused'
FROM placing_line WHERE hindrance <> ''
"""


def place_requisitions(
    *, requisition_ids: Collection[int], run: DistributionRun | None, placed_at: datetime, actor: Actor, at: datetime
) -> Figures:
    """Turn approved requisitions of one province into orders; those that are approved no longer are passed over.

    A line whose agreement is not in force, whose supplier is barred or without licence, or whose product is not
    trading, approved no longer or held is refused with the reason, and its volume given back; the others become one
    order per supplier, distributor and storage, announced to both. Orders of a run travel together. ``placed_at`` is
    the moment by which all is judged and from which deadlines count. Part of the caller's transaction; the caller has
    asked the policy.
    """
    waiting = Requisition.objects.filter(pk__in=requisition_ids, status=RequisitionStatus.APPROVED)
    moved = perform_all("place", waiting, machine=REQUISITION, actor=actor, at=at)
    if not moved:
        return Figures(0, 0, 0, Decimal(0))
    ids = [requisition.pk for requisition in moved]
    on = localdate(placed_at)
    figures = judge_lines(ids, moved[0].province_id, on=on, placed_at=placed_at, rules=supply_rules(on))
    if run is not None:
        Requisition.objects.filter(pk__in=ids).update(run=run)
        _consolidate(run)
    _create_orders(run, placed_at, at)
    _note_outcomes()
    record_selected(
        actor=actor,
        action="order.place",
        model=Order,
        selection=f"SELECT placed.id, {ORDER_NUMBER} FROM placing_order placed ORDER BY placed.id",
        values={},
        at=at,
    )
    _announce(at)
    if figures.refused_lines:
        _tell_of_refused(at)
        # last, so that the volumes that many order from are locked for a moment only
        give_back_selected(selection=RETURNED, values={}, at=at)
    return figures


def _consolidate(run: DistributionRun) -> None:
    """Make the deliveries of the run that the orders travel in, and have each arrive when its first order is due."""
    with connection.cursor() as cursor:
        cursor.execute(TRAVEL_TOGETHER, {"run": run.pk})


def _create_orders(run: DistributionRun | None, placed_at: datetime, at: datetime) -> None:
    insert_selected(
        Order,
        {
            **{name: f"placed.{name}_id" for name in OF_ORDER},
            **{name: f"placed.{name}" for name in ("id", "storage", "urgency", "answer_due_at", "deliver_by")},
            "run": "%(run)s::bigint",
            "delivery": "delivery.id",
            "placed_at": "%(placed_at)s::timestamptz",
            "created_at": "%(at)s::timestamptz",
            "updated_at": "%(at)s::timestamptz",
        },
        """
        FROM placing_order placed
        LEFT JOIN distribution_consolidateddelivery delivery ON delivery.run_id = %(run)s::bigint
            AND delivery.county_id = placed.county_id AND delivery.carrier_id = placed.carrier_id
            AND delivery.storage = placed.storage AND delivery.route_id IS NOT DISTINCT FROM placed.route_id
        ORDER BY placed.id
        """,
        {"run": run and run.pk, "placed_at": placed_at, "at": at},
    )
    insert_selected(
        OrderLine,
        {
            "order": "placed.id",
            "requisition_line": "line.id",
            "agreement_line": "line.agreement_line_id",
            "product": "line.product_id",
            "packs": "line.packs",
            "price": "line.price",
        },
        """
        FROM placing_line line
        JOIN placing_order placed ON placed.requisition_id = line.requisition_id
            AND placed.supplier_id = line.supplier_id AND placed.storage = line.storage
            AND placed.distributor_id IS NOT DISTINCT FROM line.distributor_id
        WHERE line.hindrance = ''
        ORDER BY placed.id, line.id
        """,
        {},
    )


def _note_outcomes() -> None:
    found = hindrances()
    with connection.cursor() as cursor:
        cursor.execute(
            NOTED,
            {
                "placed": LineOutcome.PLACED,
                "refused": LineOutcome.REFUSED,
                "kinds": [hindrance.kind for hindrance in found],
                "agreements": [hindrance.agreement_number for hindrance in found],
                "statuses": [hindrance.product_status for hindrance in found],
                "reasons": [_words(hindrance) for hindrance in found],
            },
        )


def _words(hindrance: Hindrance) -> str:
    """Why a line is not placed, in the language of the platform."""
    if hindrance.kind == BARRED:
        return _("the supplier is barred in the province for its conduct")
    if hindrance.kind == NOT_IN_FORCE:
        return _("the agreement %(number)s is not in force") % {"number": hindrance.agreement_number}
    if hindrance.kind == HELD:
        return _("the product is held or recalled as a whole")
    if hindrance.kind == APPROVAL_ENDED:
        return _("the approval of the product has ended")
    if hindrance.kind == NO_LICENCE:
        return _("no production licence of the supplier is valid")
    return _("the product is %(status)s") % {"status": ProductStatus(hindrance.product_status).label}


def _announce(at: datetime) -> None:
    """Tell the supplier and the distributor of every order."""
    insert_selected(
        OrderNotice,
        {
            "recipient": "party.id",
            "kind": "%(kind)s",
            "order": "placed.id",
            "facts": f"jsonb_build_object('order', {ORDER_NUMBER}, 'institution', institution.name)",
            "created_at": "%(at)s::timestamptz",
        },
        """
        FROM placing_order placed
        JOIN accounts_organization institution ON institution.id = placed.institution_id
        CROSS JOIN LATERAL (VALUES (placed.supplier_id), (placed.distributor_id)) AS party (id)
        WHERE party.id IS NOT NULL
        ORDER BY placed.id, party.id
        """,
        {"kind": NoticeKind.ORDER_PLACED, "at": at},
    )


def _tell_of_refused(at: datetime) -> None:
    """Tell the institution of every line that could not be placed."""
    insert_selected(
        OrderNotice,
        {
            "recipient": "requisition.institution_id",
            "kind": "%(kind)s",
            "requisition": "requisition.id",
            "facts": """
                jsonb_build_object('product', concat_ws(' ', medicine.name, presentation.form, presentation.strength),
                    'packs', line.packs, 'reason', line.outcome_reason)
            """,
            "created_at": "%(at)s::timestamptz",
        },
        """
        FROM placing_line judged
        JOIN distribution_requisitionline line ON line.id = judged.id
        JOIN distribution_requisition requisition ON requisition.id = judged.requisition_id
        JOIN catalog_product product ON product.id = judged.product_id
        JOIN catalog_presentation presentation ON presentation.id = product.presentation_id
        JOIN catalog_medicine medicine ON medicine.id = presentation.medicine_id
        WHERE judged.hindrance <> ''
        ORDER BY line.id
        """,
        {"kind": NoticeKind.LINE_NOT_PLACED, "at": at},
    )
