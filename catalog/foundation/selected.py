"""Writing rows of a model from a SELECT, without reading them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import connection, models


def insert_selected(
    model: type[models.Model], columns: Mapping[str, str], source: str, values: Mapping[str, Any]
) -> int:
    """Insert a row for each that ``source`` (all from FROM on) finds; how many.

    ``columns`` are SQL expressions by the name of the field; every other field gets the default of its model, as
    ``Model(...)`` would. ``values`` are the parameters of the expressions and the source.
    """
    defaults = {
        f"default_{field.name}": field.get_db_prep_save(field.get_default(), connection)
        for field in model._meta.concrete_fields
        if field.name not in columns and not field.primary_key
    }
    fields = [field for field in model._meta.concrete_fields if field.name in columns or not field.primary_key]
    names = ", ".join(connection.ops.quote_name(str(field.column)) for field in fields)
    expressions = ", ".join(columns.get(field.name, f"%(default_{field.name})s") for field in fields)
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {connection.ops.quote_name(model._meta.db_table)} ({names}) SELECT {expressions} {source}",
            {**values, **defaults},
        )
        return int(cursor.rowcount)
