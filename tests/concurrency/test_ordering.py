"""Two hospitals hand in requisitions for the last of an agreed volume at the same moment."""

from __future__ import annotations

from functools import partial

import pytest

from catalog.foundation.errors import RulesBroken
from distribution.models import Requisition
from distribution.services import requisition_lines, requisitions
from distribution.services.requisitions import Wanted, draft_requisition
from distribution.states import RequisitionStatus
from procurement.models import AgreementLine
from procurement.services.volumes import take_volume
from tests import factories
from tests.cast import Cast
from tests.concurrency.threads import at_once, kinds, meeting
from tests.factories import NOW
from tests.procurement.ledger import assert_ledger_equals_balance

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("rule_sets")]


@pytest.fixture
def lines(cast: Cast) -> list[AgreementLine]:
    """Two lines of which ten packs are left."""
    lines = factories.agreement_lines(cast, ("阿莫西林", "头孢拉定"))
    take_volume({line.pk: line.agreed_quantity - 10 * 24 for line in lines}, reference="before", at=NOW)
    return lines


def hand_in(cast: Cast, lines: list[AgreementLine], packs: int) -> Requisition:
    wanted = [Wanted(line.pk, packs) for line in lines]
    return draft_requisition(lines=wanted, actor=cast.buyer, at=NOW, submit=True)


class TestHandingIn:
    @pytest.mark.parametrize("at_once_first", [True, False], ids=["in one statement", "line by line"])
    def test_sells_the_last_packs_once_whatever_the_order_of_the_lines(
        self, cast: Cast, lines: list[AgreementLine], monkeypatch: pytest.MonkeyPatch, at_once_first: bool
    ) -> None:
        if not at_once_first:
            monkeypatch.setattr(requisitions, "order_at_once", lambda *_asked: None)
        outcomes = at_once(
            partial(hand_in, cast, lines, 6), partial(hand_in, cast, lines[::-1], 6), partial(hand_in, cast, lines, 5)
        )
        assert kinds(outcomes) == ["Requisition", "RulesBroken", "RulesBroken"]
        # both lines of the losers are named, and nothing of theirs is left
        assert {len(outcome.errors) for outcome in outcomes if isinstance(outcome, RulesBroken)} == {2}
        [handed_in] = Requisition.objects.filter(status=RequisitionStatus.SUBMITTED)
        packs = set(handed_in.lines.values_list("packs", flat=True))
        assert {
            10 - line.remaining_quantity // 24
            for line in AgreementLine.objects.filter(pk__in=[line.pk for line in lines])
        } == packs
        assert_ledger_equals_balance()

    def test_would_sell_them_twice_if_it_looked_first_and_took_afterwards(
        self, cast: Cast, lines: list[AgreementLine], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        decide = meeting(lambda: None)

        def look_then_take(units: dict[int, int], **told: object) -> set[int]:
            found = AgreementLine.objects.in_bulk(units)
            decide()
            for key, wanted in units.items():
                found[key].called_off_quantity += wanted
                found[key].save(update_fields=["called_off_quantity"])
            return set(units)

        monkeypatch.setattr(requisition_lines, "take_volume", look_then_take)
        monkeypatch.setattr(requisitions, "order_at_once", lambda *_asked: None)
        outcomes = at_once(partial(hand_in, cast, lines, 6), partial(hand_in, cast, lines, 6))
        assert kinds(outcomes) == ["Requisition", "Requisition"]
