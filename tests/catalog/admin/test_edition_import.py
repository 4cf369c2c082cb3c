"""Importing an edition: look first, load afterwards."""

from __future__ import annotations

import base64
import re
from io import BytesIO
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from python_calamine import CalamineWorkbook

from catalog.models import Edition, Medicine
from tests.cast import Cast
from tests.procurement.admin.pages import client_of, get, list_of, post

ADDRESS = "admin:catalog_edition_load"
HEADER = "part,number,name,inn,category,subcategory,specialist,form,strength\n"
GOOD = HEADER + "chemical,1,青霉素,Benzylpenicillin,抗微生物药,青霉素类,no,注射用无菌粉末,0.24g\n"
BAD = (
    GOOD
    + "chemical,none,阿莫西林,Amoxicillin,抗微生物药,青霉素类,no,胶囊,0.25g\nwestern,3,布洛芬,,解热药,,no,片剂,0.2g\n"
)


def filled(sheet: str | bytes | None = None, **changed: Any) -> dict[str, Any]:
    values: dict[str, Any] = {
        "code": "2026",
        "title": "国家基本药物目录（2026年版）",
        "source": "国卫药政发",
        "valid_from": "2026-09-01",
        "valid_until": "",
    }
    if sheet is not None:
        content = sheet.encode() if isinstance(sheet, str) else sheet
        values["sheet"] = SimpleUploadedFile("list.csv", content)
    return values | changed


def kept(page: str) -> str:
    found = re.search(r'name="kept" value="([^"]+)"', page)
    assert found
    return found[1]


class TestPreview:
    def test_shows_what_would_be_loaded_and_writes_nothing(self, cast: Cast) -> None:
        page = post(client_of(cast.officer), reverse(ADDRESS), **filled(GOOD))
        assert "1 rows, 1 acceptable, 1 medicines." in page
        assert 'name="_load"' in page
        for words in ("Chinese generic name", "Dosage form", "chemical and biological medicines", "no"):
            assert re.search(rf">\s*{words}\s*<", page), words
        assert not Edition.objects.exists()

    def test_names_every_refused_row_and_gives_the_sheet_back(self, cast: Cast) -> None:
        page = post(client_of(cast.officer), reverse(ADDRESS), **filled(BAD))
        assert "2 rows are refused" in page
        assert "Row 3, column “number”: “none” is not a whole number." in page
        assert "Row 4, column “part”: “western” is not one of chemical, tcm." in page
        assert 'name="_load"' not in page
        found = re.search(r'href="data:[^;]+;base64,([^"]+)"', page)
        assert found
        workbook = CalamineWorkbook.from_filelike(BytesIO(base64.b64decode(found[1])))
        assert "is not a whole number" in workbook.get_sheet_by_index(0).to_python()[2][-1]

    @pytest.mark.parametrize("content", [b"\x00\x01\x02", b"PK\x03\x04 not a workbook", b"number\n1\n"])
    def test_tells_of_a_file_that_is_no_such_sheet(self, cast: Cast, content: bytes) -> None:
        page = post(client_of(cast.officer), reverse(ADDRESS), **filled(content))
        assert "cannot be read as a spreadsheet" in page or "are missing" in page
        assert 'id="preview"' not in page

    def test_asks_for_a_file(self, cast: Cast) -> None:
        assert "Choose a file." in post(client_of(cast.officer), reverse(ADDRESS), **filled())


class TestLoad:
    def test_loads_what_was_previewed(self, cast: Cast) -> None:
        client = client_of(cast.officer)
        page = post(client, reverse(ADDRESS), **filled(GOOD))
        page = post(client, reverse(ADDRESS), **filled(kept=kept(page), _load="1"))
        assert "1 medicines, 1 presentations" in page
        assert Edition.objects.get().entries.get().medicine.name == "青霉素"

    def test_loads_nothing_with_refused_rows(self, cast: Cast) -> None:
        client = client_of(cast.officer)
        page = post(client, reverse(ADDRESS), **filled(BAD))
        post(client, reverse(ADDRESS), **filled(kept=kept(page), _load="1"))
        assert not Edition.objects.exists()
        assert not Medicine.objects.exists()

    def test_takes_no_sheet_that_it_did_not_preview(self, cast: Cast) -> None:
        post(client_of(cast.officer), reverse(ADDRESS), **filled(kept="forged", _load="1"))
        assert not Edition.objects.exists()

    def test_is_not_for_supervisors(self, cast: Cast) -> None:
        assert client_of(cast.supervisor).post(reverse(ADDRESS), filled(GOOD)).status_code == 403
        assert reverse(ADDRESS) not in get(client_of(cast.supervisor), list_of(Edition))
