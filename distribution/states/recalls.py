from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from catalog.foundation.machine import Machine


class RecallClass(models.TextChoices):
    """How grave the harm is that a recall prevents."""

    FIRST = "I", _("class I: serious harm")
    SECOND = "II", _("class II: temporary or reversible harm")
    THIRD = "III", _("class III: other reasons")


class RecallStatus(models.TextChoices):
    PROPOSED = "proposed", pgettext_lazy("recall", "proposed")
    OPENED = "opened", pgettext_lazy("recall", "opened")
    NOTIFIED = "notified", _("everybody notified")
    CLOSED = "closed", pgettext_lazy("recall", "closed")
    DROPPED = "dropped", pgettext_lazy("recall", "dropped")


class RecallNoticeStatus(models.TextChoices):
    SENT = "sent", pgettext_lazy("recall", "sent")
    ACKNOWLEDGED = "acknowledged", _("acknowledged")


class RecallReportKind(models.TextChoices):
    PLAN = "plan", _("investigation and plan")
    PROGRESS = "progress", _("progress report")


RECALL = Machine(
    "recall",
    RecallStatus,
    {
        "open": (pgettext_lazy("recall", "open"), [RecallStatus.PROPOSED], RecallStatus.OPENED),
        "drop": (pgettext_lazy("recall", "drop"), [RecallStatus.PROPOSED], RecallStatus.DROPPED),
        "notify": (_("notify everybody who received it"), [RecallStatus.OPENED], RecallStatus.NOTIFIED),
        "close": (pgettext_lazy("recall", "close"), [RecallStatus.NOTIFIED], RecallStatus.CLOSED),
    },
)

RECALL_NOTICE = Machine(
    "recall_notice",
    RecallNoticeStatus,
    {"acknowledge": (_("acknowledge"), [RecallNoticeStatus.SENT], RecallNoticeStatus.ACKNOWLEDGED)},
)
