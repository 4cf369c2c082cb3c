"""Was this product, of this lot, to be supplied by this distributor at this price on the day of receipt?

Sources: the Good Supply Practice (药品经营质量管理规范, 2016: goods agree with papers and order; Art. 61: standing
of supplier and medicine), 国办发〔2010〕56号 (award, contract and price are one), the recall measures of 2022.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from django.utils.translation import gettext as _

from distribution.rules.checks import Check
from distribution.rules.receipt_facts import CONTRACT, GSP, LineFacts, on_line

RULE_ORDER = "CN.GSP.order-match"
RULE_LOT = "CN.GSP.lot-match"
RULE_AGREEMENT = "CN.2010-56.agreement"
RULE_PRICE = "CN.2010-56.agreed-price"
RULE_DISTRIBUTOR = "CN.GSP-61.distributor"
RULE_APPROVAL = "CN.GSP-61.approval"
RULE_HOLD = "CN.2022-recall.lot-on-hold"


def check_order_match(line: LineFacts, today: date) -> Iterator[Check]:
    """The product that was ordered, of the lot that was announced."""
    found = line.product_ordered if line.product_found is None else line.product_found
    yield on_line(
        line,
        (RULE_ORDER, GSP),
        found == line.product_ordered,
        (_("What came is what was ordered."), _("Ordered was %(ordered)s, found was %(found)s.")),
        ordered=line.product_ordered,
        found=found,
    )
    yield on_line(
        line,
        (RULE_LOT, GSP),
        line.lot_found == line.lot,
        (_("The lot is the announced lot %(announced)s."), _("Announced was lot %(announced)s, found was %(found)s.")),
        announced=line.lot,
        found=line.lot_found,
    )


def check_contract(line: LineFacts, today: date) -> Iterator[Check]:
    """Under an agreement, at its price to the fen."""
    yield on_line(
        line,
        (RULE_AGREEMENT, CONTRACT),
        line.agreement_in_force,
        (_("The agreement was in force."), _("No agreement covers this line on %(today)s.")),
        today=today,
    )
    if line.price_agreed is not None:
        yield on_line(
            line,
            (RULE_PRICE, CONTRACT),
            line.price_ordered == line.price_agreed,
            (
                _("The price is the agreed price of %(agreed)s yuan."),
                _("Ordered at %(ordered)s yuan, agreed are %(agreed)s yuan."),
            ),
            ordered=line.price_ordered,
            agreed=line.price_agreed,
        )


def check_distributor(line: LineFacts, today: date) -> Iterator[Check]:
    """By who was entrusted with it and may trade in it, on that day."""
    refusals = {
        (False, True): _("The distributor is not entrusted with this product here on %(today)s."),
        (True, False): _("The distributor has no licence for this product on %(today)s."),
        (False, False): _("On %(today)s the distributor has neither a licence nor is it entrusted with this product."),
    }
    holds = (line.distributor_entrusted, line.distributor_licence_ok)
    yield on_line(
        line,
        (RULE_DISTRIBUTOR, GSP),
        all(holds),
        (_("The distributor is entrusted and licensed."), refusals.get(holds, "")),
        today=today,
        entrusted=line.distributor_entrusted,
        licensed=line.distributor_licence_ok,
    )


def check_approval(line: LineFacts, today: date) -> Iterator[Check]:
    """Approved through its last day, where that is known, and neither suspended nor withdrawn."""
    is_valid = line.approval_valid_until is None or today <= line.approval_valid_until
    yield on_line(
        line,
        (RULE_APPROVAL, GSP),
        is_valid and line.product_trading,
        (
            _("The product is approved and traded."),
            _("The product is suspended or withdrawn from trade.")
            if is_valid
            else _("The approval of the product ended with %(valid_until)s."),
        ),
        today=today,
        valid_until=line.approval_valid_until,
        trading=line.product_trading,
    )


def check_hold(line: LineFacts, today: date) -> Iterator[Check]:
    """Of a lot that nobody has recalled or put in quarantine."""
    yield on_line(
        line,
        (RULE_HOLD, "药品召回管理办法 (2022)"),
        line.hold is None,
        (_("Lot %(lot)s is neither recalled nor in quarantine."), _("Lot %(lot)s is on hold: %(hold)s")),
        lot=line.lot_found,
        hold=line.hold,
    )
