"""Identifiers of medicines, packs, firms and regions: one spelling, the shape, the check digit."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from stdnum import ean
from stdnum.cn import uscc

from catalog.foundation.text import normalise


@dataclass(frozen=True, slots=True)
class IdentifierProblem:
    """What is wrong with an identifier and what would be right; ``code`` is ``empty``, ``shape`` or ``check_digit``.

    ``may_override`` says that real papers bear such numbers, so that a named person may let it stand.
    """

    code: str
    template: str | Promise
    facts: Mapping[str, str | Promise] = field(default_factory=dict)
    may_override: bool = False

    def __str__(self) -> str:
        return str(self.template) % self.facts


@dataclass(frozen=True, slots=True)
class _Kind:
    """The shape of a kind, also in words; what is printed on papers may depart from it, a classification does not.

    ``label`` is what papers print before the number.
    """

    shape: re.Pattern[str]
    words: str | Promise
    is_printed: bool = True
    check_digit: Callable[[str], str] | None = None
    label: re.Pattern[str] | None = None


KINDS: dict[str, _Kind] = {
    # The present numbers, those of 2020 with C (Hong Kong, Macao, Taiwan) or J (abroad), and the old import licences.
    "approval_number": _Kind(
        re.compile(r"国药准字[HZSBTFJ][CJ]?[0-9]{8}|[HZSB]C?[0-9]{8}"),
        _("国药准字, a letter (H, Z, S, B, T, F or J), C or J where it comes from abroad, and 8 digits"),
        label=re.compile(r"^(?:批准文号|(?:进口药品|医药产品)?注册证号):?"),
    ),
    # GB 18937: country 86, drug 9, firm and product, check digit.
    "standard_code": _Kind(
        re.compile(r"869[0-9]{11}"), _("14 digits that begin with 869"), check_digit=ean.calc_check_digit
    ),
    # X western or Z Chinese, class, name, form, specification, pack, firm; with name and form in five characters, 20.
    "insurance_code": _Kind(
        re.compile(r"[XZ][A-Z][0-9]{2}[A-Z]{2}(?:[A-Z][0-9]{3}[A-Z][0-9]{3}|[0-9A-Z]{5})[0-9]{9}"),
        _("X or Z, the class (such as L02BB) and the numbers of the product, 23 or 20 characters"),
    ),
    "gtin": _Kind(re.compile(r"[0-9]{8}|[0-9]{12,14}"), _("8, 12, 13 or 14 digits"), check_digit=ean.calc_check_digit),
    "trace_prefix": _Kind(re.compile(r"[0-9]{7}"), _("the first 7 digits of the traceability code")),
    # GB 32100-2015: authority, class, 6 digits of region, organization, check digit; no I, O, S, V, Z.
    "uscc": _Kind(
        re.compile(r"[0-9A-HJ-NPQRTUWXY]{2}[0-9]{6}[0-9A-HJ-NPQRTUWXY]{10}"),
        _("18 digits and capitals without I, O, S, V and Z, the third to eighth of them digits"),
        check_digit=uscc.calc_check_digit,
    ),
    # WHO: anatomical group, therapeutic, pharmacological and chemical subgroup, substance.
    "atc": _Kind(
        re.compile(r"[ABCDGHJLMNPRSV](?:[0-9]{2}(?:[A-Z](?:[A-Z](?:[0-9]{2})?)?)?)?"),
        _("one of the five levels of the ATC classification, such as J, J01, J01C, J01CA or J01CA04"),
        is_printed=False,
    ),
    "region": _Kind(re.compile(r"[1-8][0-9]{5}"), _("6 digits of GB/T 2260, such as 370000"), is_printed=False),
}


def normalise_identifier(kind: str, value: str) -> str:
    """The one spelling that is stored and compared: half-width, no spaces, capitals, without the printed label.

    Raises:
        KeyError: ``kind`` is not one of ``KINDS``.
    """
    normal = normalise(value).upper()
    label = KINDS[kind].label
    return label.sub("", normal) if label else normal


def check_identifier(kind: str, value: str) -> IdentifierProblem | None:
    """What is wrong with the identifier, however it is spelt; nothing where it is right as far as it can be checked.

    Raises:
        KeyError: ``kind`` is not one of ``KINDS``.
    """
    normal = normalise_identifier(kind, value)
    known = KINDS[kind]
    if not normal:
        return IdentifierProblem("empty", _("it is empty; it should be: %(shape)s"), {"shape": known.words})
    if not known.shape.fullmatch(normal):
        return IdentifierProblem(
            "shape",
            _("“%(value)s” is not of the right form; it should be: %(shape)s"),
            {"value": normal, "shape": known.words},
            may_override=known.is_printed,
        )
    if known.check_digit is None or (expected := known.check_digit(normal[:-1])) == normal[-1]:
        return None
    return IdentifierProblem(
        "check_digit",
        _("“%(value)s” ends with the check digit %(given)s, reckoned it would be %(expected)s: compare with the paper"),
        {"value": normal, "given": normal[-1], "expected": expected},
        may_override=True,
    )
