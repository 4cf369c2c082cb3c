"""Refused sheets with their errors, kept in the cache for some minutes for whoever sent them."""

from __future__ import annotations

import uuid

from django.core.cache import cache

from catalog.foundation.actor import Actor
from catalog.foundation.errors import NotVisible
from catalog.foundation.imports import Checked, Table, annotated

SECONDS_KEPT = 15 * 60
MAX_BYTES = 5 * 1024 * 1024


def keep(actor: Actor, table: Table, checked: Checked) -> str:
    """Keep the sheet in the place of the person's last one; return the token that fetches it, "" if it is too large."""
    content = annotated(table, checked)
    if len(content) > MAX_BYTES:
        return ""
    token = uuid.uuid4().hex
    cache.set(_key(actor), (token, content), SECONDS_KEPT)
    return token


def fetch(actor: Actor, token: str) -> bytes:
    """The sheet as a workbook.

    Raises:
        NotVisible: kept for too long, replaced by a later one, or somebody else's.
    """
    kept, content = cache.get(_key(actor), ("", b""))
    if kept != token:
        raise NotVisible(what="sheet", key=token)
    return bytes(content)


def _key(actor: Actor) -> str:
    return f"portal:error-sheet:{actor.user_id}:{actor.organization_id}"
