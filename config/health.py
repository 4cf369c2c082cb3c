"""Is the platform able to work? For load balancers and monitoring."""

import logging
from collections.abc import Callable

from django.core.cache import cache
from django.db import connection
from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

logger = logging.getLogger(__name__)


def _database() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")


def _broker() -> None:
    cache.get("health")


CHECKS: dict[str, Callable[[], None]] = {"database": _database, "broker": _broker}


@never_cache
@require_safe
def health(request: HttpRequest) -> JsonResponse:
    """200 when every store answers, else 503, with a word for each."""
    report = {}
    for name, check in CHECKS.items():
        try:
            check()
            report[name] = "ok"
        except Exception:
            logger.exception("The %s does not answer.", name)
            report[name] = "unavailable"
    return JsonResponse(report, status=200 if set(report.values()) == {"ok"} else 503)
