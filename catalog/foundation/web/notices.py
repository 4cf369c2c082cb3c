"""Telling a person on a page what was refused, and why."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest

from catalog.foundation.errors import DomainError, RulesBroken


def tell(request: HttpRequest, error: DomainError) -> None:
    """Show the error, and each broken line, at the top of the next page."""
    messages.error(request, str(error))
    if isinstance(error, RulesBroken):
        for part in error.errors:
            messages.error(request, str(part))
