"""``Idempotency-Key``: the same request twice is the same as once."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.encoders import JSONEncoder

from catalog.foundation.errors import Malformed, RuleBroken
from catalog.foundation.journal.models import IdempotencyKey
from catalog.foundation.prepared import prepared_cursor
from catalog.foundation.transitions import unit_of_work

HEADER = "Idempotency-Key"


class IdempotencyKeyMissing(Malformed):
    """A request that creates something came without a key."""

    code = "idempotency-key-missing"
    template = _("Send a header Idempotency-Key of 1 to 255 characters of your own choice with this request.")


class IdempotencyKeyReused(RuleBroken):
    """The key came before, with another request."""

    code = "idempotency-key-reused"
    template = _("The Idempotency-Key “%(key)s” was used for another request: choose a new one.")


def client_of(request: Request) -> str:
    """Whose keys they are: the machine client's or the person's."""
    application = getattr(request.auth, "application_id", None)
    return f"client:{application}" if application else f"user:{request.user.pk}"


def fingerprint_of(request: Request) -> str:
    """What was asked for, so that a key cannot be used for something else."""
    body = json.dumps(request.data, sort_keys=True, cls=JSONEncoder)
    return hashlib.sha256(f"{request.method} {request.path}\n{body}".encode()).hexdigest()


# By hand, since every call that writes passes here: one round trip for a key that is new, waiting for one under way.
CLAIM = """
INSERT INTO journal_idempotencykey (client, key, fingerprint, created_at) VALUES (%s, %s, %s, %s)
ON CONFLICT (client, key) DO NOTHING RETURNING id
"""
KEEP = "UPDATE journal_idempotencykey SET response_status = %s, response_body = %s::jsonb WHERE id = %s"


def _claim(client: str, key: str, fingerprint: str) -> int | None:
    """The id of the new key; None where it came before."""
    with prepared_cursor() as cursor:
        cursor.execute(CLAIM, (client, key, fingerprint, timezone.now()))
        row = cursor.fetchone()
    return row[0] if row else None


def idempotent(handler: Callable[..., Response]) -> Callable[..., Response]:
    """Run the view's method once per client and key; answer a repeat with the first answer.

    The key is stored in the transaction of the work: a failure frees it, and a second request that comes while the
    first one runs waits for it.

    Raises:
        IdempotencyKeyMissing, IdempotencyKeyReused
    """

    @wraps(handler)
    def once(view: Any, request: Request, *args: Any, **kwargs: Any) -> Response:
        key = request.headers.get(HEADER, "")
        if not 0 < len(key) <= 255 or "\x00" in key:
            raise IdempotencyKeyMissing()
        client, fingerprint = client_of(request), fingerprint_of(request)
        with unit_of_work(is_whole=True):
            stored_id = _claim(client, key, fingerprint)
            if stored_id is None:
                stored = IdempotencyKey.objects.select_for_update().get(client=client, key=key)
                if stored.fingerprint != fingerprint:
                    raise IdempotencyKeyReused(key=key)
                return Response(
                    stored.response_body,
                    status=stored.response_status,
                    headers={"Idempotent-Replayed": "true"},
                )
            response = handler(view, request, *args, **kwargs)
            with prepared_cursor() as cursor:
                cursor.execute(KEEP, (response.status_code, json.dumps(response.data, cls=JSONEncoder), stored_id))
            return response

    return once
