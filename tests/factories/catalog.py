"""Records of the catalogue."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from catalog.accounts.models import Organization
from catalog.foundation.actor import Actor
from catalog.foundation.imports import Table
from catalog.models import (
    Edition,
    EditionEntry,
    GuidePrice,
    InsuranceListing,
    MergeProposal,
    Presentation,
    PriceAdjustment,
    ProcurementPrice,
    Product,
    ProvincialAddition,
    Region,
    ReimbursementTerms,
    RuleSet,
)
from catalog.services.additions import add_for_province
from catalog.services.adjustments import open_adjustment
from catalog.services.edition_entries import check_edition_table, listings_of, write_entries
from catalog.services.editions import draft_edition, load_edition
from catalog.services.medicines import register_medicines
from catalog.services.merges import propose_merges
from catalog.services.presentations import register_presentations
from catalog.services.prices import NewGuidePrice, enter_price_decision
from catalog.services.procurement_prices import NewProcurementPrice, enter_procurement_prices
from catalog.services.products import NewProduct, register_products
from catalog.services.reimbursement import enter_reimbursement_terms, list_for_insurance
from catalog.services.rulesets import enter_rule_set
from catalog.states import ListClass, PriceSource, Scheme
from tests.cast import HENAN, HUBEI, Cast
from tests.factories.clock import NOW, _numbers


def presentation(medicine: str = "阿莫西林", form: str = "胶囊", strength: str = "0.25g") -> Presentation:
    """A registered presentation."""
    registered = register_medicines({medicine: ""})[medicine]
    return register_presentations([(registered.pk, form, strength)])[registered.pk, form, strength]


def product(maker: Organization, of: Presentation | None = None, pack_quantity: int = 24, code: str = "") -> Product:
    """A registered product; the same one where it is registered."""
    of = of or presentation()
    known = Product.objects.filter(presentation=of, manufacturer=maker, pack_quantity=pack_quantity).first()
    if known is not None:
        return known
    new = NewProduct(
        code=code or f"P{next(_numbers):06d}", presentation=of, pack_quantity=pack_quantity, manufacturer=maker
    )
    [created] = register_products(products=[new], actor=Actor.platform(), at=NOW)
    return created


def guide_price(
    of: Presentation | None = None,
    pack_quantity: int = 24,
    price: str = "8.72",
    *,
    manufacturer: Organization | None = None,
    derivation: str = "",
    is_representative: bool = False,
    valid_from: date = date(2009, 10, 22),
    valid_until: date | None = None,
) -> GuidePrice:
    """A guide price by a decision of its own; from a representative the prices of other presentations are derived."""
    decision = enter_price_decision(
        number=f"发改价格〔2009〕{next(_numbers)}号",
        title="国家基本药物零售指导价格",
        issuer="国家发展和改革委员会",
        decided_on=valid_from,
        source="",
        valid_from=valid_from,
        valid_until=valid_until,
        prices=[
            NewGuidePrice(
                presentation=of or presentation(),
                pack_quantity=pack_quantity,
                price=Decimal(price),
                derivation=derivation,
                manufacturer=manufacturer,
                is_representative=is_representative,
            )
        ],
        actor=Actor.platform(),
        at=NOW,
    )
    return decision.guide_prices.get()


def edition_table(*rows: Mapping[str, str]) -> Table:
    """Rows of the sheet of an edition: amoxicillin capsules under number 6, but for what each says otherwise."""
    usual = {
        "part": "chemical",
        "number": "6",
        "name": "阿莫西林",
        "inn": "",
        "category": "抗微生物药",
        "subcategory": "青霉素类",
        "specialist": "no",
    }
    one_form = {"form": "胶囊", "strength": "0.25g"}
    described = [(usual if "forms_and_strengths" in row else usual | one_form) | dict(row) for row in rows]
    header = list(dict.fromkeys(name for row in described for name in row))
    return Table(header, [[row.get(name, "") for name in header] for row in described])


def edition(
    *rows: Mapping[str, str], code: str = "2018", valid_from: date = date(2018, 11, 1), valid_until: date | None = None
) -> Edition:
    """A published edition of these rows, without any of amoxicillin capsules."""
    return load_edition(
        code=code,
        title=f"国家基本药物目录({code}年版)",
        source="国卫药政发〔2018〕31号",
        valid_from=valid_from,
        valid_until=valid_until,
        table=edition_table(*rows or [{}]),
        actor=Actor.platform(),
        at=NOW,
    ).edition


def drafted_edition(
    cast: Cast,
    *rows: Mapping[str, str],
    code: str = "2026",
    valid_from: date = date(2026, 9, 1),
    valid_until: date | None = None,
    **described: Any,
) -> Edition:
    """A draft of the officer with these rows, without any of amoxicillin capsules."""
    draft = draft_edition(
        code=code,
        title=f"国家基本药物目录({code}年版)",
        source="国家卫生健康委员会",
        valid_from=valid_from,
        valid_until=valid_until,
        actor=cast.officer,
        at=NOW,
        **described,
    )
    entries(draft, *rows or [{}])
    return draft


def entries(draft: Edition, *rows: Mapping[str, str]) -> list[EditionEntry]:
    """Entries of a draft."""
    checked = check_edition_table(edition_table(*rows))
    checked.refuse()
    return write_entries(draft, listings_of(row for _number, row in checked.rows))


def addition(
    cast: Cast,
    of: Presentation,
    *,
    only: Collection[Presentation] = (),
    valid_from: date = date(2020, 1, 1),
    valid_until: date | None = None,
) -> ProvincialAddition:
    """The medicine of the presentation, added for Henan."""
    return add_for_province(
        province_id=HENAN,
        medicine=of.medicine,
        presentations=only,
        valid_from=valid_from,
        valid_until=valid_until,
        decision="豫卫药政〔2020〕1号",
        source="",
        actor=cast.officer,
        at=NOW,
    )


def merge_proposal(*forms_and_strengths: tuple[str, str], medicine: str = "阿莫西林") -> MergeProposal:
    """Two spellings of one presentation, proposed to be merged: by default 0.25g and 250mg."""
    for form, strength in forms_and_strengths or [("胶囊", "0.25g"), ("胶囊", "250mg")]:
        presentation(medicine, form, strength)
    [proposal] = propose_merges(actor=Actor.platform(), at=NOW)
    return proposal


def rule_set(
    kind: RuleSet.Kind,
    parameters: Mapping[str, Any],
    *,
    valid_from: date = date(2010, 1, 1),
    valid_until: date | None = None,
) -> RuleSet:
    """The numbers of a rule."""
    return enter_rule_set(
        kind=kind,
        title=str(kind.label),
        source="",
        valid_from=valid_from,
        valid_until=valid_until,
        parameters=parameters,
        actor=Actor.platform(),
        at=NOW,
    )


def procurement_price(
    of: Product,
    price: str = "6.00",
    *,
    province_id: str = HENAN,
    valid_from: date = date(2020, 1, 1),
    valid_until: date | None = None,
) -> ProcurementPrice:
    """What the province pays after a negotiation."""
    [entered] = enter_procurement_prices(
        prices=[NewProcurementPrice(of, province_id, Decimal(price), "谈判纪要")],
        source=PriceSource.NEGOTIATION,
        valid_from=valid_from,
        valid_until=valid_until,
        actor=Actor.platform(),
        at=NOW,
    )
    return entered


def adjustment(cast: Cast, of: Product, price: str = "5.00", *, valid_from: date = date(2026, 6, 1)) -> PriceAdjustment:
    """Opened by the officer of Henan, for what the province pays."""
    return open_adjustment(
        product_id=of.pk,
        province_id=HENAN,
        price=Decimal(price),
        valid_from=valid_from,
        reason="湖北省的价格更低",
        evidence={"province": HUBEI, "price": price},
        actor=cast.officer,
        at=NOW,
    )


def reimbursement_terms(
    scheme: Scheme = Scheme.EMPLOYEES,
    *,
    province_id: str = HENAN,
    tier: str = "primary",
    rate: str = "0.70",
    essential_bonus: str = "0.10",
    deductible: str = "0",
    valid_from: date = date(2020, 1, 1),
    valid_until: date | None = None,
) -> ReimbursementTerms:
    """What a scheme pays back in the province."""
    return enter_reimbursement_terms(
        scheme=scheme,
        province_id=province_id,
        tier=tier,
        rate=Decimal(rate),
        essential_bonus=Decimal(essential_bonus),
        deductible=Decimal(deductible),
        annual_cap=None,
        valid_from=valid_from,
        valid_until=valid_until,
        source="豫医保〔2020〕1号",
        actor=Actor.platform(),
        at=NOW,
    )


def insurance_listing(
    of: Presentation,
    list_class: ListClass = ListClass.A,
    self_pay_share: str = "0",
    *,
    is_only_this: bool = False,
    province_id: str = "",
    valid_from: date = date(2020, 1, 1),
) -> InsuranceListing:
    """The medicine of the presentation on a list of the insurance."""
    return list_for_insurance(
        medicine=of.medicine,
        presentation=of if is_only_this else None,
        province_id=province_id,
        list_class=list_class,
        self_pay_share=Decimal(self_pay_share),
        valid_from=valid_from,
        valid_until=None,
        source="国家医保目录",
        actor=Actor.platform(),
        at=NOW,
    )


def region(code: str) -> Region:
    """The region of the code."""
    return Region.objects.get(code=code)
