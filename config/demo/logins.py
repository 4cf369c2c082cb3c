"""The log-ins of the demonstration: made at random for this installation and kept beside its data."""

from __future__ import annotations

import json
import os
import secrets
from pathlib import Path

from django.conf import settings


class Logins:
    """Passwords, passphrases and API secrets by name, in a file that only its owner can read."""

    def __init__(self, path: Path | None = None) -> None:
        self._path = path or Path(settings.STATE_DIR) / "demo-logins.json"
        self._values: dict[str, str] = json.loads(self._path.read_text()) if self._path.exists() else {}

    def get(self, name: str) -> str:
        """The value of the name, made at random on first use."""
        if name not in self._values:
            self.put(name, "-".join(secrets.token_hex(2) for _ in range(4)))
        return self._values[name]

    def put(self, name: str, value: str) -> None:
        """Keep a value."""
        self.put_all({name: value})

    def put_all(self, values: dict[str, str]) -> None:
        """Keep several values; the file is replaced as a whole."""
        self._values |= values
        draft = self._path.with_suffix(".new")
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w") as file:
            json.dump(self._values, file, indent=1)
        draft.replace(self._path)

    def has(self, name: str) -> bool:
        """Is there a value?"""
        return name in self._values
