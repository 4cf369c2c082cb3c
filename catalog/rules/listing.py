"""The national list's column of forms and strengths, read into one form and its strengths each."""

from __future__ import annotations

import re
from dataclasses import dataclass

from catalog.foundation.text import normalise
from catalog.rules.forms import FORM_NAME
from catalog.rules.quantities import COUNTED_UNITS, MEASURED_UNITS, NUMBER
from catalog.rules.strengths import Strength, UnreadableStrength, parse_strength

BETWEEN_FORMS = "|"

_UNIT = rf"(?:{MEASURED_UNITS}|{COUNTED_UNITS})"
# Told from a remark on the strength before it by its ending: 50mg(琥珀酸盐)缓释片, but 175mg(三七总皂苷)胶囊.
_SALT = r"\([^()\d]*[盐酯钠钾钙]\)"
_ONE_HEADER = (
    rf"(?:{_SALT})?(?:(?:缓释|肠溶|控释)\([^()]*\)"
    rf"|[一-鿿]{{0,8}}?(?:α\d[a-z])?(?:{FORM_NAME})(?:\([^()]*\))?"
    r"|注射用[一-鿿]{1,8}(?:α\d[a-z])?)"
)
_HEADER = rf"{_ONE_HEADER}(?:、{_ONE_HEADER})*"
# Where one form's strengths end and the next form begins without a separator: 0.2g合剂:每支装10ml.
_RUN_TOGETHER = re.compile(
    rf"(?:(?<=/[袋瓶支盒听粒吸揿])|(?<=[\d.](?:mg|ml|μg|cm|MB))|(?<=[\dmμ](?:g|l))|(?<=单位)|(?<=IU)|(?<=[丸粒揿])|(?<=[^盐酯钠钾钙]\)))(?={_HEADER}(?::|$))",
    re.IGNORECASE,
)
_ONLY_BRACKET = re.compile(r"\([^()]*\)")
_ONE_FORM = re.compile(FORM_NAME)
_TWO_FORMS = re.compile(rf"({FORM_NAME})(?:{FORM_NAME})")
_RELEASE = re.compile(r"(缓释|肠溶|控释)\((.+)\)")
_LEADING_SALT = re.compile(r"\([^()]*\)(?=.)")

_BARE = re.compile(rf"{NUMBER}(?:(?:{MEASURED_UNITS})(?=$|\()|:{NUMBER}$)", re.IGNORECASE)
_PREFIX = re.compile(
    rf".*=|(?:[一-鿿]*丸)?每{NUMBER}?.*?(?={NUMBER}(?:{MEASURED_UNITS})(?:$|\())|(?:[一-鿿]*丸)?每.*?(?={NUMBER}{_UNIT}(?:$|\())",
    re.IGNORECASE,
)
_SIZES = re.compile(rf"({NUMBER}%)\(((?:{NUMBER}ml、?)+)\)", re.IGNORECASE)
_QUALIFIES = re.compile(r"每1(?:ml|g)(?:相当于|含)", re.IGNORECASE)
_NAMED_PART = re.compile(rf"(?:含|内含|其中)|[^\W\d]+(?:\(.*\))?{NUMBER}{_UNIT}", re.IGNORECASE)
_NAMES = re.compile(r"\([^\d()]+(?:\([^()]*\))?[^\d()]*:[^\d()]+\)$")


@dataclass(frozen=True, slots=True)
class ListedStrength:
    """A strength as a text that stands alone (每丸重3g、9g gives 每丸重9g), and what it says; none where unread."""

    text: str
    strength: Strength | None


@dataclass(frozen=True, slots=True)
class ListedForm:
    """A form with its salt, as one presentation names it, and its strengths; a list may name a form alone."""

    form: str
    strengths: tuple[ListedStrength, ...]


@dataclass(frozen=True, slots=True)
class Listing:
    """What one line of the list says, and the texts of it that are no strength in the grammar."""

    forms: tuple[ListedForm, ...]
    unread: tuple[str, ...]


def parse_listing(text: str) -> Listing:
    """Read ``(钠盐)片剂、胶囊:0.25g、0.5g | 注射液`` and its part-2 form ``胶囊:每粒装0.2g合剂:每支装10ml``.

    ``缓释(片剂、胶囊)`` are two forms; a salt holds for the forms behind it. What is said of all sizes behind them
    (``每瓶装10ml、50ml,每1ml相当于饮片1g``) stands in brackets behind each. Salts of one form stay together
    (``(苯磺酸盐、马来酸盐)片剂``): the list names one presentation. What is no strength keeps its text.
    """
    plain = normalise(text).translate(str.maketrans("[]", "()"))
    forms: list[ListedForm] = []
    for segment in plain.split(BETWEEN_FORMS):
        for run in _runs(segment):
            forms += _forms(run)
    unread = (listed.text for form in forms for listed in form.strengths if listed.strength is None)
    return Listing(tuple(forms), tuple(dict.fromkeys(unread)))


def _runs(segment: str) -> list[str]:
    """The segment, divided where one form's strengths run into the next form."""
    runs: list[str] = []
    for run in _RUN_TOGETHER.split(segment):
        # A bracket by itself is no strength but the salt of the form behind it.
        if runs and _ONLY_BRACKET.fullmatch(runs[-1]):
            runs[-1] += run
        else:
            runs.append(run)
    return [run for run in runs if run]


def _forms(run: str) -> list[ListedForm]:
    header, _colon, strengths = run.partition(":")
    if (two := _TWO_FORMS.fullmatch(header)) and not _ONE_FORM.fullmatch(header):
        return [ListedForm(two[1], ()), *_forms(run[two.end(1) :])]
    texts = _strength_texts(strengths) if strengths else []
    return [
        ListedForm(form, tuple(ListedStrength(text, _strength(text, form)) for text in texts))
        for form in _form_names(header)
    ]


def _strength(text: str, form: str) -> Strength | None:
    try:
        return parse_strength(text, form)
    except UnreadableStrength:
        return None


def _form_names(header: str) -> list[str]:
    names: list[str] = []
    salt = ""
    for piece in _split(header, "、"):
        if bracket := _LEADING_SALT.match(piece):
            salt, piece = bracket[0], piece[bracket.end() :]
        release = _RELEASE.fullmatch(piece)
        kinds = [release[1] + kind for kind in release[2].split("、")] if release else [piece]
        names += [salt + kind for kind in kinds]
    return names


def _split(text: str, separators: str) -> list[str]:
    """Split at separators outside brackets."""
    pieces, depth = [""], 0
    for character in text:
        depth += {"(": 1, ")": -1}.get(character, 0)
        if depth == 0 and character in separators:
            pieces.append("")
        else:
            pieces[-1] += character
    return [piece for piece in pieces if piece]


def _strength_texts(text: str) -> list[str]:
    """The strengths of one form, each as a text that stands alone."""
    texts: list[str] = []
    prefix = ""
    for piece in _split(text, "、,;"):
        if sizes := _SIZES.fullmatch(piece):
            texts += [f"{sizes[1]}({size})" for size in sizes[2].split("、")]
        elif texts and _continues(texts[-1], piece):
            texts[-1] += f",{piece}"
        elif texts and (own := re.match(r"每[^\d]*?(?=相当于)", piece)) and texts[-1].startswith(own[0] + "装"):
            texts[-1] += f"({piece})"
        elif prefix and _BARE.match(piece):
            texts.append(prefix + piece)
        else:
            start = _PREFIX.match(piece)
            prefix = start[0] if start else ""
            texts.append(piece)
    return _qualified(_with_names(texts))


def _continues(before: str, piece: str) -> bool:
    """Does the piece go on with the strength before it: its further contents, its volume, its number of doses?"""
    if re.match(r"含|内含|其中", piece):
        return True
    if re.search(r"含|相当于", re.sub(r"\(.*\)", "", before)) and "每" in before:
        return bool(_NAMED_PART.match(piece)) and not piece.startswith("每")
    if before.endswith(("/ml", "/g")):
        return bool(re.match(rf"{NUMBER}ml(?:/|\(|$)", piece))
    return bool(re.fullmatch(r"\d+[吸揿喷]/[支瓶]", piece)) or bool(re.search(r"每瓶\d+揿$", before))


def _with_names(texts: list[str]) -> list[str]:
    """Names of the components behind the last strength, ``(阿莫西林:克拉维酸)``, hold for all."""
    names = _NAMES.search(texts[-1]) if texts else None
    if names is None:
        return texts
    return [text if text.endswith(names[0]) else text + names[0] for text in texts]


def _qualified(texts: list[str]) -> list[str]:
    """One concentration among sizes says it of all of them; of several the list does not say which is whose."""
    concentrations = [text for text in texts if _QUALIFIES.match(text)]
    sizes = [text for text in texts if re.match(r"每[^\d]*装", text)]
    if not sizes or len(concentrations) != 1 or len(sizes) + 1 != len(texts):
        return texts
    return [f"{size}({concentrations[0]})" for size in sizes]
