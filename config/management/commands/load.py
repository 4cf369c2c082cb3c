"""What the platform stands on, out of spreadsheets, and the numbers of its rules."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import CommandError, CommandParser
from django.db.models import Model
from django.utils import timezone
from django.utils.translation import gettext as _

from catalog.foundation.actor import Actor, Channel
from catalog.foundation.errors import DomainError, RulesBroken
from catalog.foundation.imports import Checked, Table, annotated, read_table
from catalog.models import RuleSet
from catalog.services.rulesets import enter_rule_set, parameter_names
from config.sheets import FROM, KINDS, SOURCE, TITLE, UNTIL, Kind, Option
from config.terminal import TerminalCommand

RULE_OPTIONS = (TITLE, SOURCE, FROM, UNTIL)


class Command(TerminalCommand):
    help = "Loads a sheet (.xlsx or .csv): all of it, or nothing and a workbook with what is wrong."

    def add_arguments(self, parser: CommandParser) -> None:
        kinds = parser.add_subparsers(dest="kind", metavar="KIND", required=True)
        for name, kind in KINDS.items():
            columns = ", ".join(column.name for column in kind.columns)
            sheet = kinds.add_parser(name, help=kind.rows, epilog=f"Columns of the sheet, in any order: {columns}.")
            sheet.add_argument("file", type=Path, help=f"the sheet: {kind.rows}")
            add_options(sheet, kind.options)
            sheet.add_argument("--check", action="store_true", help="only look at the sheet; nothing else is needed")
            sheet.add_argument("--errors", type=Path, help="where the sheet with its errors goes (beside the file)")
        possible = "; ".join(f"{kind}: {', '.join(parameter_names(kind))}" for kind in RuleSet.Kind.values)
        rules = kinds.add_parser("rules", help="the numbers of a rule; there is no file")
        rules.add_argument("--rule-kind", choices=RuleSet.Kind.values, required=True)
        add_options(rules, RULE_OPTIONS)
        rules.add_argument(
            "--parameters", required=True, help=f'JSON, the numbers as text: \'{{"markup": "0"}}\' ({possible})'
        )

    def handle(self, *args: Any, kind: str, **options: Any) -> None:
        try:
            if kind == "rules":
                self.enter_rules(**options)
            else:
                self.load(KINDS[kind], **options)
        except OSError as error:
            raise CommandError(f"{error.filename}: {error.strerror}.") from error
        except RulesBroken as error:
            raise CommandError("\n".join(str(part) for part in error.errors)) from error
        except DomainError as error:
            raise CommandError(str(error)) from error

    def load(self, kind: Kind, *, file: Path, errors: Path | None, check: bool, **options: Any) -> None:
        """Check the sheet and, unless only that was asked for, load it."""
        about = {option.name: options[option.name] for option in kind.options}
        if not check:
            refuse_incomplete(kind.options, about)
            if kind.record:
                refuse_fields(kind.record, about)
        refuse_reversed(about)
        table = read_table(file.read_bytes(), name=file.name)
        checked = kind.check(table, **about)
        if checked.errors:
            self.tell_errors(table, checked, errors or file.with_name(f"{file.stem}-errors.xlsx"))
        first, *rest = kind.count(checked)
        if check:
            self.stdout.write(_("Good: %(what)s") % {"what": first})
        else:
            loaded = kind.load(**about, table=table, actor=Actor.platform(Channel.COMMAND), at=timezone.now())
            self.stdout.write(_("Loaded: %(what)s") % {"what": first})
            rest += kind.tell(loaded)
        for line in rest:
            self.stdout.write(line)

    def tell_errors(self, table: Table, checked: Checked, place: Path) -> None:
        """Print what is wrong with each row, and write it beside the rows as a workbook.

        Raises:
            CommandError
        """
        for problem in checked.problems():
            self.stderr.write(problem)
        place.write_bytes(annotated(table, checked))
        raise CommandError(
            _("%(bad)s of %(rows)s rows are not acceptable, nothing was loaded; see %(place)s.")
            % {
                "bad": len(checked.refused),
                "rows": len(table.rows),
                "place": place,
            }
        )

    def enter_rules(self, *, rule_kind: str, parameters: str, **options: Any) -> None:
        """Enter a rule set."""
        about = {option.name: options[option.name] for option in RULE_OPTIONS}
        refuse_incomplete(RULE_OPTIONS, about)
        refuse_fields(RuleSet, about)
        refuse_reversed(about)
        try:
            numbers = json.loads(parameters)
        except ValueError as error:
            raise CommandError(f"--parameters: {error}.") from error
        if not isinstance(numbers, dict):
            raise CommandError(_("--parameters: give an object, such as %(example)s.") % {"example": '{"markup": "0"}'})
        entered = enter_rule_set(
            **about,
            kind=RuleSet.Kind(rule_kind),
            parameters=numbers,
            actor=Actor.platform(Channel.COMMAND),
            at=timezone.now(),
        )
        self.stdout.write(_("Entered: %(title)s") % {"title": entered.title})


def add_options(parser: argparse.ArgumentParser, options: Iterable[Option]) -> None:
    """Add what is said about the whole; none is required here, since --check needs none."""
    for option in options:
        parser.add_argument(
            option.flag,
            dest=option.name,
            type=date.fromisoformat if option.is_day else str,
            default=None if option.is_day else "",
            help=option.help,
        )


def refuse_incomplete(options: Iterable[Option], about: dict[str, Any]) -> None:
    """Refuse to load where something is not said.

    Raises:
        CommandError
    """
    missing = ", ".join(option.flag for option in options if option.is_needed and not about[option.name])
    if missing:
        raise CommandError(_("Missing: %(missing)s (only --check goes without).") % {"missing": missing})


def refuse_fields(record: type[Model], about: dict[str, Any]) -> None:
    """Refuse values that the record's fields do not admit.

    Raises:
        CommandError
    """
    fields = {field.name for field in record._meta.concrete_fields}
    described = record(**{name: value for name, value in about.items() if name in fields})
    try:
        described.clean_fields(exclude=fields - about.keys())
    except ValidationError as error:
        raise CommandError(
            "; ".join(
                f"--{name.replace('_', '-')}: {' '.join(problems)}" for name, problems in error.message_dict.items()
            )
        ) from error


def refuse_reversed(about: dict[str, Any]) -> None:
    """Refuse a period that ends before it begins.

    Raises:
        CommandError
    """
    first, end = about.get("valid_from"), about.get("valid_until")
    if first and end and end <= first:
        raise CommandError(_("--until %(end)s must lie after --from %(first)s.") % {"end": end, "first": first})
