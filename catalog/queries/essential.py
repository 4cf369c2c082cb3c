"""Is a product an essential medicine on a day, and why?"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date

from django.db import models
from django.db.models import Prefetch, Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from catalog.models import Edition, EditionEntry, Medicine, Presentation, Product, ProvincialAddition
from catalog.rules.forms import COVERED, read_form
from catalog.rules.likeness import content_of


class Ground(models.TextChoices):
    """Why a product is essential, or is not."""

    LISTED = "listed", gettext_lazy("listed in this form and strength")
    FORM_LISTED = "form_listed", gettext_lazy("listed in this form, in any strength")
    MEDICINE_LISTED = "medicine_listed", gettext_lazy("listed in any form and strength")
    GROUP = "group", gettext_lazy("belongs to a listed group")
    ADDED = "added", gettext_lazy("added by the province")
    OTHER_PRESENTATION = "other_presentation", gettext_lazy("listed only in other forms or strengths")
    NOT_LISTED = "not_listed", gettext_lazy("not on the list")
    NO_EDITION = "no_edition", gettext_lazy("no edition of the list holds on the day")


ESSENTIAL = {Ground.LISTED, Ground.FORM_LISTED, Ground.MEDICINE_LISTED, Ground.GROUP, Ground.ADDED}


@dataclass(frozen=True, slots=True)
class Essentiality:
    """Whether a product is essential, on what ground, and by which entry of the list or addition of a province."""

    ground: Ground
    entry: EditionEntry | None = None
    addition: ProvincialAddition | None = None

    @property
    def is_essential(self) -> bool:
        """Does it count as an essential medicine?"""
        return self.ground in ESSENTIAL

    @property
    def reason(self) -> str:
        """The ground in words, with the place on the list or the province's decision."""
        if self.addition is not None:
            return _("%(ground)s (%(province)s, %(decision)s)") % {
                "ground": self.ground.label,
                "province": self.addition.province,
                "decision": self.addition.decision,
            }
        if self.entry is not None:
            return _("%(ground)s (%(edition)s, no. %(number)s)") % {
                "ground": self.ground.label,
                "edition": self.entry.edition,
                "number": self.entry.number,
            }
        return str(self.ground.label)


def edition_in_force(on: date) -> Edition | None:
    """The edition of the national list that holds on the day."""
    return Edition.objects.in_force(on).first()


def essentiality(products: Collection[Product], on: date, province_id: str = "") -> dict[int, Essentiality]:
    """Per product id; in as many queries for thousands as for one.

    A product is listed when an entry of its medicine names its form and strength, in whatever spelling; its form
    without a strength; or neither. Without a province only the national list counts.
    """
    edition = edition_in_force(on)
    rows = list(
        Product.objects.filter(pk__in=[product.pk for product in products])
        .select_related("presentation")
        .only(
            "presentation__medicine",
            "presentation__form",
            "presentation__likeness",
            "presentation__family",
            "presentation__salt",
        )
    )
    medicines = {product.presentation.medicine_id for product in rows}
    entries = _entries(edition, medicines) if edition else {}
    additions = _additions(province_id, medicines, on) if province_id else {}
    found = {}
    for product in rows:
        medicine_id = product.presentation.medicine_id
        judged = _by_list(product.presentation, entries.get(medicine_id, []), medicine_id)
        if not judged.is_essential and medicine_id in additions:
            addition = additions[medicine_id]
            wanted = {item.likeness for item in addition.presentations.all()}
            if not wanted or product.presentation.likeness in wanted:
                judged = Essentiality(Ground.ADDED, addition=addition)
        if judged.ground == Ground.NOT_LISTED and edition is None:
            judged = Essentiality(Ground.NO_EDITION)
        found[product.pk] = judged
    return found


def _entries(edition: Edition, medicines: set[int]) -> dict[int, list[EditionEntry]]:
    """The entries of each medicine, also those of its group."""
    rows = (
        EditionEntry.objects.filter(Q(medicine__in=medicines) | Q(members__in=medicines), edition=edition)
        .distinct()
        .select_related("edition")
        .prefetch_related(
            Prefetch("presentations", Presentation.objects.only("likeness", "family", "salt")),
            Prefetch("members", Medicine.objects.only("pk")),
        )
    )
    found: dict[int, list[EditionEntry]] = defaultdict(list)
    for entry in rows:
        for medicine_id in {entry.medicine_id, *(member.pk for member in entry.members.all())} & medicines:
            found[medicine_id].append(entry)
    return found


def _admits_salt(listed: str, salt: str) -> bool:
    """The list's salt, or one of its salts; where either names none, any."""
    return not listed or not salt or salt in listed.split("、")


def _covers_one_of(presentation: Presentation, listed: Iterable[Presentation]) -> bool:
    """Is it a collective form, such as 口服常释剂型, of a form that is listed in the same strength?"""
    covered = COVERED.get(presentation.family, frozenset())
    content = content_of(presentation.likeness)
    return any(item.family in covered and content_of(item.likeness) == content for item in listed)


def _additions(province_id: str, medicines: set[int], on: date) -> dict[int, ProvincialAddition]:
    rows = (
        ProvincialAddition.objects.in_force(on)
        .filter(province=province_id, medicine__in=medicines)
        .select_related("province")
        .prefetch_related("presentations")
    )
    return {addition.medicine_id: addition for addition in rows}


def _by_list(presentation: Presentation, entries: list[EditionEntry], medicine_id: int) -> Essentiality:
    form = read_form(presentation.form).name
    judged = Essentiality(Ground.NOT_LISTED)
    for entry in entries:
        presentations = entry.presentations.all()
        listed = [item for item in presentations if _admits_salt(item.salt, presentation.salt)]
        likenesses = {item.likeness for item in listed}
        forms = {read_form(text).name for text in entry.forms_without_strength}
        is_member = entry.medicine_id != medicine_id
        if presentation.likeness in likenesses or _covers_one_of(presentation, listed):
            return Essentiality(Ground.GROUP if is_member else Ground.LISTED, entry=entry)
        if form in forms:
            return Essentiality(Ground.GROUP if is_member else Ground.FORM_LISTED, entry=entry)
        if not presentations and not forms:
            return Essentiality(Ground.GROUP if is_member else Ground.MEDICINE_LISTED, entry=entry)
        judged = Essentiality(Ground.OTHER_PRESENTATION, entry=entry)
    return judged
