from __future__ import annotations

from collections.abc import Sequence
from itertools import count
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from catalog.queries.comparisons import Aspect, Comparison, compare_editions
from catalog.services.edition_entries import Listing, write_entries
from tests.cast import Cast
from tests.catalog.admin.lists import drafted, listing, published

EYES = ("二十、眼科用药", "(一)抗感染药")


def compared(cast: Cast, before: Sequence[Listing], after: Sequence[Listing]) -> Comparison:
    old = published("2018", before, cast)
    return compare_editions(old, published("2026", after, cast, since=2026))


def only_change(found: Comparison) -> tuple[Aspect, tuple[str, ...], tuple[str, ...]]:
    [item] = found.changed
    [change] = item.changes
    return change.aspect, change.before, change.after


class TestCompareEditions:
    def test_names_what_is_added_and_removed_and_counts_the_rest(self, cast: Cast) -> None:
        found = compared(
            cast,
            [listing(1, "青霉素"), listing(6), listing(7, "头孢唑林")],
            [listing(1, "青霉素"), listing(2, "苯唑西林"), listing(7)],
        )
        assert [entry.medicine.name for entry in found.added] == ["苯唑西林"]
        assert [entry.medicine.name for entry in found.removed] == ["头孢唑林"]
        # another number is no change
        assert (found.changed, found.unchanged) == ((), 2)

    def test_takes_another_spelling_for_the_same_presentation(self, cast: Cast) -> None:
        found = compared(
            cast,
            [listing(6, "阿莫西林", ("胶囊", "0.25g"), ("注射用无菌粉末", "0.24g(40万单位)"))],
            [listing(6, "阿莫西林", ("胶囊剂", "250mg"), ("注射用无菌粉末", "0.24g"))],
        )
        assert (found.changed, found.unchanged) == ((), 1)

    @pytest.mark.parametrize(
        ("changed", "aspect", "before", "after"),
        [
            ({"specialist": True}, Aspect.SPECIALIST, (), ("△",)),
            ({"note": "仅限儿童"}, Aspect.NOTE, (), ("仅限儿童",)),
            ({"part": "tcm"}, Aspect.PART, None, None),
            (
                {"section": EYES},
                Aspect.SECTION,
                ("一、抗微生物药 › (一)青霉素类",),
                ("二十、眼科用药 › (一)抗感染药",),
            ),
            ({"forms_without_strength": ["注射液"]}, Aspect.FORMS, (), ("注射液",)),
        ],
    )
    def test_says_what_is_otherwise(
        self, cast: Cast, changed: dict[str, Any], aspect: Aspect, before: Any, after: Any
    ) -> None:
        found = only_change(compared(cast, [listing()], [listing(**changed)]))
        assert found[0] == aspect
        if before is not None:
            assert found[1:] == (before, after)

    def test_is_not_misled_by_the_numbering_of_sections(self, cast: Cast) -> None:
        found = compared(cast, [listing()], [listing(section=("二、抗微生物药", "（三）青霉素类"))])
        assert found.unchanged == 1

    def test_names_the_strengths_that_came_and_went(self, cast: Cast) -> None:
        before = listing(6, "阿莫西林", ("胶囊", "0.125g"), ("胶囊", "0.25g"))
        after = listing(6, "阿莫西林", ("胶囊", "0.25g"), ("胶囊", "0.5g"))
        found = only_change(compared(cast, [before], [after]))
        assert found == (Aspect.PRESENTATIONS, ("胶囊 0.125g",), ("胶囊 0.5g",))

    def test_names_the_sections_in_which_a_medicine_is_listed_again(self, cast: Cast) -> None:
        again = listing(is_repeat=True, section=EYES)
        found = compared(cast, [listing()], [listing(), again])
        assert only_change(found) == (Aspect.REPEATS, (), ("二十、眼科用药 › (一)抗感染药",))

    def test_takes_as_many_queries_for_fifty_as_for_one(self, cast: Cast) -> None:
        old, new = drafted("2018", [listing(1)], cast.officer), drafted("2026", [listing(1)], cast.officer)

        def cost() -> int:
            with CaptureQueriesContext(connection) as queries:
                compare_editions(old, new)
            return len(queries)

        few = cost()
        for edition in (old, new):
            write_entries(edition, [listing(number, f"药{number}") for number in range(2, 52)])
        assert cost() == few == 2


CODES = count()
NUMBERS = st.sets(st.integers(1, 6))


class TestProperties:
    @settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(before=NUMBERS, after=NUMBERS)
    def test_every_medicine_is_added_removed_changed_or_unchanged_and_turned_round_the_other_way(
        self, cast: Cast, before: set[int], after: set[int]
    ) -> None:
        old, new = (
            drafted(f"H{next(CODES)}", [listing(number, f"药{number}") for number in numbers], cast.officer)
            for numbers in (before, after)
        )
        there, back = compare_editions(old, new), compare_editions(new, old)
        assert len(there.added) + len(there.changed) + there.unchanged == len(after)
        assert len(there.removed) + len(there.changed) + there.unchanged == len(before)
        assert [entry.medicine_id for entry in there.added] == [entry.medicine_id for entry in back.removed]
        assert compare_editions(new, new).unchanged == len(after)
