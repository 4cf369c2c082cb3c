"""How many calls a caller may make in a span of time; generous, against runaway loops and the guessing of secrets."""

from __future__ import annotations

import hashlib
import logging
import math
import time
from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest
from oauth2_provider.models import AccessToken
from oauth2_provider.oauth2_validators import OAuth2Validator
from oauthlib.oauth2 import OAuth2Error
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

from catalog.accounts.tokens import find_token
from catalog.foundation.web.idempotency import client_of

MINUTE = 60
logger = logging.getLogger(__name__)


def is_within(limit: int, caller: str, *, seconds: int = MINUTE) -> bool:
    """Count a call of the caller; is it still within the limit of this minute, or this span of so many seconds?"""
    if not limit:
        return True
    key = _key(caller, seconds)
    try:
        return _counted(key, seconds) <= limit
    except Exception:
        # without the store that counts, the platform still takes orders
        logger.exception("The calls of %s were not counted.", caller)
        return True


def _counted(key: str, seconds: int) -> int:
    # The cache's own ``incr`` asks first whether the key is there, and begins no count: three commands for one.
    store: Any = cache
    name = store.make_and_validate_key(key)
    client = store._cache.get_client(name, write=True)
    calls = int(client.incr(name))
    if calls == 1:
        client.expire(name, 2 * seconds)
    return calls


def forgive(caller: str, calls: int | None = None, *, seconds: int = MINUTE) -> None:
    """Take back so many calls of the caller, or all of this span."""
    key = _key(caller, seconds)
    try:
        cache.delete(key) if calls is None else cache.decr(key, calls)
    except Exception:
        # also when the span ended in between: there is nothing to take back
        logger.exception("The calls of %s were not taken back.", caller)


def _key(caller: str, seconds: int) -> str:
    # what the caller says of itself may hold anything
    return f"calls:{int(time.time()) // seconds}:{hashlib.sha256(caller.encode(errors='replace')).hexdigest()}"


def address_of(meta: Mapping[str, Any]) -> str:
    """Where a request comes from, by what the server noted of it; what is forwarded is believed of our proxies only."""
    request = HttpRequest()
    request.META = dict(meta)
    return BaseThrottle().get_ident(Request(request)) or ""


class CallThrottle(BaseThrottle):
    """Calls of one client, of one person or, from the public, of one address."""

    def allow_request(self, request: Request, view: Any) -> bool:
        """May this call go on?"""
        known = request.auth is not None or (request.user is not None and request.user.is_authenticated)
        caller = client_of(request) if known else f"address:{self.get_ident(request)}"
        return is_within(settings.API_CALLS_PER_MINUTE, caller)

    def wait(self) -> float:
        """Seconds until the next minute."""
        return math.ceil(MINUTE - time.time() % MINUTE)


class TooManyTokens(OAuth2Error):
    """The client asks for tokens as if it guessed secrets."""

    error = "slow_down"
    description = "Too many requests for tokens: keep a token for as long as it is valid."
    status_code = 429

    @property
    def headers(self) -> dict[str, str]:
        return {"Retry-After": str(MINUTE)}


class TokenValidator(OAuth2Validator):
    """The library's, with a limit per client and address; another address cannot lock a client out."""

    def _load_access_token(self, token: str) -> AccessToken | None:
        """With whom it acts for, who is asked for with every call."""
        return find_token(token)

    def _load_application(self, client_id: str | None, request: Any) -> Any:
        """The client of that name, whose secret is about to be compared: every guess passes here.

        Raises:
            TooManyTokens
        """
        name = client_id or ""
        if not is_within(settings.TOKENS_PER_MINUTE, f"token {name}@{address_of(request.headers)}"):
            raise TooManyTokens
        return None if "\x00" in name else super()._load_application(client_id, request)
