"""Every failure of the API as an RFC 9457 body; the one place where families of errors meet HTTP."""

from __future__ import annotations

from typing import Any

from django.db import OperationalError
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_standardized_errors.formatter import ExceptionFormatter
from drf_standardized_errors.handler import exception_handler as standardized_handler
from drf_standardized_errors.types import ErrorResponse, ExceptionHandlerContext
from rest_framework.exceptions import NotFound, PermissionDenied, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.settings import api_settings
from rest_framework.views import APIView, set_rollback

from catalog.foundation import errors
from catalog.foundation.journal.attempts import record_attempt
from catalog.foundation.transitions import BUSY_STATES

CONTENT_TYPE = "application/problem+json"
NON_FIELD_ERRORS_KEY = api_settings.NON_FIELD_ERRORS_KEY

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
        parts = error_response.errors
        code = "validation-error" if isinstance(self.exc, ValidationError) else parts[0].code.replace("_", "-")
        return {
            "type": problem_type(code),
            "title": code,
            "status": self.exc.status_code,
            "detail": _("Several fields are not acceptable.") if len(parts) > 1 else str(parts[0].detail),
            "errors": [
                {"pointer": _pointer(part.attr), "code": part.code.replace("_", "-"), "detail": str(part.detail)}
                for part in parts
            ],
        }


def _pointer(attribute: str | None) -> str | None:
    """``lines.0.packs`` as a JSON pointer; none for what is said of the body as a whole."""
    names = [name for name in (attribute or "").split(".") if name and name != NON_FIELD_ERRORS_KEY]
    return "#/" + "/".join(names) if names else None


def exception_handler(exception: Exception, context: ExceptionHandlerContext) -> Response | None:
    """Turn any failure into a problem; what nobody foresaw tells nothing to the caller and all to the server's log."""
    # a statement of a view, outside of any unit of work, that had to wait for too long
    if isinstance(exception, OperationalError) and getattr(exception.__cause__, "sqlstate", None) in BUSY_STATES:
        exception = errors.Busy()
    _write_down(exception, context)
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


def _write_down(exception: Exception, context: ExceptionHandlerContext) -> None:
    """Keep a record of who was refused because of who they are, or when they came."""
    view, request = context.get("view"), context.get("request")
    actor = getattr(view, "actor", None)
    if actor is None or request is None:
        return
    if isinstance(exception, errors.DomainError):
        # where records are sealed, asking for one that is not one's own is an attempt as well
        hidden = isinstance(exception, errors.NotVisible) and getattr(view, "is_sealed", False)
        code = exception.code if exception.is_attempt or hidden else ""
    else:
        code = exception.default_code if isinstance(exception, PermissionDenied) else ""
    if code:
        record_attempt(actor=actor, request=request, code=code, detail=str(exception), at=timezone.now())


class Nowhere(APIView):
    """What answers at every address of the API that is none."""

    authentication_classes = ()
    permission_classes = ()
    schema = None

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Refuse before the method is looked at.

        Raises:
            NotFound
        """
        raise NotFound
