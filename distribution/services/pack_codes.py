"""The codes of single packs, as scanned at the despatch and at the receipt."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from django.db import IntegrityError, transaction

from catalog.foundation.errors import DomainError, refuse
from distribution.errors import CodeInUse, CodeUnreadable
from distribution.models import DespatchLine, TraceCode
from distribution.rules import trace_codes
from distribution.rules.gs1 import UnreadableElementString


def read_codes(
    texts: Iterable[str], *, today: date, pointer: str
) -> tuple[list[trace_codes.TraceCode], list[DomainError]]:
    """What the codes of one line say, and which of them cannot be read; ``pointer`` is the line's."""
    codes: list[trace_codes.TraceCode] = []
    broken: list[DomainError] = []
    for index, text in enumerate(texts):
        try:
            codes.append(trace_codes.read_trace_code(text, today=today))
        except UnreadableElementString as error:
            where = f"{pointer}/codes/{index}"
            broken.append(CodeUnreadable(code=text[:60], problem=error.problem, pointer=where))
    return codes, broken


def codes_in_use(pointer_of_code: dict[str, str]) -> list[DomainError]:
    """A refusal for each of the codes that is on a pack which was sent and did not come back."""
    taken = TraceCode.objects.filter(code__in=pointer_of_code, is_active=True).order_by("pk")
    return [CodeInUse(code=code, pointer=pointer_of_code[code]) for code in taken.values_list("code", flat=True)]


def store_codes(codes: Iterable[tuple[DespatchLine, str]]) -> None:
    """Write whose pack has which code, in the caller's transaction.

    Raises:
        RulesBroken: with a ``CodeInUse`` for each that another delivery took in the same moment.
    """
    rows = [TraceCode(despatch_line=line, code=code) for line, code in codes]
    try:
        with transaction.atomic():
            TraceCode.objects.bulk_create(rows)
    except IntegrityError:
        refuse(codes_in_use({row.code: "/lines" for row in rows}))
        raise
