"""What dashboards and reports show, over one province whose figures are reckoned by hand."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from catalog.foundation.figures.figure import Figure
from catalog.foundation.figures.shapes import Box, Dot, Text
from distribution.models import DespatchLine, NationalShortage
from distribution.queries.dashboards import (
    Scope,
    county_figures,
    firm_figures,
    institution_figures,
    months_until,
    province_figures,
    report_figures,
)
from distribution.states import NationalListing, Remedy, ShortageGrade
from tests import factories
from tests.cast import HENAN, HUBEI, ZHONGYUAN, Cast
from tests.factories import TODAY
from tests.worlds.supervised import LAST_MONTH, LATER, make_supervised_province

if TYPE_CHECKING:
    from pytest_django import DjangoDbBlocker

pytestmark = pytest.mark.usefixtures("db")
SINCE, UNTIL = months_until(TODAY)
SCOPE = Scope(province_id=HENAN, since=SINCE, until=UNTIL, at=LATER)


@pytest.fixture(scope="module")
def supervised(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[Cast]:
    with django_db_blocker.unblock(), transaction.atomic():
        yield make_supervised_province()
        transaction.set_rollback(True)


@pytest.fixture
def db(supervised: Cast, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    with django_db_blocker.unblock(), transaction.atomic():
        yield
        transaction.set_rollback(True)


@pytest.fixture
def cast(supervised: Cast, db: None) -> Cast:
    return supervised


def by_name(figures: list[Figure]) -> dict[str, Figure]:
    return {figure.name: figure for figure in figures}


def texts(figure: Figure) -> str:
    assert figure.drawing is not None
    return " ".join(shape.text for shape in figure.drawing.shapes if isinstance(shape, Text))


class TestSavings:
    def test_are_the_guide_price_less_the_price_of_what_was_kept(self, cast: Cast) -> None:
        figure = by_name(province_figures(SCOPE))["savings"]
        assert [list(row[1:4]) for row in figure.rows] == [[Decimal(60), Decimal("87.20"), Decimal("27.20")]]
        assert "¥27.20 less, 31.2 %" in figure.words
        assert "¥27" in texts(figure) and "saved (yuan)" in texts(figure)

    def test_leave_out_once_what_went_back(self, cast: Cast) -> None:
        kept = DespatchLine.objects.get(accepted_packs=10)
        given_back = factories.goods_return(cast, kept, 3, remedy=Remedy.CREDIT, at=LATER)
        factories.handed_over(cast, given_back, at=LATER)
        figure = by_name(province_figures(SCOPE))["savings"]
        assert [list(row[1:3]) for row in figure.rows] == [[Decimal(42), Decimal("61.04")]]

    @pytest.mark.parametrize("place", [{"county_id": ZHONGYUAN}, {"province_id": None}])
    def test_are_those_of_the_place(self, cast: Cast, place: dict[str, str]) -> None:
        assert by_name(province_figures(replace(SCOPE, **place)))["savings"].rows

    def test_are_none_elsewhere_and_at_other_times(self, cast: Cast) -> None:
        for changed in ({"province_id": HUBEI}, {"until": LAST_MONTH}, {"county_id": "410105"}):
            figure = by_name(province_figures(replace(SCOPE, **changed)))["savings"]
            assert figure.is_empty and figure.words == ""


class TestRetailPrices:
    def test_lie_above_the_line_from_one_fen_on(self, cast: Cast) -> None:
        figure = by_name(province_figures(replace(SCOPE, rows={"retail_price": "/prices/{key}/"})))["retail-prices"]
        assert figure.words.startswith("1 of 2 reported prices lie above the guide price of their day.")
        [row] = figure.rows
        assert (row[0], *row[3:]) == (cast.hospital.name, Decimal("8.73"), Decimal("8.72"), Decimal("0.01"))
        assert figure.links[0].startswith("/prices/") and "{key}" not in figure.links[0]
        assert figure.drawing is not None
        kinds = [shape.kind for shape in figure.drawing.shapes if isinstance(shape, Dot)]
        assert kinds == ["dot", "dot flagged"]
        assert "above the guide price" in texts(figure) and "yuan per pack" in texts(figure)

    def test_are_the_institutions_own(self, cast: Cast) -> None:
        own = replace(SCOPE, institution_id=cast.hospital.pk)
        assert not by_name(institution_figures(own))["retail-prices"].is_empty
        assert by_name(institution_figures(replace(own, institution_id=cast.other_hospital.pk)))[
            "retail-prices"
        ].is_empty


class TestDeliveries:
    def test_are_measured_by_month_and_county_against_the_mark(self, cast: Cast) -> None:
        figures = by_name(province_figures(replace(SCOPE, rows={"county": "/county/{key}/"})))
        assert (
            "10 of 20 ordered packs were delivered, 50.0 %; at least 95 % are expected." in figures["deliveries"].words
        )
        assert sum(row[3] for row in figures["deliveries"].rows) == 20
        county = figures["deliveries-by-county"]
        assert [row[:2] for row in county.rows] == [["中原区", Decimal("0.5")]]
        assert county.links == [f"/county/{ZHONGYUAN}/"]
        assert "1 of 1 counties are below 95 %; the lowest is 中原区 with 50.0 %." in county.words
        assert "▼ 50 %" in texts(county) and "expected: 95 %" in texts(county)
        assert county.drawing is not None
        assert [shape.said for shape in county.drawing.shapes if isinstance(shape, Box)] == ["中原区: 50 %"]

    def test_are_the_firms_own(self, cast: Cast) -> None:
        for firm, count in ((cast.supplier_firm, 1), (cast.rival_firm, 0)):
            figures = by_name(firm_figures(replace(SCOPE, province_id=None, firm_id=firm.pk)))
            assert len(figures["deliveries-by-county"].rows) == count


class TestUse:
    def test_is_told_by_county_institution_and_month(self, cast: Cast) -> None:
        shares = [Decimal("0.75"), Decimal("0.8"), Decimal("0.5"), Decimal(400), 1, 1]
        assert by_name(province_figures(SCOPE))["use"].rows == [["中原区", *shares]]
        of_county = by_name(county_figures(replace(SCOPE, county_id=ZHONGYUAN)))["use"]
        assert of_county.rows == [[cast.hospital.name, *shares]]
        of_hospital = by_name(institution_figures(replace(SCOPE, institution_id=cast.hospital.pk)))["use"]
        assert of_hospital.rows == [[f"{LAST_MONTH:%Y-%m}", *shares]]
        assert "75.0 % of the worth" in of_hospital.words and "1 of 1 monthly verdicts" in of_hospital.words


class TestShortagesAndPayments:
    def test_list_what_is_short_in_the_province_or_what_a_firm_can_make_of_it(self, cast: Cast) -> None:
        for scope in (SCOPE, replace(SCOPE, firm_id=cast.supplier_firm.pk)):
            [row] = by_name(firm_figures(scope))["shortages"].rows
            assert "阿莫西林" in row[0]
        assert by_name(firm_figures(replace(SCOPE, firm_id=cast.distributor_firm.pk)))["shortages"].is_empty

    def test_show_a_firm_the_national_list_alone(self, cast: Cast) -> None:
        own = replace(SCOPE, province_id=None, firm_id=cast.supplier_firm.pk)
        assert by_name(firm_figures(own))["shortages"].is_empty
        product = cast.supplier_firm.products.get()
        NationalShortage.objects.create(
            presentation=product.presentation,
            listing=NationalListing.SHORT,
            provinces={HENAN: ShortageGrade.SHORT},
            checks=[],
            listed_at=LATER,
        )
        [row] = by_name(firm_figures(own))["shortages"].rows
        assert "阿莫西林" in row[0] and row[2] == 1

    def test_say_who_owes_what_was_due(self, cast: Cast) -> None:
        figure = by_name(report_figures(SCOPE))["payments"]
        assert [(row[0], row[1], row[3]) for row in figure.rows] == [(cast.hospital.name, 1, Decimal("60.00"))]
        before = replace(SCOPE, at=LATER.replace(year=LATER.year - 1))
        assert by_name(report_figures(before))["payments"].is_empty


class TestDashboards:
    def test_ask_as_often_for_a_province_as_for_a_county(self, cast: Cast) -> None:
        """No figure asks once per row."""
        for figures in (province_figures, report_figures):
            with CaptureQueriesContext(connection) as queries:
                figures(SCOPE)
            assert len(queries) <= 30, figures

    def test_say_of_each_figure_what_it_is_reckoned_from(self, cast: Cast) -> None:
        for figure in report_figures(SCOPE):
            assert figure.title and figure.source and (figure.words or figure.is_empty)
