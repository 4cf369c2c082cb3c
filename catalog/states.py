"""The states that catalogue records live through, and the words of their kinds."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from catalog.foundation.machine import Machine


class EditionStatus(models.TextChoices):
    DRAFT = "draft", _("draft")
    PUBLISHED = "published", _("published")
    IN_FORCE = "in_force", pgettext_lazy("edition", "in force")
    SUPERSEDED = "superseded", _("superseded")
    DISCARDED = "discarded", _("discarded")


EDITION = Machine(
    "edition",
    EditionStatus,
    {
        "publish": (_("publish"), [EditionStatus.DRAFT], EditionStatus.PUBLISHED),
        "discard": (_("discard"), [EditionStatus.DRAFT], EditionStatus.DISCARDED),
        "bring_into_force": (_("bring into force"), [EditionStatus.PUBLISHED], EditionStatus.IN_FORCE),
        "supersede": (
            _("supersede"),
            [EditionStatus.PUBLISHED, EditionStatus.IN_FORCE],
            EditionStatus.SUPERSEDED,
        ),
    },
)
# The editions that hold on the days they name; a draft or a discarded one holds on none.
BINDING = (EditionStatus.PUBLISHED, EditionStatus.IN_FORCE, EditionStatus.SUPERSEDED)


class ProductStatus(models.TextChoices):
    TRADING = "trading", _("trading")
    SUSPENDED = "suspended", _("suspended")
    WITHDRAWN = "withdrawn", pgettext_lazy("product", "withdrawn")


PRODUCT = Machine(
    "product",
    ProductStatus,
    {
        "suspend": (_("suspend"), [ProductStatus.TRADING], ProductStatus.SUSPENDED),
        "resume": (_("resume trading"), [ProductStatus.SUSPENDED], ProductStatus.TRADING),
        "withdraw": (
            pgettext_lazy("product", "withdraw"),
            [ProductStatus.TRADING, ProductStatus.SUSPENDED],
            ProductStatus.WITHDRAWN,
        ),
    },
)


class AdjustmentStatus(models.TextChoices):
    OPEN = "open", pgettext_lazy("adjustment", "open")
    APPROVED = "approved", pgettext_lazy("adjustment", "approved")
    DROPPED = "dropped", pgettext_lazy("adjustment", "dropped")


ADJUSTMENT = Machine(
    "price_adjustment",
    AdjustmentStatus,
    {
        "approve": (_("approve"), [AdjustmentStatus.OPEN], AdjustmentStatus.APPROVED),
        "drop": (_("drop"), [AdjustmentStatus.OPEN], AdjustmentStatus.DROPPED),
    },
)


class MergeStatus(models.TextChoices):
    PROPOSED = "proposed", pgettext_lazy("merge", "proposed")
    MERGED = "merged", _("merged")
    REJECTED = "rejected", pgettext_lazy("merge", "kept apart")


MERGE = Machine(
    "merge_proposal",
    MergeStatus,
    {
        "merge": (_("merge"), [MergeStatus.PROPOSED], MergeStatus.MERGED),
        "reject": (_("keep apart"), [MergeStatus.PROPOSED], MergeStatus.REJECTED),
    },
)


class ImportStatus(models.TextChoices):
    UPLOADED = "uploaded", pgettext_lazy("import", "waits for its columns")
    CHECKING = "checking", _("being checked")
    CHECKED = "checked", _("checked")
    UNREADABLE = "unreadable", _("not readable")
    APPLYING = "applying", _("being written")
    APPLIED = "applied", _("written")
    FAILED = "failed", pgettext_lazy("import", "could not be written")
    DISCARDED = "discarded", _("discarded")


IMPORT = Machine(
    "import",
    ImportStatus,
    {
        "map": (_("say what the columns are"), [ImportStatus.UPLOADED], ImportStatus.CHECKING),
        "remap": (
            _("change the columns"),
            [ImportStatus.CHECKED, ImportStatus.UNREADABLE, ImportStatus.FAILED],
            ImportStatus.UPLOADED,
        ),
        "finish_check": (_("finish the check"), [ImportStatus.CHECKING], ImportStatus.CHECKED),
        "give_up": (_("give up"), [ImportStatus.CHECKING], ImportStatus.UNREADABLE),
        "agree": (_("write"), [ImportStatus.CHECKED], ImportStatus.APPLYING),
        "finish": (_("finish"), [ImportStatus.APPLYING], ImportStatus.APPLIED),
        "fail": (_("fail"), [ImportStatus.APPLYING], ImportStatus.FAILED),
        "discard": (
            _("discard"),
            [
                ImportStatus.UPLOADED,
                ImportStatus.CHECKING,
                ImportStatus.CHECKED,
                ImportStatus.UNREADABLE,
                ImportStatus.FAILED,
            ],
            ImportStatus.DISCARDED,
        ),
    },
)


class RegionLevel(models.TextChoices):
    PROVINCE = "province", _("province")
    PREFECTURE = "prefecture", _("prefecture")
    COUNTY = "county", _("county")


class Storage(models.TextChoices):
    """How a medicine is kept and carried (temperature classes of the Pharmacopoeia)."""

    ROOM = "room", _("room temperature")
    COOL = "cool", _("cool")
    DARK_COOL = "dark_cool", _("cool and dark")
    COLD = "cold", _("cold chain")
    FROZEN = "frozen", _("frozen")


class ListPart(models.TextChoices):
    CHEMICAL = "chemical", _("chemical and biological medicines")
    TCM = "tcm", _("Chinese patent medicines")


class Criterion(models.TextChoices):
    """What a medicine is selected for the list by (管理办法: 防治必需、安全有效、价格合理、使用方便、中西药并重)."""

    NECESSITY = "necessity", _("necessary for prevention and treatment")
    SAFETY = "safety", _("safe")
    EFFICACY = "efficacy", _("effective")
    PRICE = "price", _("reasonably priced")
    EASE_OF_USE = "ease_of_use", _("easy to use")
    PARITY = "parity", _("Chinese and Western medicine on equal terms")


class Quality(models.TextChoices):
    ORIGINATOR = "originator", _("originator")
    CONSISTENT = "consistent", _("passed the consistency evaluation")
    OTHER = "other", pgettext_lazy("quality", "other")


class IdentifierKind(models.TextChoices):
    APPROVAL_NUMBER = "approval_number", _("approval number")
    STANDARD_CODE = "standard_code", _("drug standard code")
    INSURANCE_CODE = "insurance_code", _("insurance code")
    GTIN = "gtin", _("GTIN")
    TRACE_PREFIX = "trace_prefix", _("trace-code prefix")


class PriceSource(models.TextChoices):
    AWARD = "award", _("award")
    NEGOTIATION = "negotiation", _("negotiation")
    DIRECT_LISTING = "direct_listing", _("direct listing")
    ADJUSTMENT = "adjustment", _("adjustment")


# What an officer enters without the work that leads to it; awards and adjustments bring their prices themselves.
BY_HAND = (PriceSource.NEGOTIATION, PriceSource.DIRECT_LISTING)


class Scheme(models.TextChoices):
    """The medical security schemes (urban and rural residents were merged from 2016 on)."""

    EMPLOYEES = "employees", _("urban employees")
    URBAN_RESIDENTS = "urban_residents", _("urban residents")
    RURAL_COOPERATIVE = "rural_cooperative", _("rural cooperative")
    RESIDENTS = "residents", _("urban and rural residents")
    ASSISTANCE = "assistance", _("medical assistance")
    PUBLIC_EXPENSE = "public_expense", _("public-expense care")


class ListClass(models.TextChoices):
    A = "A", _("list A")
    B = "B", _("list B")


class GuidanceKind(models.TextChoices):
    GUIDELINE = "guideline", _("clinical guideline")
    FORMULARY = "formulary", _("prescription set")


class RowOutcome(models.TextChoices):
    """What a row of a file would do, or has done."""

    ADDED = "added", _("added")
    CHANGED = "changed", _("changed")
    UNCHANGED = "unchanged", _("left alone")
    REFUSED = "refused", _("refused")
