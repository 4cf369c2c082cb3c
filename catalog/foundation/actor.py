"""Who acts, for which organization, through which channel."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum


class Channel(StrEnum):
    """The door through which an act came in."""

    ADMIN = "admin"
    PORTAL = "portal"
    API = "api"
    TASK = "task"
    COMMAND = "command"


@dataclass(frozen=True, slots=True)
class Actor:
    """The person or system behind an act; every service takes one and none may be absent.

    ``province`` is the six-digit code of the organization's province, empty for national bodies and for firms.
    """

    channel: Channel
    user_id: int | None = None
    organization_id: int | None = None
    kind: str = ""
    province: str = ""
    roles: frozenset[str] = field(default_factory=frozenset)
    request_id: str = ""
    is_platform: bool = False

    def has(self, *roles: str) -> bool:
        """Does the actor hold at least one of the roles?"""
        return not self.roles.isdisjoint(roles)

    @classmethod
    def platform(cls, channel: Channel = Channel.TASK) -> Actor:
        """The platform itself: its workers and its operators' commands."""
        return cls(channel=channel, is_platform=True)

    @classmethod
    def visitor(cls, channel: Channel) -> Actor:
        """A member of the public: holds no role and belongs to no organization."""
        return cls(channel=channel)
