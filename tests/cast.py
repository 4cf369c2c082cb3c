"""The fixed cast of the suite: who takes part in the tests, and the organizations behind them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

from django.db.backends.postgresql.psycopg_any import DateRange

from catalog.accounts.kinds import OrganizationKind, Role
from catalog.accounts.models import Membership, Organization, User
from catalog.foundation.actor import Actor, Channel
from catalog.foundation.imports import Table
from catalog.models import RuleSet
from catalog.services.regions import load_regions

HENAN, HUBEI, ZHENGZHOU, ZHONGYUAN = "410000", "420000", "410100", "410102"
REGIONS = [
    [HENAN, "河南省", "province", ""],
    [HUBEI, "湖北省", "province", ""],
    [ZHENGZHOU, "郑州市", "prefecture", HENAN],
    [ZHONGYUAN, "中原区", "county", ZHENGZHOU],
]


@dataclass(frozen=True, slots=True)
class Cast:
    """Who takes part in the tests: actors by their part, and the organizations behind them."""

    agency: Organization
    other_agency: Organization
    supervision: Organization
    hospital: Organization
    other_hospital: Organization
    supplier_firm: Organization
    rival_firm: Organization
    distributor_firm: Organization

    officer: Actor
    second_officer: Actor
    foreign_officer: Actor
    supervisor: Actor
    buyer: Actor
    approver: Actor
    pharmacist: Actor
    outsider: Actor
    supplier: Actor
    rival: Actor
    distributor: Actor
    platform: Actor
    visitor: Actor


# code, kind, name, short name, region
ORGANIZATIONS = {
    "agency": ("AGENCY-HA", OrganizationKind.AGENCY, "河南省药品采购中心", "河南采购", HENAN),
    "other_agency": ("AGENCY-HB", OrganizationKind.AGENCY, "湖北省药品采购中心", "湖北采购", HUBEI),
    "supervision": ("SUPERVISION", OrganizationKind.SUPERVISION, "国家监督机构", "监督", None),
    "hospital": ("HOSP-HA", OrganizationKind.INSTITUTION, "郑州市中原区医院", "中原医院", ZHONGYUAN),
    "other_hospital": ("HOSP-HB", OrganizationKind.INSTITUTION, "湖北省第一医院", "湖北一院", HUBEI),
    "supplier_firm": ("SUPPLIER", OrganizationKind.SUPPLIER, "华夏制药有限公司", "华夏制药", None),
    "rival_firm": ("RIVAL", OrganizationKind.SUPPLIER, "长江制药有限公司", "长江制药", None),
    "distributor_firm": ("DISTRIBUTOR", OrganizationKind.DISTRIBUTOR, "中原医药配送有限公司", "中原配送", None),
}
INSTITUTION_ROLES = (Role.BUYER, Role.APPROVER, Role.PHARMACIST)
# the organization of each person, and their roles in it
PEOPLE: dict[str, tuple[str, tuple[Role, ...]]] = {
    "officer": ("agency", (Role.PROCUREMENT_OFFICER,)),
    "second_officer": ("agency", (Role.PROCUREMENT_OFFICER,)),
    "foreign_officer": ("other_agency", (Role.PROCUREMENT_OFFICER,)),
    "supervisor": ("supervision", (Role.SUPERVISOR,)),
    "buyer": ("hospital", (Role.BUYER,)),
    "approver": ("hospital", (Role.APPROVER,)),
    "pharmacist": ("hospital", (Role.PHARMACIST,)),
    # may do everything, but in another hospital, of another province
    "outsider": ("other_hospital", INSTITUTION_ROLES),
    "supplier": ("supplier_firm", (Role.SUPPLIER_AGENT,)),
    "rival": ("rival_firm", (Role.SUPPLIER_AGENT,)),
    "distributor": ("distributor_firm", (Role.DISTRIBUTOR_AGENT,)),
}


def make_cast() -> Cast:
    """The regions, the organizations and their people."""
    load_regions(table=Table(header=["code", "name", "level", "parent"], rows=REGIONS))
    organizations = dict(
        zip(
            ORGANIZATIONS,
            Organization.objects.bulk_create(
                Organization(code=code, kind=kind, name=name, short_name=short_name, region_id=region)
                for code, kind, name, short_name, region in ORGANIZATIONS.values()
            ),
            strict=True,
        )
    )
    users = User.objects.bulk_create(User(username=name, first_name=name, password="!") for name in PEOPLE)
    actors: dict[str, Actor] = {}
    memberships = []
    for user, (name, (organization_name, roles)) in zip(users, PEOPLE.items(), strict=True):
        organization = organizations[organization_name]
        memberships += [Membership(user=user, organization=organization, role=role) for role in roles]
        actors[name] = actor_in(organization, *roles, user=user)
    Membership.objects.bulk_create(memberships)
    make_supply_rules()
    make_supervision_rules()
    return Cast(**organizations, **actors, platform=Actor.platform(), visitor=Actor.visitor(Channel.API))


def actor_in(organization: Organization, *roles: Role, user: User | None = None) -> Actor:
    """Somebody with the roles in the organization; its own system where there is no user."""
    return Actor(
        channel=Channel.PORTAL if user else Channel.API,
        user_id=user.pk if user else None,
        organization_id=organization.pk,
        kind=organization.kind,
        province=organization.province_id,
        roles=frozenset(roles),
    )


def machine_of(actor: Actor) -> Actor:
    """The actor's organization's own system, with the same roles and no person behind it."""
    return replace(actor, user_id=None, channel=Channel.API)


def user_of(actor: Actor) -> User:
    """The person behind an actor."""
    return User.objects.get(pk=actor.user_id)


def organization_of(actor: Actor) -> Organization:
    """The organization that an actor acts for."""
    return Organization.objects.get(pk=actor.organization_id)


# The coefficients of 发改价格〔2011〕2452号.
PRICE_RATIOS = {
    "strength_base": "1.7",
    "volume_base": "1.9",
    "pack_base": "1.95",
    "pack_families": [
        "plain_tablet",
        "hard_capsule",
        "chewable_tablet",
        "lozenge",
        "soluble_tablet",
        "enteric_tablet",
        "enteric_capsule",
        "dispersible_tablet",
        "soft_capsule",
        "effervescent_tablet",
        "sustained_release_tablet",
        "sustained_release_capsule",
    ],
    "form_ratios": {
        "plain_tablet": "1",
        "hard_capsule": "1",
        "chewable_tablet": "1.05",
        "lozenge": "1.05",
        "soluble_tablet": "1.05",
        "enteric_tablet": "1.1",
        "enteric_capsule": "1.1",
        "dispersible_tablet": "1.2",
        "soft_capsule": "1.2",
        "effervescent_tablet": "1.3",
    },
    "sugar_free": "1.1",
    "packing_material": {"glass": "0", "plastic": "1", "soft_bag": "4"},
    "rounding": [["0", "0.01"], ["1", "0.1"], ["100", "1"]],
}


# A procedure without periods, so that a test says the ones it is about: `factories.rule_set` enters others.
PLAIN = {
    "least_bidding_days": 0,
    "least_change_days": 0,
    "objection_to_documents_days": 0,
    "objection_days": 0,
    # a plan says how many win
    "winners": [[number, number] for number in range(1, 10)],
}


def make_supply_rules() -> None:
    """By which the cast orders, delivers, invoices and pays, in force since long ago.

    The usual numbers; goods may be accepted before their invoices are filed, but are not paid before.
    """
    since = DateRange(date(2010, 1, 1), None)
    numbers: dict[RuleSet.Kind, dict[str, object]] = {
        RuleSet.Kind.SUPPLY: {},
        RuleSet.Kind.INVOICING: {"chain_required_for_acceptance": False, "interest_per_day": "0.0005"},
        RuleSet.Kind.DELIVERY_PERFORMANCE: {},
    }
    RuleSet.objects.bulk_create(
        RuleSet(kind=kind, title=kind.label, source="国办发〔2010〕56号", validity=since, parameters=parameters)
        for kind, parameters in numbers.items()
    )


def make_supervision_rules() -> None:
    """By which the cast is supervised, in force since long ago: the usual numbers of each kind.

    The check of retail prices is entered by ``make_rule_sets``, which some worlds do without.
    """
    since = DateRange(date(2009, 8, 18), None)
    numbers: dict[RuleSet.Kind, dict[str, object]] = {
        RuleSet.Kind.SHORTAGE: {},
        RuleSet.Kind.USE_SHARE: {},
        RuleSet.Kind.SAFETY: {},
        RuleSet.Kind.RECALL: {},
        RuleSet.Kind.PRICE_ALARM: {},
        RuleSet.Kind.ORDER_SCREENS: {},
    }
    RuleSet.objects.bulk_create(
        (
            RuleSet(kind=kind, title=kind.label, source="国办发〔2019〕47号", validity=since, parameters=parameters)
            for kind, parameters in numbers.items()
        ),
        # a world that states them is free to call it again
        ignore_conflicts=True,
    )


def make_rule_sets() -> dict[str, RuleSet]:
    """The numbers of the price-ratio rules, of zero mark-up and of a plain tender, in force since long ago."""
    since = DateRange(date(2010, 1, 1), None)
    rows = {
        "price_ratio": ("药品差比价规则", "发改价格〔2011〕2452号", PRICE_RATIOS),
        "retail_check": ("零差率", "卫药政发〔2009〕78号", {"markup": "0"}),
        "volume_based": ("带量采购", "国办发〔2021〕2号", PLAIN),
    }
    return {
        kind: RuleSet.objects.create(kind=kind, title=title, source=source, validity=since, parameters=numbers)
        for kind, (title, source, numbers) in rows.items()
    }
