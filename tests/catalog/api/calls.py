"""Calling the API as the cast: people by their session, machines by a token that they fetched."""

from __future__ import annotations

import base64
import uuid
from collections.abc import Collection
from typing import Any

from rest_framework.test import APIClient

from catalog.accounts.kinds import Role
from catalog.accounts.services import Credentials, create_api_client
from catalog.foundation.actor import Actor
from tests.cast import organization_of, user_of
from tests.factories import NOW

PROBLEM = "application/problem+json"
SCOPES = "bids orders institution"


class Caller(APIClient):
    """A client that gives every request a key of its own, as a careful integrator does."""

    def send(self, path: str, body: Any = None, *, key: str | None = None, **headers: str) -> Any:
        """POST JSON; ``key=""`` sends no Idempotency-Key."""
        key = uuid.uuid4().hex if key is None else key
        extra = {"HTTP_IDEMPOTENCY_KEY": key} if key else {}
        extra |= {f"HTTP_{name.upper()}": value for name, value in headers.items()}
        return self.post(path, {} if body is None else body, format="json", **extra)


def person(actor: Actor) -> Caller:
    """Somebody with a session."""
    caller = Caller()
    caller.force_login(user_of(actor))
    return caller


def credentials(actor: Actor, roles: Collection[Role] | None = None) -> Credentials:
    """A new client of the actor's organization."""
    return create_api_client(
        organization=organization_of(actor),
        name="system",
        roles=[Role(role) for role in (actor.roles if roles is None else roles)],
        actor=Actor.platform(),
        at=NOW,
    )


def ask_for_token(credentials: Credentials, scope: str = SCOPES, *, by: APIClient | None = None) -> Any:
    """The answer of the token endpoint."""
    basic = base64.b64encode(f"{credentials.client_id}:{credentials.client_secret}".encode()).decode()
    return (by or APIClient()).post(
        "/oauth/token/",
        f"grant_type=client_credentials&scope={scope.replace(' ', '+')}",
        content_type="application/x-www-form-urlencoded",
        HTTP_AUTHORIZATION=f"Basic {basic}",
    )


def machine(actor: Actor, scope: str = SCOPES, *, roles: Collection[Role] | None = None) -> Caller:
    """The system of the actor's organization, with the actor's roles and a token."""
    answer = ask_for_token(credentials(actor, roles), scope)
    assert answer.status_code == 200, answer.content
    caller = Caller()
    caller.credentials(HTTP_AUTHORIZATION=f"Bearer {answer.json()['access_token']}")
    return caller


def problem_in(response: Any, status: int, title: str | None = None) -> dict[str, Any]:
    """The RFC 9457 body of a refusal, once it is one."""
    assert response.status_code == status, (response.status_code, response.content[:500])
    assert response["Content-Type"] == PROBLEM
    body: dict[str, Any] = response.json()
    assert set(body) == {"type", "title", "status", "detail", "errors"}
    assert body["status"] == status
    assert body["type"] == f"/problems/#{body['title']}"
    assert body["detail"] and body["errors"]
    assert all(set(part) == {"pointer", "code", "detail"} for part in body["errors"])
    if title is not None:
        assert body["title"] == title
    return body
