"""Files as they are found in the world, loaded by a mapping of their columns alone."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from catalog.models import Product, ReferencePrice, Region
from catalog.services.editions import draft_edition, publish_edition
from catalog.services.imports.checking import check_import
from catalog.services.imports.intake import start_import
from catalog.services.imports.writing import agree_import, write_import
from catalog.states import ImportStatus, ProductStatus
from tests.cast import Cast
from tests.factories import NOW, TODAY

SOURCES = Path(os.environ.get("SOURCE_DATA_DIR") or settings.BASE_DIR.parent / "shared" / "data")
pytestmark = pytest.mark.skipif(not SOURCES.is_dir(), reason="the folder of source files is not here")

# The share of the index's items whose name is the INN of a medicine of the list, rounded down.
MATCHED_AT_LEAST = 0.2

REGIONS = {"columns": {"code": {"from": "code"}, "name": {"from": "name"}}}
TREE = {
    "provinces.csv": {
        "columns": {"code": {"from": "code", "pad": {"right": "0", "length": 6}}, "name": {"from": "name"}}
    },
    "cities.csv": {"columns": {"code": {"from": "code", "pad": {"right": "0", "length": 6}}, "name": {"from": "name"}}},
    "areas.csv": REGIONS,
}
LIST = {
    "columns": {
        "part": {"from": "part", "words": {"1": "chemical", "2": "tcm"}, "only": True},
        "number": {"from": "seq"},
        "name": {"from": "name_zh"},
        "inn": {"from": "name_en_inn"},
        "category": {"from": "category"},
        "subcategory": {"from": "subcategory"},
        "subsubcategory": {"from": "subsubcategory"},
        "function": {"from": "tcm_function_group"},
        "forms_and_strengths": {"from": "forms_and_strengths"},
        "note": {"from": "remark"},
        "specialist": {"from": "under_specialist_guidance"},
        "repeat": {"from": "is_repeat_listing"},
    }
}
MAKERS = {
    "columns": {"code": {"from": "SCQYMC"}, "name": {"from": "SCQYMC"}, "kind": {"value": "supplier"}},
    "distinct": True,
}
PRESENTATIONS = {
    "columns": {"medicine": {"from": "MC"}, "form": {"from": "JX"}, "strength": {"from": "GG"}},
    "distinct": True,
}
PRODUCTS = {
    "columns": {
        "code": {"from": "BM"},
        "medicine": {"from": "MC"},
        "form": {"from": "JX"},
        "strength": {"from": "GG"},
        "pack_quantity": {"from": "ZHXS"},
        "pack_unit": {"from": "DW"},
        "manufacturer": {"from": "SCQYMC"},
        "trade_name": {"from": "SPMC"},
        "approval_number": {"from": "PZWH"},
        "status": {"from": "JYZT", "words": {"1": "trading", "2": "suspended"}, "only": True},
        "status_reason": {"value": "县目录中停止交易"},
    }
}
HOSPITALS = {
    "columns": {
        "code": {"template": "{city_code}-{row}"},
        "name": {"from": "hospital"},
        "kind": {"value": "institution"},
        "region": {"from": "city_code"},
        "tier": {"from": "level", "words": {"三级甲等": "tertiary", "三级": "tertiary", "二级甲等": "secondary"}},
    }
}
INDEX = {
    "columns": {
        "item": {"from": "Drug Name"},
        "lowest": {"from": "Lowest"},
        "median": {"from": "Median"},
        "highest": {"from": "Highest"},
    }
}
INDEX_OPTIONS = {
    "code": "PH-DPRI-2025",
    "title": "Drug Price Reference Index",
    "country": "Philippines",
    "currency": "PHP",
    "as_of": "2025-10-01",
    "source": "Department of Health of the Philippines, October 2025",
}


def load(
    cast: Cast, path: str, kind: str, mapping: Mapping[str, Any], options: Mapping[str, str] | None = None
) -> dict[str, int]:
    """The file, taken, looked at, agreed to as a whole and written: its rows by what became of them."""
    # the provinces themselves are not the officers' to name
    who = cast.platform if kind == "regions" else cast.officer
    taken = start_import(
        kind=kind,
        file_name=Path(path).name,
        content=(SOURCES / path).read_bytes(),
        mapping=mapping,
        options=options or {},
        actor=who,
        at=NOW,
    )
    check_import(import_id=taken.pk, actor=cast.platform, at=NOW)
    agree_import(import_id=taken.pk, by_row=False, actor=who, at=NOW)
    written = write_import(import_id=taken.pk, actor=cast.platform, at=NOW)
    assert written.status == ImportStatus.APPLIED, written.problem
    return written.counts


@pytest.mark.django_db
class TestRealFiles:
    def test_the_directory_of_a_county_in_both_encodings(self, cast: Cast) -> None:
        assert load(cast, "cn-ypxx-henan/ypxx_gb18030.csv", "organizations", MAKERS) == {"added": 411}
        assert load(cast, "cn-ypxx-henan/ypxx.csv", "presentations", PRESENTATIONS) == {"added": 816}
        assert load(cast, "cn-ypxx-henan/ypxx.csv", "products", PRODUCTS) == {"added": 849}
        assert load(cast, "cn-ypxx-henan/ypxx_gb18030.csv", "products", PRODUCTS) == {"unchanged": 849}
        assert Product.objects.count() == 849
        assert Product.objects.filter(status=ProductStatus.SUSPENDED).exists()

    def test_the_administrative_divisions_and_what_lies_in_them(self, cast: Cast) -> None:
        assert load(cast, "cn-gb2260/gb2260_201904.csv", "regions", REGIONS) == {"added": 3215, "unchanged": 4}
        # whole provinces and prefectures first, so that every county lies in its prefecture
        for name, mapping in TREE.items():
            load(cast, f"cn-gb2260/{name}", "regions", mapping)
        for name, mapping in TREE.items():
            assert load(cast, f"cn-gb2260/{name}", "regions", mapping).keys() == {"unchanged"}
        assert not Region.objects.exclude(level="province").filter(parent=None).exists()
        assert load(cast, "cn-hospitals/hospitals_henan.csv", "organizations", HOSPITALS) == {"added": 474}

    def test_the_list_which_can_be_published_as_it_was_announced(self, cast: Cast) -> None:
        load(cast, "ph-dpri/dpri_prices.csv", "reference-prices", INDEX, INDEX_OPTIONS)
        drafted = draft_edition(
            code="2026",
            title="国家基本药物目录（2026年版）",
            source="国家卫生健康委员会",
            valid_from=TODAY,
            valid_until=None,
            announced_chemical=476,
            announced_tcm=318,
            actor=cast.officer,
            at=NOW,
        )
        assert load(cast, "cn-neml-2026/neml_2026.csv", "entries", LIST, {"edition": "2026"}) == {"added": 816}
        assert load(cast, "cn-neml-2026/neml_2026.csv", "entries", LIST, {"edition": "2026"}) == {"unchanged": 816}
        assert drafted.entries.filter(is_repeat=True).count() == 22
        published = publish_edition(edition_id=drafted.pk, actor=cast.second_officer, at=NOW)
        assert published.entries.filter(is_repeat=False).count() == 476 + 318
        # the index is known; only now there are medicines whose INN its items name
        again = load(cast, "ph-dpri/dpri_prices.csv", "reference-prices", INDEX, INDEX_OPTIONS)
        assert sum(again.values()) == 747
        matched = ReferencePrice.objects.exclude(medicine=None).count()
        assert again["changed"] == matched >= 747 * MATCHED_AT_LEAST
