from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.utils.timezone import localdate

from catalog.errors import CountsDiffer, EditionExists, PeriodReversed
from catalog.foundation.actor import Actor
from catalog.foundation.errors import AlreadyDone, NotAllowed, NothingGiven, RulesBroken, Stale, WrongState
from catalog.foundation.imports import BadCell, DuplicateRow, MissingColumns, Table
from catalog.foundation.journal.models import Event
from catalog.models import Edition, EditionEntry, Medicine, Presentation
from catalog.queries import edition_in_force
from catalog.services.editions import (
    LoadedEdition,
    discard_edition,
    draft_edition,
    load_edition,
    publish_edition,
    turn_editions,
)
from catalog.states import EditionStatus
from tests import factories
from tests.cast import Cast, machine_of
from tests.factories import NOW, TODAY
from tests.refusals import refused

pytestmark = pytest.mark.django_db

HEADER = ["part", "number", "name", "inn", "category", "subcategory", "specialist", "form", "strength"]
CAPSULES = ["chemical", "6", "阿莫西林", "Amoxicillin", "抗微生物药", "青霉素类", "no", "胶囊", "0.25g"]
TABLETS = ["chemical", "6", "阿莫西林", "Amoxicillin", "抗微生物药", "青霉素类", "no", "片剂", "0.25g"]
PILLS = ["tcm", "6", "六味地黄", "", "补益剂", "", "yes", "丸剂", "每袋装3g"]
LIUWEI = {"part": "tcm", "name": "六味地黄", "category": "补益剂", "subcategory": "", "form": "丸剂", "strength": ""}
AGO, SOON = TODAY - timedelta(days=400), TODAY + timedelta(days=30)


def load(
    *rows: list[str],
    code: str = "2018",
    since: int = 2018,
    until: int | None = 2026,
    header: list[str] = HEADER,
    actor: Actor | None = None,
) -> LoadedEdition:
    return load_edition(
        code=code,
        title=f"国家基本药物目录({code}年版)",
        source="国卫药政发〔2018〕31号",
        valid_from=date(since, 11, 1),
        valid_until=date(until, 1, 1) if until else None,
        table=Table(header, list(rows)),
        actor=actor or Actor.platform(),
        at=NOW,
    )


def publish(draft: Edition, actor: Actor, **changed: object) -> Edition:
    return publish_edition(edition_id=draft.pk, actor=actor, at=NOW, **changed)


def statuses() -> dict[str, str]:
    return dict(Edition.objects.values_list("code", "status"))


class TestLoadEdition:
    def test_loads_medicines_with_their_presentations(self) -> None:
        loaded = load(CAPSULES, TABLETS, PILLS)
        assert (loaded.medicines, loaded.presentations) == (2, 3)
        entry = EditionEntry.objects.get(part="chemical", number=6)
        assert {item.form for item in entry.presentations.all()} == {"胶囊", "片剂"}
        assert not entry.specialist_guidance
        assert EditionEntry.objects.get(part="tcm", number=6).specialist_guidance
        assert Event.objects.get(action="edition.load").changes == {"medicines": [None, 2], "presentations": [None, 3]}

    def test_takes_up_the_medicines_of_the_edition_before(self) -> None:
        load(CAPSULES, TABLETS)
        load(CAPSULES, code="2026", since=2026, until=None)
        assert (Medicine.objects.count(), Presentation.objects.count()) == (1, 2)

    def test_ends_the_edition_in_whose_time_it_begins(self) -> None:
        load(CAPSULES, until=None)
        load(PILLS, code="2025", since=2025, until=None)
        assert Edition.objects.get(code="2018").validity.upper == date(2025, 11, 1)

    @pytest.mark.parametrize(
        ("code", "since"), [("2018", 2026), ("other", 2018), ("2017", 2017)], ids=["code", "same day", "before"]
    )
    def test_refuses_one_whose_code_is_taken_or_in_whose_time_another_begins(self, code: str, since: int) -> None:
        load(CAPSULES)
        with refused(EditionExists):
            load(PILLS, code=code, since=since, until=None)
        assert Edition.objects.get().entries.get().medicine.name == "阿莫西林"
        assert not Medicine.objects.filter(name="六味地黄").exists()

    def test_refuses_everything_for_one_bad_row(self) -> None:
        with pytest.raises(RulesBroken) as caught:
            load(CAPSULES, [*PILLS[:1], "six", *PILLS[2:]], CAPSULES)
        assert [type(error) for error in caught.value.errors] == [BadCell, DuplicateRow]
        assert not Edition.objects.exists() and not Medicine.objects.exists()

    @pytest.mark.parametrize(
        ("column", "longest"),
        [("name", 200), ("inn", 200), ("category", 100), ("subcategory", 100), ("form", 50), ("strength", 100)],
    )
    def test_refuses_a_text_that_is_longer_than_its_field(self, column: str, longest: int) -> None:
        row = dict(zip(HEADER, CAPSULES, strict=True))
        with refused(BadCell) as refusal:
            load([*(row | {column: "药" * (longest + 1)}).values()])
        assert refusal.pointers == [f"/rows/2/{column}"]
        load([*(row | {column: "药" * longest}).values()])
        assert Edition.objects.count() == 1

    def test_refuses_a_number_that_no_list_has(self) -> None:
        with refused(BadCell) as refusal:
            load([CAPSULES[0], "2147483648", *CAPSULES[2:]])
        assert refusal.pointers == ["/rows/2/number"]

    def test_refuses_one_number_for_two_medicines(self) -> None:
        with refused(DuplicateRow):
            load(CAPSULES, [*CAPSULES[:2], "头孢拉定", *CAPSULES[3:]])

    def test_refuses_one_medicine_under_two_numbers(self) -> None:
        with refused(DuplicateRow):
            load(CAPSULES, ["chemical", "7", *TABLETS[2:]])
        assert not Edition.objects.exists()

    def test_refuses_a_sheet_without_its_columns(self) -> None:
        with refused(MissingColumns):
            load(header=HEADER[1:])

    def test_refuses_a_sheet_without_rows(self) -> None:
        with refused(NothingGiven):
            load()

    def test_is_no_way_around_the_second_officer(self, cast: Cast) -> None:
        with refused(NotAllowed):
            load(CAPSULES, actor=cast.officer)
        assert not Edition.objects.exists()


class TestDraftEdition:
    def test_holds_on_no_day(self, cast: Cast) -> None:
        draft = factories.drafted_edition(cast, valid_from=AGO)
        assert (draft.status, draft.drafted_by_id) == (EditionStatus.DRAFT, cast.officer.user_id)
        assert edition_in_force(TODAY) is None

    def test_may_overlap_what_is_in_force(self, cast: Cast) -> None:
        standing = factories.edition()
        factories.drafted_edition(cast, valid_from=AGO)
        assert edition_in_force(TODAY) == standing

    def test_refuses_a_code_that_is_taken(self, cast: Cast) -> None:
        factories.drafted_edition(cast)
        with refused(EditionExists):
            factories.drafted_edition(cast)

    @pytest.mark.parametrize("who", ["buyer", "supervisor", "supplier"])
    def test_refuses_who_is_no_officer(self, cast: Cast, who: str) -> None:
        with refused(NotAllowed):
            draft_edition(
                code="x",
                title="x",
                source="x",
                valid_from=TODAY,
                valid_until=None,
                actor=getattr(cast, who),
                at=NOW,
            )

    def test_refuses_a_period_that_ends_before_it_begins(self, cast: Cast) -> None:
        with refused(PeriodReversed):
            factories.drafted_edition(cast, valid_from=TODAY, valid_until=TODAY)


class TestPublishEdition:
    def test_brings_a_current_one_into_force_at_once(self, cast: Cast) -> None:
        published = publish(factories.drafted_edition(cast, valid_from=TODAY), cast.second_officer)
        assert (published.status, published.published_by_id, published.published_at) == (
            EditionStatus.IN_FORCE,
            cast.second_officer.user_id,
            NOW,
        )
        assert [*Event.objects.values_list("action", flat=True).order_by("pk")][-2:] == [
            "edition.publish",
            "edition.bring_into_force",
        ]

    def test_lets_one_of_tomorrow_wait(self, cast: Cast) -> None:
        assert publish(factories.drafted_edition(cast, valid_from=SOON), cast.second_officer).status == "published"
        assert edition_in_force(TODAY) is None
        assert edition_in_force(SOON).code == "2026"

    def test_supersedes_one_of_long_ago_at_once(self, cast: Cast) -> None:
        draft = factories.drafted_edition(cast, valid_from=AGO, valid_until=TODAY)
        assert publish(draft, cast.second_officer).status == EditionStatus.SUPERSEDED
        assert edition_in_force(AGO) == draft

    def test_ends_and_supersedes_the_one_that_stood(self, cast: Cast) -> None:
        former = factories.edition()
        publish(factories.drafted_edition(cast, valid_from=TODAY), cast.second_officer)
        former.refresh_from_db()
        assert (former.validity.upper, statuses()) == (TODAY, {"2018": "superseded", "2026": "in_force"})
        assert Event.objects.get(action="edition.end").changes == {"valid_until": [None, str(TODAY)]}

    def test_leaves_the_one_that_stands_in_force_until_its_day(self, cast: Cast) -> None:
        factories.edition()
        publish(factories.drafted_edition(cast, valid_from=SOON), cast.second_officer)
        assert statuses() == {"2018": "in_force", "2026": "published"}
        assert edition_in_force(SOON - timedelta(days=1)).code == "2018"
        assert edition_in_force(SOON).code == "2026"

    def test_refuses_the_officer_who_drafted_it(self, cast: Cast) -> None:
        draft = factories.drafted_edition(cast)
        with refused(NotAllowed):
            publish(draft, cast.officer)
        assert statuses() == {"2026": "draft"}

    def test_refuses_a_system_and_who_is_no_officer(self, cast: Cast) -> None:
        draft = factories.drafted_edition(cast)
        for actor in (machine_of(cast.second_officer), cast.supervisor, cast.buyer):
            with refused(NotAllowed):
                publish(draft, actor)

    def test_takes_an_officer_of_another_province(self, cast: Cast) -> None:
        assert publish(factories.drafted_edition(cast, valid_from=TODAY), cast.foreign_officer).status == "in_force"

    def test_refuses_one_that_lists_nothing(self, cast: Cast) -> None:
        draft = factories.drafted_edition(cast)
        draft.entries.all().delete()
        with refused(NothingGiven):
            publish(draft, cast.second_officer)

    def test_refuses_one_that_begins_where_or_before_another_begins(self, cast: Cast) -> None:
        factories.edition(valid_from=AGO)
        for number, begin in enumerate((AGO, AGO - timedelta(days=1))):
            draft = factories.drafted_edition(cast, code=f"D{number}", valid_from=begin)
            with refused(EditionExists):
                publish(draft, cast.second_officer)
        assert Edition.objects.get(code="2018").validity.upper is None

    def test_takes_one_that_ends_where_another_begins(self, cast: Cast) -> None:
        factories.edition(valid_from=AGO)
        draft = factories.drafted_edition(cast, valid_from=AGO - timedelta(days=9), valid_until=AGO)
        assert publish(draft, cast.second_officer).status == EditionStatus.SUPERSEDED
        assert statuses()["2018"] == EditionStatus.IN_FORCE

    def test_refuses_a_decision_on_an_old_version(self, cast: Cast) -> None:
        draft = factories.drafted_edition(cast)
        with refused(Stale):
            publish(draft, cast.second_officer, expected_version=draft.version + 1)

    def test_refuses_what_is_published(self, cast: Cast) -> None:
        draft = factories.drafted_edition(cast, valid_from=SOON)
        publish(draft, cast.second_officer)
        with refused(AlreadyDone):
            publish(draft, cast.second_officer)

    @pytest.mark.parametrize(
        ("announced", "wrong"),
        [
            ({"announced_chemical": 1, "announced_tcm": 1}, []),
            ({}, []),
            ({"announced_chemical": 2}, [(2, 1)]),
            ({"announced_chemical": 0, "announced_tcm": 3}, [(0, 1), (3, 1)]),
        ],
    )
    def test_counts_what_was_announced(
        self, cast: Cast, announced: dict[str, int], wrong: list[tuple[int, int]]
    ) -> None:
        # listed again in another section, amoxicillin counts once
        draft = factories.drafted_edition(cast, {}, {"category": "消化系统用药"}, LIUWEI, **announced)
        assert draft.entries.count() == 3
        if not wrong:
            assert publish(draft, cast.second_officer)
            return
        with refused(*[CountsDiffer] * len(wrong)) as refusal:
            publish(draft, cast.second_officer)
        assert [(error.facts["announced"], error.facts["listed"]) for error in refusal.errors] == wrong
        assert statuses() == {"2026": "draft"}


class TestDiscardEdition:
    def test_gives_a_draft_up(self, cast: Cast) -> None:
        draft = factories.drafted_edition(cast, valid_from=AGO)
        assert discard_edition(edition_id=draft.pk, actor=cast.officer, at=NOW).status == EditionStatus.DISCARDED
        assert edition_in_force(TODAY) is None
        with refused(WrongState):
            publish(draft, cast.second_officer)

    def test_refuses_what_is_published(self, cast: Cast) -> None:
        standing = factories.edition()
        with refused(WrongState):
            discard_edition(edition_id=standing.pk, actor=cast.officer, at=NOW)

    def test_refuses_who_is_no_officer(self, cast: Cast) -> None:
        with refused(NotAllowed):
            discard_edition(edition_id=factories.drafted_edition(cast).pk, actor=cast.buyer, at=NOW)


class TestTurnEditions:
    @pytest.fixture
    def _two(self, cast: Cast) -> None:
        factories.edition()
        publish(factories.drafted_edition(cast, valid_from=SOON), cast.second_officer)

    def turn(self, on: date) -> list[str]:
        return [edition.code for edition in turn_editions(on=on, actor=Actor.platform(), at=NOW)]

    @pytest.mark.usefixtures("_two")
    def test_changes_nothing_before_the_day(self) -> None:
        assert self.turn(SOON - timedelta(days=1)) == []
        assert statuses() == {"2018": "in_force", "2026": "published"}

    @pytest.mark.usefixtures("_two")
    def test_puts_the_later_one_in_the_place_of_the_former_on_its_day(self) -> None:
        assert self.turn(SOON) == ["2018", "2026"]
        assert statuses() == {"2018": "superseded", "2026": "in_force"}

    @pytest.mark.usefixtures("_two")
    def test_may_come_as_often_as_it_likes(self) -> None:
        self.turn(SOON)
        events = Event.objects.count()
        assert self.turn(SOON) == self.turn(SOON + timedelta(days=1)) == []
        assert Event.objects.count() == events

    @pytest.mark.usefixtures("_two")
    def test_catches_up_when_days_were_missed(self, cast: Cast) -> None:
        draft = factories.drafted_edition(cast, code="2030", valid_from=SOON + timedelta(days=60))
        publish(draft, cast.second_officer)
        self.turn(SOON + timedelta(days=90))
        assert statuses() == {"2018": "superseded", "2026": "superseded", "2030": "in_force"}

    @pytest.mark.usefixtures("_two")
    def test_leaves_exactly_one_in_force_on_every_day(self) -> None:
        for day in (TODAY, SOON - timedelta(days=1), SOON, SOON + timedelta(days=1)):
            self.turn(day)
            in_force = Edition.objects.get(status=EditionStatus.IN_FORCE)
            assert in_force == edition_in_force(day)

    def test_touches_no_draft(self, cast: Cast) -> None:
        factories.drafted_edition(cast, valid_from=AGO)
        assert self.turn(TODAY) == []

    def test_is_written_down_as_the_platforms_act(self, cast: Cast) -> None:
        publish(factories.drafted_edition(cast, valid_from=localdate(NOW)), cast.second_officer)
        assert Event.objects.get(action="edition.bring_into_force").user_id is None
