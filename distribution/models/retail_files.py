from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from catalog.foundation.records import Versioned
from distribution.querysets import RetailFileQuerySet
from distribution.states import RetailFileStatus


class RetailFile(Versioned):
    """A file of retail prices of any length, taken in by the worker, all of it or nothing.

    An institution hands in its own; an officer one with many institutions of the province. ``content`` is kept until
    the file is taken in or refused; ``refused_rows`` is a sheet of every bad row with what is wrong with it.
    """

    organization = models.ForeignKey(
        "accounts.Organization", models.PROTECT, related_name="+", verbose_name=_("handed in by")
    )
    province = models.ForeignKey("catalog.Region", models.PROTECT, related_name="+", verbose_name=_("province"))
    file_name = models.CharField(_("file"), max_length=200)
    content = models.BinaryField(_("content"), null=True)
    status = models.CharField(
        _("status"), max_length=20, choices=RetailFileStatus.choices, default=RetailFileStatus.UPLOADED
    )
    handed_in_at = models.DateTimeField(_("handed in at"))
    handed_in_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("person")
    )
    language = models.CharField(_("language"), max_length=10, blank=True)
    read_count = models.PositiveIntegerField(_("rows read"), default=0)
    bad_count = models.PositiveIntegerField(_("bad rows"), default=0)
    problem = models.TextField(_("what is wrong"), blank=True)
    refused_rows = models.BinaryField(_("refused rows"), null=True)
    done_at = models.DateTimeField(_("done at"), null=True)

    objects: ClassVar[RetailFileQuerySet] = RetailFileQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("file of retail prices")
        verbose_name_plural = _("files of retail prices")
        ordering = ["-id"]

    def __str__(self) -> str:
        return self.file_name
