"""Many lines at once: pasted from a sheet, as in the last order, or as use and stock suggest.

What was read is shown row by row before anything goes into the basket.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from catalog.foundation.actor import Actor
from distribution.portal.basket_rows import Basket, agreed_lines
from distribution.portal.roundings import rounding
from distribution.queries import orderable_lines
from distribution.queries.orderers import Orderer
from distribution.queries.readings import Offer, Reading, read_rows
from distribution.queries.suggestions import Suggestion, last_order, suggest_by_use

PASTE, LAST, SUGGEST, TAKE = "paste", "last", "suggest", "take"
# A line of the basket and its packs, as a mark or a choice of the readings says them.
TAKEN = re.compile(r"([0-9]{1,18}):([0-9]{1,9})")
LONGEST_PASTE = 200_000
MONTHS = re.compile(r"[0-9]{1,2}(\.[0-9])?")


@dataclass(frozen=True, slots=True)
class Shown:
    """An offer with how its packs came about, and what stands in the basket for it already."""

    offer: Offer
    note: str
    replaced: str

    @property
    def value(self) -> str:
        """What the form sends for it."""
        return f"{self.offer.line.pk}:{self.offer.rounded.packs}"

    @property
    def packs(self) -> str:
        """Its packs in words."""
        packs = self.offer.rounded.packs
        return ngettext("%(packs)s pack", "%(packs)s packs", packs) % {"packs": f"{packs:,}"}


@dataclass(frozen=True, slots=True)
class Found:
    """A row with what it may mean; ``remark`` says where it comes from, where nobody wrote it."""

    reading: Reading
    offers: list[Shown]
    remark: str = ""


def show_quick_entry(
    data: QueryDict, basket: Basket, *, orderer: Orderer, recipient: str, actor: Actor, at: datetime
) -> dict[str, Any]:
    """What the template needs; ``found`` is None where no rows were asked for.

    Lines that were marked go into the basket here.
    """
    action = data.get("action", "")
    context: dict[str, Any] = {
        "pasted": data.get("pasted", "").replace("\x00", "")[:LONGEST_PASTE],
        "months": data.get("months") or f"{orderer.rules.cover_months.normalize():f}",
        "read_by": action,
        "found": None,
        "taken_count": 0,
    }
    if action == TAKE:
        packs = _taken(data)
        basket.put(packs)
        return context | {"taken_count": len(packs), "pasted": ""}
    if action == PASTE:
        orderable = orderable_lines(actor, at, orderer=orderer)
        found = [
            _found(reading, basket, rounded_from_units=reading.in_units)
            for reading in read_rows(context["pasted"], orderable=orderable, known=agreed_lines(actor))
        ]
    elif action == LAST:
        found = _suggested(last_order(actor, at, recipient=recipient), basket)
    elif action == SUGGEST:
        if not MONTHS.fullmatch(context["months"]) or not Decimal(context["months"]):
            return context | {"found": [], "problem": _("Write for how many months it is to last, such as 1 or 1.5.")}
        months = Decimal(context["months"])
        found = _suggested(suggest_by_use(actor, at, recipient=recipient, cover_months=months), basket)
    else:
        return context
    return context | {"found": found, "orderable_count": sum(bool(row.offers) for row in found)}


def _taken(data: QueryDict) -> dict[int, int]:
    marks = (TAKEN.fullmatch(value) for value in data.getlist("take"))
    return {int(mark[1]): int(mark[2]) for mark in marks if mark}


def _suggested(suggestions: Sequence[Suggestion], basket: Basket) -> list[Found]:
    return [
        _found(
            Reading(row, "", None, offers=[Offer(item.line, item.rounded)]),
            basket,
            rounded_from_units=bool(item.rounded.added),
            remark=_remark(item),
        )
        for row, item in enumerate(suggestions, start=1)
    ]


def _remark(item: Suggestion) -> str:
    """The figures behind a suggestion, in units."""
    remark = _("used a month: %(use)s; in stock: %(stock)s; coming: %(coming)s") % {
        "use": f"{round(item.figures.monthly_use):,}",
        "stock": f"{item.figures.stock:,}",
        "coming": f"{item.figures.on_the_way + item.figures.asked_for:,}",
    }
    return f"{remark}. {_('No more remains of the agreed volume.')}" if item.is_cut else remark


def _found(reading: Reading, basket: Basket, *, rounded_from_units: bool, remark: str = "") -> Found:
    return Found(
        reading,
        [
            Shown(
                offer,
                note=rounding(offer.rounded) if rounded_from_units else "",
                replaced=_("instead of %(typed)s in the basket") % {"typed": typed}
                if (typed := basket.typed.get(offer.line.pk))
                else "",
            )
            for offer in reading.offers
        ],
        remark,
    )
