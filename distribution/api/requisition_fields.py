"""The lines of a new requisition, read in no more time than the database needs to write them."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from distribution.services.requisition_lines import Wanted

MOST_LINES = 1000
MOST_PACKS = 10**9


class WantedSerializer(serializers.Serializer[Any]):
    agreement_line = serializers.IntegerField(min_value=1)
    packs = serializers.IntegerField(max_value=MOST_PACKS)


@extend_schema_field(WantedSerializer(many=True, max_length=MOST_LINES))
class WantedField(serializers.Field[list[Wanted], Any, Any, Any]):
    """A list of ``WantedSerializer``: what is plainly one is taken as it is, all else goes to the serializers.

    Fifty nested serializers take as long as the whole transaction behind them.
    """

    default_error_messages = {}

    def to_internal_value(self, data: Any) -> list[Wanted]:
        """What is wanted.

        Raises:
            ValidationError: as the nested serializers say it.
        """
        if _is_plain(data):
            return [Wanted(line["agreement_line"], line["packs"]) for line in data]
        lines = WantedSerializer(many=True, max_length=MOST_LINES).run_validation(data)
        return [Wanted(line["agreement_line"], line["packs"]) for line in lines]

    def to_representation(self, value: list[Wanted]) -> Any:
        """The list that it was."""
        return [{"agreement_line": item.agreement_line_id, "packs": item.packs} for item in value]


def _is_plain(data: Any) -> bool:
    return (
        type(data) is list
        and len(data) <= MOST_LINES
        and all(
            type(line) is dict
            and type(key := line.get("agreement_line")) is int
            and type(packs := line.get("packs")) is int
            and key > 0
            and packs <= MOST_PACKS
            and packs >= -MOST_PACKS
            for line in data
        )
    )
