from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from catalog.foundation.records import Versioned
from catalog.querysets import ImportQuerySet
from catalog.states import ImportStatus, RowOutcome


class ImportMapping(models.Model):
    """How the columns of somebody's files become those of a kind of record: made once, used for every such file."""

    organization = models.ForeignKey(
        "accounts.Organization", models.PROTECT, related_name="+", verbose_name=_("organization")
    )
    kind = models.CharField(_("kind of record"), max_length=30)
    name = models.CharField(_("name"), max_length=100)
    mapping = models.JSONField(_("columns"))
    saved_by = models.ForeignKey("accounts.User", models.PROTECT, related_name="+", verbose_name=_("saved by"))
    saved_at = models.DateTimeField(_("saved at"))

    objects: ClassVar[ImportQuerySet] = ImportQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("column mapping")
        verbose_name_plural = _("column mappings")
        ordering = ["kind", "name"]
        constraints = [
            models.UniqueConstraint(fields=["organization", "kind", "name"], name="a_mapping_has_a_name_of_its_own"),
        ]

    def __str__(self) -> str:
        return self.name


class Import(Versioned):
    """A file on its way in: read through a mapping, looked at row by row, and written once an officer agrees.

    ``header`` and ``sample`` are its headings and first rows, by which the mapping is made; ``options`` what is said
    about the file as a whole, by the kind; ``counts`` the rows by their outcome.
    """

    organization = models.ForeignKey(
        "accounts.Organization",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("organization"),
        help_text=_("None where an operator's command loads it."),
    )
    kind = models.CharField(_("kind of record"), max_length=30)
    file_name = models.CharField(_("file"), max_length=200)
    content = models.BinaryField(_("content"))
    mapping = models.JSONField(_("columns"), default=dict)
    options = models.JSONField(_("about the file"), default=dict)
    header = models.JSONField(_("headings of the file"), default=list)
    sample = models.JSONField(_("first rows"), default=list)
    language = models.CharField(
        _("language"), max_length=10, blank=True, help_text=_("In which the worker says what is wrong with the rows.")
    )
    by_row = models.BooleanField(
        _("row by row"), default=False, help_text=_("Write the good rows although others are refused.")
    )
    status = models.CharField(_("status"), max_length=20, choices=ImportStatus.choices, default=ImportStatus.UPLOADED)
    counts = models.JSONField(_("rows by outcome"), default=dict)
    problem = models.TextField(_("what is wrong"), blank=True)
    started_by = models.ForeignKey(
        "accounts.User", models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("started by")
    )
    agreed_by = models.ForeignKey(
        "accounts.User", models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("agreed by")
    )
    agreed_at = models.DateTimeField(_("agreed at"), null=True, blank=True)

    objects: ClassVar[ImportQuerySet] = ImportQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("import")
        verbose_name_plural = _("imports")
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return self.file_name


class ImportRow(models.Model):
    """A row of a file: its cells as they came, the values they became, and what it would do, or has done."""

    source = models.ForeignKey(Import, models.CASCADE, related_name="rows", verbose_name=_("import"))
    number = models.PositiveIntegerField(_("row"))
    cells = models.JSONField(_("cells"))
    values = models.JSONField(_("values"), default=dict)
    key = models.CharField(_("key"), max_length=500, blank=True)
    outcome = models.CharField(_("outcome"), max_length=20, choices=RowOutcome.choices)
    changes = models.JSONField(_("changes"), default=dict)
    problem = models.TextField(_("what is wrong"), blank=True)

    class Meta:
        verbose_name = _("row of an import")
        verbose_name_plural = _("rows of an import")
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(fields=["source", "number"], name="a_row_is_read_once"),
        ]
        indexes = [
            # the rows of one outcome, page by page
            models.Index(fields=["source", "outcome", "number"], name="import_rows_by_outcome"),
        ]

    def __str__(self) -> str:
        return str(self.number)
