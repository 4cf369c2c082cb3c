"""Procedures, and the lives of tenders and lots."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from catalog.foundation.machine import Machine


class Procedure(models.TextChoices):
    """How a tender is run; the values are the kinds of rule sets that hold the numbers."""

    DOUBLE_ENVELOPE = "double_envelope", _("double-envelope tender")
    VOLUME_BASED = "volume_based", _("volume-based procurement")
    NEGOTIATION = "negotiation", _("negotiation")
    DIRECT_LISTING = "direct_listing", _("direct listing")
    DESIGNATED_PRODUCTION = "designated_production", _("designated production")
    SMALL_QUANTITY = "small_quantity", _("small-quantity and emergency purchase")


class Stage(models.TextChoices):
    """The two envelopes of a bid, each with a key and an opening of its own."""

    TECHNICAL = "technical", _("economic-technical envelope")
    COMMERCIAL = "commercial", _("commercial envelope")


class TenderStatus(models.TextChoices):
    DRAFT = "draft", _("draft")
    PUBLISHED = "published", _("published")
    CLOSED = "closed", _("closed for bids")
    TECHNICAL_OPENING = "technical_opening", _("technical envelopes being opened")
    TECHNICAL_OPENED = "technical_opened", _("technical envelopes opened")
    SHORTLISTED = "shortlisted", _("shortlisted")
    SHORTLIST_PUBLISHED = "shortlist_published", _("shortlist published")
    OPENING = "opening", _("being opened")
    OPENED = "opened", _("opened")
    EVALUATED = "evaluated", _("evaluated")
    CANDIDATES_PUBLISHED = "candidates", _("candidates published")
    CONCLUDED = "concluded", _("concluded")
    CANCELLED = "cancelled", _("cancelled")


class LotStatus(models.TextChoices):
    OPEN = "open", _("open")
    PROPOSED = "proposed", _("winners proposed")
    AWARDED = "awarded", _("awarded")
    FAILED = "failed", _("failed")


TENDER = Machine(
    "tender",
    TenderStatus,
    {
        "publish": (_("publish"), [TenderStatus.DRAFT], TenderStatus.PUBLISHED),
        "close": (_("close for bids"), [TenderStatus.PUBLISHED], TenderStatus.CLOSED),
        "assemble_technical": (
            _("assemble the key of the technical envelopes"),
            [TenderStatus.CLOSED],
            TenderStatus.TECHNICAL_OPENING,
        ),
        "open_technical": (
            _("open the technical envelopes"),
            [TenderStatus.TECHNICAL_OPENING],
            TenderStatus.TECHNICAL_OPENED,
        ),
        "shortlist": (_("shortlist"), [TenderStatus.TECHNICAL_OPENED], TenderStatus.SHORTLISTED),
        "publish_shortlist": (
            _("publish the shortlist"),
            [TenderStatus.SHORTLISTED],
            TenderStatus.SHORTLIST_PUBLISHED,
        ),
        "assemble": (
            _("assemble the opening key"),
            [TenderStatus.CLOSED, TenderStatus.SHORTLIST_PUBLISHED],
            TenderStatus.OPENING,
        ),
        "open": (_("open the bids"), [TenderStatus.OPENING], TenderStatus.OPENED),
        # the worker, when the released shares do not give the key: each back to where it came from
        "take_back_technical": (
            _("wait for another share of the key of the technical envelopes"),
            [TenderStatus.TECHNICAL_OPENING],
            TenderStatus.CLOSED,
        ),
        "take_back": (_("wait for another share of the opening key"), [TenderStatus.OPENING], TenderStatus.CLOSED),
        "take_back_shortlist": (
            _("wait for another share of the opening key"),
            [TenderStatus.OPENING],
            TenderStatus.SHORTLIST_PUBLISHED,
        ),
        "evaluate": (_("evaluate"), [TenderStatus.OPENED], TenderStatus.EVALUATED),
        "publish_candidates": (
            _("publish the candidates"),
            [TenderStatus.EVALUATED],
            TenderStatus.CANDIDATES_PUBLISHED,
        ),
        "conclude": (
            _("conclude the agreements"),
            [TenderStatus.CLOSED, TenderStatus.CANDIDATES_PUBLISHED],
            TenderStatus.CONCLUDED,
        ),
        "cancel": (
            _("cancel"),
            [
                TenderStatus.DRAFT,
                TenderStatus.PUBLISHED,
                TenderStatus.CLOSED,
                TenderStatus.TECHNICAL_OPENING,
                TenderStatus.TECHNICAL_OPENED,
                TenderStatus.SHORTLISTED,
                TenderStatus.SHORTLIST_PUBLISHED,
                TenderStatus.OPENING,
                TenderStatus.OPENED,
                TenderStatus.EVALUATED,
                TenderStatus.CANDIDATES_PUBLISHED,
            ],
            TenderStatus.CANCELLED,
        ),
    },
)


LOT = Machine(
    "lot",
    LotStatus,
    {
        "propose": (_("propose winners"), [LotStatus.OPEN], LotStatus.PROPOSED),
        "award": (_("award"), [LotStatus.PROPOSED], LotStatus.AWARDED),
        "lapse": (_("record as without a valid bid"), [LotStatus.OPEN], LotStatus.FAILED),
        "list": (_("record as listed"), [LotStatus.OPEN], LotStatus.AWARDED),
        "renew": (_("propose at a negotiated price"), [LotStatus.FAILED], LotStatus.PROPOSED),
        "fail": (_("declare failed"), [LotStatus.PROPOSED], LotStatus.FAILED),
    },
)
