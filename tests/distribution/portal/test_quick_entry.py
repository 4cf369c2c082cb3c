"""Many lines at once: pasted, as in the last order, as use and stock suggest; and for whom and how urgently."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from catalog.accounts.kinds import Role
from catalog.accounts.models import Organization
from distribution.models import Requisition
from distribution.states import Urgency
from procurement.models import AgreementLine
from tests import factories
from tests.cast import Cast, actor_in
from tests.distribution.portal.conftest import Login
from tests.distribution.portal.test_basket import NEW, save, token_of
from tests.factories import NOW


@pytest.fixture
def browser(cast: Cast, login: Login) -> Client:
    return login(cast.buyer)


@pytest.fixture
def lines(cast: Cast, rule_sets: object) -> list[AgreementLine]:
    return factories.agreement_lines(cast, ["阿莫西林", "头孢拉定"])


def ask(browser: Client, action: str, **fields: Any) -> Any:
    """Press a button of the quick entry in a browser with scripts."""
    response = browser.post(NEW, {"action": action, **fields}, headers={"HX-Request": "true"})
    assert response.status_code == 200
    return response


class TestPaste:
    def test_shows_each_row_before_anything_goes_into_the_basket(
        self, browser: Client, lines: list[AgreementLine]
    ) -> None:
        one, other = lines
        response = ask(
            browser,
            "paste",
            pasted="名称\t数量\n阿莫西林\t100粒\n维生素C\t3\n头孢拉定\t7",
            **{f"packs-{other.pk}": "2"},
        )
        page = response.content.decode()
        assert "2 of 3 rows can be ordered" in page
        assert "100 units are rounded up to 5 packs, which hold 120: 20 more" in page
        assert "Nothing agreed for your province is called so" in page
        assert "instead of 2 in the basket" in page
        assert f'value="{one.pk}:5" checked' in page and f'value="{other.pk}:7" checked' in page
        assert "<html" not in page and "packs-" not in page

    def test_puts_the_marked_lines_into_the_basket(self, browser: Client, lines: list[AgreementLine]) -> None:
        one, other = lines
        response = ask(browser, "take", take=[f"{one.pk}:5", "", "x:1"], **{f"packs-{other.pk}": "2", "q": "头孢"})
        assert [(row.line, row.typed) for row in response.context["hidden_rows"]] == [(one, "5")]
        page = response.content.decode()
        # the total, and what was read, are swapped with the lines
        assert "1 line was put into the basket." in page and "¥42.00" in page
        token = token_of(browser.get(NEW).content.decode())
        form = {"token": token, "action": "save", f"packs-{one.pk}": "5", f"packs-{other.pk}": "2"}
        assert browser.post(NEW, form).status_code == 302

    def test_works_without_script(self, browser: Client, lines: list[AgreementLine]) -> None:
        page = browser.post(NEW, {"action": "paste", "pasted": "阿莫西林 5"}).content.decode()
        assert "<html" in page and f'value="{lines[0].pk}:5" checked' in page and "<details" in page
        page = browser.post(NEW, {"action": "take", "take": f"{lines[0].pk}:5"}).content.decode()
        assert 'value="5"' in page and "1 line was put into the basket." in page

    def test_says_that_there_is_nothing_to_read(self, browser: Client, lines: list[AgreementLine]) -> None:
        assert "paste some rows first" in ask(browser, "paste", pasted=" \x00\n").content.decode()

    def test_lets_choose_where_several_products_fit(
        self, browser: Client, cast: Cast, lines: list[AgreementLine]
    ) -> None:
        tablets = factories.presentation("阿莫西林", "片剂")
        factories.guide_price(tablets)
        factories.concluded_tender(cast, [factories.lot_plan(tablets)])
        page = ask(browser, "paste", pasted="阿莫西林 5").content.decode()
        assert "2 products fit: choose" in page and page.count(":5") == 2 and "checked" not in page


class TestLastOrder:
    def test_is_that_of_whoever_it_is_for(
        self, browser: Client, cast: Cast, lines: list[AgreementLine], village: Organization
    ) -> None:
        one, other = lines
        factories.submitted_requisition(cast, {one: 3, other: 4})
        response = ask(browser, "last")
        assert [row.offers[0].value for row in response.context["found"]] == [f"{one.pk}:3", f"{other.pk}:4"]
        assert "There is no earlier order." in ask(browser, "last", recipient=village.code).content.decode()


class TestSuggestion:
    def test_fills_up_to_so_many_months_and_shows_its_figures(
        self, browser: Client, cast: Cast, lines: list[AgreementLine]
    ) -> None:
        product = lines[0].product
        factories.used(cast.pharmacist, product, 300, at=NOW - timedelta(days=5))
        factories.stock_lot(cast.pharmacist, product, 30)
        # 100 a month for three months, of which 30 are there: 270 units in packs of 24
        response = ask(browser, "suggest", months="3")
        [row] = response.context["found"]
        assert row.offers[0].value == f"{lines[0].pk}:12"
        page = response.content.decode()
        assert "used a month: 100; in stock: 30; coming: 0" in page
        assert "270 units are rounded up to 12 packs, which hold 288: 18 more" in page
        assert "last that long" in ask(browser, "suggest", months="0.1").content.decode()

    @pytest.mark.parametrize("months", ["0", "-1", "many"])
    def test_asks_for_how_many_months(self, browser: Client, lines: list[AgreementLine], months: str) -> None:
        assert "Write for how many months" in ask(browser, "suggest", months=months).content.decode()


class TestUnits:
    def test_are_shown_as_packs_while_they_are_typed(self, browser: Client, lines: list[AgreementLine]) -> None:
        one, other = lines
        fields = {f"packs-{one.pk}": "100", f"as-{one.pk}": "units", f"packs-{other.pk}": ""}
        page = browser.post("/portal/requisitions/total/", fields).content.decode()
        assert "¥30.00" in page
        assert "100 units are rounded up to 5 packs, which hold 120: 20 more" in page
        # a note that was there before is taken away
        assert f'id="note-{other.pk}" hx-swap-oob="true"></span>' in page

    def test_are_not_saved_rounded_before_it_was_seen(self, browser: Client, lines: list[AgreementLine]) -> None:
        one = lines[0]
        page = save(browser, {one: 100}, **{f"as-{one.pk}": "units"}).content.decode()
        assert "look at the marked lines, then save again" in page
        assert "100 units are rounded up to 5 packs" in page and 'value="5"' in page
        assert not Requisition.objects.exists()
        browser.post(NEW, {"token": token_of(page), "action": "save", f"packs-{one.pk}": "5"})
        assert [row.packs for row in Requisition.objects.get().lines.all()] == [5]

    def test_that_are_whole_packs_are_saved(self, browser: Client, lines: list[AgreementLine]) -> None:
        save(browser, {lines[0]: 48}, **{f"as-{lines[0].pk}": "units"})
        assert [row.packs for row in Requisition.objects.get().lines.all()] == [2]

    @pytest.mark.parametrize("typed", ["-24", "2.5"])
    def test_that_are_none_are_told(self, browser: Client, lines: list[AgreementLine], typed: str) -> None:
        response = save(browser, {lines[0]: typed}, **{f"as-{lines[0].pk}": "units"})
        assert response.status_code == 400
        assert f"“{typed}” is not a whole number" in response.content.decode()


class TestFigures:
    def test_are_those_of_whoever_will_keep_the_goods(
        self, browser: Client, cast: Cast, lines: list[AgreementLine], village: Organization
    ) -> None:
        product = lines[0].product
        factories.used(cast.pharmacist, product, 300, at=NOW - timedelta(days=5))
        factories.stock_lot(cast.pharmacist, product, 33)
        factories.stock_lot(actor_in(village, Role.PHARMACIST), product, 77)
        factories.submitted_requisition(cast, {lines[0]: 2})

        def figures(**fields: str) -> tuple[int, int, int]:
            [row, _other] = ask(browser, "search", **fields).context["rows"]
            return row.figures.stock, row.used, row.figures.asked_for

        assert figures() == (33, 100, 48)
        assert figures(recipient=village.code) == (77, 0, 0)
        # what another institution keeps is nobody's business
        factories.stock_lot(actor_in(cast.other_hospital, Role.PHARMACIST), product, 99)
        assert figures(recipient=cast.other_hospital.code) == (33, 100, 48)


class TestTerms:
    def test_a_village_and_an_urgency_are_saved_and_changed(
        self, browser: Client, lines: list[AgreementLine], village: Organization
    ) -> None:
        page = browser.get(NEW).content.decode()
        assert village.name in page and "small quantity" in page
        save(browser, {lines[0]: 1}, recipient=village.code, urgency="emergency", urgency_reason="蛇伤")
        draft = Requisition.objects.get()
        assert (draft.recipient, draft.urgency, draft.urgency_reason) == (village, Urgency.EMERGENCY, "蛇伤")
        where = f"/portal/requisitions/{draft.pk}/edit/"
        page = browser.get(where).content.decode()
        assert 'value="VILLAGE" selected' in page and 'value="emergency" selected' in page and 'value="蛇伤"' in page
        browser.post(where, {"action": "save", "version": draft.version, f"packs-{lines[0].pk}": "1"})
        draft.refresh_from_db()
        assert (draft.recipient, draft.urgency, draft.urgency_reason) == (None, Urgency.ORDINARY, "")

    def test_an_urgency_without_a_reason_is_told_beside_the_field(
        self, browser: Client, lines: list[AgreementLine]
    ) -> None:
        response = save(browser, {lines[0]: 1}, urgency="special")
        page = response.content.decode()
        assert response.status_code == 422
        assert 'id="urgency_reason-error"' in page and "give the reason" in page
        assert 'value="special" selected' in page and 'value="1"' in page
        assert not Requisition.objects.exists()

    def test_a_clinic_that_is_not_ones_village_is_refused(
        self, browser: Client, cast: Cast, lines: list[AgreementLine]
    ) -> None:
        response = save(browser, {lines[0]: 1}, recipient=cast.other_hospital.code)
        assert response.status_code == 422
        assert "does not order for" in response.content.decode()
        assert not Requisition.objects.exists()
