from __future__ import annotations

from decimal import Decimal

import pytest

from catalog.foundation.journal.models import Event
from catalog.models import Medicine, Presentation, Product
from catalog.services.medicines import initials_of, register_medicines
from catalog.services.presentations import register_presentations
from catalog.services.products import (
    NewProduct,
    ProductExists,
    register_products,
)
from tests import factories
from tests.cast import Cast
from tests.factories import NOW


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

    def test_marks_a_known_one_as_traditional_and_never_takes_the_mark_away(self) -> None:
        register_medicines({"六味地黄": "", "阿莫西林": ""})
        for traditional in (["六味地黄"], []):
            medicines = register_medicines({"六味地黄": "", "阿莫西林": ""}, traditional=traditional)
            assert medicines["六味地黄"].is_traditional
            assert Medicine.objects.get(is_traditional=True).name == "六味地黄"


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
