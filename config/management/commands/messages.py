"""The Chinese interface: keeps its catalogue in step with the code."""

from __future__ import annotations

import argparse
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from config.errors import CannotRun

try:
    from config.messages.locale import Locale
except ModuleNotFoundError as error:
    raise CannotRun(
        "Babel is not installed: this command is for development, run it in the project's .venv."
    ) from error

SOURCES = ("catalog", "procurement", "distribution", "config")


class Command(BaseCommand):
    help = "Collects the messages of code and templates in config/locale, and compiles their Chinese translations."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument(
            "--check", action="store_true", help="change nothing, and fail when anything is not in order"
        )

    def handle(self, *, check: bool, **options: Any) -> None:
        root = settings.BASE_DIR
        locale = Locale(root / "config" / "locale", [root / source for source in SOURCES])
        problems = locale.problems() if check else locale.update()
        for problem in problems:
            self.stderr.write(problem)
        if check and problems:
            raise CommandError(
                f"{len(problems)} problems; `python3 manage.py messages` mends what needs no translator."
            )
        self.stdout.write(f"{(problems and len(problems)) or 'no'} problems left")
