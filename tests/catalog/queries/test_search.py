"""Finding products by names and codes, whoever wrote them and whatever was renamed since."""

from __future__ import annotations

import json
import sys
import threading
import time
from base64 import urlsafe_b64encode
from collections.abc import Sequence
from typing import Any

import pytest
from django.db import connection, transaction

from catalog.accounts.models import Organization
from catalog.models import Medicine, Presentation, Product
from catalog.models.products import ProductSearch
from catalog.queries import search
from catalog.queries.search import Place, search_products
from catalog.rules.search_words import CHINESE, LATIN, fold
from tests import factories
from tests.cast import Cast
from tests.concurrency.threads import at_once

CODES = {
    "code": "AMX-0001",
    "approval_number": "国药准字H20013021",
    "standard_code": "86900001000012",
    "insurance_code": "XJ01CAA040E001010100483",
    "gtin": "06901234567892",
    "trace_prefix": "8123456",
}


@pytest.fixture
def amoxicillin(cast: Cast) -> Product:
    """With a name in every field that is searched."""
    product = factories.product(cast.supplier_firm, code=CODES["code"])
    Medicine.objects.filter(name="阿莫西林").update(inn="Amoxicillin Sodium", atc="J01CA04")
    Product.objects.filter(pk=product.pk).update(trade_name="阿莫仙 Amoxil", **CODES)
    product.refresh_from_db()
    return product


@pytest.fixture
def others(cast: Cast) -> list[Product]:
    """Of other medicines and another maker."""
    strengths = {"阿司匹林": "0.1g", "青霉素V钾": "0.25g", "氯化钠": "0.9%"}
    return [
        factories.product(cast.rival_firm, factories.presentation(name, "片剂", strength), code=f"X{number}")
        for number, (name, strength) in enumerate(strengths.items())
    ]


def found(question: str, *, limit: int = 50) -> list[str]:
    return [product.code for product in search_products(question, limit=limit).products]


class TestSearchProducts:
    @pytest.mark.parametrize(
        "question",
        [
            *("阿莫西林", "莫西", "林", "阿莫西林胶囊", "胶囊", "0.25g", "０.２５ｇ"),
            *("Amoxicillin", "AMOXI", "ａｍｏｘｉ", "sodium", "amxl", "AM", "J01CA04", "j01c", "阿莫仙", "amoxil"),
            *("华夏制药有限公司", "华夏", "制药", "夏"),
            *(code for code in CODES.values()),
            *(code[: max(1, len(code) // 2)] for code in CODES.values()),
            *("amx-0001", "国药准字Ｈ２００１３０２１", "H20013021"),
            *("阿莫西林 华夏", "华夏\u3000amoxi", "0.25g J01 胶囊", "阿莫西林 / 胶囊", "  阿莫  ", "莫西\x00林"),
        ],
    )
    @pytest.mark.usefixtures("others")
    def test_finds_by(self, amoxicillin: Product, question: str) -> None:
        assert amoxicillin.code in found(question)
        assert amoxicillin in Product.objects.search(question)

    @pytest.mark.parametrize(
        "question",
        [
            *("西莫", "阿西林", "阿莫西林片", "moxi", "0013021", "阿莫西林 长江", "amoxicillinx", "国药准字H2002"),
            *("%", "_", "'", "\\", "-- ;", "阿%林", "阿_西林", "\x00", "！？", "''::tsquery", "阿莫' | '片"),
            *("阿" * 10_000, "x" * 10_000, "💊", "\u200b"),
        ],
    )
    @pytest.mark.usefixtures("amoxicillin", "others")
    def test_does_not_find_by(self, question: str) -> None:
        assert CODES["code"] not in found(question)
        assert not Product.objects.search(question).filter(code=CODES["code"]).exists()

    @pytest.mark.parametrize("gtin", ["6901234567892", "06901234567892"], ids=["kept as 13", "kept as 14"])
    @pytest.mark.parametrize(
        "asked", ["6901234567892", "06901234567892", "(01)06901234567892", "(01)06901234567892(10)A"]
    )
    @pytest.mark.usefixtures("others")
    def test_finds_by_a_gtin_of_either_length(self, amoxicillin: Product, gtin: str, asked: str) -> None:
        Product.objects.filter(pk=amoxicillin.pk).update(gtin=gtin)
        assert found(asked) == [amoxicillin.code]
        assert Product.objects.search(asked).get() == amoxicillin

    @pytest.mark.usefixtures("others")
    def test_finds_by_the_traceability_code_of_a_box(self, amoxicillin: Product) -> None:
        assert found("81234560000000000001") == [amoxicillin.code]
        assert found("81234570000000000001") == []

    def test_finds_nothing_where_nothing_is_asked(self, amoxicillin: Product) -> None:
        assert found("  ") == []
        assert list(Product.objects.search("  ")) == [amoxicillin]

    def test_counts_no_more_of_a_question_than_anything_is_long(self, amoxicillin: Product) -> None:
        assert found("阿莫西林 " * 1000) == [amoxicillin.code]

    def test_puts_a_whole_code_first_and_what_begins_so_second(self, cast: Cast) -> None:
        for code, name in [("A1", "复方甲"), ("A2", "甲乙"), ("A3", "丙"), ("甲", "丁")]:
            factories.product(cast.supplier_firm, factories.presentation(name), code=code)
        Organization.objects.filter(pk=cast.supplier_firm.pk).update(short_name="甲厂")
        assert found("甲") == ["甲", "A2", "A3", "A1"]
        assert found("华夏 甲") == ["甲", "A3", "A1", "A2"]


class TestPages:
    @pytest.fixture
    def frequent(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """A word that one of three products has is frequent."""
        monkeypatch.setattr(search, "SAMPLE", 3)
        monkeypatch.setattr(search, "OFTEN", 1)

    @pytest.fixture
    def codes(self, cast: Cast) -> list[str]:
        """Products of three ranks for 甲, in the order in which they are found."""
        named = {name: factories.presentation(name) for name in ("乙甲", "甲乙", "甲丙")}
        products = [("甲", "乙甲", 1)]
        products += [(f"B{size}", name, size) for name in ("甲丙", "甲乙") for size in range(2, 6)]
        products += [(f"E{size}", "乙甲", size) for size in range(2, 6)]
        written = [
            factories.product(
                cast.supplier_firm, named[name], size, code=f"{code}{named[name].pk}" if size > 1 else code
            )
            for code, name, size in products
        ]
        return [product.code for product in written]

    @pytest.mark.parametrize("limit", [1, 2, 3, 5, 100])
    def test_neither_repeat_nor_leave_out(self, codes: list[str], limit: int) -> None:
        assert walk("甲", limit) == codes

    @pytest.mark.usefixtures("frequent")
    @pytest.mark.parametrize("limit", [1, 2, 3, 5, 100])
    def test_of_a_frequent_word_have_the_rest_in_no_order(self, codes: list[str], limit: int) -> None:
        found = walk("甲", limit)
        assert found[:9] == codes[:9]
        assert sorted(found[9:]) == sorted(codes[9:])

    @pytest.mark.parametrize("is_frequent", [True, False])
    def test_hold_what_all_words_ask_for(
        self, codes: list[str], is_frequent: bool, request: pytest.FixtureRequest
    ) -> None:
        if is_frequent:
            request.getfixturevalue("frequent")
        found = walk("乙 甲", 2)
        assert found[0] == "甲"
        assert sorted(found) == sorted(Product.objects.search("甲 乙").values_list("code", flat=True))
        assert len(found) == 9

    def test_go_on_though_the_word_became_frequent(self, codes: list[str], request: pytest.FixtureRequest) -> None:
        first = search_products("甲", limit=10)
        request.getfixturevalue("frequent")
        assert [product.code for product in search_products("甲", limit=10, after=first.next).products] == codes[10:]

    def test_cost_the_same_for_one_product_as_for_many(self, codes: list[str], django_assert_num_queries: Any) -> None:
        for question in (codes[-1], "甲"):
            with django_assert_num_queries(3):
                products = search_products(question, limit=50).products
                assert all(str(product) for product in products)


class TestPlace:
    def test_is_read_as_it_was_written(self) -> None:
        place = Place(search.BEGINNING, "阿莫西林", "C1")
        assert Place.read(place.token) == place

    @pytest.mark.parametrize(
        "forged",
        [
            *([], {}, 1, None, [0, [], []], [0, "", []], [0, [], ""], [0, {}, {}], [0, None, None], [0, 1, 2]),
            *([True, "", ""], ["0", "", ""], [-1, "", ""], [4, "", ""], [0, "\x00", ""], [0, "\ud800", ""]),
        ],
    )
    def test_is_none_in_what_somebody_made_up(self, forged: Any) -> None:
        with pytest.raises(ValueError):
            Place.read(urlsafe_b64encode(json.dumps(forged).encode()).decode())


def walk(question: str, limit: int) -> list[str]:
    codes: list[str] = []
    after: Place | None = None
    while True:
        page = search_products(question, limit=limit, after=after)
        assert len(page.products) <= limit
        codes += [product.code for product in page.products]
        after = page.next
        if after is None:
            return codes
        assert len(codes) < 100


class TestWhatIsSearched:
    def test_holds_what_copy_writes(self, cast: Cast) -> None:
        presentation = factories.presentation()
        with (
            connection.cursor() as cursor,
            cursor.copy(
                "COPY catalog_product (version, created_at, updated_at, code, presentation_id, pack_quantity, "
                "pack_unit, manufacturer_id, trade_name, quality, is_sugar_free, packing, "
                "approval_number, standard_code, insurance_code, gtin, trace_prefix, storage, is_controlled, status, "
                "status_reason) FROM STDIN"
            ) as copy,
        ):
            for size in (6, 12):
                values = (
                    1,
                    factories.NOW,
                    factories.NOW,
                    f"C{size}",
                    presentation.pk,
                    size,
                    "盒",
                    cast.supplier_firm.pk,
                    "",
                )
                copy.write_row((*values, "other", False, *[""] * 6, "room", False, "trading", ""))
        assert found("阿莫西林") == ["C12", "C6"]

    def test_follows_a_renamed_medicine(self, amoxicillin: Product, others: list[Product]) -> None:
        Medicine.objects.filter(name="阿莫西林").update(name="羟氨苄青霉素", inn="Amoxycillin", initials="qabqms")
        assert found("羟氨苄") == found("amoxyc") == found("qabq") == [amoxicillin.code]
        assert found("阿莫西林") == found("amoxicillin") == found("amxl") == []

    def test_follows_a_renamed_maker(self, amoxicillin: Product, others: list[Product]) -> None:
        amoxicillin.manufacturer.name = "华中药业"
        amoxicillin.manufacturer.short_name = ""
        amoxicillin.manufacturer.save()
        assert (found("华中药业"), found("华夏"), len(found("长江"))) == ([amoxicillin.code], [], 3)

    def test_follows_a_presentation(self, amoxicillin: Product, others: list[Product]) -> None:
        Presentation.objects.filter(pk=amoxicillin.presentation_id).update(form="颗粒剂")
        assert (found("颗粒"), found("胶囊")) == ([amoxicillin.code], [])
        other = factories.presentation("氯化钠", "注射液", "0.9%")
        Product.objects.filter(pk=amoxicillin.pk).update(presentation=other)
        assert (found("氯化钠注射液"), found("颗粒")) == ([amoxicillin.code], [])

    def test_follows_its_codes(self, amoxicillin: Product) -> None:
        amoxicillin.gtin = "06900000000007"
        amoxicillin.save()
        assert (found("06900000000007"), found(CODES["gtin"])) == ([amoxicillin.code], [])

    def test_is_not_written_anew_for_a_status(self, amoxicillin: Product) -> None:
        ProductSearch.objects.update(content="untouched")
        Product.objects.update(status="suspended", status_reason="recall")
        Medicine.objects.update(is_traditional=True)
        Organization.objects.update(is_active=False)
        assert set(ProductSearch.objects.values_list("content", flat=True)) == {"untouched"}

    def test_goes_with_the_product(self, amoxicillin: Product, others: list[Product]) -> None:
        others[0].delete()
        Product.objects.filter(pk=amoxicillin.pk).delete()
        assert set(ProductSearch.objects.values_list("pk", flat=True)) == {product.pk for product in others[1:]}

    def test_is_read_by_its_index(self, cast: Cast) -> None:
        condition = Product.objects.search("阿莫西林").values("pk")
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_indexscan = off")
        assert "products_found_by_words" in condition.explain()


@pytest.mark.django_db(transaction=True)
class TestRename:
    def test_waits_for_who_is_writing_products(self, cast: Cast) -> None:
        presentation = factories.presentation()
        is_written = threading.Event()

        def register() -> None:
            with transaction.atomic():
                factories.product(cast.supplier_firm, presentation, code="NEW")
                is_written.set()
                # as long as a rename takes that does not wait
                time.sleep(0.4)

        def rename() -> None:
            is_written.wait(5)
            Medicine.objects.update(name="羟氨苄青霉素")

        assert at_once(register, rename) == [None, None]
        assert (found("羟氨苄"), found("阿莫西林")) == (["NEW"], [])


class TestFold:
    def test_is_the_same_in_the_database(self, db: None) -> None:
        characters = [chr(code) for code in range(1, sys.maxunicode + 1) if not 0xD800 <= code <= 0xDFFF]
        # the Turkish capital is two characters in small letters, or one; no name of a medicine has it
        assert differing([each for each in characters if searchable(each)]) == ["İ"]


def searchable(character: str) -> bool:
    folded = fold(character)
    return bool(LATIN.search(folded) or CHINESE.search(folded))


def differing(characters: Sequence[str]) -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT each, catalog_search_fold(each) FROM unnest(%s::text[]) AS each", [list(characters)])
        return [each for each, folded in cursor.fetchall() if folded != fold(each)]
