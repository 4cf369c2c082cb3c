from __future__ import annotations

import pytest

from catalog.foundation.errors import NotAllowed, NotVisible, WrongState
from catalog.foundation.journal.models import Event
from catalog.models import EditionEntry, Medicine
from catalog.queries import Ground, essentiality
from catalog.services.editions import discard_edition
from catalog.services.group_members import set_group_members
from tests import factories
from tests.cast import Cast, machine_of
from tests.catalog.admin.lists import drafted, entry_of, listing, published
from tests.factories import NOW, TODAY
from tests.refusals import refused

GROUP = "抗蛇毒血清"


def group(cast: Cast) -> EditionEntry:
    """On the edition in force."""
    edition = published("2018", [listing(400, GROUP, is_group=True), listing(6)], cast)
    return entry_of(edition, GROUP)


def set_to(entry: EditionEntry, actor: object, *medicines: Medicine) -> EditionEntry:
    return set_group_members(entry_id=entry.pk, medicines=medicines, actor=actor, at=NOW)  # type: ignore[arg-type]


class TestSetGroupMembers:
    def test_makes_the_members_products_essential(self, cast: Cast) -> None:
        entry = group(cast)
        serum = factories.product(cast.supplier_firm, factories.presentation("抗蝮蛇毒血清", "注射液", "6000单位"))
        assert essentiality([serum], TODAY)[serum.pk].ground == Ground.NOT_LISTED
        set_to(entry, cast.officer, serum.presentation.medicine)
        assert essentiality([serum], TODAY)[serum.pk].ground == Ground.GROUP

    def test_writes_down_the_names_before_and_after(self, cast: Cast) -> None:
        entry = group(cast)
        one, other = (factories.presentation(name).medicine for name in ("抗蝮蛇毒血清", "抗银环蛇毒血清"))
        set_to(entry, cast.officer, one)
        set_to(entry, cast.foreign_officer, other)
        assert list(entry.members.all()) == [other]
        event = Event.objects.filter(action="edition_entry.set_members").latest("pk")
        assert (event.user_id, event.subject_id) == (cast.foreign_officer.user_id, entry.pk)
        assert event.changes == {"members": [[one.name], [other.name]]}

    def test_twice_is_the_same_as_once(self, cast: Cast) -> None:
        entry, one = group(cast), factories.presentation("抗蝮蛇毒血清").medicine
        for _ in range(2):
            set_to(entry, cast.officer, one)
        assert Event.objects.filter(action="edition_entry.set_members").count() == 1

    def test_is_open_while_the_edition_is_a_draft(self, cast: Cast) -> None:
        edition = drafted("2026", [listing(400, GROUP, is_group=True)], cast.officer)
        set_to(entry_of(edition, GROUP), cast.officer, factories.presentation("抗蝮蛇毒血清").medicine)
        assert edition.entries.get().members.count() == 1

    def test_does_not_rewrite_a_past_edition(self, cast: Cast) -> None:
        entry = group(cast)
        published("2026", [listing(6)], cast, since=2025)
        with refused(WrongState):
            set_to(entry, cast.officer, factories.presentation("抗蝮蛇毒血清").medicine)
        assert not entry.members.exists()

    def test_refuses_a_discarded_draft(self, cast: Cast) -> None:
        edition = drafted("2026", [listing(400, GROUP, is_group=True)], cast.officer)
        discard_edition(edition_id=edition.pk, actor=cast.officer, at=NOW)
        with refused(WrongState):
            set_to(entry_of(edition, GROUP), cast.officer)

    def test_refuses_an_entry_that_is_no_group(self, cast: Cast) -> None:
        entry = entry_of(group(cast).edition, "阿莫西林")
        with refused(NotVisible):
            set_to(entry, cast.officer)

    @pytest.mark.parametrize("name", ["supervisor", "buyer"])
    def test_refuses_whoever_is_no_officer(self, cast: Cast, name: str) -> None:
        entry = group(cast)
        with refused(NotAllowed):
            set_to(entry, getattr(cast, name))

    def test_refuses_a_system(self, cast: Cast) -> None:
        entry = group(cast)
        with refused(NotAllowed):
            set_to(entry, machine_of(cast.officer))
