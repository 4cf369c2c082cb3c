"""Answering a file of questions about prices."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

from django.core.management.base import CommandError, CommandParser
from django.utils.translation import gettext as _

from catalog.foundation.errors import DomainError
from catalog.foundation.imports import MissingColumns
from catalog.queries.bulk_answers import COLUMNS, Question, answer_questions
from config.terminal import TerminalCommand

NEEDED = Question._fields[:3]


class Command(TerminalCommand):
    help = "Answers what products cost: ceiling, procurement price, highest retail price, and what patients pay."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.epilog = f"Columns of the answers: {', '.join(COLUMNS)}."
        parser.add_argument(
            "questions",
            type=Path,
            help="a CSV with the columns product, province, day and, unless all are primary institutions, tier",
        )
        parser.add_argument("answers", type=Path, help="the CSV that is written, in the same order")

    def handle(self, *args: Any, questions: Path, answers: Path, **options: Any) -> None:
        # beside its place first: a file that is there is whole
        draft = answers.with_name(f"{answers.name}.part")
        try:
            with questions.open(newline="", encoding="utf-8-sig") as asked, draft.open("wb") as written:
                count = answer_questions(read_questions(asked), written)
            draft.replace(answers)
        except OSError as error:
            raise CommandError(f"{error.filename}: {error.strerror}.") from error
        except UnicodeDecodeError as error:
            raise CommandError(_("%(file)s is not in UTF-8.") % {"file": questions}) from error
        except csv.Error as error:
            raise CommandError(f"{questions}: {error}.") from error
        except DomainError as error:
            raise CommandError(str(error)) from error
        finally:
            draft.unlink(missing_ok=True)
        self.stdout.write(_("Answered: %(count)s questions") % {"count": count})


def read_questions(file: IO[str]) -> Iterator[Question]:
    """The questions of a CSV with a header, one after the other; columns in any order, others are passed over.

    Raises:
        MissingColumns: before the first question.
    """
    lines = csv.reader(file, strict=True)
    header = next(lines, [])
    missing = [name for name in NEEDED if name not in header]
    if missing:
        raise MissingColumns(missing=", ".join(missing), found=", ".join(header))
    width = len(header)
    places = [header.index(name) if name in header else width for name in Question._fields]
    for line in lines:
        if any(line):
            cells = [cell.strip() for cell in line[:width]]
            cells += [""] * (width + 1 - len(cells))
            yield Question(*(cells[place] for place in places))
