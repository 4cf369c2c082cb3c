from __future__ import annotations

from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from catalog.models import ProcurementPrice
from tests import factories
from tests.cast import HENAN, HUBEI, Cast

HEADER = "product,province,price,valid_from,source,source_reference"


@pytest.fixture(autouse=True)
def _sold(cast: Cast) -> None:
    factories.product(cast.supplier_firm, code="P1")
    factories.guide_price(price="8.72")


def load(folder: Path, *lines: str, **options: bool) -> None:
    file = folder / "prices.csv"
    file.write_text("\n".join([HEADER, *lines]), encoding="utf-8-sig")
    call_command("load_prices", file, **options)


def paid() -> list[tuple[str, str]]:
    return [(str(price), code) for price, code in ProcurementPrice.objects.values_list("price", "province")]


class TestLoadPrices:
    def test_writes_what_each_province_pays(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        load(tmp_path, f"P1,{HENAN},5.00,2026-01-01,negotiation,1号", f"P1,{HUBEI},4.50,2026-01-01,negotiation,1号")
        assert sorted(paid()) == [("4.5000", HUBEI), ("5.0000", HENAN)]
        assert "2" in capsys.readouterr().out

    def test_only_looks_where_that_is_asked(self, tmp_path: Path) -> None:
        load(tmp_path, f"P1,{HENAN},5.00,2026-01-01,negotiation,1号", check=True)
        assert paid() == []

    def test_refuses_all_for_one_price_above_its_ceiling_and_names_the_row(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        lines = (f"P1,{HENAN},5.00,2026-01-01,negotiation,1号", f"P1,{HUBEI},9.00,2026-01-01,negotiation,1号")
        with pytest.raises(CommandError):
            load(tmp_path, *lines)
        assert paid() == []
        said = capsys.readouterr().err
        assert "3" in said
        assert "8.72" in said

    def test_writes_the_good_rows_where_that_is_asked(self, tmp_path: Path) -> None:
        lines = (f"P1,{HENAN},5.00,2026-01-01,negotiation,1号", f"P9,{HUBEI},9.00,2026-01-01,negotiation,1号")
        load(tmp_path, *lines, by_row=True)
        assert paid() == [("5.0000", HENAN)]

    def test_says_that_there_is_no_file(self, tmp_path: Path) -> None:
        with pytest.raises(CommandError, match="No such file"):
            call_command("load_prices", tmp_path / "none.csv")
