"""Who may be offered to bid."""

from __future__ import annotations

from typing import Any

from django import template

from catalog.accounts.kinds import Role
from catalog.accounts.requests import actor_of_page
from catalog.foundation.actor import Channel

register = template.Library()


@register.simple_tag(takes_context=True)
def is_bidder(context: template.Context) -> bool:
    """Does the person who looks at the page hand in bids for a supplier?"""
    request: Any = context["request"]
    return request.user.is_authenticated and actor_of_page(request, Channel.PORTAL).has(Role.SUPPLIER_AGENT)
