"""Reading the bodies of requests."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import IO, Any

from django.utils.translation import gettext_lazy as _
from rest_framework.exceptions import APIException, ParseError
from rest_framework.parsers import JSONParser
from rest_framework.utils.json import strict_constant

MAX_BYTES = 2 * 1024 * 1024
MAX_LEVELS = 16


class BodyTooLarge(APIException):
    """More than the largest document that the API takes needs by far."""

    status_code = 413
    default_code = "body_too_large"
    default_detail = _("The body is larger than 2 MB: send it in parts.")


class LengthMissing(APIException):
    """A body in chunks, whose size nobody knows before it has been read."""

    status_code = 411
    default_code = "length_missing"
    default_detail = _("Send the length of the body (Content-Length); bodies in chunks are not taken.")


class SmallJSONParser(JSONParser):
    """JSON in UTF-8, of limited size and depth: what lies beyond is refused before anything walks through it."""

    def parse(
        self, stream: IO[Any], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> Any:
        """Read the body.

        Raises:
            ParseError, BodyTooLarge
        """
        content = stream.read(MAX_BYTES + 1)
        if len(content) > MAX_BYTES:
            raise BodyTooLarge
        try:
            data = json.loads(content.decode(), parse_constant=strict_constant)
            # escaped, half a character is JSON too, and no answer that repeats it could be written
            json.dumps(data, ensure_ascii=False).encode()
        except (ValueError, RecursionError) as error:
            raise ParseError(_("The body is not JSON in UTF-8: %(problem)s") % {"problem": error}) from error
        if _is_deep(data):
            raise ParseError(_("The body is nested deeper than any document here."))
        return data


def _is_deep(data: Any) -> bool:
    level = [data]
    for _level in range(MAX_LEVELS):
        level = [part for item in level for part in _parts(item)]
        if not level:
            return False
    return True


def _parts(item: Any) -> list[Any]:
    if isinstance(item, dict):
        return list(item.values())
    return item if isinstance(item, list) else []
