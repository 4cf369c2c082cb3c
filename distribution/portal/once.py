"""A form that is sent twice does its work once."""

from __future__ import annotations

import hashlib
import json
import re
import uuid
from collections.abc import Callable
from dataclasses import dataclass

from catalog.foundation.actor import Actor
from catalog.foundation.journal.models import IdempotencyKey
from catalog.foundation.transitions import unit_of_work

TOKEN = re.compile(r"[0-9a-f]{32}")


@dataclass(frozen=True, slots=True)
class Done:
    """What the form made; ``is_other`` where the token came before with another content."""

    key: int
    is_other: bool


def new_token() -> str:
    """A token for a fresh form."""
    return uuid.uuid4().hex


def is_token(token: str) -> bool:
    """Was it made by ``new_token``?"""
    return TOKEN.fullmatch(token) is not None


def once(*, actor: Actor, token: str, content: object, work: Callable[[], int]) -> Done:
    """Do the work, which returns the key of what it made, once per person and token.

    The token is stored in the transaction of the work: a failure frees it, and a second request that comes while the
    first one runs waits for it.
    """
    fingerprint = hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()
    client, key = f"portal:{actor.user_id}", token
    with unit_of_work():
        IdempotencyKey.objects.bulk_create(
            [IdempotencyKey(client=client, key=key, fingerprint=fingerprint)], ignore_conflicts=True
        )
        stored = IdempotencyKey.objects.select_for_update().get(client=client, key=key)
        if stored.response_status is None:
            stored.response_status, stored.response_body = 201, {"key": work()}
            stored.save(update_fields=["response_status", "response_body"])
        body = stored.response_body or {}
        return Done(key=body["key"], is_other=stored.fingerprint != fingerprint)
