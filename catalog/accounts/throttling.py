"""How many calls a caller may make in a minute; generous, against runaway loops and the guessing of secrets."""

from __future__ import annotations

import hashlib
import logging
import math
import time
from typing import Any

from django.conf import settings
from django.core.cache import cache
from oauth2_provider.oauth2_validators import OAuth2Validator
from oauthlib.oauth2 import OAuth2Error
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

from catalog.foundation.web.idempotency import client_of

MINUTE = 60
logger = logging.getLogger(__name__)


def is_within(limit: int, caller: str) -> bool:
    """Count a call of the caller; is it still within the limit of this minute?"""
    if not limit:
        return True
    # what the caller says of itself may hold anything
    key = f"calls:{int(time.time()) // MINUTE}:{hashlib.sha256(caller.encode(errors='replace')).hexdigest()}"
    try:
        cache.add(key, 0, timeout=2 * MINUTE)
        return cache.incr(key) <= limit
    except Exception:
        # without the store that counts, the platform still takes orders
        logger.exception("The calls of %s were not counted.", caller)
        return True


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

    def _load_application(self, client_id: str | None, request: Any) -> Any:
        """The client of that name, whose secret is about to be compared: every guess passes here.

        Raises:
            TooManyTokens
        """
        name = client_id or ""
        if not is_within(settings.TOKENS_PER_MINUTE, f"token {name}@{request.headers.get('REMOTE_ADDR', '')}"):
            raise TooManyTokens
        return None if "\x00" in name else super()._load_application(client_id, request)
