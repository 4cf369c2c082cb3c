from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from catalog.foundation.records import Versioned
from distribution.models.retail import RetailFinding, RetailPrice
from distribution.querysets import CaseLetterQuerySet, RetailCaseQuerySet
from distribution.states import OPEN_CASE, CaseStatus, LetterKind, Penalty


class RetailCase(Versioned):
    """An institution asks too much for a product: from the first finding to the correction or the penalty.

    The days by which something has to be done are last days; ``rules`` is the rule set that they come from.
    ``earlier_cases`` counts those of the institution that ended with a correction or a penalty not long before.
    ``corrected_price`` is the later report in which the price was lawful.
    """

    institution = models.ForeignKey(
        "accounts.Organization", models.PROTECT, related_name="retail_cases", verbose_name=_("institution")
    )
    province = models.ForeignKey("catalog.Region", models.PROTECT, related_name="+", verbose_name=_("province"))
    product = models.ForeignKey("catalog.Product", models.PROTECT, related_name="+", verbose_name=_("product"))
    status = models.CharField(_("status"), max_length=20, choices=CaseStatus.choices, default=CaseStatus.OPENED)
    opened_at = models.DateTimeField(pgettext_lazy("case", "opened at"))
    rules = models.ForeignKey("catalog.RuleSet", models.PROTECT, related_name="+", verbose_name=_("rule set"))
    earlier_cases = models.PositiveSmallIntegerField(_("earlier cases"), default=0)
    notify_by = models.DateField(_("to be notified by"))
    answer_by = models.DateField(_("to be answered by"), null=True, blank=True)
    correct_by = models.DateField(_("to be corrected by"), null=True, blank=True)
    corrected_price = models.ForeignKey(
        RetailPrice, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("lawful price")
    )
    corrected_at = models.DateTimeField(_("corrected at"), null=True, blank=True)
    penalty = models.CharField(_("penalty"), max_length=20, choices=Penalty.choices, blank=True)
    penalty_amount = models.DecimalField(_("amount (yuan)"), max_digits=18, decimal_places=2, null=True, blank=True)
    penalty_reason = models.TextField(_("reasons of the penalty"), blank=True)
    proposed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("proposed by")
    )
    confirmed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("confirmed by"),
    )
    ended_at = models.DateTimeField(_("ended at"), null=True, blank=True)
    end_reason = models.TextField(_("why it ended"), blank=True)

    objects: ClassVar[RetailCaseQuerySet] = RetailCaseQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("retail price case")
        verbose_name_plural = _("retail price cases")
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["institution", "product"],
                condition=Q(status__in=OPEN_CASE),
                name="one_open_case_per_institution_and_product",
            ),
            models.CheckConstraint(
                condition=Q(confirmed_by=None) | ~Q(confirmed_by=F("proposed_by")),
                name="nobody_confirms_their_own_penalty",
            ),
            models.CheckConstraint(
                condition=~Q(status=CaseStatus.PENALISED)
                | ~Q(penalty="") & Q(proposed_by__isnull=False, confirmed_by__isnull=False),
                name="a_penalty_was_proposed_and_confirmed",
            ),
            models.CheckConstraint(
                condition=~Q(status=CaseStatus.DISMISSED) | ~Q(end_reason=""), name="a_dismissed_case_has_a_reason"
            ),
        ]
        indexes = [
            # the officer's list of a province, and what is overdue in it
            models.Index(fields=["province", "status"], name="case_of_province"),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def number(self) -> str:
        """How people call it."""
        return f"RC{self.pk:08d}"


class CaseFinding(models.Model):
    """A finding that a case is about; each belongs to one."""

    case = models.ForeignKey(RetailCase, models.PROTECT, related_name="findings", verbose_name=_("case"))
    finding = models.OneToOneField(
        RetailFinding, models.PROTECT, related_name="case_finding", verbose_name=pgettext_lazy("case", "finding")
    )
    joined_at = models.DateTimeField(_("joined at"))

    class Meta:
        verbose_name = _("finding of a case")
        verbose_name_plural = _("findings of cases")
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"{self.case} · {self.finding}"


class CaseLetter(models.Model):
    """What was written in a case, by the officers or by the institution, with a file where one is attached."""

    case = models.ForeignKey(RetailCase, models.PROTECT, related_name="letters", verbose_name=_("case"))
    kind = models.CharField(_("kind"), max_length=20, choices=LetterKind.choices)
    organization = models.ForeignKey(
        "accounts.Organization", models.PROTECT, related_name="+", verbose_name=pgettext_lazy("letter", "from")
    )
    written_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        related_name="+",
        verbose_name=pgettext_lazy("case", "written by"),
    )
    written_at = models.DateTimeField(_("written at"))
    text = models.TextField(_("text"))
    file_name = models.CharField(_("file name"), max_length=200, blank=True)
    media_type = models.CharField(_("media type"), max_length=100, blank=True)
    content = models.BinaryField(_("content"), null=True)
    sha256 = models.CharField(_("SHA-256"), max_length=64, blank=True)

    objects: ClassVar[CaseLetterQuerySet] = CaseLetterQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("letter of a case")
        verbose_name_plural = _("letters of cases")
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(condition=~Q(text=""), name="a_letter_says_something"),
            models.CheckConstraint(
                condition=Q(content=None, file_name="", media_type="", sha256="")
                | Q(content__isnull=False) & ~Q(file_name="") & ~Q(media_type="") & ~Q(sha256=""),
                name="an_attached_file_has_a_name_and_a_digest",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.case} · {self.get_kind_display()}"
