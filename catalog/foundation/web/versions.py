"""``ETag`` and ``If-Match``: a decision names the version of the record that it was made on."""

from __future__ import annotations

import re

from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from rest_framework.request import Request
from rest_framework.response import Response

from catalog.foundation.errors import Malformed

HEADER = "If-Match"
TAG = re.compile(r'"([0-9]{1,9})"')


class VersionUnreadable(Malformed):
    """The header names no version."""

    code = "version-unreadable"
    template = _('If-Match: %(value)s names no version: send the ETag of the record as you got it, such as "3".')


def expected_version(request: Request | HttpRequest) -> int | None:
    """The version that the caller decided on; none where they did not say, or said ``*``.

    Raises:
        VersionUnreadable
    """
    value = request.headers.get(HEADER, "*").strip()
    if value == "*":
        return None
    tag = TAG.fullmatch(value)
    if tag is None:
        raise VersionUnreadable(value=value[:100])
    return int(tag[1])


def tag_version(response: Response) -> None:
    """Give an answer that is one versioned record its ``ETag``."""
    if isinstance(response.data, dict) and isinstance(response.data.get("version"), int):
        response["ETag"] = f'"{response.data["version"]}"'
