"""What stands in the register in the period for which a row is to hold."""

from __future__ import annotations

from typing import Any, TypeVar

from django.db import models
from django.db.backends.postgresql.psycopg_any import DateRange

M = TypeVar("M", bound=models.Model)


def covers(standing: DateRange, wanted: DateRange) -> bool:
    """Does what stands hold for the whole of the wanted period already?"""
    if standing.lower > wanted.lower:
        return False
    return standing.upper is None or (wanted.upper is not None and standing.upper >= wanted.upper)


def ends(standing: DateRange, wanted: DateRange) -> dict[str, list[Any]]:
    """The end before and after, where what stands does not last as long as what is wanted."""
    return {} if covers(standing, wanted) else {"valid_until": [standing.upper, wanted.upper]}


def lock_all(rows: models.QuerySet[M]) -> None:
    """Hold the rows until the transaction ends, in the order in which everybody takes them."""
    list(rows.select_for_update(of=("self",), no_key=True).order_by("pk").values_list("pk"))
