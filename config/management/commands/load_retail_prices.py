"""What institutions ask patients to pay, out of a file of any length."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.utils import timezone
from django.utils.translation import gettext as _

from catalog.foundation.actor import Actor, Channel
from catalog.foundation.errors import DomainError
from config.terminal import TerminalCommand
from distribution.queries.retail_staging import NAMES, RefusedRow
from distribution.services.retail_files import Source, store_retail_file


class Command(TerminalCommand):
    help = "Loads the retail prices of any number of institutions; all of them, or none where a row is wrong."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.epilog = f"Columns, in any order: {', '.join(NAMES)}."
        parser.add_argument("file", type=Path, help="one row per institution, product and day")

    def handle(self, *args: Any, file: Path, **options: Any) -> None:
        try:
            with file.open("rb") as content:
                taken = store_retail_file(
                    source=Source(content, file.name),
                    refuse=self._refuse,
                    actor=Actor.platform(Channel.COMMAND),
                    at=timezone.now(),
                )
        except OSError as error:
            raise CommandError(f"{error.filename}: {error.strerror}.") from error
        except DomainError as error:
            raise CommandError(str(error)) from error
        if taken.bad:
            raise CommandError(_("Nothing was loaded: %(count)s bad rows.") % {"count": f"{taken.bad:,}"})
        words = _("Loaded: %(rows)s prices of %(reports)s institutions; the checks follow.")
        self.stdout.write(words % {"rows": f"{taken.rows:,}", "reports": f"{len(taken.report_ids):,}"})

    def _refuse(self, header: list[str], rows: Iterator[RefusedRow]) -> None:
        for row in rows:
            self.stderr.write(_("Row %(row)s: %(problem)s") % {"row": row.number, "problem": row.problem})
