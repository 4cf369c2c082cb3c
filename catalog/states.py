"""The states that catalogue records live through."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class ProductStatus(models.TextChoices):
    TRADING = "trading", _("trading")
    SUSPENDED = "suspended", _("suspended")
    WITHDRAWN = "withdrawn", pgettext_lazy("product", "withdrawn")


class RegionLevel(models.TextChoices):
    PROVINCE = "province", _("province")
    PREFECTURE = "prefecture", _("prefecture")
    COUNTY = "county", _("county")


class ListPart(models.TextChoices):
    CHEMICAL = "chemical", _("chemical and biological medicines")
    TCM = "tcm", _("Chinese patent medicines")


class PriceSource(models.TextChoices):
    AWARD = "award", _("award")
