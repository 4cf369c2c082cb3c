"""What people type to find a product, in the spelling in which it is kept for searching."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

# What counts of a question; nothing that is searched for is longer.
LONGEST = 200
# The same two classes stand in the function catalog_search_terms of the database.
LATIN = re.compile(r"[a-z0-9\u00df-\u00f6\u00f8-\u017e\u0370-\u04ff]+")
CHINESE = re.compile(r"[\u2e80-\u2fdf\u3005-\u3007\u3041-\u9fff\uac00-\ud7a3\ufa0e-\ufa29\U00020000-\U000323af]+")

# The element string of a bar code, of which (01) is the article: GS1 General Specifications.
ARTICLE = re.compile(r"\(01\)([0-9]{1,14}).*")
# The code of a single box: 7 digits of the product in its pack, 13 of the box.
TRACEABILITY = re.compile(r"([0-9]{7})[0-9]{13}")


def fold(text: str) -> str:
    """Half-width, lower case, with a space before every run of Latin letters and digits: ``0.9%ＮＡ`` → `` 0. 9% na``.

    As the database's ``catalog_search_fold``, which folds what is searched in.
    """
    return LATIN.sub(r" \g<0>", unicodedata.normalize("NFKC", text).lower())


@dataclass(frozen=True, slots=True)
class SearchWords:
    """The words of a question, folded; a text matches when it contains all of them.

    A Latin word or a code is contained by what begins with it, a Chinese one by what has it anywhere.
    """

    words: tuple[str, ...]

    @classmethod
    def read(cls, question: str) -> SearchWords:
        """The words between blanks; marks that stand alone, and characters that no text has, do not count.

        Of the bar code or traceability code of a box, what names the product.
        """
        typed = unicodedata.normalize("NFKC", question.replace("\x00", "")[:LONGEST]).split()
        folded = (fold(_product_part(word)) for word in typed)
        return cls(tuple(dict.fromkeys(word for word in folded if LATIN.search(word) or CHINESE.search(word))))

    @property
    def patterns(self) -> list[str]:
        """For LIKE."""
        return [f"%{_escaped(word)}%" for word in self.words]

    @property
    def beginning(self) -> str:
        """For LIKE: what begins with the first word."""
        return f"{_escaped(self.words[0])}%"

    @property
    def terms(self) -> str:
        """For the index, as a ``tsquery``: it lets through all that match, and little else."""
        return " & ".join(dict.fromkeys(term for word in self.words for term in _terms(word)))

    @property
    def whole_codes(self) -> str:
        """For the index, as a ``tsquery``: one of the words is a whole code."""
        return " | ".join(_quoted(f"={word}") for word in self.words)


def _product_part(word: str) -> str:
    read = ARTICLE.fullmatch(word) or TRACEABILITY.fullmatch(word)
    return read[1] if read else word


def _terms(word: str) -> list[str]:
    found = [f"{_quoted(run)}:*" for run in LATIN.findall(word)]
    for run in CHINESE.findall(word):
        if len(run) == 1:
            found.append(f"{_quoted(run)}:*")
        else:
            found += [_quoted(run[place : place + 2]) for place in range(len(run) - 1)]
    return found


def _quoted(term: str) -> str:
    return "'" + term.replace("\\", "\\\\").replace("'", "''") + "'"


def _escaped(word: str) -> str:
    return re.sub(r"([\\%_])", r"\\\1", word)
