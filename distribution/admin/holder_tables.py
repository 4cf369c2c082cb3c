"""Who has and had some lots, as a table of the admin."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from catalog.foundation.web.admin import table, whole
from catalog.foundation.web.admin.values import EMPTY
from distribution.queries.lot_trace import Holder


def holder_table(holders: Sequence[Holder]) -> str | SafeString:
    """One row per organization, in units; empty where nobody received the lots."""
    if not holders:
        return EMPTY
    rows = [
        [
            holder.name,
            *map(
                whole,
                (holder.received, holder.under_way, holder.on_hand, holder.issued, holder.back, holder.destroyed),
            ),
        ]
        for holder in holders
    ]
    return table(
        [
            _("organization"),
            _("units received"),
            _("on the way"),
            _("units on hand"),
            _("issued to patients"),
            _("handed back"),
            _("written off"),
        ],
        rows,
    )
