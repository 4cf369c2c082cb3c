from __future__ import annotations

import pytest

from catalog.accounts.kinds import OrganizationKind, Tier
from catalog.accounts.models import Organization
from catalog.errors import AlreadyRegistered, UnknownCode
from catalog.foundation.actor import Actor
from catalog.foundation.errors import NothingGiven
from catalog.foundation.imports import BadCell, DuplicateRow, Table
from catalog.foundation.journal.models import Event
from catalog.services.organizations import check_organization_table, load_organizations
from tests.cast import HENAN, ZHONGYUAN, Cast
from tests.factories import NOW
from tests.refusals import refused

HEADER = ["code", "kind", "name", "short_name", "region", "tier", "uscc"]
HOSPITAL = ["H1", "institution", "中原区第二医院", "", ZHONGYUAN, "secondary", "124101020000000001"]
FIRM = ["M1", "supplier", "黄河制药有限公司", "黄河制药", "", "", ""]

pytestmark = pytest.mark.usefixtures("cast")


def load(*rows: list[str]) -> list[Organization]:
    return load_organizations(table=Table(HEADER, list(rows)), actor=Actor.platform(), at=NOW)


def changed(row: list[str], **cells: str) -> list[str]:
    return [*(dict(zip(HEADER, row, strict=True)) | cells).values()]


class TestLoadOrganizations:
    def test_registers_them_and_writes_each_down(self) -> None:
        hospital, firm = load(HOSPITAL, FIRM)
        assert (hospital.kind, hospital.tier, hospital.province_id) == (
            OrganizationKind.INSTITUTION,
            Tier.SECONDARY,
            HENAN,
        )
        assert (firm.short_name, firm.region, firm.uscc) == ("黄河制药", None, None)
        assert Event.objects.filter(action="organization.register").count() == 2

    def test_takes_firms_without_a_credit_code_beside_each_other(self) -> None:
        assert len(load(FIRM, changed(FIRM, code="M2"))) == 2

    @pytest.mark.parametrize(
        ("row", "column"),
        [
            (changed(HOSPITAL, code="H" * 33), "code"),
            (changed(HOSPITAL, kind="hospital"), "kind"),
            (changed(HOSPITAL, name="院" * 201), "name"),
            (changed(HOSPITAL, short_name="院" * 101), "short_name"),
            (changed(HOSPITAL, region=""), "region"),
            (changed(HOSPITAL, region="4101020"), "region"),
            (changed(HOSPITAL, tier="large"), "tier"),
            (changed(HOSPITAL, uscc="1" * 19), "uscc"),
            (changed(FIRM, tier="primary"), "tier"),
            (["A1", "agency", "省采购中心", "", "", "", ""], "region"),
        ],
    )
    def test_refuses_what_cannot_be(self, row: list[str], column: str) -> None:
        before = Organization.objects.count()
        with refused(BadCell) as refusal:
            load(changed(FIRM, code="M2"), row)
        assert refusal.pointers == [f"/rows/3/{column}"]
        assert Organization.objects.count() == before

    def test_refuses_a_region_that_nobody_knows(self) -> None:
        with refused(UnknownCode) as refusal:
            load(changed(HOSPITAL, region="990000"))
        assert refusal.pointers == ["/rows/2/region"]

    def test_refuses_what_is_registered(self, cast: Cast) -> None:
        load(HOSPITAL)
        with refused(AlreadyRegistered, AlreadyRegistered) as refusal:
            load(changed(FIRM, code=cast.supplier_firm.code), changed(HOSPITAL, code="H2"))
        assert refusal.pointers == ["/rows/2/code", "/rows/3/uscc"]

    @pytest.mark.parametrize("row", [HOSPITAL, changed(HOSPITAL, code="H2")], ids=["code", "credit code"])
    def test_refuses_one_twice(self, row: list[str]) -> None:
        with refused(DuplicateRow):
            load(HOSPITAL, row)

    def test_does_not_take_a_code_for_a_credit_code(self) -> None:
        assert len(load(changed(FIRM, code="X"), changed(FIRM, uscc="X"))) == 2

    def test_refuses_a_sheet_without_rows(self) -> None:
        with refused(NothingGiven):
            load()

    def test_looks_everything_up_at_once(self, django_assert_num_queries) -> None:  # type: ignore[no-untyped-def]
        rows = [changed(FIRM, code=f"M{number}") for number in range(50)]
        for some in (rows[:1], rows):
            with django_assert_num_queries(3):
                assert check_organization_table(Table(HEADER, some)).errors == []
