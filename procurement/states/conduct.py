"""The life of a conduct record."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from catalog.foundation.machine import Machine


class ConductStatus(models.TextChoices):
    PROPOSED = "proposed", pgettext_lazy("conduct record", "proposed")
    IN_FORCE = "in_force", pgettext_lazy("conduct record", "in force")
    DROPPED = "dropped", _("dropped")
    REPAIRED = "repaired", _("repaired")


CONDUCT = Machine(
    "conduct",
    ConductStatus,
    {
        "confirm": (_("put into force"), [ConductStatus.PROPOSED], ConductStatus.IN_FORCE),
        "drop": (_("drop"), [ConductStatus.PROPOSED], ConductStatus.DROPPED),
        "repair": (_("record the repair"), [ConductStatus.IN_FORCE], ConductStatus.REPAIRED),
    },
)
