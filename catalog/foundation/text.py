"""One spelling of what people type in many."""

from __future__ import annotations

import re
import unicodedata


def normalise(text: str) -> str:
    """Half-width signs, no spaces, one micro sign."""
    return re.sub(r"\s+", "", unicodedata.normalize("NFKC", text)).replace("µ", "μ")
