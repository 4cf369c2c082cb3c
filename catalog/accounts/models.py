"""Who is who: organizations, their people, and their machines."""

from __future__ import annotations

from django.conf import settings
from django.contrib.auth.models import AbstractUser
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import ArrayField, DateRangeField, RangeOperators
from django.db import models
from django.db.models import Q
from django.db.models.functions import Left
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from catalog.accounts.kinds import OrganizationKind, Role, Tier


class Organization(models.Model):
    """A body that takes part: the province's agency, a hospital, a supplier, a distributor, a supervisor."""

    code = models.CharField(_("code"), max_length=32, unique=True)
    kind = models.CharField(_("kind"), max_length=20, choices=OrganizationKind.choices)
    name = models.CharField(_("name"), max_length=200)
    short_name = models.CharField(_("short name"), max_length=100, blank=True)
    uscc = models.CharField(_("unified social credit code"), max_length=18, null=True, blank=True, unique=True)
    region = models.ForeignKey(
        "catalog.Region",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="organizations",
        verbose_name=_("region"),
    )
    township = models.ForeignKey(
        "catalog.Township",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="organizations",
        verbose_name=_("township"),
    )
    ordering_centre = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="villages",
        verbose_name=_("township centre that orders for it"),
    )
    tier = models.CharField(_("tier"), max_length=20, choices=Tier.choices, blank=True, default=Tier.UNKNOWN)
    is_active = models.BooleanField(_("active"), default=True)

    class Meta:
        verbose_name = _("organization")
        verbose_name_plural = _("organizations")
        ordering = ["code"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(kind__in=[OrganizationKind.AGENCY, OrganizationKind.INSTITUTION])
                | Q(region__isnull=False),
                name="buyers_have_a_region",
            ),
            models.CheckConstraint(
                condition=Q(tier="") | Q(kind=OrganizationKind.INSTITUTION),
                name="only_institutions_have_a_tier",
            ),
            models.CheckConstraint(
                condition=Q(township__isnull=True) | Q(region=Left("township", 6)),
                name="a_township_lies_in_the_region_of_its_organizations",
            ),
            models.CheckConstraint(
                condition=Q(ordering_centre__isnull=True)
                | Q(kind=OrganizationKind.INSTITUTION) & ~Q(ordering_centre=models.F("pk")),
                name="only_institutions_are_ordered_for",
            ),
        ]
        indexes = [
            # the institutions of a province, the suppliers: lists by kind and region
            models.Index(fields=["kind", "region"], name="organization_of_kind"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def province_id(self) -> str:
        """The six-digit code of the province it lies in, empty where it has no region."""
        return f"{self.region_id[:2]}0000" if self.region_id else ""


class Licence(models.Model):
    """A permit of a firm: what kind, for which scopes, from when to when."""

    class Kind(models.TextChoices):
        PRODUCTION = "production", _("production licence")
        DISTRIBUTION = "distribution", _("distribution licence")

    class Scope(models.TextChoices):
        CHEMICAL = "chemical", _("chemical medicines")
        BIOLOGICAL = "biological", _("biological medicines")
        TRADITIONAL = "traditional", _("Chinese patent medicines")
        COLD_CHAIN = "cold_chain", _("cold chain")
        CONTROLLED = "controlled", _("narcotic and psychotropic medicines")

    organization = models.ForeignKey(
        Organization, models.PROTECT, related_name="licences", verbose_name=_("organization")
    )
    kind = models.CharField(_("kind"), max_length=20, choices=Kind.choices)
    number = models.CharField(_("number"), max_length=40)
    scopes = ArrayField(models.CharField(max_length=20, choices=Scope.choices), verbose_name=_("scopes"))
    validity = DateRangeField(_("valid"))

    class Meta:
        verbose_name = pgettext_lazy("firm", "licence")
        verbose_name_plural = _("licences")
        ordering = ["organization", "kind", "number"]
        constraints = [
            ExclusionConstraint(
                name="a_licence_is_entered_once",
                expressions=[
                    ("organization", RangeOperators.EQUAL),
                    ("kind", RangeOperators.EQUAL),
                    ("number", RangeOperators.EQUAL),
                    ("validity", RangeOperators.OVERLAPS),
                ],
            ),
            models.CheckConstraint(condition=Q(scopes__len__gt=0), name="a_licence_has_a_scope"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.number}"


class Ownership(models.Model):
    """Who owns or legally represents a firm; what several bidders have in common is looked up here."""

    class Tie(models.TextChoices):
        OWNER = "owner", _("owner")
        REPRESENTATIVE = "representative", _("legal representative")

    organization = models.ForeignKey(
        Organization, models.CASCADE, related_name="ownerships", verbose_name=_("organization")
    )
    tie = models.CharField(_("tie"), max_length=20, choices=Tie.choices)
    holder = models.CharField(_("person or firm"), max_length=200)
    share = models.DecimalField(_("share"), max_digits=5, decimal_places=4, null=True, blank=True)

    class Meta:
        verbose_name = _("ownership")
        verbose_name_plural = _("ownerships")
        ordering = ["organization", "tie", "holder"]
        constraints = [
            models.UniqueConstraint(fields=["organization", "tie", "holder"], name="a_tie_is_entered_once"),
            models.CheckConstraint(
                condition=Q(share=None) | Q(share__gt=0, share__lte=1), name="a_share_is_part_of_a_whole"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.holder} → {self.organization}"


class User(AbstractUser):
    """A person who logs in."""

    class Meta:
        verbose_name = _("person")
        verbose_name_plural = _("people")

    def __str__(self) -> str:
        return self.get_full_name() or self.username


class Membership(models.Model):
    """What a person does in an organization."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="memberships", verbose_name=_("person")
    )
    organization = models.ForeignKey(
        Organization, models.CASCADE, related_name="memberships", verbose_name=_("organization")
    )
    role = models.CharField(_("role"), max_length=30, choices=Role.choices)

    class Meta:
        verbose_name = _("membership")
        verbose_name_plural = _("memberships")
        constraints = [
            models.UniqueConstraint(fields=["user", "organization", "role"], name="a_role_is_given_once"),
        ]

    def __str__(self) -> str:
        return f"{self.user} · {self.get_role_display()} · {self.organization}"


class ApiClient(models.Model):
    """An organization's own system, which acts for it over the API with the roles that it was given."""

    application = models.OneToOneField(
        "oauth2_provider.Application",
        models.CASCADE,
        related_name="api_client",
        verbose_name=_("OAuth client"),
    )
    organization = models.ForeignKey(
        Organization, models.CASCADE, related_name="api_clients", verbose_name=_("organization")
    )
    roles = ArrayField(models.CharField(max_length=30, choices=Role.choices), verbose_name=_("roles"))

    class Meta:
        verbose_name = _("API client")
        verbose_name_plural = _("API clients")

    def __str__(self) -> str:
        return f"{self.application.client_id} · {self.organization}"
