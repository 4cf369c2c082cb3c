"""A person's session with the portal, as a browser keeps it: cookies, forms and their tokens."""

from __future__ import annotations

import re
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Mapping
from http.cookiejar import CookieJar

HIDDEN = re.compile(r'<input type="hidden" name="(?P<name>[\w-]+)" value="(?P<value>[^"]*)"')
REQUISITION = re.compile(r"/portal/requisitions/(\d+)/$")


class PortalRefused(OSError):
    """The portal did not go where the form should have led."""


class PortalSession:
    """Somebody logged in to the portal."""

    def __init__(self, base_url: str, username: str, password: str) -> None:
        self._base_url = base_url.rstrip("/")
        self._opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(CookieJar()))
        where, _page = self._submit("/portal/login/", {"username": username, "password": password})
        if where.startswith("/portal/login/"):
            raise PortalRefused(f"the portal does not let {username} in")

    def order(self, packs_of_line: Mapping[int, int]) -> int:
        """Fill the basket, save it as a draft, submit the draft; return the requisition's id."""
        fields = {f"packs-{line}": str(packs) for line, packs in packs_of_line.items()} | {"action": "save"}
        where, _page = self._submit("/portal/requisitions/new/", fields)
        saved = REQUISITION.search(where)
        if saved is None:
            raise PortalRefused("the basket was not saved")
        self._act(int(saved[1]), "submit")
        return int(saved[1])

    def approve(self, requisition_id: int) -> None:
        """Approve a requisition from its page."""
        self._act(requisition_id, "approve")

    def _act(self, requisition_id: int, action: str) -> None:
        path = f"/portal/requisitions/{requisition_id}/"
        self._submit(path, {}, target=f"{path}{action}/")

    def _submit(self, path: str, fields: Mapping[str, str], *, target: str = "") -> tuple[str, str]:
        """Open a page, send one of its forms with its hidden fields, and return where it led and what stood there."""
        _where, page = self._open(path)
        hidden = {match["name"]: match["value"] for match in HIDDEN.finditer(page)}
        return self._open(target or path, {**hidden, **fields})

    def _open(self, path: str, form: Mapping[str, str] | None = None) -> tuple[str, str]:
        data = urllib.parse.urlencode(form).encode() if form is not None else None
        url = f"{self._base_url}{path}"
        request = urllib.request.Request(url, data=data, headers={"Referer": url, "Accept-Language": "zh-Hans"})
        try:
            with self._opener.open(request, timeout=30) as response:
                return urllib.parse.urlsplit(response.url).path, response.read().decode()
        except urllib.error.HTTPError as error:
            raise PortalRefused(f"{path}: {error.code} {error.reason}") from error
