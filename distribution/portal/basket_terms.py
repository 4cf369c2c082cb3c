"""For whom a basket is ordered, how urgently, and why."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime

from django.http import QueryDict
from django.utils.timezone import localdate

from catalog.accounts.models import Organization
from catalog.foundation.actor import Actor
from catalog.foundation.errors import DomainError
from distribution.models import Requisition
from distribution.portal.refusals import parts_of
from distribution.queries.orderers import Orderer, orderer_of
from distribution.services.requisitions import Terms
from distribution.states import Urgency

FIELDS = ("recipient", "urgency", "urgency_reason")


def read_terms(data: QueryDict) -> Terms:
    """The fields of the form; an urgency that is none is the ordinary one, which the page then shows."""
    urgency = data.get("urgency", "")
    return Terms(
        urgency=urgency if urgency in Urgency.values else Urgency.ORDINARY,
        urgency_reason=data.get("urgency_reason", "").replace("\x00", "").strip()[:300],
        recipient=data.get("recipient", "").replace("\x00", ""),
    )


def terms_of(requisition: Requisition) -> Terms:
    """As a draft has them."""
    recipient = requisition.recipient.code if requisition.recipient else ""
    return Terms(requisition.urgency, requisition.urgency_reason, recipient)


def refused_terms(error: DomainError) -> dict[str, list[str]]:
    """What is wrong with the terms, by field."""
    refused: defaultdict[str, list[str]] = defaultdict(list)
    for part in parts_of(error):
        name = part.pointer.removeprefix("/")
        if name in FIELDS:
            refused[name].append(str(part))
    return dict(refused)


def orderer_for(terms: Terms, villages: Sequence[Organization], actor: Actor, at: datetime) -> Orderer:
    """Who orders, as the page shows it: for a clinic that is none of the institution's villages, for itself.

    What is shown of stock and use is thus never another institution's; what is saved is refused by its own rules.
    """
    assert actor.organization_id is not None  # whoever has a role has it in an organization
    is_known = any(village.code == terms.recipient for village in villages)
    return orderer_of(actor.organization_id, localdate(at), recipient=terms.recipient if is_known else "")
