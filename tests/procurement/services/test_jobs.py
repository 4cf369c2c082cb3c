"""Work that people can follow: truthful when it fails, is done twice, or its worker is killed."""

from __future__ import annotations

from datetime import timedelta

import pytest

from catalog.foundation.errors import AlreadyDone
from procurement.models import Tender, TenderJob
from procurement.services.jobs import visible_work
from tests import factories
from tests.cast import Cast
from tests.factories import NOW, ahead

pytestmark = pytest.mark.usefixtures("rule_sets")

Work, State = TenderJob.Work, TenderJob.State


@pytest.fixture
def tender(cast: Cast) -> Tender:
    return factories.published_tender(cast)


def work(tender: Tender, total: int = 0):  # type: ignore[no-untyped-def]
    return visible_work(tender.pk, Work.PUBLICATION, total=total, clock=lambda: NOW)


def job() -> TenderJob:
    return TenderJob.objects.get()


class TestVisibleWork:
    def test_shows_the_beginning_the_way_and_the_end(self, tender: Tender) -> None:
        with work(tender, total=10) as tell:
            assert (job().started_at, job().ended_at, job().total) == (NOW, None, 10)
            tell(4, 20)
            assert (job().done, job().total) == (4, 20)
        assert (job().ended_at, job().done, job().total, job().failure) == (NOW, 20, 20, "")

    def test_keeps_a_failure_and_lets_it_go_on(self, tender: Tender) -> None:
        with pytest.raises(ZeroDivisionError), work(tender):
            raise ZeroDivisionError("by nothing")
        assert job().failure == "ZeroDivisionError" and job().state(NOW) == State.FAILED

    def test_forgets_how_many_there_are_when_it_fails(self, tender: Tender) -> None:
        with pytest.raises(ZeroDivisionError), work(tender) as tell:
            tell(3, 7)
            raise ZeroDivisionError
        assert (job().done, job().total) == (0, 0)

    def test_stays_a_failure_where_the_next_finds_nothing_to_do(self, tender: Tender) -> None:
        with pytest.raises(ZeroDivisionError), work(tender):
            raise ZeroDivisionError
        with pytest.raises(AlreadyDone), work(tender):
            raise AlreadyDone(action="", status="")
        assert job().state(NOW) == State.FAILED

    def test_begins_anew_after_a_failure(self, tender: Tender) -> None:
        with pytest.raises(ZeroDivisionError), work(tender):
            raise ZeroDivisionError
        with work(tender):
            assert job().state(NOW) == State.RUNNING and job().failure == ""
        assert job().state(NOW) == State.DONE

    def test_leaves_a_beginning_without_an_end_where_the_worker_is_killed(self, tender: Tender) -> None:
        with pytest.raises(SystemExit), work(tender):
            raise SystemExit
        assert job().state(NOW) == State.RUNNING
        assert job().state(NOW + timedelta(hours=2)) == State.LOST

    def test_does_not_show_work_that_somebody_else_had_done(self, tender: Tender) -> None:
        with pytest.raises(AlreadyDone), work(tender):
            raise AlreadyDone(action="", status="")
        assert not TenderJob.objects.exists()

    def test_leaves_the_end_of_work_that_is_done_again(self, tender: Tender) -> None:
        with work(tender, total=7):
            pass
        with pytest.raises(AlreadyDone), visible_work(tender.pk, Work.PUBLICATION, clock=lambda: ahead(days=1)):
            raise AlreadyDone(action="", status="")
        assert (job().started_at, job().ended_at, job().done, job().total) == (NOW, NOW, 7, 7)
