"""What organizations there are, and what people do in them."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class OrganizationKind(models.TextChoices):
    AUTHORITY = "authority", _("health authority")
    AGENCY = "agency", _("provincial procurement agency")
    SUPERVISION = "supervision", _("supervision body")
    INSTITUTION = "institution", _("medical institution")
    SUPPLIER = "supplier", _("supplier")
    DISTRIBUTOR = "distributor", _("distributor")


class Tier(models.TextChoices):
    """The level of a medical institution."""

    TERTIARY = "tertiary", _("tertiary hospital")
    SECONDARY = "secondary", _("secondary hospital")
    PRIMARY = "primary", _("primary institution")
    UNKNOWN = "", _("not stated")


class Role(models.TextChoices):
    PROCUREMENT_OFFICER = "procurement_officer", _("procurement officer")
    HEALTH_OFFICER = "health_officer", _("health authority's officer")
    EXPERT = "expert", _("evaluation expert")
    SUPERVISOR = "supervisor", _("supervisor")
    BUYER = "buyer", _("buyer")
    APPROVER = "approver", _("approver")
    PHARMACIST = "pharmacist", _("pharmacist")
    SUPPLIER_AGENT = "supplier_agent", _("supplier's agent")
    DISTRIBUTOR_AGENT = "distributor_agent", _("distributor's agent")


# Which roles an organization may give to its people and API clients.
ROLES_OF_KIND: dict[str, frozenset[str]] = {
    OrganizationKind.AUTHORITY: frozenset({Role.HEALTH_OFFICER, Role.EXPERT}),
    OrganizationKind.AGENCY: frozenset({Role.PROCUREMENT_OFFICER, Role.EXPERT}),
    OrganizationKind.SUPERVISION: frozenset({Role.SUPERVISOR}),
    OrganizationKind.INSTITUTION: frozenset({Role.BUYER, Role.APPROVER, Role.PHARMACIST, Role.EXPERT}),
    OrganizationKind.SUPPLIER: frozenset({Role.SUPPLIER_AGENT}),
    OrganizationKind.DISTRIBUTOR: frozenset({Role.DISTRIBUTOR_AGENT}),
}
