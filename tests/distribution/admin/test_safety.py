"""Adverse reactions, signals, lots that are warned of and recalls on the officers' pages."""

from __future__ import annotations

import pytest
from django.urls import reverse

from catalog.models import Product
from distribution.models import AdverseReaction, LotAlert, LotHold, Recall, RecallReport, SafetySignal
from distribution.states import LotAlertStatus, ReactionStatus, RecallStatus, Seriousness, SignalStatus
from tests import factories
from tests.cast import Cast
from tests.factories import TODAY, ago
from tests.procurement.admin.pages import action_of, client_of, get, list_of, page_of, post


@pytest.fixture
def product(cast: Cast) -> Product:
    return factories.product(cast.supplier_firm)


def test_reactions_are_reviewed_concluded_and_found_by_their_limits(cast: Cast, product: Product) -> None:
    old = ago(days=40)
    late = factories.reaction(
        cast.pharmacist, product, seriousness=Seriousness.SERIOUS, onset_on=old.date().replace(day=1), at=old
    )
    client = client_of(cast.officer)
    assert "not reviewed in time" in get(client, list_of(AdverseReaction))
    assert late.number in get(client, f"{list_of(AdverseReaction)}?limits=overdue")
    assert late.number in get(client, f"{list_of(AdverseReaction)}?q={late.number}")
    judged = {"causality": "probable", "remark": "停药后好转"}
    assert "reviewed" in post(client, action_of(late, "review"), **judged, version=1)
    assert "changed meanwhile" in post(client, action_of(late, "conclude"), **judged, version=1)
    post(client, action_of(late, "conclude"), **judged, version=2)
    late.refresh_from_db()
    assert late.status == ReactionStatus.CONCLUDED
    twice = factories.reaction(cast.pharmacist, product)
    post(client, action_of(twice, "set_aside"), reason="重复报告", version=1)
    assert AdverseReaction.objects.counted().get() == late
    reader = client_of(cast.supervisor)
    assert "CN.2011-81.21" in get(reader, page_of(late))
    assert reader.get(action_of(twice, "review")).status_code == 403


def test_signals_show_their_figures_and_are_judged(cast: Cast, product: Product) -> None:
    signal = factories.safety_signal(cast, product)
    client = client_of(cast.officer)
    page = get(client, page_of(signal))
    assert "PRR" in page and "8.750" in page
    post(client, action_of(signal, "refute"), remark="与疾病有关", version=1)
    assert SafetySignal.objects.get().status == SignalStatus.REFUTED


def test_an_alert_shows_who_has_the_lot_and_offers_quarantine(cast: Cast, product: Product) -> None:
    factories.stock_lot(cast.pharmacist, product, 123, lot_number="L001")
    alert = factories.lot_alert(cast, product)
    client = client_of(cast.officer)
    page = get(client, page_of(alert))
    assert "中原医院" in page and "123" in page and "PLATFORM.lot-cluster.serious" in page
    assert action_of(alert, "quarantine") in page
    post(client, action_of(alert, "quarantine"), reason="聚集性反应", version=1)
    assert LotAlert.objects.get().status == LotAlertStatus.QUARANTINED
    assert LotHold.objects.in_force().get().lot_number == "L001"
    other = factories.lot_alert(cast, product, "L002")
    post(client, action_of(other, "dismiss"), reason="与批次无关", version=1)
    assert LotAlert.objects.filter(status=LotAlertStatus.DISMISSED).count() == 1


def test_a_recall_is_led_from_the_proposal_to_its_figures(cast: Cast, product: Product) -> None:
    factories.stock_lot(cast.pharmacist, product, 123, lot_number="L001")
    first, second = client_of(cast.officer), client_of(cast.second_officer)
    propose = reverse("admin:distribution_recall_propose")
    proposal = {"product": product.code, "level": "I", "reason": "可见异物"}
    assert "at most 20 characters" in post(first, propose, **proposal, lots="x" * 21)
    assert "the lots are held" in post(first, propose, **proposal, lots="L001\n\nL002")
    recall = Recall.objects.get()
    assert recall.lots == ["L001", "L002"]
    assert "whoever proposed a recall does not open it" in get(first, action_of(recall, "open_it"))
    post(second, action_of(recall, "open_it"), version=1)
    post(first, action_of(recall, "report"), kind="plan", text="召回计划", version=2)
    post(first, action_of(recall, "notify"), instructions="停止使用并封存", version=3)
    page = get(first, page_of(recall))
    assert "中原医院" in page and "share acknowledged" in page and "召回计划" in page
    post(first, action_of(recall, "close"), conclusion="召回有效", version=4)
    recall.refresh_from_db()
    assert (recall.status, recall.effectiveness["receivers"]) == (RecallStatus.CLOSED, 1)
    assert RecallReport.objects.get().figures["told"] == 0
    dropped = factories.proposed_recall(cast, product, "L009")
    post(first, action_of(dropped, "drop"), reason="复检合格", version=1)
    assert dropped.number in get(client_of(cast.supervisor), f"{list_of(Recall)}?status__exact=dropped")
    old = factories.opened_recall(cast, product, "L010", at=ago(days=20))
    assert old.number in get(first, f"{list_of(Recall)}?overdue=yes")
    assert str(TODAY.year) in get(first, page_of(old))
