from __future__ import annotations

from decimal import Decimal

import pytest

from catalog.errors import AlreadyRegistered, UnknownCode
from catalog.foundation.actor import Actor
from catalog.foundation.errors import NothingGiven
from catalog.foundation.imports import BadCell, DuplicateRow, Table
from catalog.foundation.journal.models import Event
from catalog.models import Medicine, Presentation, Product
from catalog.services.medicines import initials_of, register_medicines
from catalog.services.presentations import register_presentations
from catalog.services.product_life import withdraw_product
from catalog.services.products import (
    NewProduct,
    ProductExists,
    check_product_table,
    load_products,
    register_products,
)
from tests import factories
from tests.cast import Cast
from tests.factories import NOW
from tests.refusals import refused


class TestInitialsOf:
    @pytest.mark.parametrize(
        ("name", "initials"), [("阿莫西林", "amxl"), ("头孢拉定", "tbld"), ("维生素B1", "wssb1"), ("", "")]
    )
    def test_are_those_of_the_pinyin(self, name: str, initials: str) -> None:
        assert initials_of(name) == initials


@pytest.mark.django_db
class TestRegisterMedicines:
    def test_registers_what_is_new(self) -> None:
        medicines = register_medicines({"阿莫西林": "Amoxicillin", "六味地黄": ""})
        assert medicines["阿莫西林"].inn == "Amoxicillin"
        assert medicines["阿莫西林"].initials == "amxl"

    def test_registers_nothing_twice(self) -> None:
        first = register_medicines({"阿莫西林": ""})
        again = register_medicines({"阿莫西林": "", "头孢拉定": ""})
        assert again["阿莫西林"] == first["阿莫西林"]
        assert Medicine.objects.count() == 2

    def test_fills_in_an_inn_and_never_takes_one_away(self) -> None:
        register_medicines({"阿莫西林": ""})
        register_medicines({"阿莫西林": "Amoxicillin"})
        register_medicines({"阿莫西林": ""})
        assert Medicine.objects.get().inn == "Amoxicillin"


@pytest.mark.django_db
class TestRegisterPresentations:
    def test_reads_the_strength_as_a_quantity(self) -> None:
        assert factories.presentation(strength="0.25g").content.amount == 250
        solution = factories.presentation(form="注射液", strength="2ml:80mg").content
        assert (solution.amount, solution.unit, solution.volume_ml) == (80, "mg", 2)

    def test_reads_what_a_unit_is_filled_with_as_no_content(self) -> None:
        kept = factories.presentation("六味地黄", "丸剂", "每袋装3g")
        assert (kept.strength, kept.content.amount, kept.basis) == ("每袋装3g", 3000, "fill")

    def test_keeps_a_strength_that_cannot_be_read(self) -> None:
        kept = factories.presentation("六味地黄", "丸剂", "大小不一")
        assert (kept.strength, kept.content) == ("大小不一", None)

    @pytest.mark.parametrize("strength", ["0.0000001mg", f"{'9' * 60}g", "0.0001ml:1mg", f"{'9' * 60}ml:1mg"])
    def test_keeps_a_strength_that_no_column_holds_as_text(self, strength: str) -> None:
        kept = factories.presentation(strength=strength)
        assert (kept.strength, kept.content) == (strength, None)

    def test_registers_nothing_twice(self) -> None:
        medicine = register_medicines({"阿莫西林": ""})["阿莫西林"]
        key = (medicine.pk, "胶囊", "0.25g")
        assert register_presentations([key, key])[key] == register_presentations([key])[key]
        assert Presentation.objects.count() == 1

    def test_survives_a_round_trip_through_the_database(self) -> None:
        micro = factories.presentation("左甲状腺素", "片剂", "50μg")
        micro.refresh_from_db()
        assert micro.content.amount == Decimal("0.05")


class TestRegisterProducts:
    def new(self, cast: Cast, code: str = "P1", pack_quantity: int = 24) -> NewProduct:
        return NewProduct(code, factories.presentation(), pack_quantity, cast.supplier_firm)

    def test_registers_and_writes_it_down(self, cast: Cast) -> None:
        [created] = register_products(products=[self.new(cast)], actor=cast.platform, at=NOW)
        assert Product.objects.get() == created
        assert Event.objects.get().changes == {"products": [None, ["P1"]]}

    def test_writes_nothing_down_where_there_is_nothing(self, cast: Cast) -> None:
        assert register_products(products=[], actor=cast.platform, at=NOW) == []
        assert not Event.objects.exists()

    @pytest.mark.parametrize(
        "second",
        [{"code": "P1", "pack_quantity": 48}, {"code": "P2"}],
        ids=["the code is taken", "the product is registered"],
    )
    def test_refuses_all_when_one_is_registered(self, cast: Cast, second: dict[str, object]) -> None:
        register_products(products=[self.new(cast)], actor=cast.platform, at=NOW)
        products = [self.new(cast, "P9", 100), self.new(cast, **second)]
        with pytest.raises(ProductExists):
            register_products(products=products, actor=cast.platform, at=NOW)
        assert [product.code for product in Product.objects.all()] == ["P1"]


class TestLoadProducts:
    HEADER = ["code", "medicine", "form", "strength", "pack_quantity", "pack_unit", "manufacturer"]
    ROW = ["P1", "阿莫西林", "胶囊", "0.25g", "24", "", "SUPPLIER"]

    @pytest.fixture(autouse=True)
    def _listed(self, cast: Cast) -> None:
        factories.presentation()

    def load(self, *rows: list[str]) -> list[Product]:
        return load_products(table=Table(self.HEADER, list(rows)), actor=Actor.platform(), at=NOW)

    def changed(self, **cells: str) -> list[str]:
        return [*(dict(zip(self.HEADER, self.ROW, strict=True)) | cells).values()]

    def test_registers_them_with_their_makers(self, cast: Cast) -> None:
        first, second = self.load(self.ROW, self.changed(code="P2", pack_quantity="1", pack_unit="瓶"))
        assert (first.pack_quantity, first.pack_unit, first.manufacturer) == (24, "盒", cast.supplier_firm)
        assert (second.pack_quantity, second.pack_unit) == (1, "瓶")
        assert Event.objects.get().changes == {"products": [None, ["P1", "P2"]]}

    @pytest.mark.parametrize(
        ("cells", "column"),
        [
            ({"medicine": "无此药"}, "medicine"),
            ({"form": "片剂"}, "medicine"),
            ({"strength": ""}, "medicine"),
            ({"manufacturer": "NOBODY"}, "manufacturer"),
        ],
    )
    def test_refuses_what_is_not_registered(self, cells: dict[str, str], column: str) -> None:
        with refused(UnknownCode) as refusal:
            self.load(self.changed(code="P2", pack_quantity="48"), self.changed(**cells))
        assert refusal.pointers == [f"/rows/3/{column}"]
        assert not Product.objects.exists()

    @pytest.mark.parametrize(
        ("cells", "column"),
        [
            ({"manufacturer": "HOSP-HA"}, "manufacturer"),
            ({"code": "P" * 33}, "code"),
            ({"pack_unit": "盒" * 11}, "pack_unit"),
            ({"pack_quantity": "2147483648"}, "pack_quantity"),
        ],
    )
    def test_refuses_what_cannot_be(self, cells: dict[str, str], column: str) -> None:
        with refused(BadCell) as refusal:
            self.load(self.changed(**cells))
        assert refusal.pointers == [f"/rows/2/{column}"]

    def test_refuses_what_is_registered(self) -> None:
        self.load(self.ROW)
        with refused(AlreadyRegistered, AlreadyRegistered) as refusal:
            self.load(self.changed(pack_quantity="48"), self.changed(code="P2"))
        assert refusal.pointers == ["/rows/2/code", "/rows/3"]
        assert Product.objects.count() == 1

    def test_registers_a_withdrawn_product_again_under_another_code(self, cast: Cast) -> None:
        [former] = self.load(self.ROW)
        withdraw_product(product_id=former.pk, reason="注销", actor=cast.officer, at=NOW)
        with refused(AlreadyRegistered) as refusal:
            self.load(self.ROW)
        assert refusal.pointers == ["/rows/2/code"]
        assert self.load(self.changed(code="P2"))

    def test_refuses_one_product_under_two_codes(self) -> None:
        with refused(DuplicateRow):
            self.load(self.ROW, self.changed(code="P2"))

    def test_refuses_a_sheet_without_rows(self) -> None:
        with refused(NothingGiven):
            self.load()

    def test_looks_everything_up_at_once(self, cast: Cast, django_assert_num_queries) -> None:  # type: ignore[no-untyped-def]
        rows = [self.changed(code=f"P{number}", pack_quantity=str(number)) for number in range(1, 51)]
        for some in (rows[:1], rows):
            with django_assert_num_queries(4):
                assert check_product_table(Table(self.HEADER, some)).errors == []
