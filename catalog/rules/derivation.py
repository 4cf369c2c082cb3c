"""Deriving the price of a presentation from that of its representative (发改价格〔2011〕2452号, art. 13–19)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Context, Decimal, localcontext
from typing import NamedTuple

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from catalog.foundation.money import round_half_up
from catalog.rules.price_ratio import PRECISION, PROPORTIONAL, ratio
from catalog.rules.ratio_rules import RatioRules

LARGE_INJECTION = "large_injection"
SMALL_OR_POWDER = frozenset({"small_injection", "powder_injection"})
LYOPHILISED_OR_LARGE = frozenset({"lyophilised_injection", LARGE_INJECTION})
# Two forms that the table of forms does not know need not be the same.
UNKNOWN_FAMILIES = frozenset({"other", ""})

# The last digits of a chain of ratios are not exact: this snaps 4.2499…9 back to 4.25 before it is rounded half-up.
EXACT = Context(prec=28)
SHOWN = Decimal("0.000001")

UNFIT: dict[str, str | Promise] = {
    "forms": _(
        "“%(representative)s” and “%(target)s” have no common form ratio: choose a representative of the same form,"
        " or enter a price of its own"
    ),
    "contents": _(
        "the contents are measured otherwise (%(representative)s and %(target)s): choose a representative that is"
        " measured alike, or enter a price of its own"
    ),
    "traditional": _(
        "forms and contents of Chinese patent medicines are compared by the quantity for a day's treatment, not by"
        " ratios (%(representative)s and %(target)s): enter a price of its own"
    ),
    "packing": _(
        "the surcharge between the packing materials “%(representative)s” and “%(target)s” is not known: correct the"
        " packing of the large-volume injection, or enter a price of its own"
    ),
    "nothing_left": _("from %(representative)s yuan the rules leave %(target)s yuan: enter a price of its own"),
}


class NotDerivable(ValueError):
    """The rules give no price for this target; ``reason`` is one of ``UNFIT``."""

    def __init__(self, reason: str, *, representative: object, target: object) -> None:
        self.reason = reason
        self.facts = {"representative": str(representative), "target": str(target)}
        super().__init__(reason)

    def __str__(self) -> str:
        return str(UNFIT[self.reason]) % self.facts


@dataclass(frozen=True, slots=True)
class Priced:
    """What a price is for.

    ``family`` is the key of the form ratios. ``amount`` in ``unit`` is the content of one smallest unit, in
    ``volume_ml`` where it is a liquid. A ``unit`` of ``%`` or with a slash (``mg/ml``) makes ``amount`` a
    concentration; ``ml`` makes it the volume, of a product without stated content. ``packing`` is the material of a
    large-volume injection, glass where none is stated, and read for no other form. ``is_traditional`` says that it is a
    Chinese patent medicine.

    Raises:
        ValueError: a quantity is not positive.
    """

    family: str
    amount: Decimal
    unit: str
    volume_ml: Decimal | None
    pack_quantity: int
    is_sugar_free: bool = False
    packing: str = ""
    is_traditional: bool = False

    def __post_init__(self) -> None:
        if self.amount <= 0 or self.pack_quantity <= 0 or (self.volume_ml is not None and self.volume_ml <= 0):
            raise ValueError("what is priced has positive quantities")

    @property
    def is_injection(self) -> bool:
        return self.family.endswith("_injection")

    @property
    def concentration(self) -> Decimal | None:
        """What strengths are compared by: the content of a millilitre, or of the unit where it has no volume."""
        if self.unit == "ml":
            return None
        if self.volume_ml is None or self.unit == "%" or "/" in self.unit:
            return self.amount
        return self.amount / self.volume_ml

    @property
    def volume(self) -> Decimal | None:
        return self.amount if self.unit == "ml" else self.volume_ml

    @property
    def content(self) -> Decimal:
        """The size of one unit, to tell the smaller of two that are measured alike."""
        return (self.concentration or Decimal(1)) * (self.volume or Decimal(1))

    def __str__(self) -> str:
        volume = "" if self.volume_ml is None else f"{self.volume_ml}ml:"
        return f"{volume}{self.amount}{self.unit}"


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a derivation: ``form``, ``sugar_free``, ``strength``, ``volume``, ``pack``, ``packing``, ``floor`` or
    ``rounding``; ``surcharge`` and ``price_after`` are yuan per pack."""

    name: str
    price_after: Decimal
    quantity_ratio: Decimal | None = None
    base: Decimal | None = None
    ratio: Decimal | None = None
    surcharge: Decimal | None = None

    def as_json(self) -> dict[str, str]:
        """What applies to the step, as text; ratios and prices to six decimals, for reading and not for reckoning."""
        shown = {
            "quantity_ratio": self.quantity_ratio,
            "base": self.base,
            "ratio": self.ratio,
            "surcharge": self.surcharge,
            "price_after": self.price_after,
        }
        return {"name": self.name} | {name: _shown(value) for name, value in shown.items() if value is not None}


@dataclass(frozen=True, slots=True)
class Derived:
    """A derived price in yuan per pack: as the rule rounds it, unrounded, and how it came about."""

    price: Decimal
    exact: Decimal
    steps: tuple[Step, ...]


class _Ratio(NamedTuple):
    name: str
    ratio: Decimal
    quantity_ratio: Decimal | None = None
    base: Decimal | None = None


def derive(price: Decimal, *, representative: Priced, target: Priced, rules: RatioRules) -> Derived:
    """The target's price from the representative's, both in yuan per pack; steps in the order of art. 16.

    Sugar-free stands with the form, whose variety it is, and so before the surcharge in yuan, which no ratio may
    enlarge. The surcharge is for a bottle and so counts once for each unit of the target's pack. A pack that is no
    different keeps its price but for rounding.

    Raises:
        NotDerivable
        ValueError: the price is not positive.
    """
    if price <= 0:
        raise ValueError("a price is derived from a positive one")
    steps: list[Step] = []
    with localcontext(PRECISION):
        _refuse_unlike(representative, target, rules)
        current = price
        for item in _ratios(representative, target, rules):
            if item.ratio != 1:
                current *= item.ratio
                steps.append(Step(item.name, current, item.quantity_ratio, item.base, item.ratio))
        if surcharge := _surcharge(representative, target, rules):
            current += surcharge
            steps.append(Step("packing", current, surcharge=surcharge))
        floor = _floor(price, representative, target, rules)
        if steps and floor is not None and current < floor:
            current = floor
            steps.append(Step("floor", current))
    exact = EXACT.plus(current)
    rounded = rules.rounded(exact) if exact > 0 else exact
    if rounded <= 0:
        raise NotDerivable("nothing_left", representative=price, target=_shown(exact))
    if rounded != exact:
        steps.append(Step("rounding", rounded))
    return Derived(rounded, exact, tuple(steps))


def _refuse_unlike(representative: Priced, target: Priced, rules: RatioRules) -> None:
    """Raises: NotDerivable."""
    families = {representative.family, target.family}
    if (representative.is_traditional or target.is_traditional) and (
        len(families) > 1 or representative.concentration != target.concentration
    ):
        raise NotDerivable(
            "traditional",
            representative=f"{representative.family} {representative}",
            target=f"{target.family} {target}",
        )
    is_one_form = len(families) == 1 and not families & UNKNOWN_FAMILIES
    have_ratios = families <= rules.form_ratios.keys() and representative.is_injection == target.is_injection
    if not (is_one_form or have_ratios):
        raise NotDerivable("forms", representative=representative.family, target=target.family)
    if representative.unit != target.unit or (representative.volume is None) != (target.volume is None):
        raise NotDerivable("contents", representative=representative, target=target)


def _ratios(representative: Priced, target: Priced, rules: RatioRules) -> Iterator[_Ratio]:
    form = [_form(representative, target, rules), _sugar_free(representative, target, rules)]
    strength = [_quantity("strength", representative.concentration, target.concentration, rules.strength_base)]
    # Injections from the simpler to the dearer form take the strength first, in the other direction the form.
    is_refined = representative.family in SMALL_OR_POWDER and target.family in LYOPHILISED_OR_LARGE
    yield from strength + form if is_refined else form + strength
    yield _quantity("volume", representative.volume, target.volume, rules.volume_base)
    pack_base = rules.pack_base if target.family in rules.pack_families else PROPORTIONAL
    yield _quantity("pack", Decimal(representative.pack_quantity), Decimal(target.pack_quantity), pack_base)


def _form(representative: Priced, target: Priced, rules: RatioRules) -> _Ratio:
    if representative.family == target.family:
        return _Ratio("form", Decimal(1))
    return _Ratio("form", rules.form_ratios[target.family] / rules.form_ratios[representative.family])


def _sugar_free(representative: Priced, target: Priced, rules: RatioRules) -> _Ratio:
    if representative.is_sugar_free == target.is_sugar_free:
        return _Ratio("sugar_free", Decimal(1))
    return _Ratio("sugar_free", rules.sugar_free if target.is_sugar_free else 1 / rules.sugar_free)


def _quantity(name: str, representative: Decimal | None, target: Decimal | None, base: Decimal) -> _Ratio:
    if representative is None or target is None:
        return _Ratio(name, Decimal(1))
    quantity_ratio = target / representative
    return _Ratio(name, ratio(quantity_ratio, base), quantity_ratio, base)


def _surcharge(representative: Priced, target: Priced, rules: RatioRules) -> Decimal:
    """Raises: NotDerivable, where the rules do not know the packing material of a large-volume injection."""
    # Glass is the base (art. 14): a price that states no material is one in glass.
    above_glass = {"": Decimal(0), **rules.packing_material}
    source, wanted = (item.packing if item.family == LARGE_INJECTION else "" for item in (representative, target))
    if source == wanted:
        return Decimal(0)
    if not {source, wanted} <= above_glass.keys():
        raise NotDerivable("packing", representative=source, target=wanted)
    return (above_glass[wanted] - above_glass[source]) * target.pack_quantity


def _floor(price: Decimal, representative: Priced, target: Priced, rules: RatioRules) -> Decimal | None:
    """The least price of an injection's pack; one of smaller content is not lifted above the representative's unit."""
    if rules.injection_floor is None or not target.is_injection:
        return None
    least = rules.injection_floor
    if target.content < representative.content:
        least = min(least, price / representative.pack_quantity)
    return least * target.pack_quantity


def _shown(value: Decimal) -> str:
    """Up to six decimals, without the zeros at the end."""
    text = f"{round_half_up(value, SHOWN):f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
