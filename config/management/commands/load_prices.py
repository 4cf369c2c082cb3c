"""What provinces pay, out of a file of any length."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.utils import timezone
from django.utils.translation import gettext as _

from catalog.foundation.actor import Actor, Channel
from catalog.foundation.errors import DomainError, RulesBroken
from catalog.services.price_import import PRICE_COLUMNS, PriceImport, check_prices, import_prices, read_price_rows
from catalog.states import RowOutcome
from config.terminal import TerminalCommand


class Command(TerminalCommand):
    help = "Loads procurement prices of any number from a CSV in UTF-8; what stood before ends where each price begins."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.epilog = f"Columns, in any order: {', '.join(PRICE_COLUMNS)}."
        parser.add_argument("file", type=Path, help="one row per product and province")
        parser.add_argument("--check", action="store_true", help="only look at the file")
        parser.add_argument("--by-row", action="store_true", help="load the good rows although others are refused")

    def handle(self, *args: Any, file: Path, check: bool, by_row: bool, **options: Any) -> None:
        actor = Actor.platform(Channel.COMMAND)
        try:
            with file.open(newline="", encoding="utf-8-sig") as lines:
                rows = read_price_rows(lines, name=file.name)
                if check:
                    found = check_prices(rows=rows, actor=actor)
                else:
                    found = import_prices(rows=rows, actor=actor, at=timezone.now(), by_row=by_row)
        except OSError as error:
            raise CommandError(f"{error.filename}: {error.strerror}.") from error
        except RulesBroken as error:
            for part in error.errors:
                self.stderr.write(_said(part.pointer, part))
            raise CommandError(str(error)) from error
        except DomainError as error:
            raise CommandError(str(error)) from error
        for row in found.refused:
            self.stderr.write(_said(f"/rows/{row.number}", row.error))
        self.stdout.write((_("Good: %(what)s") if check else _("Loaded: %(what)s")) % {"what": _counted(found)})


def _said(pointer: str, error: DomainError) -> str:
    """The error with the row that it is about."""
    place = pointer.split("/")
    return _("Row %(row)s: %(problem)s") % {"row": place[2], "problem": error} if len(place) > 2 else str(error)


def _counted(found: PriceImport) -> str:
    return ", ".join(f"{RowOutcome(outcome).label} {count:,}" for outcome, count in found.counts.items() if count)
