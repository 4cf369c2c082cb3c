"""Filing who delivers for a supplier."""

from __future__ import annotations

from datetime import date, datetime

from django.db import IntegrityError, transaction
from django.db.backends.postgresql.psycopg_any import DateRange
from django.utils.translation import gettext as _

from catalog.accounts.kinds import OrganizationKind, Role
from catalog.accounts.models import Organization
from catalog.foundation.actor import Actor
from catalog.foundation.errors import NotAllowed
from catalog.foundation.journal.record import record
from catalog.foundation.transitions import find
from catalog.models import Region
from distribution.errors import EntrustmentExists, EntrustmentTermEmpty
from distribution.models import Entrustment


def file_entrustment(
    *,
    distributor_code: str,
    region_code: str,
    valid_from: date,
    valid_until: date,
    actor: Actor,
    at: datetime,
) -> Entrustment:
    """Entrust a distributor with the supplier's deliveries in a region for a time.

    Raises:
        NotAllowed, NotVisible
        EntrustmentTermEmpty
        EntrustmentExists: somebody is entrusted with the region in the period.
    """
    if not actor.has(Role.SUPPLIER_AGENT) or actor.organization_id is None:
        raise NotAllowed(reason=_("a supplier entrusts its own deliveries"))
    if valid_until <= valid_from:
        raise EntrustmentTermEmpty(begin=valid_from, until=valid_until, pointer="/valid_until")
    distributors = Organization.objects.filter(kind=OrganizationKind.DISTRIBUTOR, is_active=True)
    distributor = find(distributors, code=distributor_code)
    region = find(Region.objects.all(), code=region_code)
    with transaction.atomic():
        try:
            with transaction.atomic():
                entrustment = Entrustment.objects.create(
                    supplier_id=actor.organization_id,
                    distributor=distributor,
                    region=region,
                    validity=DateRange(valid_from, valid_until),
                )
        except IntegrityError as error:
            supplier = Organization.objects.get(pk=actor.organization_id)
            raise EntrustmentExists(supplier=supplier, region=region) from error
        record(actor=actor, action="entrustment.file", subject=entrustment, at=at)
    return entrustment
