"""The lives of amendments and objections."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from catalog.foundation.machine import Machine


class ObjectionKind(models.TextChoices):
    """What an objection is about; the moment at which it is filed decides."""

    DOCUMENTS = "documents", _("objection to the tender documents")
    OPENING = "opening", _("objection to the opening")
    SHORTLIST = "shortlist", _("objection to the shortlist")
    RESULT = "result", _("objection to the result")


class ObjectionStatus(models.TextChoices):
    FILED = "filed", _("filed")
    UPHELD = "upheld", _("upheld")
    DISMISSED = "dismissed", _("dismissed")


class AmendmentStatus(models.TextChoices):
    PROPOSED = "proposed", pgettext_lazy("amendment", "proposed")
    PUBLISHED = "published", _("published")
    DROPPED = "dropped", _("dropped")


OBJECTION = Machine(
    "objection",
    ObjectionStatus,
    {
        "uphold": (_("uphold"), [ObjectionStatus.FILED], ObjectionStatus.UPHELD),
        "dismiss": (_("dismiss"), [ObjectionStatus.FILED], ObjectionStatus.DISMISSED),
    },
)


AMENDMENT = Machine(
    "amendment",
    AmendmentStatus,
    {
        "publish": (_("publish the amendment"), [AmendmentStatus.PROPOSED], AmendmentStatus.PUBLISHED),
        "drop": (_("drop the amendment"), [AmendmentStatus.PROPOSED], AmendmentStatus.DROPPED),
    },
)
