from __future__ import annotations

import pytest

from catalog.errors import UnknownCode
from catalog.foundation.errors import NothingGiven, RulesBroken
from catalog.foundation.imports import BadCell, Table
from catalog.models import Region
from catalog.services.regions import load_regions
from tests.refusals import refused

HEADER = ["code", "name", "level", "parent"]
PROVINCE = ["410000", "河南省", "province", ""]
PREFECTURE = ["410100", "郑州市", "prefecture", "410000"]
COUNTY = ["410102", "中原区", "county", "410100"]

pytestmark = pytest.mark.django_db


class TestLoadRegions:
    def test_loads_children_before_their_parents_in_the_sheet(self) -> None:
        assert load_regions(table=Table(HEADER, [COUNTY, PREFECTURE, PROVINCE])) == 3
        county = Region.objects.get(code="410102")
        assert (county.parent.parent.name, county.province_id) == ("河南省", "410000")

    def test_takes_a_parent_that_is_known_already(self) -> None:
        load_regions(table=Table(HEADER, [PROVINCE]))
        assert load_regions(table=Table(HEADER, [PREFECTURE])) == 1

    def test_renames_what_is_known(self) -> None:
        load_regions(table=Table(HEADER, [PROVINCE]))
        load_regions(table=Table(HEADER, [["410000", "河南", "province", ""]]))
        assert Region.objects.get().name == "河南"

    @pytest.mark.parametrize(
        ("row", "column"),
        [
            (["41010", "郑州市", "prefecture", "410000"], "code"),
            (["４10100", "郑州市", "prefecture", "410000"], "code"),
            (["420100", "武汉市", "province", ""], "code"),
            (["410100", "市" * 51, "prefecture", "410000"], "name"),
            (["420000", "湖北省", "province", "410000"], "parent"),
            (["410100", "郑州市", "prefecture", ""], "parent"),
            (["410100", "郑州市", "prefecture", "410100"], "parent"),
            (["420100", "武汉市", "prefecture", "410000"], "parent"),
        ],
    )
    def test_refuses_a_region_that_cannot_lie_there(self, row: list[str], column: str) -> None:
        with refused(BadCell) as refusal:
            load_regions(table=Table(HEADER, [PROVINCE, row]))
        assert refusal.pointers == [f"/rows/3/{column}"]
        assert not Region.objects.exists()

    def test_refuses_a_parent_that_nobody_knows(self) -> None:
        with refused(UnknownCode) as refusal:
            load_regions(table=Table(HEADER, [PROVINCE, COUNTY]))
        assert refusal.pointers == ["/rows/3/parent"]
        assert not Region.objects.exists()

    def test_refuses_a_sheet_without_rows(self) -> None:
        with refused(NothingGiven):
            load_regions(table=Table(HEADER, []))

    @pytest.mark.parametrize(
        "row", [["", "河南", "province", ""], ["410000", "河南", "state", ""], PROVINCE], ids=["code", "level", "twice"]
    )
    def test_refuses_everything_for_one_bad_row(self, row: list[str]) -> None:
        with pytest.raises(RulesBroken):
            load_regions(table=Table(HEADER, [PROVINCE, row]))
        assert not Region.objects.exists()
