from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from catalog.models import Product
from catalog.services.product_life import suspend_product
from distribution.queries import orderable_lines
from distribution.queries import readings as module
from distribution.queries.readings import Reading, read_rows
from procurement.models import AgreementLine
from tests import factories
from tests.cast import Cast


def read(cast: Cast, text: str) -> list[Reading]:
    known = AgreementLine.objects.filter(province_id=cast.buyer.province)
    return read_rows(text, orderable=orderable_lines(cast.buyer, factories.NOW), known=known)


def offers(reading: Reading) -> list[tuple[AgreementLine, int, int]]:
    """The lines that a row may mean, with their packs and how many units were added."""
    assert not reading.problem
    return [(offer.line, offer.rounded.packs, offer.rounded.added) for offer in reading.offers]


@pytest.fixture
def lines(cast: Cast, rule_sets: object) -> list[AgreementLine]:
    """Capsules of 0.25g in packs of 24, 10,000 packs each, of two medicines."""
    return factories.agreement_lines(cast, ["阿莫西林", "头孢拉定"])


class TestReadRows:
    def test_finds_a_product_by_its_codes_and_by_its_names(self, cast: Cast, lines: list[AgreementLine]) -> None:
        line = lines[0]
        Product.objects.filter(pk=line.product_id).update(gtin="06901234567892", trade_name="阿莫仙")
        line.product.refresh_from_db()
        presentation = line.product.presentation
        for words in (
            line.product.code,
            line.product.code.lower(),
            "06901234567892",
            "阿莫西林",
            "阿莫仙",
            f"阿莫西林{presentation.form}",
            f"阿莫西林 {presentation.form} {presentation.strength}*24粒",
            f"阿莫西林 华夏制药 {presentation.strength}×24",
        ):
            [reading] = read(cast, f"{words}\t20")
            assert offers(reading) == [(line, 20, 0)], words

    def test_rounds_units_up_to_packs_and_says_by_how_much(self, cast: Cast, lines: list[AgreementLine]) -> None:
        rounded, whole = read(cast, "阿莫西林\t100粒\n头孢拉定\t48粒")
        assert (offers(rounded), rounded.in_units) == ([(lines[0], 5, 20)], True)
        assert offers(whole) == [(lines[1], 2, 0)]

    def test_takes_the_longest_name(self, cast: Cast, rule_sets: object) -> None:
        one, other = factories.agreement_lines(cast, ["阿莫西林", "阿莫西林克拉维酸钾"])
        shorter, longer = read(cast, "阿莫西林\t20\n阿莫西林克拉维酸钾\t5")
        assert (offers(shorter), offers(longer)) == ([(one, 20, 0)], [(other, 5, 0)])

    def test_offers_every_line_that_fits_and_has_enough(self, cast: Cast, lines: list[AgreementLine]) -> None:
        tablets = factories.presentation("阿莫西林", "片剂")
        factories.guide_price(tablets)
        factories.concluded_tender(cast, [factories.lot_plan(tablets)])
        second = AgreementLine.objects.get(lot__presentation=tablets, province_id=cast.buyer.province)
        assert offers(read(cast, "阿莫西林\t20")[0]) == [(lines[0], 20, 0), (second, 20, 0)]
        factories.submitted_requisition(cast, {second: 9_990})
        assert offers(read(cast, "阿莫西林\t20")[0]) == [(lines[0], 20, 0)]

    @pytest.mark.parametrize(
        ("text", "problem"),
        [
            ("维生素C\t20", "Nothing agreed for your province is called so"),
            ("阿莫西林 颗粒\t20", "Nothing agreed for your province is called so"),
            ("阿莫西林", "The row has no quantity"),
            ("阿莫西林\t20瓶", "may be a pack or a part of one"),
            ("阿莫西林\t10001", "10,001 packs wanted, 10,000 packs left"),
        ],
    )
    def test_says_what_is_wrong_with_a_row(
        self, text: str, problem: str, cast: Cast, lines: list[AgreementLine]
    ) -> None:
        [reading] = read(cast, text)
        assert problem in reading.problem
        assert not reading.offers

    def test_tells_what_cannot_be_ordered_today_from_what_is_unknown(
        self, cast: Cast, lines: list[AgreementLine]
    ) -> None:
        suspend_product(product_id=lines[0].product_id, reason="停产", actor=cast.officer, at=factories.NOW)
        assert read(cast, "阿莫西林\t20")[0].problem == f"{lines[0].product} cannot be ordered today."

    def test_tells_a_row_that_means_the_line_of_another_one(self, cast: Cast, lines: list[AgreementLine]) -> None:
        first, second = read(cast, f"阿莫西林\t20\n{lines[0].product.code}\t5")
        assert offers(first) == [(lines[0], 20, 0)]
        assert second.problem == "This is the product of row 1: keep one of the two rows."

    def test_reads_no_more_rows_than_it_says(
        self, cast: Cast, lines: list[AgreementLine], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(module, "MOST_ROWS", 2)
        *read_ones, last = read(cast, "阿莫西林\t1\n头孢拉定\t2\n布洛芬\t3")
        assert [bool(reading.offers) for reading in read_ones] == [True, True]
        assert (last.row, last.problem[:26]) == (3, "Only the first 2 rows were")

    def test_asks_the_database_as_often_for_fifty_rows(self, cast: Cast, rule_sets: object) -> None:
        names = [f"药品{number:02d}" for number in range(10)]
        factories.agreement_lines(cast, names)
        read(cast, f"{names[0]}\t1")
        with CaptureQueriesContext(connection) as one:
            read(cast, f"{names[0]}\t1")
        with CaptureQueriesContext(connection) as many:
            assert all(reading.offers for reading in read(cast, "\n".join(f"{name}\t1" for name in names)))
        assert len(many) == len(one)
