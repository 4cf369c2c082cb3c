"""Commands speak the language of the terminal they are typed into."""

from __future__ import annotations

import os
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import translation


def language() -> str:
    """Chinese where the environment asks for it, else English."""
    named = next(filter(None, map(os.environ.get, ("LC_ALL", "LC_MESSAGES", "LANG"))), "")
    return "zh-hans" if named.startswith("zh") else "en"


class TerminalCommand(BaseCommand):
    """A command whose sentences come from the message catalogues."""

    def execute(self, *args: Any, **options: Any) -> str | None:
        """Run the command in the language of the terminal."""
        with translation.override(language()):
            return super().execute(*args, **options)
