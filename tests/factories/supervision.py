"""The supply network and its supervision."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from catalog.accounts.models import Organization
from catalog.foundation.actor import Actor
from catalog.models import Township
from distribution.models import Complaint, ServiceDuty
from distribution.services.complaints import accept_complaint, decide_complaint, file_complaint
from distribution.services.duties import give_duties
from distribution.states import ComplaintSubject
from tests.cast import ZHONGYUAN, Cast
from tests.factories.clock import NOW, TODAY


def township(code: str = f"{ZHONGYUAN}100", name: str = "石佛镇", *, is_remote: bool = False) -> Township:
    """A township of the hospital's county; registered once."""
    known, _is_new = Township.objects.get_or_create(
        code=code, defaults={"name": name, "county_id": code[:6], "is_remote": is_remote}
    )
    return known


def duty(cast: Cast, place: Township | None = None, *, distributor: Organization | None = None) -> ServiceDuty:
    """The distributor has to serve the township since yesterday."""
    [given] = give_duties(
        township_codes=[(place or township()).code],
        distributor_code=(distributor or cast.distributor_firm).code,
        valid_from=TODAY - timedelta(days=1),
        valid_until=None,
        actor=cast.officer,
        at=NOW,
    )
    return given


def complaint(
    cast: Cast, *, about: Organization | None = None, actor: Actor | None = None, at: datetime = NOW, **options: Any
) -> Complaint:
    """The hospital complains about the supplier, which did not deliver."""
    return file_complaint(
        about_code=(about or cast.supplier_firm).code,
        subject=ComplaintSubject.NOT_DELIVERED,
        text="三次催货未到",
        actor=actor or cast.buyer,
        at=at,
        **options,
    )


def accepted_complaint(cast: Cast, *, at: datetime = NOW, **options: Any) -> Complaint:
    """Taken up by the officer."""
    filed = complaint(cast, at=at, **options)
    return accept_complaint(complaint_id=filed.pk, actor=cast.officer, at=at)


def decided_complaint(cast: Cast, *, is_upheld: bool = True, **options: Any) -> Complaint:
    """Upheld by the officer, without an answer."""
    accepted = accepted_complaint(cast, **options)
    return decide_complaint(
        complaint_id=accepted.pk, is_upheld=is_upheld, decision="配送记录属实", actor=cast.officer, at=NOW
    )
