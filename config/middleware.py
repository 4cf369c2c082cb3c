"""What stands before everything that reads a request."""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import get_language_from_request, override
from django.utils.translation import gettext as _
from drf_standardized_errors.types import ExceptionHandlerContext
from rest_framework.exceptions import APIException

from catalog.foundation.web.parsers import BodyTooLarge, LengthMissing
from catalog.foundation.web.problems import CONTENT_TYPE, ProblemFormatter


class LimitBodies:
    """Refuses a body by the length that it announces: to look for a form's token is to write its files to the disk."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Go on, or answer 413; 411 where a body announces none."""
        # before the middleware that would set the language
        with override(get_language_from_request(request)):
            if "HTTP_TRANSFER_ENCODING" in request.META:
                return _refusal(request, LengthMissing())
            if _length_of(request) > settings.MAX_REQUEST_BYTES:
                size = settings.MAX_REQUEST_BYTES // 1024 // 1024
                said = _("The request is larger than %(size)s MB: send it in parts.") % {"size": size}
                return _refusal(request, BodyTooLarge(said))
        return self.get_response(request)


def _length_of(request: HttpRequest) -> int:
    try:
        return int(request.META.get("CONTENT_LENGTH") or 0)
    except ValueError:
        # as Django takes it
        return 0


def _refusal(request: HttpRequest, error: APIException) -> HttpResponse:
    if request.path_info.startswith("/api/"):
        problem = ProblemFormatter(error, cast(ExceptionHandlerContext, {}), error).run()
        return JsonResponse(problem, status=error.status_code, content_type=CONTENT_TYPE)
    return HttpResponse(f"{error.detail}\n", status=error.status_code, content_type="text/plain; charset=utf-8")
