"""Refused sheets with their errors, kept in the cache for some minutes for whoever sent them."""

from __future__ import annotations

import uuid

from django.core.cache import cache

from catalog.foundation.actor import Actor
from catalog.foundation.errors import NotVisible
from catalog.foundation.imports import Checked, Table, annotated

SECONDS_KEPT = 15 * 60


def keep(actor: Actor, table: Table, checked: Checked) -> str:
    """Keep the sheet and return the token that fetches it."""
    token = uuid.uuid4().hex
    cache.set(_key(actor, token), annotated(table, checked), SECONDS_KEPT)
    return token


def fetch(actor: Actor, token: str) -> bytes:
    """The sheet as a workbook.

    Raises:
        NotVisible: kept for too long, or somebody else's.
    """
    content = cache.get(_key(actor, token))
    if content is None:
        raise NotVisible(what="sheet", key=token)
    return bytes(content)


def _key(actor: Actor, token: str) -> str:
    return f"portal:error-sheet:{actor.user_id}:{actor.organization_id}:{token}"
