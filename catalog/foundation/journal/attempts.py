"""Writing down what was tried and refused because of who asked, or when."""

from __future__ import annotations

import ipaddress
from datetime import datetime

from django.apps import apps
from django.db import models
from django.db.models import Exists, F, Func, OuterRef, QuerySet, Value
from django.db.models.functions import Cast, Replace
from django.http import HttpRequest
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

from catalog.foundation.actor import Actor
from catalog.foundation.journal.models import DeniedAttempt


def record_attempt(*, actor: Actor, request: HttpRequest | Request, code: str, detail: str, at: datetime) -> None:
    """Write one denied attempt, after the refusal has undone the work itself.

    Never call it inside the refused transaction: the record would be undone with it.
    """
    DeniedAttempt.objects.create(
        occurred_at=at,
        user_id=actor.user_id,
        organization_id=actor.organization_id,
        channel=actor.channel,
        network_address=address_of(request),
        request_id=actor.request_id,
        what=_storable(f"{request.method} {request.path}")[:200],
        code=code[:100],
        detail=_storable(detail),
    )


# A reference in an address; read without hyphens, since it is understood with any or none.
REFERENCE = "[0-9a-fA-F]{32}"


def visible_attempts(attempts: QuerySet[DeniedAttempt], actor: Actor) -> QuerySet[DeniedAttempt]:
    """Those whose address names no record that is itself hidden from the actor, such as a sealed bid.

    Beside the name of a firm the reference of its bid would tell that the firm has bid. Once the record can be seen the
    attempt can, too.
    """
    digits = Func(Replace(F("what"), Value("-"), Value("")), Value(REFERENCE), function="substring")
    attempts = attempts.annotate(named=Cast(digits, models.UUIDField()))
    for model in apps.get_models():
        rows = model._default_manager
        if hasattr(rows, "visible_to") and _has_references(model):
            seen = rows.visible_to(actor).order_by().values("pk")
            attempts = attempts.exclude(Exists(rows.exclude(pk__in=seen).filter(reference=OuterRef("named"))))
    return attempts


def _has_references(model: type[models.Model]) -> bool:
    return any(field.name == "reference" and isinstance(field, models.UUIDField) for field in model._meta.fields)


def address_of(request: HttpRequest | Request) -> str | None:
    """The network address that a request came from, as far as the proxies in front are to be believed."""
    # the identity that throttling goes by; it reads nothing but the headers of the request
    ident = BaseThrottle().get_ident(request)  # type: ignore[arg-type]
    try:
        return str(ipaddress.ip_address(ident))
    except ValueError:
        return None


def _storable(text: str) -> str:
    """What was asked for, even where no database keeps it: the null character becomes U+FFFD."""
    return text.replace("\x00", "\ufffd")
