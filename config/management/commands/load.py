"""What the platform stands on, out of files, and the numbers of its rules."""

from __future__ import annotations

import argparse
import json
import shutil
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.db import transaction
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from catalog.foundation.actor import Actor, Channel
from catalog.foundation.errors import DomainError, RulesBroken
from catalog.foundation.imports import annotated, read_table, write_refused
from catalog.foundation.mapping import suggest
from catalog.foundation.sheets import open_sheet
from catalog.models import Import, ImportMapping, RuleSet
from catalog.services.editions import draft_edition, publish_edition
from catalog.services.imports.checking import check_import
from catalog.services.imports.intake import start_import
from catalog.services.imports.kinds import Kind, Option
from catalog.services.imports.reading import refused_rows
from catalog.services.imports.writing import agree_import, write_import
from catalog.services.people import COLUMNS as PEOPLE_COLUMNS
from catalog.services.people import check_people_table, load_people
from catalog.services.rulesets import enter_rule_set, parameter_names
from catalog.states import ImportStatus, RowOutcome
from config.sheets import KINDS, LIST, RULE_OPTIONS, BadFlags, about, flag, read_options, tell_logins
from config.terminal import TerminalCommand

PLATFORM = Actor.platform(Channel.COMMAND)
PEOPLE_HELP = "one row per person, organization and role; prints the passwords of new people, once"


class Command(TerminalCommand):
    help = "Loads a file (.xlsx, .xls, .csv or .json): all of it, or nothing and a workbook with what is wrong."

    # the frame that argparse puts around it is English
    @translation.override("en")
    def add_arguments(self, parser: CommandParser) -> None:
        kinds = parser.add_subparsers(dest="kind", metavar="KIND", required=True)
        for name, kind in KINDS.items():
            columns = ", ".join(column.name for column in kind.columns)
            file = self._add_kind(kinds, name, str(kind.help), columns)
            file.add_argument("--mapping", default="", help="a JSON file, or the name of a saved mapping of columns")
            file.add_argument("--by-row", action="store_true", help="load the good rows although others are refused")
            add_options(file, kind.options)
        self._add_kind(kinds, "people", PEOPLE_HELP, ", ".join(column.name for column in PEOPLE_COLUMNS))
        possible = "; ".join(f"{kind}: {', '.join(parameter_names(kind))}" for kind in RuleSet.Kind.values)
        rules = kinds.add_parser("rules", help="the numbers of a rule; there is no file")
        rules.add_argument("--rule-kind", choices=RuleSet.Kind.values, required=True)
        add_options(rules, RULE_OPTIONS)
        rules.add_argument(
            "--parameters", required=True, help=f'JSON, the numbers as text: \'{{"markup": "0"}}\' ({possible})'
        )

    def _add_kind(self, kinds: Any, name: str, words: str, columns: str) -> argparse.ArgumentParser:
        file: argparse.ArgumentParser = kinds.add_parser(name, help=words, epilog=f"Columns, in any order: {columns}.")
        file.add_argument("file", type=Path, help=words)
        file.add_argument("--check", action="store_true", help="only look at the file; nothing else is needed")
        file.add_argument("--errors", type=Path, help="where the refused rows go (beside the file)")
        return file

    def handle(self, *args: Any, kind: str, **options: Any) -> None:
        try:
            if kind == "rules":
                self.enter_rules(**options)
            elif kind == "people":
                self.load_people(**options)
            else:
                self.load(KINDS[kind], **options)
        except OSError as error:
            raise CommandError(f"{error.filename}: {error.strerror}.") from error
        except BadFlags as error:
            raise CommandError(str(error)) from error
        except RulesBroken as error:
            raise CommandError("\n".join(str(part) for part in error.errors)) from error
        except DomainError as error:
            raise CommandError(str(error)) from error

    def load(
        self,
        kind: Kind,
        *,
        file: Path,
        errors: Path | None,
        check: bool,
        by_row: bool,
        mapping: str,
        **options: Any,
    ) -> None:
        """Look at the file and, unless only that was asked for, write it; all in one transaction."""
        said = about(kind.options, given(kind.options, options), is_check=check)
        values = read_options(kind.options, said)
        content = file.read_bytes()
        columns = mapping_of(kind, mapping, content, file.name)
        at = timezone.now()
        with transaction.atomic():
            name, edition = kind.name, None
            if kind is LIST:
                edition = draft_edition(**values, actor=PLATFORM, at=at)
                name, said = "entries", {"edition": edition.code}
            source = start_import(
                kind=name, file_name=file.name, content=content, mapping=columns, options=said, actor=PLATFORM, at=at
            )
            source = check_import(import_id=source.pk, actor=PLATFORM, at=at)
            if source.status == ImportStatus.UNREADABLE:
                raise CommandError(source.problem)
            self.tell_refused(source, errors or beside(file), is_enough=by_row and not check)
            if check:
                self.stdout.write(_("Good: %(what)s") % {"what": counted(source)})
                transaction.set_rollback(True)
                return
            agree_import(import_id=source.pk, by_row=by_row, actor=PLATFORM, at=at)
            source = write_import(import_id=source.pk, actor=PLATFORM, at=at)
            if source.status == ImportStatus.FAILED:
                raise CommandError(source.problem)
            if edition is not None:
                publish_edition(edition_id=edition.pk, actor=PLATFORM, at=at)
        self.stdout.write(_("Loaded: %(what)s") % {"what": counted(source)})

    def tell_refused(self, source: Import, place: Path, *, is_enough: bool) -> None:
        """Print what is wrong with each refused row, and write those rows as a workbook.

        Raises:
            CommandError: unless it is enough that the others are good.
        """
        refused = source.counts.get(RowOutcome.REFUSED, 0)
        if not refused:
            return
        for number, problem in source.rows.filter(outcome=RowOutcome.REFUSED).values_list("number", "problem"):
            row = _("Row %(row)s") % {"row": number}
            self.stderr.write(problem if problem.startswith(row) else f"{row}: {problem}")
        with write_refused(source.header, refused_rows(source)) as workbook, place.open("wb") as written:
            shutil.copyfileobj(workbook, written)
        if not is_enough:
            raise CommandError(not_acceptable(refused, sum(source.counts.values()), place))

    def load_people(self, *, file: Path, errors: Path | None, check: bool, **options: Any) -> None:
        """Register people; their sheet has a way of its own, since it makes passwords."""
        table = read_table(file.read_bytes(), name=file.name)
        checked = check_people_table(table)
        if checked.errors:
            for problem in checked.problems():
                self.stderr.write(problem)
            place = errors or beside(file)
            place.write_bytes(annotated(table, checked))
            raise CommandError(not_acceptable(len(checked.refused), len(table.rows), place))
        names = {row["username"] for _number, row in checked.rows}
        what = _("%(people)s people, %(roles)s roles") % {"people": len(names), "roles": len(checked.rows)}
        if check:
            self.stdout.write(_("Good: %(what)s") % {"what": what})
            return
        logins = load_people(table=table, actor=PLATFORM, at=timezone.now())
        self.stdout.write(_("Loaded: %(what)s") % {"what": what})
        for line in tell_logins(logins):
            self.stdout.write(line)

    def enter_rules(self, *, rule_kind: str, parameters: str, **options: Any) -> None:
        """Enter a rule set."""
        values = read_options(RULE_OPTIONS, about(RULE_OPTIONS, given(RULE_OPTIONS, options)))
        try:
            numbers = json.loads(parameters)
        except ValueError as error:
            raise CommandError(f"--parameters: {error}.") from error
        if not isinstance(numbers, dict):
            raise CommandError(_("--parameters: give an object, such as %(example)s.") % {"example": '{"markup": "0"}'})
        entered = enter_rule_set(
            **values,
            kind=RuleSet.Kind(rule_kind),
            parameters=numbers,
            actor=PLATFORM,
            at=timezone.now(),
        )
        self.stdout.write(_("Entered: %(title)s") % {"title": entered.title})


def add_options(parser: argparse.ArgumentParser, options: Iterable[Option]) -> None:
    """Add what is said about the whole; none is required here, since --check needs none."""
    for option in options:
        parser.add_argument(flag(option), dest=f"about_{option.name}", default="", help=str(option.label))


def given(options: Iterable[Option], parsed: Mapping[str, Any]) -> dict[str, str]:
    """What was said on the command line, by the names of the options."""
    return {option.name: parsed[f"about_{option.name}"].strip() for option in options}


def mapping_of(kind: Kind, named: str, content: bytes, file_name: str) -> dict[str, Any]:
    """The mapping of this name, out of a file or saved; without a name the columns are found by what they are called.

    Raises:
        CommandError: there is none of this name, or several organizations have one.
    """
    if not named:
        with open_sheet(content, name=file_name) as sheet:
            return suggest(sheet.header, kind.columns).as_json()
    if Path(named).is_file():
        try:
            read: dict[str, Any] = json.loads(Path(named).read_text(encoding="utf-8"))
        except ValueError as error:
            raise CommandError(f"{named}: {error}.") from error
        return read
    saved = ImportMapping.objects.filter(kind="entries" if kind is LIST else kind.name, name=named)
    found: list[dict[str, Any]] = [mapping.mapping for mapping in saved[:2]]
    if len(found) != 1:
        words = _("--mapping: there is no file and not exactly one saved mapping “%(name)s” for such files.")
        raise CommandError(words % {"name": named})
    return found[0]


def beside(file: Path) -> Path:
    """Where the rows with errors of a file go."""
    return file.with_name(f"{file.stem}-errors.xlsx")


def counted(source: Import) -> str:
    """The rows of a file by what has become of them."""
    counts = source.counts
    return ", ".join(f"{outcome.label} {counts[outcome]}" for outcome in RowOutcome if counts.get(outcome))


def not_acceptable(bad: int, rows: int, place: Path) -> str:
    """Why nothing was loaded, and where that stands."""
    words = _("%(bad)s of %(rows)s rows are not acceptable, nothing was loaded; see %(place)s.")
    return words % {"bad": bad, "rows": rows, "place": place}
