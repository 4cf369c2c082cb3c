"""Two records of one firm are put into force at the same moment: the one that comes second is a repetition."""

from __future__ import annotations

from functools import partial

import pytest

from catalog.foundation.actor import Actor
from procurement.models import ConductRecord
from procurement.services import conduct
from procurement.services.conduct import confirm_conduct_record
from tests import factories
from tests.cast import HENAN, HUBEI, Cast
from tests.concurrency.threads import at_once, kinds, meeting, without_locks
from tests.factories import NOW

pytestmark = pytest.mark.django_db(transaction=True)


def confirm(record_id: int, actor: Actor) -> ConductRecord:
    return confirm_conduct_record(record_id=record_id, actor=actor, at=NOW)


@pytest.fixture
def confirmations(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> list[partial[ConductRecord]]:
    """Two records of one day that wait; both confirmations are made to judge at the same moment where they can."""
    records = [(waiting(cast, HENAN), cast.officer), (waiting(cast, HUBEI), cast.foreign_officer)]
    monkeypatch.setattr(conduct, "_judge", meeting(conduct._judge))
    return [partial(confirm, record.pk, actor) for record, actor in records]


def waiting(cast: Cast, province_id: str) -> ConductRecord:
    return factories.proposed_conduct(cast, province_id=province_id)


def nationwide() -> int:
    return ConductRecord.objects.filter(province=None).count()


class TestConfirmConductRecord:
    def test_counts_the_other_that_is_put_into_force_at_once(self, confirmations: list[partial[ConductRecord]]) -> None:
        outcomes = at_once(*confirmations)
        assert kinds(outcomes) == ["ConductRecord"] * 2, outcomes
        assert nationwide() == 1

    def test_without_its_lock_neither_would_count_the_other(self, confirmations: list[partial[ConductRecord]]) -> None:
        with without_locks():
            outcomes = at_once(*confirmations)
        assert kinds(outcomes) == ["ConductRecord"] * 2, outcomes
        assert nationwide() == 0
