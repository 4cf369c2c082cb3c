"""A month in which a primary and a secondary institution used essential and other medicines, and what was bought."""

from __future__ import annotations

from datetime import date, timedelta

from catalog.accounts.models import Organization
from catalog.foundation.actor import Actor
from catalog.models import Medicine, Product
from catalog.rules.months import months_after
from catalog.services.guidance import NewDosage, enter_guidance
from catalog.states import GuidanceKind, Scheme
from procurement.models import AgreementLine
from tests import factories
from tests.cast import Cast, make_cast, make_rule_sets
from tests.factories import NOW, TODAY
from tests.factories.usage import LAST_MONTH, on_day

MONTH, BEFORE = LAST_MONTH, months_after(LAST_MONTH, -1)


def make_use() -> Cast:
    """The list has amoxicillin and ibuprofen; these two and cefradine, which is not on it, are agreed at 6.00 for 24.

    The hospital is a primary institution, its neighbour a secondary one.
    """
    cast = make_cast()
    make_rule_sets()
    factories.edition({"name": "阿莫西林"}, {"name": "布洛芬", "number": "7"})
    # what the province paid before the tender; for the others nothing was agreed
    factories.guide_price()
    factories.procurement_price(factories.product(cast.supplier_firm), "8.00", valid_until=BEFORE - timedelta(days=30))
    lines = factories.agreement_lines(cast, ("阿莫西林", "布洛芬", "头孢拉定"), at=on_day(BEFORE))
    for line, atc in zip(lines, ("J01CA04", "M01AE01", "J01DB09"), strict=True):
        Medicine.objects.filter(pk=line.product.presentation.medicine_id).update(atc=atc)
    Organization.objects.filter(pk=cast.hospital.pk).update(tier="primary")
    _use(cast, lines)
    return cast


def make_patients_terms(cast: Cast, line: AgreementLine) -> None:
    """Amoxicillin is on list A, employees get 70 % back, and 80 % of essential medicines; a guideline has a course."""
    factories.insurance_listing(line.product.presentation)
    factories.reimbursement_terms(Scheme.EMPLOYEES, rate="0.70", essential_bonus="0.10")
    enter_guidance(
        kind=GuidanceKind.FORMULARY,
        title="国家基本药物处方集",
        edition_label="2018",
        issuer="国家卫生健康委员会",
        valid_from=date(2018, 11, 1),
        valid_until=None,
        source="",
        dosages=[
            NewDosage(line.product.presentation.medicine, "肺炎", "一次0.5g", frequency="一日3次", course="7日"),
            NewDosage(line.product.presentation.medicine, "儿童肺炎", "每日20mg/kg", frequency="一日3次", course="7日"),
        ],
        actor=Actor.platform(),
        at=NOW,
    )


def _product(cast: Cast, medicine: str, atc: str, form: str = "胶囊") -> Product:
    """Of the rival, whose products are in no agreement."""
    made = factories.product(cast.rival_firm, factories.presentation(medicine, form))
    Medicine.objects.filter(name=medicine).update(atc=atc)
    return made


def _use(cast: Cast, lines: list[AgreementLine]) -> None:
    amoxicillin, ibuprofen, cefradine = (line.product for line in lines)
    neighbour = factories.neighbour()
    Organization.objects.filter(pk=neighbour.pk).update(tier="secondary", code="NEIGHBOUR")
    naproxen = _product(cast, "萘普生", "M01AE02")
    herb = _product(cast, "黄芪", "", form="饮片")
    early, late, after = on_day(BEFORE), on_day(MONTH + timedelta(days=9)), on_day(TODAY.replace(day=1))
    # on the shelf since the month before, and used up after the month
    factories.stock_lot(cast.pharmacist, amoxicillin, 500, at=early)
    factories.issue(cast.pharmacist, amoxicillin, 100, at=early)
    factories.issue(cast.pharmacist, amoxicillin, 240, at=late)
    factories.issue(cast.pharmacist, amoxicillin, 160, at=after)
    factories.stock_lot(cast.pharmacist, naproxen, 50, at=late)
    factories.issue(cast.pharmacist, naproxen, 48, at=late)
    factories.stock_lot(cast.pharmacist, cefradine, 24, at=late)
    factories.issue(cast.pharmacist, cefradine, 24, at=late)
    # a herbal piece counts nowhere; what came after the month is not of the month
    factories.stock_lot(cast.pharmacist, herb, 1000, at=late)
    factories.issue(cast.pharmacist, herb, 900, at=late)
    factories.stock_lot(cast.pharmacist, ibuprofen, 10, at=after)
    keeper = factories.pharmacist_of(neighbour)
    factories.stock_lot(keeper, ibuprofen, 100, at=late)
    factories.issue(keeper, ibuprofen, 30, at=late)
