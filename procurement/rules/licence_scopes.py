"""Which scope a licence must have so that its holder may make a medicine.

Sources: the letters of approval numbers (国药准字 H chemical, Z Chinese patent, S biological medicine; also of the old
import licences) and the scopes of production licences. The other letters say nothing of the kind of medicine.
"""

from __future__ import annotations

from collections.abc import Iterable

SCOPE_OF_LETTER = {"H": "chemical", "Z": "traditional", "S": "biological"}


def scopes_wanted(approval_numbers: Iterable[str], *, is_traditional: bool = False) -> set[str]:
    """The scopes one of which is needed: that of a Chinese patent medicine, else those of the approval numbers.

    None where nothing is known.
    """
    if is_traditional:
        return {"traditional"}
    letters = {number.removeprefix("国药准字")[:1] for number in approval_numbers}
    return {SCOPE_OF_LETTER[letter] for letter in letters & SCOPE_OF_LETTER.keys()}
