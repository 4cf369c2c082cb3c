from __future__ import annotations

from datetime import date

from catalog.errors import EditionExists
from catalog.foundation.errors import NotAllowed, Stale, WrongState
from catalog.foundation.journal.models import Event
from catalog.models import Edition, EditionEntry
from catalog.services.drafts import amend_draft, take_out_entry
from catalog.services.editions import discard_edition, publish_edition
from tests import factories
from tests.cast import Cast
from tests.factories import NOW
from tests.refusals import refused


def amend(cast: Cast, edition: Edition, **changed: object) -> Edition:
    said = {
        "title": edition.title,
        "source": edition.source,
        "decision": edition.decision,
        "decided_on": edition.decided_on,
        "valid_from": edition.validity.lower,
        "valid_until": edition.validity.upper,
        "announced_chemical": edition.announced_chemical,
        "announced_tcm": edition.announced_tcm,
        "actor": cast.officer,
    } | changed
    return amend_draft(edition_id=edition.pk, at=NOW, **said)  # type: ignore[arg-type]


class TestAmendDraft:
    def test_says_anew_what_was_announced_and_when_it_holds(self, cast: Cast) -> None:
        draft = factories.drafted_edition(cast)
        after = amend(cast, draft, announced_chemical=11, valid_from=date(2027, 1, 1), title="新名")
        after.refresh_from_db()
        assert (after.announced_chemical, after.validity.lower, after.title) == (11, date(2027, 1, 1), "新名")
        event = Event.objects.get(action="edition.amend")
        assert event.changes["announced_chemical"] == [str(draft.announced_chemical), "11"]

    def test_writes_nothing_where_nothing_changes(self, cast: Cast) -> None:
        draft = factories.drafted_edition(cast)
        assert amend(cast, draft).version == draft.version
        assert not Event.objects.filter(action="edition.amend").exists()

    def test_refuses_what_is_no_draft_any_more(self, cast: Cast) -> None:
        with refused(WrongState):
            amend(cast, factories.edition(), title="新名")

    def test_refuses_whoever_is_no_officer_or_saw_another_version(self, cast: Cast) -> None:
        draft = factories.drafted_edition(cast)
        with refused(NotAllowed):
            amend(cast, draft, title="新名", actor=cast.supervisor)
        with refused(Stale):
            amend(cast, draft, title="新名", expected_version=draft.version + 1)


class TestTakeOutEntry:
    def test_takes_it_off_the_draft_and_keeps_that_it_stood_there(self, cast: Cast) -> None:
        draft = factories.drafted_edition(cast)
        entry = EditionEntry.objects.filter(edition=draft).first()
        assert entry is not None
        take_out_entry(entry_id=entry.pk, actor=cast.officer, at=NOW)
        assert not EditionEntry.objects.filter(pk=entry.pk).exists()
        assert entry.medicine.name in Event.objects.get(action="edition.take_out").changes["entry"][0]

    def test_refuses_it_once_the_edition_is_published(self, cast: Cast) -> None:
        draft = factories.drafted_edition(cast)
        publish_edition(edition_id=draft.pk, actor=cast.second_officer, at=NOW)
        with refused(WrongState):
            take_out_entry(entry_id=draft.entries.first().pk, actor=cast.officer, at=NOW)  # type: ignore[union-attr]


class TestTheCode:
    def test_of_a_discarded_draft_may_be_used_again(self, cast: Cast) -> None:
        first = factories.drafted_edition(cast, code="2027")
        discard_edition(edition_id=first.pk, actor=cast.officer, at=NOW)
        assert factories.drafted_edition(cast, code="2027").pk != first.pk

    def test_names_one_edition(self, cast: Cast) -> None:
        factories.drafted_edition(cast, code="2027")
        with refused(EditionExists):
            factories.drafted_edition(cast, code="2027")
