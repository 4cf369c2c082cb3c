"""An edition of the national list, out of a spreadsheet."""

from __future__ import annotations

import argparse
from collections import Counter
from datetime import date
from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from catalog.foundation.actor import Actor, Channel
from catalog.foundation.errors import DomainError
from catalog.foundation.imports import Checked, Table, annotated, read_table
from catalog.models import Edition
from catalog.services.editions import COLUMNS, check_edition_table, load_edition

NEEDED = ("code", "title", "source", "from")


class Command(BaseCommand):
    help = "Loads an edition of the list from .xlsx or .csv: all of it, or nothing and a workbook with what is wrong."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.epilog = f"Columns of the sheet, in any order: {', '.join(column.name for column in COLUMNS)}."
        parser.add_argument("file", type=Path, help="the sheet, with one row per form and strength")
        parser.add_argument("--code", default="", help="a short name of the edition, such as 2026")
        parser.add_argument("--title", default="", help="its full title")
        parser.add_argument("--source", default="", help="where it was published")
        parser.add_argument("--from", dest="valid_from", type=date.fromisoformat, help="the first day in force")
        parser.add_argument(
            "--until", dest="valid_until", type=date.fromisoformat, help="the first day no longer in force; none: open"
        )
        parser.add_argument("--check", action="store_true", help="only look at the sheet; nothing else is needed")
        parser.add_argument("--errors", type=Path, help="where the sheet with its errors goes (beside the file)")

    def handle(self, *args: Any, file: Path, errors: Path | None, check: bool, **options: Any) -> None:
        edition = {name: options[name] for name in ("code", "title", "source", "valid_from", "valid_until")}
        if not check:
            refuse_incomplete(**edition)
        try:
            table = read_table(file.read_bytes(), name=file.name)
            checked = check_edition_table(table)
            if checked.errors:
                self.tell_errors(table, checked, errors or file.with_name(f"{file.stem}-errors.xlsx"))
            if not check:
                load_edition(**edition, table=table, actor=Actor.platform(Channel.COMMAND), at=timezone.now())
        except OSError as error:
            raise CommandError(f"{error.filename}: {error.strerror}.") from error
        except DomainError as error:
            raise CommandError(str(error)) from error
        parts = Counter(row["part"] for _number, row in checked.rows)
        medicines = {(row["part"], row["number"]) for _number, row in checked.rows}
        self.stdout.write(
            f"{'Good' if check else 'Loaded'}: {len(medicines)} medicines, {len(checked.rows)} presentations"
        )
        for part, count in sorted(parts.items()):
            self.stdout.write(f"  {part}: {count} presentations")

    def tell_errors(self, table: Table, checked: Checked, place: Path) -> None:
        """Print what is wrong with each row, and write it beside the rows as a workbook.

        Raises:
            CommandError
        """
        for _number, error in sorted(checked.errors, key=lambda item: item[0]):
            self.stderr.write(str(error))
        place.write_bytes(annotated(table, checked))
        bad = len({number for number, _error in checked.errors})
        raise CommandError(f"{bad} of {len(table.rows)} rows are not acceptable, nothing was loaded; see {place}.")


def refuse_incomplete(*, code: str, title: str, source: str, valid_from: date | None, valid_until: date | None) -> None:
    """Refuse what is missing, too long, or ends before it begins.

    Raises:
        CommandError
    """
    missing = [f"--{name}" for name, value in zip(NEEDED, (code, title, source, valid_from), strict=True) if not value]
    if missing:
        raise CommandError(
            f"To load an edition give {', '.join(missing)} as well, or --check to look at the sheet only."
        )
    if valid_from and valid_until and valid_until <= valid_from:
        raise CommandError(f"--until {valid_until} must lie after --from {valid_from}.")
    try:
        Edition(code=code, title=title, source=source).clean_fields(exclude=["id", "validity"])
    except ValidationError as error:
        raise CommandError(
            "; ".join(f"--{name}: {' '.join(said)}" for name, said in error.message_dict.items())
        ) from error
