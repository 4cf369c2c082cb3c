"""Where the cells of one column come from, and how that is written as JSON."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, get_args

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from catalog.foundation.errors import Malformed

Side = Literal["left", "right"]
ROW = "row"
MAX_PAD = 50
# A template may name a long cell any number of times. More than 2,000 characters are refused; what it gives is cut
# after one more, by which they are known.
MAX_COMPOSED = 2_001
_PLACE = re.compile(r"\{([^{}]*)\}")
_PIECE = re.compile(r"([^{}]+)|\{([^{}]+)\}")


class MalformedMapping(Malformed):
    """The column mapping is not what a mapping has to be."""

    code = "malformed-mapping"
    template = gettext_lazy("The column mapping cannot be read: %(problem)s.")


@dataclass(frozen=True, slots=True)
class Pad:
    """The sign that fills a text up to a length, and the side on which it does."""

    side: Side
    sign: str
    length: int


@dataclass(frozen=True, slots=True)
class Source:
    """Where the cells of a column come from: a column of the file, one value for all rows, or a template.

    Exactly one of ``header``, ``value`` and ``template`` is not None. ``words`` translate the cells of a column of the
    file, before they are filled up; with ``only`` no other words are admitted.
    """

    header: str | None = None
    value: str | None = None
    template: str | None = None
    words: Mapping[str, str] = field(default_factory=dict)
    only: bool = False
    pad: Pad | None = None

    @property
    def headers(self) -> list[str]:
        """The columns of the file that it needs."""
        if self.header is not None:
            return [self.header]
        return [name for name in _PLACE.findall(self.template or "") if name != ROW]

    def cell(self, number: int, cells: Mapping[str, str]) -> str:
        """The cell of the row with this number, whose cells are these by their headings."""
        if self.value is not None:
            return self.value
        if self.template is not None:
            return self._composed(self.template, number, cells)
        assert self.header is not None
        return self.filled(self.words.get(cells[self.header], cells[self.header]))

    def _composed(self, template: str, number: int, cells: Mapping[str, str]) -> str:
        found = ""
        for text, name in _PIECE.findall(template):
            found += text or (cells[name] if name != ROW else str(number))
            if len(found) >= MAX_COMPOSED:
                break
        return found[:MAX_COMPOSED]

    def filled(self, cell: str) -> str:
        """The cell at its length; an empty one stays empty."""
        if not self.pad or not cell:
            return cell
        fill = cell.rjust if self.pad.side == "left" else cell.ljust
        return fill(self.pad.length, self.pad.sign)


def read_source(content: Any, pointer: str) -> Source:
    given = read_object(content, pointer, {"from", "value", "template", "words", "only", "pad"})
    kinds = [kind for kind in ("from", "value", "template") if kind in given]
    if len(kinds) != 1:
        raise MalformedMapping(problem=_("one of from, value and template is needed"), pointer=pointer)
    if kinds != ["from"] and given.keys() & {"words", "only", "pad"}:
        raise MalformedMapping(problem=_("words, only and pad go with from"), pointer=pointer)
    text = read_typed(given[kinds[0]], str, f"{pointer}/{kinds[0]}")
    if kinds == ["value"]:
        return Source(value=text)
    if kinds == ["template"]:
        if re.search(r"[{}]", _PLACE.sub("", text)):
            raise MalformedMapping(problem=_("a brace is not closed or not opened"), pointer=f"{pointer}/template")
        if "" in _PLACE.findall(text):
            raise MalformedMapping(problem=_("the braces hold no column"), pointer=f"{pointer}/template")
        return Source(template=text)
    words = read_object(given.get("words", {}), f"{pointer}/words")
    return Source(
        header=text,
        words={word: read_typed(meaning, str, f"{pointer}/words/{word}") for word, meaning in words.items()},
        only=read_typed(given.get("only", False), bool, f"{pointer}/only"),
        pad=_pad(given["pad"], f"{pointer}/pad") if "pad" in given else None,
    )


def source_as_json(source: Source) -> dict[str, Any]:
    if source.value is not None:
        return {"value": source.value}
    if source.template is not None:
        return {"template": source.template}
    return {
        "from": source.header,
        **({"words": dict(source.words)} if source.words else {}),
        **({"only": True} if source.only else {}),
        **({"pad": {source.pad.side: source.pad.sign, "length": source.pad.length}} if source.pad else {}),
    }


def _pad(content: Any, pointer: str) -> Pad:
    given = read_object(content, pointer, {*get_args(Side), "length"})
    sides = [side for side in get_args(Side) if side in given]
    length = given.get("length")
    if len(sides) != 1 or type(length) is not int or not 1 <= length <= MAX_PAD:
        problem = _("pad has left or right, and a length from 1 to %(most)s") % {"most": MAX_PAD}
        raise MalformedMapping(problem=problem, pointer=pointer)
    sign = read_typed(given[sides[0]], str, f"{pointer}/{sides[0]}")
    if len(sign) != 1:
        raise MalformedMapping(problem=_("one sign is needed"), pointer=f"{pointer}/{sides[0]}")
    return Pad(side=sides[0], sign=sign, length=length)


def read_object(content: Any, pointer: str, known: set[str] | None = None) -> dict[str, Any]:
    if not isinstance(content, dict):
        raise MalformedMapping(problem=_("an object is needed"), pointer=pointer)
    if known is not None and (unknown := sorted(content.keys() - known)):
        said = {"unknown": ", ".join(unknown), "known": ", ".join(sorted(known))}
        problem = _("%(unknown)s is not among %(known)s") % said
        raise MalformedMapping(problem=problem, pointer=f"{pointer}/{unknown[0]}")
    return content


def read_typed(given: Any, kind: type, pointer: str) -> Any:
    if not isinstance(given, kind):
        problem = _("true or false is needed") if kind is bool else _("a text is needed")
        raise MalformedMapping(problem=problem, pointer=pointer)
    return given


def read_choice(content: Mapping[str, Any], name: str, choices: tuple[Any, ...]) -> Any:
    given = content.get(name, "auto")
    if given not in choices:
        problem = _("one of %(choices)s is needed") % {"choices": " ".join(choices)}
        raise MalformedMapping(problem=problem, pointer=f"/{name}")
    return given
