"""The life of an agreement."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from catalog.foundation.machine import Machine


class SupplyRole(models.TextChoices):
    """In which part a winner supplies an area."""

    MAIN = "main", _("main supplier")
    BACKUP = "backup", _("backup supplier")
    LISTED = "listed", _("listed supplier")


class AgreementStatus(models.TextChoices):
    IN_FORCE = "in_force", pgettext_lazy("agreement", "in force")
    SUSPENDED = "suspended", _("suspended")
    ENDED = "ended", _("ended")


AGREEMENT = Machine(
    "agreement",
    AgreementStatus,
    {
        "suspend": (_("suspend"), [AgreementStatus.IN_FORCE], AgreementStatus.SUSPENDED),
        "resume": (_("resume"), [AgreementStatus.SUSPENDED], AgreementStatus.IN_FORCE),
        "end": (_("end"), [AgreementStatus.IN_FORCE, AgreementStatus.SUSPENDED], AgreementStatus.ENDED),
    },
)
