"""Play the demonstration year against a running platform."""

from __future__ import annotations

import argparse
from typing import Any

from django.core.management import BaseCommand, CommandError

from config.demo.report import logins_table, year_table
from config.demo.tendering import YearStuck
from config.demo.year import Year
from procurement.client import Refused


class Command(BaseCommand):
    help = "Plays one procurement year of a province; what was played before is kept."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("--base-url", default="http://127.0.0.1:8000", help="where the platform answers")
        parser.add_argument("--bidding-seconds", type=int, default=20, help="time from publication to deadline")

    def handle(self, *args: Any, base_url: str, bidding_seconds: int, **options: Any) -> None:
        try:
            steps = Year(base_url, bidding_seconds=bidding_seconds, progress=self._progress).play()
        except (YearStuck, Refused, OSError) as error:
            raise CommandError(f"The demonstration year stopped: {error}. Start again to go on.") from error
        self.stdout.write(year_table(steps))
        self.stdout.write(logins_table())

    def _progress(self, words: str) -> None:
        self.stdout.write(f"  · {words}")
        self.stdout.flush()
