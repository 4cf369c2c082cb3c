"""Finding the token of a call, with all that is asked of it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from itertools import accumulate, pairwise
from typing import Any

from django.db import connection, models
from oauth2_provider.models import AccessToken, Application

from catalog.accounts.models import ApiClient, Organization
from catalog.foundation.prepared import prepared_cursor

JOINED: dict[str, type[models.Model]] = {
    "token": AccessToken,
    "application": Application,
    "client": ApiClient,
    "organization": Organization,
}
FIELDS = [(name, field) for name, model in JOINED.items() for field in model._meta.concrete_fields]
ATTRIBUTES = [field.attname for _name, field in FIELDS]
# what the database gives for a field is not always its value
READERS = [getattr(field, "from_db_value", None) for _name, field in FIELDS]
PLACES = list(pairwise(accumulate((len(model._meta.concrete_fields) for model in JOINED.values()), initial=0)))
# By hand, since every call of a system passes here: the ORM takes longer to write it than the database to answer.
FIND = f"""
SELECT {", ".join(f"{name}.{field.column}" for name, field in FIELDS)}
FROM {AccessToken._meta.db_table} AS token
LEFT JOIN {Application._meta.db_table} AS application ON application.id = token.application_id
LEFT JOIN {ApiClient._meta.db_table} AS client ON client.application_id = application.id
LEFT JOIN {Organization._meta.db_table} AS organization ON organization.id = client.organization_id
WHERE token.token_checksum = %s
"""


def find_token(secret: str) -> AccessToken | None:
    """The token, its client and whom the client acts for: one indexed look, so that a revoked one ends at once."""
    with prepared_cursor() as cursor:
        cursor.execute(FIND, (hashlib.sha256(secret.encode()).hexdigest(),))
        row = cursor.fetchone()
    if row is None:
        return None
    values = [
        value if read is None else read(value, None, connection) for read, value in zip(READERS, row, strict=True)
    ]
    token: AccessToken
    parts: Iterator[Any] = (
        model.from_db(connection.alias, ATTRIBUTES[start:end], values[start:end]) if values[start] is not None else None
        for model, (start, end) in zip(JOINED.values(), PLACES, strict=True)
    )
    token, application, client, organization = parts
    if client is not None:
        client.organization = organization
    if application is not None:
        ApiClient._meta.get_field("application").remote_field.set_cached_value(application, client)
        token.application = application
    return token
