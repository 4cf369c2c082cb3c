"""A product with a past: prices of several provinces, terms of the schemes, a dosage."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal

from django.db.backends.postgresql.psycopg_any import DateRange

from catalog.accounts.kinds import OrganizationKind
from catalog.accounts.models import Organization
from catalog.foundation.actor import Actor
from catalog.models import Edition, EditionEntry, GuidanceDocument, ListSection, Product, Region
from catalog.services.guidance import NewDosage, enter_guidance
from catalog.services.prices import NewGuidePrice, enter_price_decision
from catalog.services.procurement_prices import NewProcurementPrice, fix_procurement_prices
from catalog.services.reimbursement import enter_reimbursement_terms, list_for_insurance
from catalog.states import EditionStatus, GuidanceKind, ListClass, ListPart, PriceSource, Scheme
from distribution.models import RetailPrice, RetailReport
from tests import factories
from tests.cast import HENAN

PLATFORM = Actor.platform()


def state(
    of: Product, price: str, *, number: str, since: date, until: date | None = None, is_representative: bool = False
) -> None:
    """A decision states the guide price of the product's pack, for all makers."""
    enter_price_decision(
        number=number,
        title="零售指导价格",
        issuer="国家发展和改革委员会",
        decided_on=since,
        source="",
        valid_from=since,
        valid_until=until,
        prices=[
            NewGuidePrice(
                presentation=of.presentation,
                pack_quantity=of.pack_quantity,
                price=Decimal(price),
                is_representative=is_representative,
            )
        ],
        actor=PLATFORM,
        at=factories.NOW,
    )


def pay(of: Product, price: str, *, since: date, until: date | None = None, province_id: str = HENAN) -> None:
    """A province pays the price from the day on."""
    fix_procurement_prices(
        prices=[NewProcurementPrice(of, province_id, Decimal(price), "LS-1")],
        source=PriceSource.DIRECT_LISTING,
        valid_from=since,
        valid_until=until,
    )


def sell(of: Product, prices: Mapping[date, str], *, at: Organization) -> None:
    """Patients of the institution have paid the prices on the days."""
    report = RetailReport.objects.create(
        institution=at, province_id=at.province_id, reported_at=factories.NOW, status="checked"
    )
    RetailPrice.objects.bulk_create(
        RetailPrice(report=report, institution=at, product=of, price=Decimal(price), observed_on=day)
        for day, price in prices.items()
    )


def hospitals(number: int, province_id: str = HENAN) -> list[Organization]:
    """More hospitals in the province."""
    return Organization.objects.bulk_create(
        Organization(
            code=f"H{province_id}{position}",
            kind=OrganizationKind.INSTITUTION,
            name=f"医院{position}",
            region_id=province_id,
        )
        for position in range(number)
    )


def provinces(number: int) -> list[Region]:
    """More provinces."""
    return Region.objects.bulk_create(
        Region(code=f"{50 + position}0000", name=f"第{position + 1}省", level="province") for position in range(number)
    )


def reimburse(of: Product, schemes: Iterable[tuple[Scheme, str]], *, tier: str = "primary") -> None:
    """On list A; the schemes pay their rates in Henan at the level, a tenth more for essential medicines."""
    list_for_insurance(
        medicine=of.presentation.medicine,
        presentation=None,
        province_id="",
        list_class=ListClass.A,
        self_pay_share=Decimal(0),
        valid_from=date(2020, 1, 1),
        valid_until=None,
        source="国家医保药品目录",
        actor=PLATFORM,
        at=factories.NOW,
    )
    for scheme, rate in schemes:
        enter_reimbursement_terms(
            scheme=scheme,
            province_id=HENAN,
            tier=tier,
            rate=Decimal(rate),
            essential_bonus=Decimal("0.1"),
            deductible=Decimal(300),
            annual_cap=None,
            valid_from=date(2020, 1, 1),
            valid_until=None,
            source="豫医保〔2020〕1号",
            actor=PLATFORM,
            at=factories.NOW,
        )


def guide(of: Product, doses: Mapping[str, str], **document: object) -> GuidanceDocument:
    """A prescription set, in force since 2019, that gives the dose for each indication."""
    return enter_guidance(
        **{
            "kind": GuidanceKind.FORMULARY,
            "title": "国家基本药物处方集",
            "edition_label": "2018年版",
            "issuer": "国家卫生健康委员会",
            "valid_from": date(2019, 1, 1),
            "valid_until": None,
            "source": "人民卫生出版社",
            "dosages": [
                NewDosage(
                    medicine=of.presentation.medicine,
                    indication=indication,
                    dose=dose,
                    population="成人",
                    route="口服",
                    frequency="每6–8小时一次",
                    course="7–10日",
                    caution="青霉素过敏者禁用",
                )
                for indication, dose in doses.items()
            ],
            "actor": PLATFORM,
            "at": factories.NOW,
            **document,
        }
    )


def list_as_essential(of: Product) -> Edition:
    """An edition in force since 2018 lists the medicine in any form and strength, as number 7."""
    edition = Edition.objects.create(
        code="2018",
        title="国家基本药物目录（2018年版）",
        validity=DateRange(date(2018, 11, 1), None),
        source="国卫药政发〔2018〕31号",
        status=EditionStatus.IN_FORCE,
    )
    section = ListSection.objects.create(
        edition=edition, part=ListPart.CHEMICAL, name="抗微生物药", path="抗微生物药", position=1
    )
    EditionEntry.objects.create(
        edition=edition, medicine=of.presentation.medicine, part=ListPart.CHEMICAL, number=7, section=section
    )
    return edition
