"""Files as they are found in the world, loaded by a mapping of their columns alone."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from catalog.accounts.models import Organization
from catalog.models import EditionEntry, Import, Product, ReferencePrice, Region
from catalog.services.editions import draft_edition
from catalog.services.imports.runs import agree_import, check_import, start_import, write_import
from tests.cast import Cast
from tests.factories import NOW, TODAY

SOURCES = Path(os.environ.get("SOURCE_DATA_DIR") or settings.BASE_DIR.parent / "shared" / "data")
pytestmark = pytest.mark.skipif(not SOURCES.is_dir(), reason="the folder of source files is not here")

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
    cast: Cast, path: str, kind: str, mapping: Mapping[str, Any], options: Mapping[str, str] | None = None, **said: Any
) -> Import:
    """The file, taken, looked at, agreed to and written."""
    taken = start_import(
        kind=kind,
        file_name=Path(path).name,
        content=(SOURCES / path).read_bytes(),
        mapping=mapping,
        options=options or {},
        by_row=said.get("by_row", False),
        actor=cast.officer,
        at=NOW,
    )
    checked = check_import(import_id=taken.pk, actor=cast.platform, at=NOW)
    print(path, kind, checked.counts, checked.problem)
    for row in taken.rows.filter(outcome="refused")[:12]:
        print(row.number, row.problem)
    agree_import(import_id=taken.pk, by_row=said.get("by_row", False), actor=cast.officer, at=NOW)
    written = write_import(import_id=taken.pk, actor=cast.platform, at=NOW)
    print(written.status, written.problem[:500])
    return written


@pytest.mark.django_db
class TestRealFiles:
    def test_the_county_directory(self, cast: Cast) -> None:
        load(cast, "cn-ypxx-henan/ypxx_gb18030.csv", "organizations", MAKERS, by_row=True)
        load(cast, "cn-ypxx-henan/ypxx.csv", "presentations", PRESENTATIONS, by_row=True)
        load(cast, "cn-ypxx-henan/ypxx.csv", "products", PRODUCTS, by_row=True)
        load(cast, "cn-ypxx-henan/ypxx_gb18030.csv", "products", PRODUCTS, by_row=True)
        print(Product.objects.count(), Organization.objects.count())
        assert 0

    def test_regions_hospitals(self, cast: Cast) -> None:
        load(cast, "cn-gb2260/gb2260_201904.csv", "regions", REGIONS)
        for name, mapping in TREE.items():
            load(cast, f"cn-gb2260/{name}", "regions", mapping)
        load(cast, "cn-hospitals/hospitals_henan.csv", "organizations", HOSPITALS, by_row=True)
        load(cast, "ph-dpri/dpri_prices.csv", "reference-prices", INDEX, INDEX_OPTIONS, by_row=True)
        print(Region.objects.count(), ReferencePrice.objects.count())
        assert 0

    def test_list(self, cast: Cast) -> None:
        draft_edition(
            code="2026", title="x", source="y", valid_from=TODAY, valid_until=None, actor=cast.officer, at=NOW
        )
        load(cast, "cn-neml-2026/neml_2026.csv", "entries", LIST, {"edition": "2026"})
        print(EditionEntry.objects.count(), EditionEntry.objects.filter(is_repeat=True).count())
        assert 0
