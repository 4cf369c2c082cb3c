"""The two screens that decide most, driven in real Chromium: the hospital's order and the officer's award."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from django.utils import timezone, translation

from distribution.models import Requisition
from distribution.states import RequisitionStatus
from procurement.models import Award, Lot
from procurement.states import LotStatus
from tests import factories
from tests.browser.conftest import Open
from tests.cast import Cast

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

Picture = Callable[["Page", str], Path]


def said(message: str) -> str:
    """What the Chinese page says for an English message."""
    with translation.override("zh-hans"):
        return translation.gettext(message)


class TestOrderInThePortal:
    def test_is_filled_by_the_buyer_and_approved_by_the_approver(
        self, cast: Cast, rule_sets: object, log_in: Open, picture: Picture
    ) -> None:
        line, other = factories.agreement_lines(cast, ["阿莫西林", "阿奇霉素"], at=timezone.now())
        page = log_in(cast.buyer, "/portal/requisitions/new/")
        page.fill("#q", "amxl")
        page.wait_for_selector(f"#packs-{other.pk}", state="detached")
        page.fill(f"#packs-{line.pk}", "10")
        page.wait_for_function("document.querySelector('#total').textContent.includes('60.00')")
        picture(page, "portal-basket")
        page.click("button[name=action][value=save]")
        page.wait_for_url(re.compile(r"/portal/requisitions/\d+/$"))
        requisition = Requisition.objects.get()
        page.locator(f"form[action$='/requisitions/{requisition.pk}/submit/'] button").click()
        page.wait_for_load_state()
        assert said("submitted") in page.inner_text("main")
        picture(page, "portal-requisition")
        page = log_in(cast.approver, f"/portal/requisitions/{requisition.pk}/")
        page.locator(f"form[action$='/requisitions/{requisition.pk}/approve/'] button").click()
        page.wait_for_load_state()
        picture(page, "portal-approved")
        requisition.refresh_from_db()
        assert requisition.status == RequisitionStatus.APPROVED
        assert requisition.approver_id == cast.approver.user_id

    def test_above_the_agreed_volume_says_the_values_and_keeps_what_was_typed(
        self, cast: Cast, rule_sets: object, log_in: Open, picture: Picture
    ) -> None:
        [line] = factories.agreement_lines(cast, at=timezone.now())
        page = log_in(cast.buyer, "/portal/requisitions/new/", language="en-GB")
        page.fill(f"#packs-{line.pk}", "999999")
        page.click("button[name=action][value=save]")
        page.wait_for_load_state()
        answer = page.inner_text("main").replace(",", "")
        assert str(999999 * line.product.pack_quantity) in answer
        assert str(line.agreed_quantity) in answer
        assert page.input_value(f"#packs-{line.pk}") == "999999"
        picture(page, "portal-refused")
        assert not Requisition.objects.exists()


class TestAwardInTheAdmin:
    def test_is_decided_by_the_second_officer(
        self, cast: Cast, rule_sets: object, log_in: Open, picture: Picture
    ) -> None:
        tender = factories.tender_with_candidates(cast, at=timezone.now())
        lot = Lot.objects.get(tender=tender)
        page = log_in(cast.second_officer, f"/admin/procurement/lot/{lot.pk}/change/")
        picture(page, "admin-lot")
        page.locator("a[href*=award]", has_text=said("Award")).last.click()
        page.wait_for_selector("#areas")
        picture(page, "admin-award")
        page.locator("button[type=submit]", has_text=said("Award")).last.click()
        page.wait_for_load_state()
        picture(page, "admin-awarded")
        lot.refresh_from_db()
        assert lot.status == LotStatus.AWARDED
        assert Award.objects.get().awarded_by_id == cast.second_officer.user_id
