"""Bringing a file in through a real browser, in both languages."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import xlsxwriter

from catalog.models import Import
from catalog.services.imports.checking import check_import
from catalog.services.imports.writing import write_import
from tests.browser.conftest import Open
from tests.cast import Cast
from tests.factories import NOW

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.django_db(transaction=True)

ROWS = [
    ["BM", "MC", "JX", "GG", "ATC"],
    ["1", "阿莫西林", "胶囊", "0.25g", ""],
    ["2", "布洛芬", "片剂", "0.2g", "M01AE01"],
    ["3", "", "片剂", "0.1g", ""],
]


def as_csv() -> bytes:
    return "\n".join(",".join(row) for row in ROWS).encode("gb18030")


def as_workbook() -> bytes:
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer) as workbook:
        sheet = workbook.add_worksheet()
        for number, row in enumerate(ROWS):
            sheet.write_row(number, 0, row)
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("name", "content", "language"),
    [("目录.csv", as_csv(), "zh-CN"), ("list.xlsx", as_workbook(), "en")],
    ids=["csv in GB 18030", "workbook"],
)
def test_a_file_goes_from_the_upload_to_its_rows(
    cast: Cast, log_in: Open, picture: Callable[[Page, str], Path], name: str, content: bytes, language: str
) -> None:
    page = log_in(cast.officer, "/admin/catalog/import/upload/", language=language)
    page.select_option("select[name=kind]", "presentations")
    page.set_input_files("input[name=file]", {"name": name, "mimeType": "application/octet-stream", "buffer": content})
    picture(page, f"import-{language}-1-upload")
    page.locator("#decision button[name=_confirm]").click()
    page.wait_for_selector("#columns")
    for column, heading in {"medicine": "MC", "form": "JX", "strength": "GG", "atc": "ATC"}.items():
        page.select_option(f"select[name={column}__source]", f"from:{heading}")
    page.locator("#columns details").first.locator("summary").click()
    picture(page, f"import-{language}-2-columns")
    page.locator("#decision button[name=_confirm]").click()
    page.wait_for_selector("#working")
    picture(page, f"import-{language}-3-working")
    taken = Import.objects.get()
    check_import(import_id=taken.pk, actor=cast.platform, at=NOW)
    page.wait_for_selector("#rows")  # the page looks again by itself
    picture(page, f"import-{language}-4-rows")
    page.locator(f"a[href*='/import/{taken.pk}/agree']").first.click()
    page.select_option("select[name=by_row]", "rows")
    picture(page, f"import-{language}-5-agree")
    page.locator("#decision button[name=_confirm]").click()
    page.wait_for_selector("#working")
    write_import(import_id=taken.pk, actor=cast.platform, at=NOW)
    page.wait_for_selector("#working", state="detached")
    picture(page, f"import-{language}-6-result")
    taken.refresh_from_db()
    assert taken.counts == {"added": 2, "refused": 1}
