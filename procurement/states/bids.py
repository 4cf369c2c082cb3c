"""The life of a bid."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from catalog.foundation.machine import Machine


class BidStatus(models.TextChoices):
    SEALED = "sealed", _("sealed")
    WITHDRAWN = "withdrawn", _("withdrawn")
    TECHNICAL_OPENED = "technical_opened", _("technical envelope opened")
    SHORTLISTED = "shortlisted", _("shortlisted")
    NOT_SHORTLISTED = "not_shortlisted", _("not shortlisted")
    OPENED = "opened", _("opened")
    SPOILED = "spoiled", _("could not be read")
    SET_ASIDE = "set_aside", _("set aside")
    RANKED = "ranked", _("ranked")
    AWARDED = "awarded", _("awarded")
    LOST = "lost", _("not awarded")
    REVOKED = "revoked", _("award revoked")


BID = Machine(
    "bid",
    BidStatus,
    {
        "withdraw": (_("withdraw"), [BidStatus.SEALED], BidStatus.WITHDRAWN),
        "open_technical": (_("open the technical envelope"), [BidStatus.SEALED], BidStatus.TECHNICAL_OPENED),
        "shortlist": (_("shortlist"), [BidStatus.TECHNICAL_OPENED], BidStatus.SHORTLISTED),
        "turn_away": (
            _("leave off the shortlist"),
            [BidStatus.TECHNICAL_OPENED, BidStatus.SHORTLISTED],
            BidStatus.NOT_SHORTLISTED,
        ),
        "readmit": (
            _("put on the shortlist after an objection"),
            [BidStatus.NOT_SHORTLISTED],
            BidStatus.SHORTLISTED,
        ),
        "open": (pgettext_lazy("bid", "open"), [BidStatus.SEALED, BidStatus.SHORTLISTED], BidStatus.OPENED),
        "spoil": (_("record as unreadable"), [BidStatus.SEALED, BidStatus.SHORTLISTED], BidStatus.SPOILED),
        "set_aside": (_("set aside"), [BidStatus.OPENED, BidStatus.RANKED], BidStatus.SET_ASIDE),
        "rank": (_("rank"), [BidStatus.OPENED], BidStatus.RANKED),
        "admit": (_("admit to the ranking"), [BidStatus.SET_ASIDE], BidStatus.RANKED),
        "offer_again": (_("offer again"), [BidStatus.RANKED, BidStatus.LOST], BidStatus.OPENED),
        "award": (_("award"), [BidStatus.RANKED, BidStatus.LOST], BidStatus.AWARDED),
        "lose": (_("record as not awarded"), [BidStatus.RANKED], BidStatus.LOST),
        "revoke": (_("revoke the award"), [BidStatus.AWARDED], BidStatus.REVOKED),
    },
)
