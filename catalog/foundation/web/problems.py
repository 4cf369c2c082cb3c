"""Every failure of the API as an RFC 9457 body; the one place where families of errors meet HTTP."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _
from drf_standardized_errors.formatter import ExceptionFormatter
from drf_standardized_errors.handler import exception_handler as standardized_handler
from drf_standardized_errors.types import ErrorResponse, ExceptionHandlerContext
from rest_framework.response import Response
from rest_framework.views import set_rollback

from catalog.foundation import errors

CONTENT_TYPE = "application/problem+json"

# The first family that fits wins.
STATUS: list[tuple[type[errors.DomainError], int]] = [
    (errors.Malformed, 400),
    (errors.NotAllowed, 403),
    (errors.NotVisible, 404),
    (errors.WrongState, 409),
    (errors.Conflict, 409),
    (errors.Stale, 412),
    (errors.RuleBroken, 422),
    (errors.Busy, 503),
]


def status_of(error: errors.DomainError) -> int:
    """The HTTP status of an anticipated failure."""
    return next(status for family, status in STATUS if isinstance(error, family))


def problem_type(code: str) -> str:
    """The identifier of a kind of problem, a relative reference to the page that explains it."""
    return f"/problems/#{code}"


def problem_of(error: errors.DomainError) -> dict[str, Any]:
    """The body for one anticipated failure, with every broken line."""
    parts = error.errors if isinstance(error, errors.RulesBroken) else [error]
    return {
        "type": problem_type(error.code),
        "title": error.code,
        "status": status_of(error),
        "detail": str(error),
        "errors": [
            {"pointer": f"#{part.pointer}" if part.pointer else None, "code": part.code, "detail": str(part)}
            for part in parts
        ],
    }


class ProblemFormatter(ExceptionFormatter):
    """The framework's own failures (validation, authentication, throttling) in the same shape as ours."""

    def format_error_response(self, error_response: ErrorResponse) -> dict[str, Any]:
        first = error_response.errors[0]
        several = len(error_response.errors) > 1
        return {
            "type": problem_type(first.code),
            "title": error_response.type,
            "status": self.exc.status_code,
            "detail": _("Several fields are not acceptable.") if several else str(first.detail),
            "errors": [
                {
                    "pointer": "#/" + part.attr.replace(".", "/") if part.attr else None,
                    "code": part.code,
                    "detail": str(part.detail),
                }
                for part in error_response.errors
            ],
        }


def exception_handler(exception: Exception, context: ExceptionHandlerContext) -> Response | None:
    """Turn any anticipated failure into a problem; leave the rest to the server's log and a plain 500."""
    if isinstance(exception, errors.DomainError):
        set_rollback()
        response = Response(problem_of(exception), status=status_of(exception))
        if isinstance(exception, errors.Busy):
            response["Retry-After"] = "2"
    else:
        answer = standardized_handler(exception, context)
        if answer is None:
            return None
        response = answer
    response.content_type = CONTENT_TYPE
    return response
