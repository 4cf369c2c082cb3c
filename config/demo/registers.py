"""The first step of the year: who is who, what may be bought, at what ceiling."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal

from django.utils.timezone import localdate

from catalog.accounts.kinds import OrganizationKind
from catalog.accounts.models import Organization
from catalog.foundation.money import FEN, round_half_up
from catalog.models import Presentation, RuleSet
from catalog.queries import rule_set
from catalog.rules.price_ratio import carry
from catalog.services.editions import load_edition
from catalog.services.medicines import register_medicines
from catalog.services.presentations import register_presentations
from catalog.services.prices import NewGuidePrice, enter_price_decision
from catalog.services.products import NewProduct, register_products
from catalog.services.regions import load_regions
from catalog.services.rulesets import enter_rule_set
from config.demo import data
from config.demo.insurance import load_insurance
from config.demo.logins import Logins
from config.demo.network import (
    DISTRIBUTORS,
    license_distributors,
    load_townships,
    load_villages,
    oblige_distributors,
)
from config.demo.people import COMMAND, make_api_clients, make_people
from config.demo.procedure_rules import enter_procedure_rules
from config.demo.supervision_rules import enter_supervision_rules
from config.demo.supply_rules import enter_supply_rules

# The coefficients of 发改价格〔2011〕2452号; how many digits a price keeps is not certain.
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
        "controlled_release_tablet",
        "controlled_release_capsule",
        "conventional_oral_form",
        "modified_release_form",
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
# A demonstration does not claim more than it knows: the edition of 2026 is in force, guide prices are derived.
EDITION_FROM = date(2026, 9, 1)


def load_registers(logins: Logins, at: datetime) -> dict[str, int]:
    """Fill the registers; part of the caller's transaction."""
    load_regions(table=data.table("regions"))
    load_townships()
    _rule_sets(at)
    edition = load_edition(
        code="2026",
        title="国家基本药物目录（2026年版）",
        source="国家基本药物目录（2026年版），节选",
        valid_from=EDITION_FROM,
        valid_until=None,
        table=data.edition_table(),
        actor=COMMAND,
        at=at,
    )
    organizations = _organizations()
    license_distributors(at)
    townships = oblige_distributors(at)
    people = make_people(organizations, logins, at)
    make_api_clients(organizations, logins, at)
    presentations = lot_presentations()
    products = _products(organizations, presentations, at)
    prices = _guide_prices(presentations, at)
    terms = load_insurance(at)
    return {
        "medicines": edition.medicines,
        "presentations": edition.presentations,
        "organizations": len(organizations),
        "townships_served": townships,
        "people": people,
        "products": products,
        "guide_prices": prices,
        "reimbursement_terms": terms,
    }


def _rule_sets(at: datetime) -> None:
    enter_rule_set(
        kind=RuleSet.Kind.PRICE_RATIO,
        title="药品差比价规则（2011）",
        source="发改价格〔2011〕2452号",
        valid_from=date(2012, 1, 1),
        valid_until=None,
        parameters=PRICE_RATIOS,
        actor=COMMAND,
        at=at,
    )
    enter_rule_set(
        kind=RuleSet.Kind.RETAIL_CHECK,
        title="零差率销售",
        source="国发〔2009〕12号、卫药政发〔2009〕78号",
        valid_from=date(2017, 10, 1),
        valid_until=None,
        parameters={"markup": "0"},
        actor=COMMAND,
        at=at,
    )
    enter_procedure_rules(COMMAND, at)
    enter_supply_rules(COMMAND, at)
    enter_supervision_rules(COMMAND, at)


def _organizations() -> dict[str, Organization]:
    provinces = [row for row in data.rows("regions") if row["level"] == "province"]
    wanted = [
        Organization(
            code=f"AG{row['code']}",
            kind=OrganizationKind.AGENCY,
            name=f"{row['name']}药品集中采购机构",
            region_id=row["code"],
        )
        for row in provinces
    ]
    wanted.append(Organization(code="SV000000", kind=OrganizationKind.SUPERVISION, name="药品采购监督机构"))
    wanted += [
        Organization(
            code=row["code"],
            kind=OrganizationKind.INSTITUTION,
            name=row["name"],
            region_id=row["region"],
            tier=row["tier"],
        )
        for row in data.rows("hospitals")
    ]
    wanted += [
        Organization(code=row["code"], kind=OrganizationKind.SUPPLIER, name=row["name"], short_name=row["short_name"])
        for row in data.rows("makers")
    ]
    wanted += [
        Organization(code=code, kind=OrganizationKind.DISTRIBUTOR, name=name, region_id=data.PROVINCE)
        for code, name in DISTRIBUTORS.items()
    ]
    created = [*Organization.objects.bulk_create(wanted), *load_villages()]
    return {organization.code: organization for organization in created}


def lot_presentations() -> dict[tuple[int, str], Presentation]:
    """The presentation of every lot and strength of the round, registered where it was not yet."""
    medicines = register_medicines({lot.medicine: "" for lot in data.lots()})
    keys = {
        (lot.number, strength): (medicines[lot.medicine].pk, lot.form, strength)
        for lot in data.lots()
        for strength in data.strengths_of_lots()[lot.number]
    }
    registered = register_presentations(list(keys.values()))
    return {key: registered[value] for key, value in keys.items()}


def _products(
    organizations: Mapping[str, Organization], presentations: Mapping[tuple[int, str], Presentation], at: datetime
) -> int:
    created = register_products(
        products=[
            NewProduct(
                code=data.product_code(bid),
                presentation=presentations[bid.lot, bid.strength],
                pack_quantity=bid.pack_quantity,
                manufacturer=organizations[bid.bidder],
            )
            for bid in data.bids()
        ],
        actor=COMMAND,
        at=at,
    )
    return len(created)


def _guide_prices(presentations: Mapping[tuple[int, str], Presentation], at: datetime) -> int:
    """No table of today's guide prices is public: derive one from the round's ceilings, and say so on every row."""
    strength_base = Decimal(rule_set(RuleSet.Kind.PRICE_RATIO, localdate(at)).parameters["strength_base"])
    lots = {lot.number: lot for lot in data.lots()}
    prices = []
    sold = sorted({(bid.lot, bid.strength, bid.pack_quantity) for bid in data.bids()})
    # the smallest pack of the lot's own strength: the others' prices follow from it
    representatives = {
        min((item for item in sold if item[0] == number), key=lambda item: (item[1] != lot.strength, item[2]))
        for number, lot in lots.items()
    }
    for number, strength, pack in sold:
        lot, presentation = lots[number], presentations[number, strength]
        source, target = presentations[number, lot.strength].content, presentation.content
        assert source is not None and target is not None  # every strength of the round is a quantity
        unit = carry(lot.ceiling_price, source=source, target=target, strength_base=strength_base).price
        prices.append(
            NewGuidePrice(
                presentation=presentation,
                pack_quantity=pack,
                price=round_half_up(unit * pack, FEN),
                is_representative=(number, strength, pack) in representatives,
                derivation=(
                    f"推算：2020年1月带量采购第{number}品种最高有效申报价，"
                    f"{lot.strength} 每最小单位 {lot.ceiling_price} 元"
                    f"{f'，按差比价换算为 {strength}：{unit} 元' if strength != lot.strength else ''}，× {pack}"
                ),
            )
        )
    enter_price_decision(
        number="DEMO-2020-01",
        title="零售指导价（由2020年1月最高有效申报价推算，演示用）",
        issuer="演示数据推算，非国家定价文件",
        decided_on=date(2020, 1, 1),
        source="GY-YD2019-2 号文件最高有效申报价（2020年1月）",
        valid_from=date(2020, 1, 1),
        valid_until=None,
        prices=prices,
        actor=COMMAND,
        at=at,
    )
    return len(prices)
