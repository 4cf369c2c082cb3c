"""From an HTTP request to the actor."""

from __future__ import annotations

import uuid

from django.http import HttpRequest
from rest_framework.request import Request

from catalog.accounts.identify import actor_of_application, actor_of_user
from catalog.foundation.actor import Actor, Channel

SESSION_KEY = "organization_id"


def request_id_of(request: HttpRequest) -> str:
    """What the client calls the request, or a fresh name for it."""
    return request.headers.get("X-Request-ID", "")[:64] or uuid.uuid4().hex


def actor_of_page(request: HttpRequest, channel: Channel) -> Actor:
    """The person behind a page of the portal or the admin, acting for the organization chosen in the session."""
    return actor_of_user(
        request.user,
        channel=channel,
        organization_id=request.session.get(SESSION_KEY),
        request_id=request_id_of(request),
    )


def actor_of_call(request: Request) -> Actor:
    """Who calls the API: an organization's OAuth client, a logged-in person, or the public."""
    application = getattr(request.auth, "application", None)
    if application is not None:
        return actor_of_application(application, request_id=request_id_of(request))
    return actor_of_user(request.user, channel=Channel.API, request_id=request_id_of(request))
