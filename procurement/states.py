"""The lives of demand rounds, tenders, lots, bids and agreements."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from catalog.foundation.machine import Machine


class DemandStatus(models.TextChoices):
    COLLECTING = "collecting", _("collecting")
    CLOSED = "closed", _("closed")


class TenderStatus(models.TextChoices):
    DRAFT = "draft", _("draft")
    PUBLISHED = "published", _("published")
    CLOSED = "closed", _("closed for bids")
    OPENING = "opening", _("being opened")
    OPENED = "opened", _("opened")
    EVALUATED = "evaluated", _("evaluated")
    CONCLUDED = "concluded", _("concluded")
    CANCELLED = "cancelled", _("cancelled")


class LotStatus(models.TextChoices):
    OPEN = "open", _("open")
    PROPOSED = "proposed", _("winners proposed")
    AWARDED = "awarded", _("awarded")
    FAILED = "failed", _("failed")


class BidStatus(models.TextChoices):
    SEALED = "sealed", _("sealed")
    WITHDRAWN = "withdrawn", _("withdrawn")
    OPENED = "opened", _("opened")
    SPOILED = "spoiled", _("could not be read")
    SET_ASIDE = "set_aside", _("set aside")
    RANKED = "ranked", _("ranked")
    AWARDED = "awarded", _("awarded")
    LOST = "lost", _("not awarded")


class AgreementStatus(models.TextChoices):
    IN_FORCE = "in_force", pgettext_lazy("agreement", "in force")
    SUSPENDED = "suspended", _("suspended")
    ENDED = "ended", _("ended")


DEMAND_ROUND = Machine(
    "demand_round",
    DemandStatus,
    {"close": (_("close the demand round"), [DemandStatus.COLLECTING], DemandStatus.CLOSED)},
)

TENDER = Machine(
    "tender",
    TenderStatus,
    {
        "publish": (_("publish"), [TenderStatus.DRAFT], TenderStatus.PUBLISHED),
        "close": (_("close for bids"), [TenderStatus.PUBLISHED], TenderStatus.CLOSED),
        "assemble": (_("assemble the opening key"), [TenderStatus.CLOSED], TenderStatus.OPENING),
        "open": (_("open the bids"), [TenderStatus.OPENING], TenderStatus.OPENED),
        "evaluate": (_("evaluate"), [TenderStatus.OPENED], TenderStatus.EVALUATED),
        "conclude": (_("conclude the agreements"), [TenderStatus.EVALUATED], TenderStatus.CONCLUDED),
        "cancel": (
            _("cancel"),
            [TenderStatus.DRAFT, TenderStatus.PUBLISHED, TenderStatus.CLOSED],
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
        "fail": (_("declare failed"), [LotStatus.PROPOSED], LotStatus.FAILED),
    },
)

BID = Machine(
    "bid",
    BidStatus,
    {
        "withdraw": (_("withdraw"), [BidStatus.SEALED], BidStatus.WITHDRAWN),
        "open": (pgettext_lazy("bid", "open"), [BidStatus.SEALED], BidStatus.OPENED),
        "spoil": (_("record as unreadable"), [BidStatus.SEALED], BidStatus.SPOILED),
        "set_aside": (_("set aside"), [BidStatus.OPENED], BidStatus.SET_ASIDE),
        "rank": (_("rank"), [BidStatus.OPENED], BidStatus.RANKED),
        "award": (_("award"), [BidStatus.RANKED], BidStatus.AWARDED),
        "lose": (_("record as not awarded"), [BidStatus.RANKED], BidStatus.LOST),
    },
)

AGREEMENT = Machine(
    "agreement",
    AgreementStatus,
    {
        "suspend": (_("suspend"), [AgreementStatus.IN_FORCE], AgreementStatus.SUSPENDED),
        "resume": (_("resume"), [AgreementStatus.SUSPENDED], AgreementStatus.IN_FORCE),
        "end": (_("end"), [AgreementStatus.IN_FORCE, AgreementStatus.SUSPENDED], AgreementStatus.ENDED),
    },
)
