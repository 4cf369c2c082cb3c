from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from catalog.foundation.machine import Machine


class Seriousness(models.TextChoices):
    """How grave an adverse reaction is, the gravest word that fits; a new one stands on no leaflet."""

    DEATH = "death", _("death")
    SERIOUS = "serious", _("serious")
    NEW = "new", _("new and not serious")
    OTHER = "other", pgettext_lazy("adverse reaction", "other")


class AgeGroup(models.TextChoices):
    """The age that is kept of a patient: wide enough to name nobody."""

    NEWBORN = "newborn", _("up to 27 days")
    INFANT = "infant", _("28 days to 1 year")
    CHILD = "child", _("2 to 11 years")
    ADOLESCENT = "adolescent", _("12 to 17 years")
    ADULT = "adult", _("18 to 64 years")
    ELDERLY = "elderly", _("65 years and over")
    UNKNOWN = "unknown", pgettext_lazy("adverse reaction", "not known")


class Sex(models.TextChoices):
    FEMALE = "female", _("female")
    MALE = "male", _("male")
    UNKNOWN = "unknown", pgettext_lazy("adverse reaction", "not known")


class Outcome(models.TextChoices):
    RECOVERED = "recovered", _("recovered")
    RECOVERING = "recovering", _("recovering")
    NOT_RECOVERED = "not_recovered", _("not recovered")
    SEQUELAE = "sequelae", _("recovered with sequelae")
    FATAL = "fatal", _("died")
    UNKNOWN = "unknown", pgettext_lazy("adverse reaction", "not known")


class Causality(models.TextChoices):
    """How surely the medicine caused the event, in the six grades of the national form."""

    CERTAIN = "certain", _("certain")
    PROBABLE = "probable", _("probable")
    POSSIBLE = "possible", _("possible")
    UNLIKELY = "unlikely", _("unlikely")
    PENDING = "pending", _("more is needed to judge")
    UNASSESSABLE = "unassessable", _("cannot be judged")


class ReactionStatus(models.TextChoices):
    REPORTED = "reported", _("reported")
    REVIEWED = "reviewed", _("reviewed")
    CONCLUDED = "concluded", pgettext_lazy("adverse reaction", "concluded")
    SET_ASIDE = "set_aside", pgettext_lazy("adverse reaction", "set aside")


class SignalStatus(models.TextChoices):
    FOUND = "found", pgettext_lazy("signal", "found")
    CONFIRMED = "confirmed", pgettext_lazy("signal", "confirmed")
    REFUTED = "refuted", _("refuted")


class LotAlertStatus(models.TextChoices):
    RAISED = "raised", _("raised")
    QUARANTINED = "quarantined", _("quarantined")
    DISMISSED = "dismissed", _("dismissed")


REACTION = Machine(
    "adverse_reaction",
    ReactionStatus,
    {
        "review": (pgettext_lazy("adverse reaction", "review"), [ReactionStatus.REPORTED], ReactionStatus.REVIEWED),
        "conclude": (_("conclude"), [ReactionStatus.REVIEWED], ReactionStatus.CONCLUDED),
        "set_aside": (
            pgettext_lazy("adverse reaction", "set aside"),
            [ReactionStatus.REPORTED, ReactionStatus.REVIEWED],
            ReactionStatus.SET_ASIDE,
        ),
    },
)

SIGNAL = Machine(
    "safety_signal",
    SignalStatus,
    {
        "confirm": (pgettext_lazy("signal", "confirm"), [SignalStatus.FOUND], SignalStatus.CONFIRMED),
        "refute": (_("refute"), [SignalStatus.FOUND], SignalStatus.REFUTED),
    },
)

LOT_ALERT = Machine(
    "lot_alert",
    LotAlertStatus,
    {
        "quarantine": (_("quarantine the lot"), [LotAlertStatus.RAISED], LotAlertStatus.QUARANTINED),
        "dismiss": (_("dismiss"), [LotAlertStatus.RAISED], LotAlertStatus.DISMISSED),
    },
)
