"""Which township centre orders for which village clinic, as a file of organizations says it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from catalog.accounts.models import Organization
from catalog.accounts.villages import problem_of_centre
from catalog.errors import UnknownCode
from catalog.foundation.errors import DomainError
from catalog.foundation.imports import BadCell
from catalog.services.imports.kinds import Row


class Centres:
    """The centres that rows name, with those that stand in the register for the organizations of the rows."""

    def __init__(self, rows: Sequence[Row]) -> None:
        codes = {row["code"] for _number, row in rows}
        named = {row["ordering_centre"] for _number, row in rows}
        known = Organization.objects.filter(code__in=named) | Organization.objects.filter(villages__code__in=codes)
        self._centres = {centre.code: centre for centre in known.distinct()}
        self._with_villages = set(
            Organization.objects.filter(code__in=codes, villages__isnull=False).values_list("code", flat=True)
        )
        self._made_villages = {row["code"] for _number, row in rows if row["ordering_centre"]}

    def id_of(self, code: str) -> int | None:
        """The key of a centre, none where none is named."""
        return self._centres[code].pk if code else None

    def problems(self, number: int, organization: dict[str, Any]) -> list[DomainError]:
        """What is wrong with who orders for an organization, as it would be: one step, within the province."""
        code, pointer = organization["ordering_centre"], f"/rows/{number}/ordering_centre"
        if not code:
            return []
        centre = self._centres.get(code)
        if centre is None:
            return [UnknownCode(field="ordering_centre", value=code, pointer=pointer)]
        problem = problem_of_centre(
            centre,
            code=organization["code"],
            kind=organization["kind"],
            region_id=organization["region"],
            has_villages=organization["code"] in self._with_villages,
            is_village=centre.code in self._made_villages,
        )
        if not problem:
            return []
        return [BadCell(row=number, column="ordering_centre", value=code, problem=problem, pointer=pointer)]
