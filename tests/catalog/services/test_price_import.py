from __future__ import annotations

import io
import random
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from catalog.errors import (
    CeilingExceeded,
    NoGuidePrice,
    PeriodReversed,
    PriceAlreadyFixed,
    PriceNotPositive,
    UnknownCode,
)
from catalog.foundation.actor import Actor
from catalog.foundation.errors import Malformed, NotAllowed, NothingGiven
from catalog.foundation.imports import BadCell, DuplicateRow, MissingColumns, MoreMistakes
from catalog.foundation.journal.models import Event
from catalog.foundation.sheets import DamagedFile
from catalog.foundation.transitions import unit_of_work
from catalog.models import GuidePrice, ProcurementPrice, Product
from catalog.services import price_import
from catalog.services.price_import import (
    PriceImport,
    PriceRow,
    check_prices,
    import_prices,
    preview_prices,
    read_price_rows,
    stage_prices,
)
from catalog.states import RowOutcome
from tests import factories
from tests.cast import HENAN, HUBEI, ZHENGZHOU, Cast, make_cast
from tests.concurrency.threads import at_once, kinds, meeting
from tests.factories import NOW
from tests.refusals import refused

JAN, APR, JULY, OCT = (date(2026, month, 1) for month in (1, 4, 7, 10))
ADDED, CHANGED, UNCHANGED, REFUSED = RowOutcome


def row(number: int = 2, **changed: Any) -> PriceRow:
    """A price of Henan's for the product ``P1``: 5 yuan from January on."""
    cells = {
        "product": "P1",
        "province": HENAN,
        "price": "5.00",
        "valid_from": JAN,
        "valid_until": None,
        "source": "negotiation",
        "source_reference": "豫采〔2026〕1号",
    } | changed
    return PriceRow(number, **cells)


def bring(*rows: PriceRow, by_row: bool = False, actor: Actor | None = None) -> PriceImport:
    return import_prices(rows=iter(rows), actor=actor or Actor.platform(), at=NOW, by_row=by_row)


def counts(found: PriceImport) -> list[int]:
    """Added, changed, left alone, refused."""
    return [found.counts[outcome] for outcome in RowOutcome]


def standing() -> list[tuple[str, Decimal, date, date | None]]:
    """What stands: province, price, first day, end."""
    rows = ProcurementPrice.objects.order_by("product", "province", "validity")
    return [(item.province_id, item.price, item.validity.lower, item.validity.upper) for item in rows]


@pytest.fixture
def product(cast: Cast, rule_sets: object) -> Product:
    """``P1``, amoxicillin by the supplier, under a ceiling of 8.72."""
    factories.guide_price()
    return factories.product(cast.supplier_firm, code="P1")


@pytest.mark.django_db
@pytest.mark.usefixtures("product")
class TestImportPrices:
    def test_writes_each_with_its_ceiling_and_one_entry_for_the_province(self, officer: Actor) -> None:
        assert counts(bring(row(price=Decimal("8.72"), valid_until=JULY), actor=officer)) == [1, 0, 0, 0]
        written = ProcurementPrice.objects.get()
        assert (written.price, written.guide_amount, written.ceiling_steps) == (Decimal("8.72"), Decimal("8.72"), None)
        assert written.guide_price == GuidePrice.objects.get()
        assert (written.source, written.source_reference) == ("negotiation", "豫采〔2026〕1号")
        assert standing() == [(HENAN, Decimal("8.72"), JAN, JULY)]
        entry = Event.objects.get(action="procurement_price.import")
        assert (str(entry.subject_id), entry.user_id) == (HENAN, officer.user_id)
        assert entry.changes == {"added": [None, 1], "changed": [None, 0], "valid_from": [None, "2026-01-01"]}

    def test_ends_what_stood_where_the_new_price_begins(self) -> None:
        bring(row(), row(3, province=HUBEI))
        assert counts(bring(row(price="4.00", valid_from=JULY))) == [0, 1, 0, 0]
        assert standing() == [
            (HENAN, Decimal(5), JAN, JULY),
            (HENAN, Decimal(4), JULY, None),
            (HUBEI, Decimal(5), JAN, None),
        ]

    @pytest.mark.parametrize(
        "again",
        [row(), row(valid_from=JULY), row(valid_from=APR, valid_until=JULY, source_reference="2号")],
        ids=["the same row", "a later beginning", "a part of it"],
    )
    def test_leaves_alone_what_stands_over_the_whole_period(self, again: PriceRow) -> None:
        bring(row())
        before = (standing(), Event.objects.count())
        assert counts(bring(again)) == [0, 0, 1, 0]
        assert (standing(), Event.objects.count()) == before

    def test_writes_successive_prices_of_a_key_and_twice_is_as_once(self) -> None:
        bring(row(valid_from=date(2025, 1, 1), price="7"))
        rows = [row(2, valid_until=JULY), row(3, valid_from=JULY, price="6")]
        assert counts(bring(*rows)) == [0, 2, 0, 0]
        before = standing()
        assert counts(bring(*rows)) == [0, 0, 2, 0]
        assert standing() == before
        assert [price for _p, price, _f, _u in before] == [7, 5, 6]

    def test_writes_again_what_stood_and_is_ended_by_an_earlier_row(self) -> None:
        bring(row())
        assert counts(bring(row(2, valid_from=JULY), row(3, valid_from=APR, valid_until=JULY, price="4"))) == [
            0,
            2,
            0,
            0,
        ]
        assert standing() == [
            (HENAN, Decimal(5), JAN, APR),
            (HENAN, Decimal(4), APR, JULY),
            (HENAN, Decimal(5), JULY, None),
        ]

    @pytest.mark.parametrize(
        ("changed", "error", "place"),
        [
            ({"product": "P9"}, UnknownCode, "product"),
            ({"product": ""}, UnknownCode, "product"),
            ({"province": "990000"}, UnknownCode, "province"),
            ({"province": ZHENGZHOU}, UnknownCode, "province"),
            ({"price": "free"}, BadCell, "price"),
            ({"price": "1e1"}, BadCell, "price"),
            ({"price": "NaN"}, BadCell, "price"),
            ({"price": "5.00001"}, BadCell, "price"),
            ({"price": "100000000000000"}, BadCell, "price"),
            ({"price": "0"}, PriceNotPositive, "price"),
            ({"price": "-5"}, PriceNotPositive, "price"),
            ({"valid_from": "2026-02-30"}, BadCell, "valid_from"),
            ({"valid_from": "today"}, BadCell, "valid_from"),
            ({"valid_from": ""}, BadCell, "valid_from"),
            ({"valid_until": "infinity"}, BadCell, "valid_until"),
            ({"valid_until": JAN}, PeriodReversed, "valid_until"),
            ({"source": "gift"}, BadCell, "source"),
            ({"source_reference": ""}, BadCell, "source_reference"),
            ({"source_reference": "号" * 101}, BadCell, "source_reference"),
            ({"valid_from": date(2009, 1, 1)}, NoGuidePrice, "product"),
            ({"price": "8.73"}, CeilingExceeded, "price"),
        ],
        ids=str,
    )
    def test_refuses_what_cannot_be_and_names_the_row(self, changed: dict[str, Any], error: type, place: str) -> None:
        with refused(error) as refusal:
            bring(row(2), row(17, **{"province": HUBEI} | changed))
        assert refusal.pointers == [f"/rows/17/{place}"]
        assert not ProcurementPrice.objects.exists()
        assert not Event.objects.filter(action="procurement_price.import").exists()

    def test_refuses_every_bad_row_at_once_in_their_order(self) -> None:
        with refused(UnknownCode, CeilingExceeded, BadCell) as refusal:
            bring(row(9, price="x"), row(3, product="?"), row(5, price="9"), row(4, province=HUBEI))
        assert [pointer.split("/")[2] for pointer in refusal.pointers] == ["3", "5", "9"]

    def test_lists_no_more_mistakes_than_people_can_mend(self) -> None:
        with pytest.raises(Exception) as caught:
            bring(*(row(number, product="?") for number in range(2, 1105)))
        assert len(caught.value.errors) == 1001
        assert isinstance(caught.value.errors[-1], MoreMistakes)
        assert caught.value.facts["count"] == 1103

    @pytest.mark.parametrize(
        ("later", "first"),
        [
            ([row(3)], 2),
            ([row(3, valid_from=OCT)], 2),
            ([row(3, valid_from=APR, valid_until=JULY), row(4, valid_from=OCT)], 2),
        ],
        ids=["the same day", "within", "behind one that ended before"],
    )
    def test_refuses_overlaps_within_the_file(self, later: list[PriceRow], first: int) -> None:
        with refused(*[DuplicateRow] * len(later)) as refusal:
            bring(row(2), *later)
        assert refusal.pointers == [f"/rows/{item.number}" for item in later]
        assert {error.facts["first"] for error in refusal.errors} == {first}

    @pytest.mark.parametrize("begin", [JAN, APR], ids=["on the same day", "later"])
    def test_refuses_a_period_in_which_another_price_begins(self, begin: date) -> None:
        bring(row(valid_from=begin))
        with refused(PriceAlreadyFixed) as refusal:
            bring(row(price="4"))
        assert refusal.facts["period"].startswith(f"[{begin}")

    def test_writes_the_good_rows_where_that_is_asked_for(self) -> None:
        found = bring(row(2), row(3, price="9"), row(4, product="?"), row(5, province=HUBEI), by_row=True)
        assert counts(found) == [2, 0, 0, 2]
        assert [(item.number, type(item.error)) for item in found.refused] == [(3, CeilingExceeded), (4, UnknownCode)]
        assert [province for province, *_rest in standing()] == [HENAN, HUBEI]

    def test_writes_only_what_is_the_officers_province(self, officer: Actor, foreign_officer: Actor) -> None:
        with refused(NotAllowed) as refusal:
            bring(row(2), row(3, province=HUBEI), actor=officer)
        assert refusal.pointers == ["/rows/3/province"]
        assert counts(bring(row(2), row(3, province=HUBEI), actor=foreign_officer, by_row=True)) == [1, 0, 0, 1]
        assert [province for province, *_rest in standing()] == [HUBEI]

    def test_is_for_officers(self, buyer: Actor) -> None:
        with pytest.raises(NotAllowed):
            bring(row(), actor=buyer)

    def test_refuses_a_file_with_nothing_in_it(self) -> None:
        with pytest.raises(NothingGiven):
            bring()

    def test_refuses_a_character_that_no_text_has(self) -> None:
        with pytest.raises(Malformed):
            bring(row(source_reference="a\x00b"))

    def test_takes_back_all_that_a_failure_interrupts(self) -> None:
        bring(row())
        before = (standing(), Event.objects.count())

        def rows() -> Iterator[PriceRow]:
            yield row(valid_from=JULY, price="4")
            raise OSError("the file is gone")

        with pytest.raises(OSError, match="gone"):
            import_prices(rows=rows(), actor=Actor.platform(), at=NOW, by_row=True)
        assert (standing(), Event.objects.count()) == before

    def test_asks_as_often_for_many_rows_as_for_few(self, cast: Cast) -> None:
        for index in range(40):
            factories.product(cast.supplier_firm, factories.presentation(strength=f"{index + 1}mg"), code=f"Q{index}")
            factories.guide_price(factories.presentation(strength=f"{index + 1}mg"))

        def asked(*rows: PriceRow) -> int:
            with CaptureQueriesContext(connection) as queries:
                bring(*rows)
            return len(queries)

        asked(row())  # content types are remembered
        assert asked(row(2, product="Q0")) == asked(*(row(number, product=f"Q{number}") for number in range(1, 40)))


@pytest.mark.django_db
class TestCeilings:
    def test_are_the_makers_own_before_the_general_one(self, cast: Cast, product: Product) -> None:
        own = factories.guide_price(price="10.00", manufacturer=cast.supplier_firm)
        factories.product(cast.rival_firm, code="P2")
        with refused(CeilingExceeded):
            bring(row(2, price="9"), row(3, product="P2", price="9"))
        bring(row(price="9"))
        assert ProcurementPrice.objects.get().guide_price == own

    def test_are_those_of_the_first_day(self, product: Product) -> None:
        factories.guide_price(price="4.00", valid_from=JULY)
        bring(row(2, valid_until=OCT), row(3, valid_from=OCT, price="4.00"))
        assert list(ProcurementPrice.objects.order_by("validity").values_list("guide_amount", flat=True)) == [
            Decimal("8.72"),
            Decimal("4.00"),
        ]

    def test_are_derived_where_none_is_stated_and_keep_the_steps(self, cast: Cast, product: Product) -> None:
        GuidePrice.objects.update(is_representative=True)
        factories.product(cast.rival_firm, pack_quantity=48, code="P48")
        with refused(CeilingExceeded) as refusal:
            bring(row(2, product="P48", price="17.44"), row(3))
        # 8.72 × 1.95, in steps of 0.1
        assert refusal.facts["ceiling"] == Decimal("17.0")
        bring(row(2, product="P48", price="17.0"), row(3, product="P48", price="16", province=HUBEI))
        one, other = ProcurementPrice.objects.all()
        assert one.guide_amount == other.guide_amount == Decimal("17.0")
        assert [step["name"] for step in one.ceiling_steps] == ["pack", "rounding"]
        assert one.guide_price == GuidePrice.objects.get()

    def test_are_derived_for_each_regime(self, cast: Cast, product: Product) -> None:
        GuidePrice.objects.update(is_representative=True)
        factories.guide_price(price="4.00", valid_from=JULY)
        GuidePrice.objects.update(is_representative=True)
        factories.product(cast.rival_firm, pack_quantity=48, code="P48")
        bring(
            row(2, product="P48", price="1", valid_until=APR),
            row(3, product="P48", price="1", valid_from=APR, valid_until=JULY),
            row(4, product="P48", price="1", valid_from=JULY),
        )
        found = ProcurementPrice.objects.order_by("validity").values_list("guide_amount", flat=True)
        assert list(found) == [Decimal("17.0"), Decimal("17.0"), Decimal("7.8")]


@pytest.mark.django_db
@pytest.mark.usefixtures("product")
class TestPreview:
    def test_says_what_would_be_done_and_writes_nothing(self) -> None:
        bring(row(2))
        rows = [row(2), row(3, province=HUBEI), row(4, valid_from=JULY, price="4"), row(5, product="?")]
        # the third row overlaps the first
        found = check_prices(rows=rows, actor=Actor.platform())
        assert counts(found) == [1, 0, 1, 2]
        assert [item.number for item in found.refused] == [4, 5]
        assert len(standing()) == 1

    def test_gives_the_refused_rows_page_by_page_and_the_outcome_of_each(self) -> None:
        rows = [row(number, product="?") for number in range(2, 12)] + [row(12)]
        with unit_of_work():
            staged = stage_prices(rows=rows, actor=Actor.platform())
            assert len(preview_prices(staged=staged, limit=4).refused) == 4
            assert [item.number for item in staged.refused(after=5, limit=3)] == [6, 7, 8]
            assert [item.number for item in staged.refused(after=8)] == [9, 10, 11]
            assert dict(staged.outcomes()) == dict.fromkeys(range(2, 12), REFUSED) | {12: ADDED}


class TestReadPriceRows:
    HEADER = "source_reference,province,product,price,valid_from,source,remark"

    def read(self, text: str) -> list[PriceRow]:
        return list(read_price_rows(io.StringIO(text, newline=""), name="prices.csv"))

    def test_takes_columns_in_any_order_and_keeps_the_numbers_of_the_rows(self) -> None:
        one, other = self.read(f'\ufeff{self.HEADER}\r\n"a,1",410000,P1,5,2026-01-01,award,\r\n\r\nb,410000, P2 ,6\r\n')
        assert one == PriceRow(2, "P1", HENAN, "5", "2026-01-01", "", "award", "a,1")
        assert other == PriceRow(4, "P2", HENAN, "6", "", "", "", "b")

    def test_refuses_a_file_without_a_needed_column(self) -> None:
        with refused(MissingColumns) as refusal:
            self.read("product,province\n")
        assert refusal.facts["missing"] == "price, valid_from, source, source_reference"

    def test_refuses_what_is_no_csv(self) -> None:
        with pytest.raises(DamagedFile):
            self.read(f'{self.HEADER}\n"never closed')

    def test_refuses_another_encoding(self) -> None:
        file = io.TextIOWrapper(io.BytesIO(f"{self.HEADER}\n河南省药品采购".encode("gb18030")), "utf-8")
        with pytest.raises(DamagedFile):
            list(read_price_rows(file, name="prices.csv"))


@pytest.mark.django_db
@pytest.mark.usefixtures("product")
class TestAnyFile:
    DAYS = [date(2026, month, 1) for month in range(1, 13)]

    @pytest.mark.parametrize("seed", range(25))
    def test_leaves_each_good_row_in_force_on_all_its_days_and_twice_is_as_once(self, seed: int) -> None:
        draw = random.Random(seed)
        for _file in range(3):
            rows = [self.draw_row(number, draw) for number in range(2, 2 + draw.randrange(1, 9))]
            found = bring(*rows, by_row=True)
            bad = {item.number for item in found.refused}
            for good in (item for item in rows if item.number not in bad):
                days = [day for day in self.DAYS if good.valid_from <= day < (good.valid_until or date.max)]
                held = [ProcurementPrice.objects.in_force(day).get(province=good.province).price for day in days]
                assert set(held) == {Decimal(good.price)}
            before = standing()
            assert counts(bring(*rows, by_row=True)) == [0, 0, len(rows) - len(bad), len(bad)]
            assert standing() == before

    def draw_row(self, number: int, draw: random.Random) -> PriceRow:
        begin, end = sorted(draw.sample(range(12), 2))
        return row(
            number,
            province=draw.choice([HENAN, HUBEI]),
            price=draw.choice(["5", "6"]),
            valid_from=self.DAYS[begin],
            valid_until=draw.choice([self.DAYS[end], self.DAYS[end], None]),
        )


@pytest.mark.django_db(transaction=True)
class TestTwoImportsAtOnce:
    @pytest.fixture(autouse=True)
    def _register(self) -> None:
        cast = make_cast()
        factories.guide_price()
        factories.product(cast.supplier_firm, code="P1")

    def test_of_the_same_prices_write_them_once(self) -> None:
        outcomes = at_once(*[lambda: bring(row(), row(3, province=HUBEI))] * 2)
        assert sorted(counts(found) for found in outcomes) == [[0, 0, 2, 0], [2, 0, 0, 0]]
        assert len(standing()) == 2

    def test_of_different_prices_let_one_stand(self) -> None:
        outcomes = at_once(lambda: bring(row(price="5")), lambda: bring(row(price="6")))
        assert kinds(outcomes) == ["PriceImport", "RulesBroken"]
        [problem] = [part for found in outcomes if hasattr(found, "errors") for part in found.errors]
        assert isinstance(problem, PriceAlreadyFixed)
        assert len(standing()) == 1

    def test_cannot_overlap_although_neither_waited_for_the_other(self, monkeypatch: pytest.MonkeyPatch) -> None:
        judge, meet = price_import.preview_prices, meeting(lambda found: found)
        monkeypatch.setattr(price_import, "_take_turns", lambda: None)
        monkeypatch.setattr(price_import, "preview_prices", lambda **options: meet(judge(**options)))
        outcomes = at_once(lambda: bring(row(price="5")), lambda: bring(row(price="6", valid_from=APR)))
        assert kinds(outcomes) == ["Busy", "PriceImport"]
        assert len(standing()) == 1
