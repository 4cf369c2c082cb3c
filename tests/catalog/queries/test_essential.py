from __future__ import annotations

from datetime import date

import pytest

from catalog.models import EditionEntry, Product
from catalog.queries import Essentiality, Ground, edition_in_force, essentiality
from catalog.services.medicines import register_medicines
from tests import factories
from tests.cast import HENAN, HUBEI, Cast

JUNE = date(2026, 6, 1)
LIST_2018, LIST_2026 = date(2018, 11, 1), date(2026, 9, 1)


def judged(
    cast: Cast,
    form: str = "胶囊",
    strength: str = "0.25g",
    *,
    medicine: str = "阿莫西林",
    on: date = JUNE,
    province_id: str = "",
) -> Essentiality:
    product = factories.product(cast.supplier_firm, factories.presentation(medicine, form, strength))
    return essentiality([product], on, province_id)[product.pk]


class TestGround:
    @pytest.mark.parametrize(
        ("form", "strength"),
        [("胶囊", "0.25g"), ("胶囊", "250mg"), ("硬胶囊", "０．２５ｇ"), ("胶囊剂", "0.25 g")],
    )
    def test_is_the_form_and_strength_in_whatever_spelling(self, cast: Cast, form: str, strength: str) -> None:
        factories.edition()
        found = judged(cast, form, strength)
        assert (found.ground, found.entry, found.is_essential) == (Ground.LISTED, EditionEntry.objects.get(), True)

    @pytest.mark.parametrize(("form", "strength"), [("胶囊", "0.5g"), ("片剂", "0.25g"), ("肠溶胶囊", "0.25g")])
    def test_is_another_presentation_where_only_others_are_listed(self, cast: Cast, form: str, strength: str) -> None:
        factories.edition()
        found = judged(cast, form, strength)
        assert (found.ground, found.is_essential) == (Ground.OTHER_PRESENTATION, False)
        assert found.entry == EditionEntry.objects.get()

    def test_is_the_form_where_it_is_listed_without_a_strength(self, cast: Cast) -> None:
        factories.edition({"form": "注射用无菌粉末", "strength": ""})
        assert judged(cast, "注射用无菌粉末", "0.5g").ground == Ground.FORM_LISTED
        assert judged(cast, "胶囊", "0.25g").ground == Ground.OTHER_PRESENTATION

    def test_is_the_medicine_where_it_is_listed_without_a_form(self, cast: Cast) -> None:
        factories.edition({"form": "", "strength": ""})
        assert judged(cast, "颗粒剂", "0.125g").ground == Ground.MEDICINE_LISTED

    def test_is_another_medicine(self, cast: Cast) -> None:
        factories.edition()
        found = judged(cast, medicine="头孢拉定")
        assert (found.ground, found.entry, found.is_essential) == (Ground.NOT_LISTED, None, False)

    def test_is_that_no_edition_holds(self, cast: Cast) -> None:
        factories.edition(valid_from=LIST_2018)
        found = judged(cast, on=date(2018, 10, 31))
        assert (found.ground, found.is_essential) == (Ground.NO_EDITION, False)
        factories.drafted_edition(cast, valid_from=date(2009, 1, 1))
        assert judged(cast, on=date(2018, 10, 31)).ground == Ground.NO_EDITION

    def test_is_found_in_a_repeat_too(self, cast: Cast) -> None:
        factories.edition({}, {"category": "消化系统用药", "form": "片剂"})
        assert judged(cast, "片剂").ground == judged(cast, "胶囊").ground == Ground.LISTED

    @pytest.mark.parametrize(
        ("text", "form", "strength", "is_essential"),
        [
            ("片剂、胶囊：0.125g、0.25g|注射用无菌粉末", "片", "125mg", True),
            ("片剂、胶囊：0.125g、0.25g|注射用无菌粉末", "注射用无菌粉末", "1.0g", True),
            ("片剂、胶囊：0.125g、0.25g|注射用无菌粉末", "片", "0.5g", False),
            ("片剂、胶囊：0.125g、0.25g|注射用无菌粉末", "颗粒剂", "0.125g", False),
        ],
    )
    def test_reads_what_the_list_writes(
        self, cast: Cast, text: str, form: str, strength: str, is_essential: bool
    ) -> None:
        factories.edition({"forms_and_strengths": text})
        assert judged(cast, form, strength).is_essential is is_essential

    @pytest.mark.parametrize("ground", Ground)
    def test_is_said_in_words(self, ground: Ground) -> None:
        assert Essentiality(ground).reason == str(ground.label)


class TestGroup:
    @pytest.fixture
    def insulin(self, cast: Cast) -> None:
        """Human insulin is a member of the group that the list calls insulin."""
        factories.edition({"name": "胰岛素", "group": "yes", "form": "", "strength": ""})
        EditionEntry.objects.get().members.set(register_medicines({"人胰岛素": ""}).values())

    @pytest.mark.usefixtures("insulin")
    def test_has_its_members_on_the_list(self, cast: Cast) -> None:
        found = judged(cast, "注射液", "10ml:400单位", medicine="人胰岛素")
        assert (found.ground, found.entry.medicine.name) == (Ground.GROUP, "胰岛素")
        assert judged(cast, "注射液", "10ml:400单位", medicine="猪胰岛素").ground == Ground.NOT_LISTED

    @pytest.mark.parametrize(
        ("named", "form", "is_essential"),
        [
            ({"form": "注射液", "strength": "10ml:400单位"}, "注射液", True),
            ({"form": "注射液", "strength": "3ml:300单位"}, "注射液", False),
            ({"form": "注射液", "strength": ""}, "注射液", True),
            ({"form": "片剂", "strength": ""}, "注射液", False),
        ],
    )
    def test_has_them_in_the_forms_that_it_names(
        self, cast: Cast, named: dict[str, str], form: str, is_essential: bool
    ) -> None:
        factories.edition({"name": "胰岛素", "group": "yes"} | named)
        EditionEntry.objects.get().members.set(register_medicines({"人胰岛素": ""}).values())
        assert judged(cast, form, "10ml:400单位", medicine="人胰岛素").is_essential is is_essential


class TestEditionOfTheDay:
    @pytest.fixture(autouse=True)
    def _two(self, cast: Cast) -> None:
        factories.edition(valid_from=LIST_2018)
        factories.edition({"name": "六味地黄", "part": "tcm"}, code="2026", valid_from=LIST_2026)

    def test_is_asked_and_not_the_one_of_today(self, cast: Cast) -> None:
        before, after = date(2026, 8, 31), LIST_2026
        assert [edition_in_force(on).code for on in (before, after)] == ["2018", "2026"]
        assert judged(cast, on=before).is_essential and not judged(cast, on=after).is_essential
        assert judged(cast, medicine="六味地黄", on=after).is_essential
        assert edition_in_force(date(2018, 10, 31)) is None

    def test_is_named_in_the_reason_with_the_number(self, cast: Cast) -> None:
        reason = judged(cast).reason
        assert "2018年版" in reason and "6" in reason


class TestProvincialAddition:
    def test_counts_in_its_province_alone_and_in_its_time(self, cast: Cast) -> None:
        of = factories.presentation()
        addition = factories.addition(cast, of, valid_from=date(2020, 1, 1), valid_until=JUNE)
        product = factories.product(cast.supplier_firm, of)
        day = date(2026, 5, 31)
        found = essentiality([product], day, HENAN)[product.pk]
        assert (found.ground, found.addition, found.is_essential) == (Ground.ADDED, addition, True)
        assert addition.decision in found.reason and "河南省" in found.reason
        for on, province in ((day, HUBEI), (day, ""), (JUNE, HENAN)):
            assert not essentiality([product], on, province)[product.pk].is_essential

    def test_of_some_presentations_is_of_no_others(self, cast: Cast) -> None:
        factories.edition({"name": "头孢拉定"})
        of = factories.presentation()
        factories.addition(cast, of, only=[of])
        assert judged(cast, "胶囊", "250mg", province_id=HENAN).ground == Ground.ADDED
        assert judged(cast, "片剂", province_id=HENAN).ground == Ground.NOT_LISTED

    def test_adds_a_presentation_that_the_list_leaves_out(self, cast: Cast) -> None:
        factories.edition()
        factories.addition(cast, factories.presentation())
        assert judged(cast, "片剂", province_id=HENAN).ground == Ground.ADDED
        assert judged(cast, "片剂", province_id=HUBEI).ground == Ground.OTHER_PRESENTATION

    def test_is_not_the_reason_where_the_list_is(self, cast: Cast) -> None:
        factories.edition()
        factories.addition(cast, factories.presentation())
        assert judged(cast, province_id=HENAN).ground == Ground.LISTED


class TestQueries:
    def test_are_as_many_for_200_products_as_for_one(self, cast: Cast, django_assert_num_queries) -> None:  # type: ignore[no-untyped-def]
        factories.edition()
        of = factories.presentation()
        factories.addition(cast, of)
        Product.objects.bulk_create(
            Product(code=f"Q{number}", presentation=of, pack_quantity=number, manufacturer=cast.supplier_firm)
            for number in range(1, 201)
        )
        products = list(Product.objects.all())
        for some in (products[:1], products):
            with django_assert_num_queries(7):
                found = essentiality(some, JUNE, HENAN)
                assert all(item.reason for item in found.values())
            assert len(found) == len(some)
