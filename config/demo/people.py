"""The people of the demonstration, their log-ins, and the systems of its firms."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from catalog.accounts.identify import actor_of_user
from catalog.accounts.kinds import OrganizationKind, Role
from catalog.accounts.models import Organization, User
from catalog.accounts.services import Credentials, create_api_client, give_role
from catalog.foundation.actor import Actor, Channel
from config.demo import data
from config.demo.logins import Logins
from procurement.services.experts import register_expert
from procurement.services.shares import set_opening_passphrase

COMMAND = Actor.platform(Channel.COMMAND)
# Log-in, name and role of the people whose log-ins are printed.
PEOPLE = [
    ("officer", "采购员甲", f"AG{data.PROVINCE}", Role.PROCUREMENT_OFFICER),
    ("officer2", "采购员乙", f"AG{data.PROVINCE}", Role.PROCUREMENT_OFFICER),
    ("supervisor", "监督员", "SV000000", Role.SUPERVISOR),
]
STAFF = (Role.PROCUREMENT_OFFICER, Role.SUPERVISOR, Role.EXPERT)
# How many experts a committee can be drawn from; the first of them can log in.
EXPERTS = 9
PORTAL_PEOPLE = [("buyer", Role.BUYER), ("approver", Role.APPROVER), ("pharmacist", Role.PHARMACIST)]


def portal_hospital() -> str:
    """The hospital whose people order in the portal."""
    return data.rows("hospitals")[0]["code"]


def demo_supplier() -> str:
    """The supplier whose API client is printed: it supplies the province in a lot that is tendered again."""
    return next(bid.bidder for bid in data.bids() if bid.lot == 30 and data.PROVINCE in bid.supply_provinces)


def make_people(organizations: Mapping[str, Organization], logins: Logins, at: datetime) -> int:
    """The people whose log-ins are printed, and one person per role elsewhere, who cannot log in."""
    named = [
        *PEOPLE,
        ("supplier", "供应商代表", demo_supplier(), Role.SUPPLIER_AGENT),
        *_experts(),
        *((login, role.label, portal_hospital(), role) for login, role in PORTAL_PEOPLE),
    ]
    for login, name, code, role in named:
        user = User(username=login, first_name=str(name), is_staff=role in STAFF)
        user.set_password(logins.get(f"password of {login}"))
        user.save()
        give_role(user=user, organization=organizations[code], role=role, actor=COMMAND, at=at)
    for login in ("officer", "officer2", "supervisor"):
        set_opening_passphrase(
            passphrase=logins.get(f"opening passphrase of {login}"), actor=person(login, Channel.COMMAND), at=at
        )
    for login, _name, code, role in named:
        if role == Role.EXPERT:
            register_expert(
                user=User.objects.get(username=login),
                employer=organizations[code],
                specialty="临床药学",
                actor=person("officer", Channel.COMMAND),
                at=at,
            )
    others = 0
    for organization in organizations.values():
        for place, role in enumerate(_roles_elsewhere(organization)):
            user = User(username=f"{organization.code}-{role}-{place}".lower(), first_name=str(role.label))
            user.set_unusable_password()
            user.save()
            give_role(user=user, organization=organization, role=role, actor=COMMAND, at=at)
            others += 1
    return len(named) + others


def _experts() -> list[tuple[str, str, str, Role]]:
    """Experts of several hospitals."""
    hospitals = [row["code"] for row in data.rows("hospitals")]
    return [
        (f"expert{number}", f"评审专家{number}", hospitals[number], Role.EXPERT) for number in range(1, EXPERTS + 1)
    ]


def _roles_elsewhere(organization: Organization) -> list[Role]:
    if organization.kind == OrganizationKind.AGENCY and organization.code != f"AG{data.PROVINCE}":
        # one reports the province's sum, the other confirms it
        return [Role.PROCUREMENT_OFFICER, Role.PROCUREMENT_OFFICER]
    if organization.kind == OrganizationKind.INSTITUTION and organization.code != portal_hospital():
        return [Role.BUYER, Role.APPROVER, Role.PHARMACIST]
    return []


def person(login: str, channel: Channel = Channel.COMMAND) -> Actor:
    """The person behind a log-in, as services know them."""
    return actor_of_user(User.objects.get(username=login), channel=channel)


def person_of(organization_code: str, role: Role, place: int = 0) -> Actor:
    """The person with the role in an organization of the demonstration; where there are several, one of them."""
    people = User.objects.filter(memberships__organization__code=organization_code, memberships__role=role)
    return person(people.order_by("pk")[place].username)


def make_api_clients(organizations: Mapping[str, Organization], logins: Logins, at: datetime) -> None:
    """An API client for every supplier and distributor; its secret is kept beside the log-ins."""
    roles = {OrganizationKind.SUPPLIER: Role.SUPPLIER_AGENT, OrganizationKind.DISTRIBUTOR: Role.DISTRIBUTOR_AGENT}
    made: dict[str, Credentials] = {}
    for code, organization in organizations.items():
        if organization.kind in roles:
            role = roles[OrganizationKind(organization.kind)]
            made[code] = create_api_client(
                organization=organization, name=organization.name[:100], roles=[role], actor=COMMAND, at=at
            )
    logins.put_all(
        {f"client id of {code}": item.client_id for code, item in made.items()}
        | {f"client secret of {code}": item.client_secret for code, item in made.items()}
    )
