"""Every kind of record that files bring: added, changed, left alone, refused in words; twice is as once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, ClassVar

import pytest

from catalog.accounts.models import Licence, Organization
from catalog.errors import PeriodReversed, UnknownCode
from catalog.foundation.errors import NotAllowed, NotVisible
from catalog.models import (
    DosageEntry,
    Edition,
    EditionEntry,
    GuidanceDocument,
    GuidePrice,
    InsuranceListing,
    Medicine,
    ProcurementPrice,
    Product,
    ReferencePrice,
    Region,
    Township,
)
from catalog.services.imports.checking import check_import
from catalog.services.imports.kinds import BadOption
from catalog.services.imports.registry import KINDS
from catalog.services.product_life import withdraw_product
from catalog.states import ImportStatus, ProductStatus
from tests.cast import HENAN, HUBEI, ZHONGYUAN, Cast
from tests.catalog.services.imports.files import agreed, checked, problems, taken, written
from tests.factories import NOW, TODAY, drafted_edition, guide_price, presentation, product
from tests.refusals import refused

Row = dict[str, str]
DECISION = {
    "number": "发改价格〔2009〕2498号",
    "title": "国家基本药物零售指导价格",
    "issuer": "国家发展和改革委员会",
    "decided_on": "2009-09-28",
    "valid_from": "2009-10-22",
}
LISTS = {"source": "医保发〔2023〕30号", "valid_from": "2024-01-01"}
DOCUMENT = {
    "kind": "guideline",
    "title": "国家基本药物临床应用指南",
    "edition_label": "2018年版",
    "issuer": "国家卫生健康委员会",
    "source": "国卫办药政函〔2018〕",
    "valid_from": "2019-01-01",
}
INDEX = {
    "code": "PH-DPRI",
    "title": "Drug Price Reference Index",
    "country": "Philippines",
    "currency": "PHP",
    "as_of": "2025-10-01",
    "source": "DOH",
}
ENTRY = {
    "part": "chemical",
    "number": "1",
    "name": "青霉素",
    "inn": "",
    "category": "抗微生物药",
    "subcategory": "",
    "specialist": "no",
    "form": "注射剂",
    "strength": "0.24g",
}
CAPSULES = {"medicine": "阿莫西林", "form": "胶囊", "strength": "0.25g"}
PRODUCT = {"code": "P1", **CAPSULES, "pack_quantity": "24", "manufacturer": "华夏制药有限公司"}


@dataclass(frozen=True, slots=True)
class Case:
    """A good row of a kind, what changes it, and rows that are refused with these words."""

    row: Row
    change: Row
    bad: list[tuple[Row, str]]
    options: Mapping[str, str] = field(default_factory=dict)
    again: Mapping[str, str] = field(default_factory=dict)


CASES = {
    "organizations": Case(
        row={
            "code": "M9",
            "kind": "distributor",
            "name": "黄河医药配送有限公司",
            "uscc": "91350100M000100Y43",
            "region": HENAN,
        },
        change={"short_name": "黄河配送"},
        bad=[
            ({"code": ""}, "Row 2, column “code”: “” must not be empty."),
            ({"kind": "farm"}, "“farm” is not one of"),
            ({"region": "999999"}, "region: nothing is registered as “999999”"),
            ({"kind": "institution", "region": "", "uscc": ""}, "must not be empty for an agency or an institution"),
            ({"tier": "tertiary"}, "only institutions have a tier"),
            ({"uscc": "91350100M000100Y44"}, "unified social credit code “91350100M000100Y44”"),
            ({"code": "RIVAL"}, "code: “RIVAL” is already registered."),
            ({"township": "410102999"}, "township: nothing is registered as “410102999”"),
            ({"township": "410102001"}, "does not lie in the region “410000”"),
            ({"ordering_centre": "HOSP-HA"}, "only institutions are ordered for"),
        ],
    ),
    "townships": Case(
        row={"code": "410102002", "name": "须水镇", "county": "", "remote": ""},
        change={"county": "410102", "remote": "是"},
        bad=[
            ({"code": "410102"}, "is not a code of nine digits"),
            ({"name": ""}, "must not be empty"),
            ({"code": "410199001"}, "county: nothing is registered as “410199”"),
            ({"county": "410103"}, "is not the county that the code says (410102)"),
            ({"remote": "far"}, "is neither yes nor no"),
            ({"code": "420000001"}, "registered and changed by the operators"),
        ],
    ),
    "licences": Case(
        row={
            "organization": "SUPPLIER",
            "kind": "production",
            "number": "豫20260001",
            "scopes": "chemical;biological",
            "valid_from": "2026-01-01",
            "valid_until": "2031-01-01",
        },
        change={"scopes": "chemical，biological；traditional", "valid_until": "2030-01-01"},
        bad=[
            ({"organization": "NOBODY"}, "organization: nothing is registered as “NOBODY”"),
            ({"organization": "HOSP-HA"}, "is neither a supplier nor a distributor"),
            ({"kind": "fishing"}, "“fishing” is not one of"),
            ({"scopes": ";"}, "must not be empty"),
            ({"scopes": "chemical;toys"}, "is not one of"),
            ({"valid_until": "2026-01-01"}, "not after its beginning"),
        ],
    ),
    "regions": Case(
        row={"code": "410103", "name": "二七区"},
        change={"name": "二七"},
        bad=[
            ({"code": "4101"}, "is not a code of six digits"),
            ({"parent": "999999"}, "parent: nothing is registered as “999999”"),
            ({"parent": HUBEI}, "lies in another province than the code says"),
            ({"level": "province", "parent": HENAN}, "must be empty: a province lies in none"),
            ({"level": "province"}, "is not the code of a province"),
            ({"level": "prefecture", "parent": "410102"}, "is not of a wider level"),
            ({"level": "village"}, "is not one of"),
        ],
    ),
    "presentations": Case(
        row={"medicine": "布洛芬", "form": "片剂", "strength": "0.2g"},
        change={"inn": "Ibuprofen", "atc": "M01AE01"},
        bad=[
            ({"medicine": ""}, "must not be empty"),
            ({"form": "片" * 51}, "is longer than 50 characters"),
            ({"atc": "M01X9"}, "ATC code “M01X9”"),
        ],
    ),
    "products": Case(
        row={**PRODUCT, "trade_name": "", "status": "", "status_reason": ""},
        change={
            "trade_name": "阿莫仙",
            "status": "suspended",
            "status_reason": "停产",
            "storage": "cold",
            "shelf_life_months": "24",
            "controlled": "是",
        },
        bad=[
            ({"pack_quantity": "0"}, "must be one or more"),
            ({"strength": "0.5g"}, "nothing is registered as “阿莫西林 胶囊 0.5g”"),
            ({"manufacturer": "nobody"}, "manufacturer: nothing is registered as “nobody”"),
            ({"code": "OLD", "pack_quantity": "12"}, "is the code of another product"),
            ({"pack_quantity": "36"}, "product: “OLD” is already registered."),
            ({"status": "suspended"}, "Say why"),
            ({"gtin": "06901234567891"}, "GTIN “06901234567891”"),
            ({"licence_valid_until": "soon"}, "is not a date such as 2026-01-31"),
            ({"quality": "good"}, "is not one of"),
            ({"storage": "warm"}, "is not one of , room, cool, dark_cool, cold, frozen"),
            ({"shelf_life_months": "0"}, "must be one or more"),
        ],
    ),
    "guide-prices": Case(
        row={**CAPSULES, "pack_quantity": "24", "price": "8.72"},
        change={"price": "8.10"},
        options=DECISION,
        again={"number": "发改价格〔2012〕1号", "valid_from": "2012-10-01"},
        bad=[
            ({"medicine": "无"}, "nothing is registered as “无 胶囊 0.25g”"),
            ({"manufacturer": "nobody"}, "manufacturer: nothing is registered as “nobody”"),
            ({"price": "0"}, "is not a price above zero"),
            ({"price": "1,234"}, "can mean 1234 or 1.234"),
            ({"price": "8.72345"}, "at most four decimals"),
            ({"pack_quantity": "2.5"}, "is not a whole number"),
        ],
    ),
    "insurance-listings": Case(
        row={"medicine": "阿莫西林", "list_class": "A", "self_pay_share": ""},
        change={"list_class": "B", "self_pay_share": "10%"},
        options=LISTS,
        again={"valid_from": "2025-01-01"},
        bad=[
            ({"medicine": "无"}, "medicine: nothing is registered as “无”"),
            ({"form": "片剂"}, "form: nothing is registered as “阿莫西林 片剂”"),
            ({"list_class": "C"}, "is not one of A, B"),
            ({"self_pay_share": "10%"}, "0.10 is not a share between 0 and 1"),
            ({"list_class": "B", "self_pay_share": "1"}, "1 is not a share between 0 and 1"),
            ({"self_pay_share": "110%"}, "is not a share"),
        ],
    ),
    "dosages": Case(
        row={"medicine": "阿莫西林", "indication": "肺炎", "dose": "0.5g", "frequency": "一日3次"},
        change={"dose": "1g"},
        options=DOCUMENT,
        bad=[
            ({"medicine": "无"}, "medicine: nothing is registered as “无”"),
            ({"form": "片剂"}, "form: nothing is registered as “阿莫西林 片剂”"),
            ({"dose": ""}, "must not be empty"),
        ],
    ),
    "reference-prices": Case(
        row={"item": "Amoxicillin 250 mg capsule", "lowest": "1.00", "median": "1.50", "highest": "2.00"},
        change={"highest": "2.50"},
        options=INDEX,
        bad=[
            ({"median": "3.00"}, "is not between the lowest and the highest price"),
            ({"item": ""}, "must not be empty"),
            ({"lowest": "free"}, "is not a price in yuan"),
        ],
    ),
    "prices": Case(
        row={
            "product": "OLD",
            "province": HENAN,
            "price": "5.00",
            "valid_from": "2024-01-01",
            "valid_until": "",
            "source": "negotiation",
            "source_reference": "A-1",
        },
        change={"price": "4.50", "valid_from": "2025-01-01"},
        bad=[
            ({"product": "P9"}, "nothing is registered as “P9”"),
            ({"province": "999999"}, "nothing is registered as “999999”"),
            ({"province": HUBEI}, "another province's to decide"),
            ({"price": "99.00"}, "is above its guide price"),
            ({"price": "-1"}, "is not a price above zero"),
            ({"source": "gift"}, "is not one of"),
            ({"valid_until": "2023-01-01"}, "not after its beginning"),
        ],
    ),
    "entries": Case(
        row=ENTRY,
        change={"specialist": "yes", "note": "注释1"},
        options={"edition": "2026"},
        bad=[
            ({"part": "western"}, "is not one of chemical, tcm"),
            ({"number": "none"}, "is not a whole number"),
            ({"category": ""}, "must not be empty"),
        ],
    ),
}
FOUND: dict[str, Any] = {
    "organizations": lambda: Organization.objects.get(code="M9").short_name == "黄河配送",
    "licences": lambda: (
        Licence.objects.get().scopes == ["biological", "chemical", "traditional"]
        and Licence.objects.get().validity.upper == date(2030, 1, 1)
    ),
    "regions": lambda: Region.objects.get(code="410103").parent_id == "410100",
    "presentations": lambda: Medicine.objects.get(name="布洛芬").inn == "Ibuprofen",
    "townships": lambda: Township.objects.get(code="410102002").is_remote,
    "products": lambda: Product.objects.filter(
        code="P1", status=ProductStatus.SUSPENDED, storage="cold", shelf_life_months=24, is_controlled=True
    ).exists(),
    "guide-prices": lambda: GuidePrice.objects.get(pack_quantity=24, validity__contains=TODAY).price == Decimal("8.10"),
    "insurance-listings": lambda: (
        InsuranceListing.objects.get(validity__contains=TODAY).self_pay_share == Decimal("0.1")
    ),
    "dosages": lambda: DosageEntry.objects.get().dose == "1g",
    "reference-prices": lambda: ReferencePrice.objects.get().highest == Decimal("2.5"),
    "prices": lambda: ProcurementPrice.objects.get(validity__contains=TODAY).price == Decimal("4.50"),
    "entries": lambda: EditionEntry.objects.get().specialist_guidance is True,
}


@pytest.fixture
def catalogue(cast: Cast) -> Cast:
    """Amoxicillin capsules, a product of them by the supplier in packs of 36, a township, a draft without entries."""
    Township.objects.create(code="410102001", name="石佛镇", county_id=ZHONGYUAN)
    capsules = presentation()
    product(cast.supplier_firm, capsules, 36, code="OLD")
    guide_price(capsules, 36, "8.72", valid_until=None)
    drafted_edition(cast).entries.all().delete()
    return cast


@pytest.mark.parametrize("kind", CASES)
class TestKind:
    def test_adds_leaves_alone_and_changes(self, catalogue: Cast, kind: str) -> None:
        case = CASES[kind]
        assert written(catalogue, kind, [case.row], **case.options).counts == {"added": 1}
        assert written(catalogue, kind, [case.row], **case.options).counts == {"unchanged": 1}
        options = {**case.options, **case.again}
        changed = written(catalogue, kind, [case.row | case.change], **options)
        assert (changed.status, changed.counts) == (ImportStatus.APPLIED, {"changed": 1})
        assert changed.rows.get().changes
        assert FOUND[kind]()
        assert written(catalogue, kind, [case.row | case.change], **options).counts == {"unchanged": 1}

    def test_refuses_in_words_what_cannot_be(self, catalogue: Cast, kind: str) -> None:
        for bad, words in CASES[kind].bad:
            [problem] = problems(checked(catalogue, kind, [CASES[kind].row | bad], **CASES[kind].options)).values()
            assert words in problem, bad

    def test_refuses_a_row_that_repeats_another(self, catalogue: Cast, kind: str) -> None:
        case = CASES[kind]
        source = checked(catalogue, kind, [case.row, case.row], **case.options)
        assert source.counts == {"added": 1, "refused": 1}
        assert problems(source)[3].startswith("Row 3 says the same thing as row 2 (")


class TestEveryKind:
    def test_is_tried(self) -> None:
        assert set(CASES) == set(KINDS)

    @pytest.mark.parametrize("kind", [kind for kind, case in CASES.items() if case.options])
    def test_asks_for_its_options(self, catalogue: Cast, kind: str) -> None:
        wanted = [option for option in KINDS[kind].options if option.is_required]
        with refused(*[BadOption] * len(wanted)):
            taken(catalogue, kind, [CASES[kind].row])


class TestOrganizations:
    def test_leave_alone_what_a_file_does_not_say(self, cast: Cast) -> None:
        written(cast, "organizations", [{"code": "HOSP-HA", "kind": "institution", "name": "郑州市中原区人民医院"}])
        hospital = Organization.objects.get(code="HOSP-HA")
        assert (hospital.name, hospital.short_name) == ("郑州市中原区人民医院", "中原医院")

    @pytest.mark.parametrize(
        "row",
        [
            {"code": "AGENCY-HA", "kind": "agency", "name": "别名"},
            {"code": "S2", "kind": "supervision", "name": "又一监督机构"},
            {"code": "SUPPLIER", "kind": "supplier", "name": "别名"},
            {"code": "HOSP-HB", "kind": "institution", "name": "别名"},
            {"code": "HOSP-HB", "kind": "institution", "name": "湖北省第一医院", "region": HENAN},
            {"code": "H9", "kind": "institution", "name": "武汉医院", "region": HUBEI},
        ],
        ids=["agency", "supervision", "known supplier", "foreign hospital", "hospital drawn over", "new foreign one"],
    )
    def test_that_are_not_the_officers_are_refused(self, cast: Cast, row: dict[str, str]) -> None:
        assert "registered and changed by the operators" in problems(checked(cast, "organizations", [row]))[2]

    def test_that_are_not_the_officers_are_left_alone_where_nothing_changes(self, cast: Cast) -> None:
        row = {"code": "SUPPLIER", "kind": "supplier", "name": "华夏制药有限公司"}
        assert checked(cast, "organizations", [row]).counts == {"unchanged": 1}

    def test_of_one_credit_code_are_refused(self, cast: Cast) -> None:
        row = CASES["organizations"].row
        source = checked(cast, "organizations", [row, row | {"code": "M10", "uscc": row["uscc"].lower()}])
        assert "unified social credit code 91350100M000100Y43" in problems(source)[3]


class TestVillages:
    """A file that says which township centre orders for which village clinic."""

    VILLAGE: ClassVar[Row] = {
        "code": "VILLAGE",
        "kind": "institution",
        "name": "石佛村卫生室",
        "region": ZHONGYUAN,
        "township": "410102001",
        "tier": "primary",
        "ordering_centre": "HOSP-HA",
    }

    def test_are_given_their_township_and_their_centre(self, catalogue: Cast) -> None:
        assert written(catalogue, "organizations", [self.VILLAGE]).counts == {"added": 1}
        village = Organization.objects.get(code="VILLAGE")
        assert (village.township_id, village.ordering_centre) == ("410102001", catalogue.hospital)
        # what the file does not say stays
        bare = {name: self.VILLAGE[name] for name in ("code", "kind", "name")}
        assert written(catalogue, "organizations", [bare]).counts == {"unchanged": 1}
        renamed = written(catalogue, "organizations", [bare | {"name": "石佛卫生室"}])
        assert renamed.counts == {"changed": 1}
        village.refresh_from_db()
        assert (village.name, village.ordering_centre) == ("石佛卫生室", catalogue.hospital)

    @pytest.mark.parametrize(
        ("bad", "words"),
        [
            ({"ordering_centre": "NOBODY"}, "nothing is registered as “NOBODY”"),
            ({"ordering_centre": "SUPPLIER"}, "is not an institution"),
            ({"ordering_centre": "HOSP-HB"}, "lies in another province"),
            ({"code": "HOSP-HA"}, "is the institution itself"),
            ({"region": HENAN}, "does not lie in the region “410000”"),
        ],
    )
    def test_are_refused_where_they_cannot_be_ordered_for(self, catalogue: Cast, bad: Row, words: str) -> None:
        assert words in problems(checked(catalogue, "organizations", [self.VILLAGE | bad]))[2]

    def test_are_ordered_for_in_one_step(self, catalogue: Cast) -> None:
        written(catalogue, "organizations", [self.VILLAGE])
        other = self.VILLAGE | {"code": "V2", "name": "二村卫生室"}
        under_a_village = checked(catalogue, "organizations", [other | {"ordering_centre": "VILLAGE"}])
        assert "is itself ordered for by another centre" in problems(under_a_village)[2]
        centre = self.VILLAGE | {"code": "HOSP-HA", "name": "郑州市中原区医院", "tier": "", "ordering_centre": "C2"}
        written(catalogue, "organizations", [other | {"code": "C2", "ordering_centre": ""}])
        under_another = checked(catalogue, "organizations", [centre])
        assert "the institution orders for villages itself" in problems(under_another)[2]


class TestLicences:
    def test_are_renewed_by_their_next_period_and_refused_where_periods_overlap(self, cast: Cast) -> None:
        row = CASES["licences"].row
        written(cast, "licences", [row])
        renewed = {"valid_from": "2031-01-01", "valid_until": "2036-01-01"}
        assert written(cast, "licences", [row | renewed]).counts == {"added": 1}
        assert (
            "another one already holds" in problems(checked(cast, "licences", [row | {"valid_from": "2027-01-01"}]))[2]
        )
        longer = checked(cast, "licences", [row | {"valid_until": "2032-01-01"}])
        assert "another one already holds" in problems(longer)[2]


class TestProducts:
    def test_of_one_identity_or_identifier_are_refused(self, catalogue: Cast) -> None:
        gtin = {"gtin": "06901234567892"}
        rows = [PRODUCT, PRODUCT | {"code": "P2"}, PRODUCT | gtin | {"code": "P3", "pack_quantity": "10"}]
        rows.append(PRODUCT | gtin | {"code": "P4", "pack_quantity": "11"})
        assert set(problems(checked(catalogue, "products", rows))) == {3, 5}

    def test_that_were_withdrawn_stay_so(self, catalogue: Cast) -> None:
        withdraw_product(product_id=Product.objects.get(code="OLD").pk, reason="停产", actor=catalogue.officer, at=NOW)
        row = PRODUCT | {"code": "OLD", "pack_quantity": "36", "status": "trading"}
        assert "“resume trading” is not possible" in problems(checked(catalogue, "products", [row]))[2]


class TestGuidePrices:
    def test_in_the_time_of_others_are_refused(self, catalogue: Cast) -> None:
        row = CASES["guide-prices"].row
        written(catalogue, "guide-prices", [row], **DECISION)
        earlier = {**DECISION, "number": "earlier", "valid_from": "2009-01-01"}
        assert "already has a price" in problems(checked(catalogue, "guide-prices", [row], **earlier))[2]

    def test_of_days_in_no_order_are_not_taken(self, catalogue: Cast) -> None:
        with refused(PeriodReversed):
            taken(catalogue, "guide-prices", [CASES["guide-prices"].row], **DECISION, valid_until="2009-10-22")

    @pytest.mark.parametrize(
        ("former", "later", "changes"),
        [
            ({}, {"representative": "yes"}, {"representative": [False, True]}),
            ({}, {"derivation": "差比价"}, {"derivation": ["", "差比价"]}),
            ({}, {"temporary": "yes"}, {"temporary": [False, True]}),
            (
                {"temporary": "yes", "temporary_until": "2013-01-01"},
                {"temporary_until": "2014-01-01"},
                {"temporary_until": ["2013-01-01", "2014-01-01"]},
            ),
        ],
        ids=["representative", "derivation", "temporary", "temporary until"],
    )
    def test_that_differ_in_more_than_the_price_are_changed(
        self, catalogue: Cast, former: Row, later: Row, changes: dict[str, Any]
    ) -> None:
        row = CASES["guide-prices"].row | former
        written(catalogue, "guide-prices", [row], **DECISION)
        newer = {**DECISION, **CASES["guide-prices"].again}
        done = written(catalogue, "guide-prices", [row | later], **newer)
        assert (done.counts, done.rows.get().changes) == ({"changed": 1}, changes)
        assert written(catalogue, "guide-prices", [row | later], **newer).counts == {"unchanged": 1}

    @pytest.mark.parametrize(
        ("until", "outcome", "changes"),
        [
            ("", "changed", {"valid_until": ["2013-01-01", None]}),
            ("2014-01-01", "changed", {"valid_until": ["2013-01-01", "2014-01-01"]}),
            ("2013-01-01", "unchanged", {}),
            ("2012-12-01", "unchanged", {}),
        ],
        ids=["without end", "later", "same day", "earlier"],
    )
    def test_that_last_longer_than_what_stands_are_changed(
        self, catalogue: Cast, until: str, outcome: str, changes: dict[str, Any]
    ) -> None:
        row = CASES["guide-prices"].row
        written(catalogue, "guide-prices", [row], **DECISION, valid_until="2013-01-01")
        newer = {**DECISION, **CASES["guide-prices"].again, "valid_until": until}
        done = written(catalogue, "guide-prices", [row], **newer)
        assert (done.counts, done.rows.get().changes) == ({outcome: 1}, changes)

    def test_that_are_not_temporary_end_not_as_such(self, catalogue: Cast) -> None:
        row = CASES["guide-prices"].row | {"temporary_until": "2013-01-01"}
        assert (
            "only a temporary price ends as one" in problems(checked(catalogue, "guide-prices", [row], **DECISION))[2]
        )


class TestInsuranceListings:
    def test_that_last_longer_than_what_stands_are_changed(self, catalogue: Cast) -> None:
        row = CASES["insurance-listings"].row
        written(catalogue, "insurance-listings", [row], **LISTS, valid_until="2025-06-01")
        within = {**LISTS, "valid_from": "2025-01-01", "valid_until": "2025-06-01"}
        assert checked(catalogue, "insurance-listings", [row], **within).counts == {"unchanged": 1}
        done = written(catalogue, "insurance-listings", [row], **{**LISTS, "valid_from": "2025-01-01"})
        assert (done.counts, done.rows.get().changes) == ({"changed": 1}, {"valid_until": ["2025-06-01", None]})
        assert InsuranceListing.objects.get(validity__contains=TODAY).validity.lower == date(2025, 1, 1)

    def test_of_another_province_are_not_taken(self, catalogue: Cast) -> None:
        row = CASES["insurance-listings"].row
        assert checked(catalogue, "insurance-listings", [row], **LISTS, province=HENAN).counts == {"added": 1}
        with refused(NotAllowed):
            taken(catalogue, "insurance-listings", [row], **LISTS, province=HUBEI)
        with refused(UnknownCode):
            taken(catalogue, "insurance-listings", [row], **LISTS, province="410100")

    def test_end_what_stood_before(self, catalogue: Cast) -> None:
        row = CASES["insurance-listings"].row
        written(catalogue, "insurance-listings", [row], **LISTS)
        later = {**LISTS, "valid_from": "2025-01-01"}
        written(catalogue, "insurance-listings", [row | {"list_class": "B"}], **later)
        former = InsuranceListing.objects.get(list_class="A")
        assert former.validity.upper == date(2025, 1, 1)


class TestDosages:
    def test_of_a_new_version_end_the_former_one(self, catalogue: Cast) -> None:
        row = CASES["dosages"].row
        written(catalogue, "dosages", [row], **DOCUMENT)
        newer = {**DOCUMENT, "edition_label": "2026年版", "valid_from": "2026-01-01"}
        assert written(catalogue, "dosages", [row], **newer).counts == {"added": 1}
        assert GuidanceDocument.objects.get(edition_label="2018年版").validity.upper == date(2026, 1, 1)


class TestReferencePrices:
    def test_find_their_medicine_once_it_is_known(self, cast: Cast) -> None:
        row = CASES["reference-prices"].row
        written(cast, "reference-prices", [row], **INDEX)
        written(cast, "presentations", [{**CAPSULES, "inn": "Amoxicillin"}])
        assert written(cast, "reference-prices", [row], **INDEX).counts == {"changed": 1}
        assert ReferencePrice.objects.get().medicine == Medicine.objects.get()


class TestRegions:
    def test_lie_in_one_that_stands_further_down(self, cast: Cast) -> None:
        rows = [{"code": code, "name": code} for code in ("410301", "410300")]
        assert written(cast, "regions", rows).counts == {"added": 2}
        assert Region.objects.get(code="410301").parent_id == "410300"

    def test_that_are_not_the_officers_are_refused(self, cast: Cast) -> None:
        rows = [{"code": HENAN, "name": "豫"}, {"code": HUBEI, "name": "鄂"}, {"code": "420300", "name": "十堰市"}]
        assert set(problems(checked(cast, "regions", rows))) == {2, 3, 4}
        assert set(Region.objects.filter(pk__in=[HENAN, HUBEI]).values_list("name", flat=True)) == {"河南省", "湖北省"}


class TestPrices:
    @pytest.mark.parametrize("source", ["award", "adjustment"])
    def test_of_awards_and_adjustments_are_not_an_officers_to_enter(self, catalogue: Cast, source: str) -> None:
        row = CASES["prices"].row | {"source": source}
        assert "have a way of their own" in problems(checked(catalogue, "prices", [row]))[2]

    def test_show_the_price_so_far(self, catalogue: Cast) -> None:
        case = CASES["prices"]
        written(catalogue, "prices", [case.row])
        source = checked(catalogue, "prices", [case.row | case.change, case.row | {"province": HUBEI}])
        assert source.counts == {"changed": 1, "refused": 1}
        assert source.rows.get(number=2).changes == {"price": ["5", "4.5"]}

    @pytest.mark.parametrize("by_row", [False, True])
    @pytest.mark.parametrize("meanwhile", [{"valid_from": "2023-01-01"}, {"valid_from": "2023-01-01", "price": "3.00"}])
    def test_that_would_change_something_else_than_was_shown_are_not_written(
        self, catalogue: Cast, meanwhile: Row, by_row: bool
    ) -> None:
        row = CASES["prices"].row | {"price": "4.00"}
        source = checked(catalogue, "prices", [row])
        assert source.counts == {"added": 1}
        written(catalogue, "prices", [CASES["prices"].row | meanwhile])
        failed = agreed(catalogue, source, by_row=by_row)
        assert (failed.status, failed.counts) == (ImportStatus.FAILED, {"refused": 1})
        assert "Row 2 would now do something else than was shown" in failed.problem
        assert ProcurementPrice.objects.get().validity.upper is None


class TestEntries:
    @pytest.mark.parametrize(
        ("change", "changes"),
        [
            ({"strength": ""}, {"forms_without_strength": [[], ["注射剂"]], "presentations": [["注射剂 0.24g"], []]}),
            ({"inn": "Benzylpenicillin"}, {"inn": ["", "Benzylpenicillin"]}),
            ({"atc": "J01CE01"}, {"atc": ["", "J01CE01"]}),
        ],
        ids=["form without strength", "INN", "ATC"],
    )
    def test_say_what_changes(self, catalogue: Cast, change: Row, changes: dict[str, Any]) -> None:
        written(catalogue, "entries", [ENTRY], edition="2026")
        done = written(catalogue, "entries", [ENTRY | change], edition="2026")
        assert (done.counts, done.rows.get().changes) == ({"changed": 1}, changes)
        assert written(catalogue, "entries", [ENTRY | change], edition="2026").counts == {"unchanged": 1}

    def test_leave_alone_an_inn_that_is_there(self, catalogue: Cast) -> None:
        written(catalogue, "entries", [ENTRY | {"inn": "Benzylpenicillin"}], edition="2026")
        other = ENTRY | {"inn": "Penicillin G"}
        assert checked(catalogue, "entries", [other], edition="2026").counts == {"unchanged": 1}

    def test_listed_again_stay_so_where_the_own_one_is_left_alone(self, catalogue: Cast) -> None:
        written(catalogue, "entries", [ENTRY], edition="2026")
        done = written(catalogue, "entries", [ENTRY, ENTRY | {"category": "消化系统用药"}], edition="2026")
        assert done.counts == {"unchanged": 1, "added": 1}
        assert EditionEntry.objects.get(is_repeat=False).section.path == "抗微生物药"
        assert EditionEntry.objects.get(is_repeat=True).section.path == "消化系统用药"

    def test_are_for_a_draft_alone(self, cast: Cast) -> None:
        with refused(NotVisible):
            taken(cast, "entries", [ENTRY], edition="1999")

    def test_have_one_medicine_for_a_number_and_one_number_for_a_medicine(self, catalogue: Cast) -> None:
        rows = [ENTRY, ENTRY | {"name": "阿莫西林", "form": "胶囊"}, ENTRY | {"number": "2"}]
        found = problems(checked(catalogue, "entries", rows, edition="2026"))
        assert "chemical · 1 · 青霉素" in found[3]
        assert "chemical · 1 · 青霉素" in found[4]

    def test_of_a_draft_that_was_published_meanwhile_are_given_up(self, catalogue: Cast) -> None:
        source = taken(catalogue, "entries", [ENTRY], edition="2026")
        Edition.objects.filter(code="2026").update(code="2027", validity=(TODAY, TODAY + timedelta(days=1)))
        given_up = check_import(import_id=source.pk, actor=catalogue.platform, at=NOW)
        assert given_up.status == ImportStatus.UNREADABLE
        assert "2026" in given_up.problem
