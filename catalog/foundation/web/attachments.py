"""Handing out files that strangers wrote."""

from django.http import HttpResponse
from django.utils.http import content_disposition_header


def as_attachment(name: str, content: bytes) -> HttpResponse:
    """A stranger's file: kept by the browser, never shown by it."""
    answer = HttpResponse(content, content_type="application/octet-stream")
    answer.headers["Content-Disposition"] = content_disposition_header(as_attachment=True, filename=name) or ""
    answer.headers["X-Content-Type-Options"] = "nosniff"
    return answer
