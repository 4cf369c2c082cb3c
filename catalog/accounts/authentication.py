"""How the API asks who calls."""

from __future__ import annotations

from oauth2_provider.contrib.rest_framework import OAuth2Authentication
from rest_framework.request import Request


class TokenAuthentication(OAuth2Authentication):
    """The library's, with a challenge that machines can read."""

    def authenticate_header(self, request: Request) -> str:
        """The realm and the code of the error.

        The library adds a sentence in the caller's language; outside of ASCII it would make the header unreadable.
        """
        error = getattr(request, "oauth2_error", {}).get("error", "")
        return 'Bearer realm="api"' + (f', error="{error}"' if error else "")
