from __future__ import annotations

import pytest

from catalog.foundation.errors import RulesBroken
from catalog.foundation.imports import Table
from catalog.models import Region
from catalog.services.regions import load_regions

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

    def test_renames_what_is_known(self) -> None:
        load_regions(table=Table(HEADER, [PROVINCE]))
        load_regions(table=Table(HEADER, [["410000", "河南", "province", ""]]))
        assert Region.objects.get().name == "河南"

    @pytest.mark.parametrize(
        "row", [["", "河南", "province", ""], ["410000", "河南", "state", ""], PROVINCE], ids=["code", "level", "twice"]
    )
    def test_refuses_everything_for_one_bad_row(self, row: list[str]) -> None:
        with pytest.raises(RulesBroken):
            load_regions(table=Table(HEADER, [PROVINCE, row]))
        assert not Region.objects.exists()
