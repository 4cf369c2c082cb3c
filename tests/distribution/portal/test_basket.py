from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client

from distribution.models import Requisition
from procurement.models import AgreementLine
from tests import factories
from tests.cast import Cast
from tests.distribution.portal.conftest import Login

NEW = "/portal/requisitions/new/"


@pytest.fixture
def browser(cast: Cast, login: Login) -> Client:
    return login(cast.buyer)


def token_of(page: str) -> str:
    found = re.search(r'name="token" value="([0-9a-f]{32})"', page)
    assert found is not None
    return found[1]


def save(browser: Client, packs: dict[AgreementLine, object], **more: str) -> Any:
    """Open the form, fill it in and save it."""
    token = token_of(browser.get(NEW).content.decode())
    fields = {f"packs-{line.pk}": str(number) for line, number in packs.items()}
    return browser.post(NEW, {"token": token, "action": "save", **fields, **more})


class TestOrderableList:
    def test_shows_what_may_be_ordered(self, browser: Client, line: AgreementLine) -> None:
        page = browser.get(NEW).content.decode()
        for text in ("阿莫西林", "华夏制药", line.product.code, "¥6.00", "¥8.72", "10,000"):
            assert text in page

    def test_finds_by_name_initials_and_code(self, browser: Client, cast: Cast, rule_sets: object) -> None:
        one, other = factories.agreement_lines(cast, ["阿莫西林", "头孢拉定"])
        for words in ("阿莫", "amxl", one.product.code):
            response = browser.post(NEW, {"q": words}, headers={"HX-Request": "true"})
            page = response.content.decode()
            assert f"packs-{one.pk}" in page and f"packs-{other.pk}" not in page, words
            assert "<html" not in page

    def test_keeps_the_quantities_of_what_the_search_does_not_show(
        self, browser: Client, cast: Cast, rule_sets: object
    ) -> None:
        one, other = factories.agreement_lines(cast, ["阿莫西林", "头孢拉定"])
        response = browser.post(NEW, {"q": "阿莫", f"packs-{other.pk}": "7"}, headers={"HX-Request": "true"})
        assert [(row.line, row.typed) for row in response.context["hidden_rows"]] == [(other, "7")]
        assert [row.line for row in response.context["rows"]] == [one]

    def test_searches_without_script_as_well(self, browser: Client, line: AgreementLine) -> None:
        response = browser.post(NEW, {"action": "search", "q": "nothing at all\x00", f"packs-{line.pk}": "7"})
        page = response.content.decode()
        assert "<html" in page and "fits “nothing at all”" in page and 'value="7"' in page

    def test_adds_up_what_is_typed(self, browser: Client, line: AgreementLine) -> None:
        page = browser.post("/portal/requisitions/total/", {f"packs-{line.pk}": "７"}).content.decode()
        assert "1 product" in page and "¥42.00" in page

    def test_does_not_show_what_is_agreed_for_another_province(
        self, cast: Cast, login: Login, line: AgreementLine
    ) -> None:
        foreign = login(cast.outsider)
        assert f"packs-{line.pk}" not in foreign.get(NEW).content.decode()
        page = foreign.post("/portal/requisitions/total/", {f"packs-{line.pk}": "7"}).content.decode()
        assert "¥0.00" in page

    def test_is_in_the_order_of_the_initials(self, browser: Client, cast: Cast, rule_sets: object) -> None:
        factories.agreement_lines(cast, ["头孢拉定", "阿莫西林", "布洛芬"])
        names = [row.line.product.presentation.medicine.name for row in browser.get(NEW).context["rows"]]
        assert names == ["阿莫西林", "布洛芬", "头孢拉定"]


class TestSave:
    def test_writes_a_draft(self, browser: Client, line: AgreementLine) -> None:
        response = save(browser, {line: 12})
        requisition = Requisition.objects.get()
        assert response["Location"] == f"/portal/requisitions/{requisition.pk}/"
        assert [(row.agreement_line, row.packs) for row in requisition.lines.all()] == [(line, 12)]

    def test_sent_twice_writes_one_draft(self, browser: Client, line: AgreementLine) -> None:
        form = {"token": token_of(browser.get(NEW).content.decode()), "action": "save", f"packs-{line.pk}": "12"}
        first, second = browser.post(NEW, form), browser.post(NEW, form)
        assert first["Location"] == second["Location"]
        assert Requisition.objects.count() == 1

    def test_the_same_form_with_other_quantities_is_told_apart(self, browser: Client, line: AgreementLine) -> None:
        form = {"token": token_of(browser.get(NEW).content.decode()), "action": "save", f"packs-{line.pk}": "12"}
        browser.post(NEW, form)
        response = browser.post(NEW, {**form, f"packs-{line.pk}": "13"})
        page = response.content.decode()
        assert response.status_code == 409
        assert f"already saved as {Requisition.objects.get().number}" in page
        assert 'value="13"' in page and token_of(page) != form["token"]

    def test_refuses_more_than_remains_and_changes_nothing(self, browser: Client, line: AgreementLine) -> None:
        response = save(browser, {line: 10_001})
        page = response.content.decode()
        assert response.status_code == 422
        assert "10,001 packs wanted, 10,000 packs left" in page
        assert 'value="10001"' in page and 'aria-invalid="true"' in page
        assert not Requisition.objects.exists()
        line.refresh_from_db()
        assert line.called_off_quantity == 0

    def test_a_refused_form_can_be_mended_and_saved(self, browser: Client, line: AgreementLine) -> None:
        token = token_of(save(browser, {line: 10_001}).content.decode())
        response = browser.post(NEW, {"token": token, "action": "save", f"packs-{line.pk}": "10000"})
        assert response.status_code == 302

    @pytest.mark.parametrize(
        ("typed", "status", "said"),
        [("", 422, "no lines"), ("0", 422, "no lines"), ("-3", 422, "-3 must be one or more"), ("2.5", 400, "“2.5”")],
    )
    def test_refuses_what_is_no_quantity(
        self, browser: Client, line: AgreementLine, typed: str, status: int, said: str
    ) -> None:
        response = save(browser, {line: typed})
        assert response.status_code == status
        assert said in response.content.decode()
        assert not Requisition.objects.exists()

    def test_refuses_what_is_agreed_for_another_province(self, cast: Cast, login: Login, line: AgreementLine) -> None:
        response = save(login(cast.outsider), {line: 1})
        assert response.status_code == 422
        assert not Requisition.objects.exists()

    def test_refuses_a_form_without_its_token(self, browser: Client, line: AgreementLine) -> None:
        response = browser.post(NEW, {"action": "save", f"packs-{line.pk}": "3"})
        assert response.status_code == 400
        assert 'value="3"' in response.content.decode()
        assert not Requisition.objects.exists()

    @pytest.mark.parametrize("name", ["approver", "pharmacist", "supplier"])
    def test_only_buyers_write(self, name: str, cast: Cast, login: Login, line: AgreementLine) -> None:
        response = login(getattr(cast, name)).post(NEW, {"action": "save", "token": "0" * 32, f"packs-{line.pk}": "3"})
        assert response.status_code == 403
        assert not Requisition.objects.exists()


class TestEdit:
    def test_shows_and_replaces_the_lines_of_a_draft(self, browser: Client, cast: Cast, line: AgreementLine) -> None:
        draft = factories.requisition(cast, {line: 10})
        where = f"/portal/requisitions/{draft.pk}/edit/"
        assert 'value="10"' in browser.get(where).content.decode()
        response = browser.post(where, {"action": "save", "version": draft.version, f"packs-{line.pk}": "4"})
        assert response["Location"] == f"/portal/requisitions/{draft.pk}/"
        assert [row.packs for row in draft.lines.all()] == [4]

    def test_refuses_to_overwrite_what_somebody_else_changed(
        self, browser: Client, cast: Cast, line: AgreementLine
    ) -> None:
        draft = factories.requisition(cast, {line: 10})
        where = f"/portal/requisitions/{draft.pk}/edit/"
        form = {"action": "save", "version": draft.version}
        assert browser.post(where, {**form, f"packs-{line.pk}": "4"}).status_code == 302
        assert browser.post(where, {**form, f"packs-{line.pk}": "5"}).status_code == 412
        assert [row.packs for row in draft.lines.all()] == [4]

    def test_refuses_more_than_remains_and_keeps_the_draft(
        self, browser: Client, cast: Cast, line: AgreementLine
    ) -> None:
        draft = factories.requisition(cast, {line: 10})
        response = browser.post(
            f"/portal/requisitions/{draft.pk}/edit/",
            {"action": "save", "version": draft.version, f"packs-{line.pk}": "10001"},
        )
        assert response.status_code == 422
        assert [row.packs for row in draft.lines.all()] == [10]

    def test_leads_back_when_it_is_no_draft(self, browser: Client, cast: Cast, line: AgreementLine) -> None:
        submitted = factories.submitted_requisition(cast, {line: 10})
        response = browser.get(f"/portal/requisitions/{submitted.pk}/edit/", follow=True)
        assert "Only a draft can be changed" in response.content.decode()

    def test_shows_what_can_no_longer_be_ordered(self, browser: Client, cast: Cast, line: AgreementLine) -> None:
        draft = factories.requisition(cast, {line: 10})
        factories.placed_order(cast, {line: 10_000})
        page = browser.get(f"/portal/requisitions/{draft.pk}/edit/").content.decode()
        assert "cannot be ordered any more" in page and 'value="10"' in page
