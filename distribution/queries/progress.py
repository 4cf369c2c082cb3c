"""How far an order has come, in words."""

from __future__ import annotations

from django.utils.translation import gettext as _

from distribution.models import Order
from distribution.states import OrderStatus


def progress_of(order: Order) -> str:
    """What has become of the packs that were ordered; asks the lines of the order, fetched before in a list."""
    lines = list(order.lines.all())
    ordered = sum(line.packs for line in lines)
    closed = sum(line.closed_packs for line in lines)
    sent = sum(line.despatched_packs for line in lines)
    accepted = sum(line.accepted_packs for line in lines)
    invoiced = sum(line.invoiced_packs for line in lines)
    left = ordered - closed
    match order.status:
        case OrderStatus.PLACED if order.escalated_at:
            words = _("the answer is overdue")
        case OrderStatus.PLACED:
            words = _("waits for the supplier's answer")
        case OrderStatus.CONFIRMED if closed:
            words = _("partly confirmed: %(part)s of %(whole)s packs") % {"part": left, "whole": ordered}
        case OrderStatus.CONFIRMED:
            words = _("confirmed in full")
        case OrderStatus.DESPATCHED if accepted:
            words = _("partly received: %(part)s of %(whole)s packs") % {"part": accepted, "whole": left}
        case OrderStatus.DESPATCHED if sent < left:
            words = _("partly despatched: %(part)s of %(whole)s packs") % {"part": sent, "whole": left}
        case OrderStatus.DESPATCHED:
            words = _("despatched in full")
        case OrderStatus.RECEIVED if 0 < invoiced < accepted:
            words = _("partly invoiced: %(part)s of %(whole)s packs") % {"part": invoiced, "whole": accepted}
        case OrderStatus.RECEIVED if closed:
            words = _("received: %(part)s of %(whole)s packs, the rest is closed") % {
                "part": accepted,
                "whole": ordered,
            }
        case OrderStatus.RECEIVED:
            words = _("received in full")
        case _other:
            words = str(order.get_status_display())
    return words
