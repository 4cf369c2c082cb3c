from __future__ import annotations

import pytest

from catalog.queries import presentations_of
from tests import factories

pytestmark = pytest.mark.django_db


class TestPresentationsOf:
    def test_are_found_by_name_form_and_strength(self) -> None:
        capsule, tablet = factories.presentation(), factories.presentation(form="片剂")
        factories.presentation("头孢拉定")
        assert presentations_of(["阿莫西林"]) == {
            ("阿莫西林", "胶囊", "0.25g"): capsule,
            ("阿莫西林", "片剂", "0.25g"): tablet,
        }

    def test_are_asked_for_in_one_query(self, django_assert_num_queries) -> None:  # type: ignore[no-untyped-def]
        for medicine in ("阿莫西林", "头孢拉定"):
            factories.presentation(medicine)
        with django_assert_num_queries(1):
            found = presentations_of(["阿莫西林", "头孢拉定", "无此药"])
            assert {item.medicine.name for item in found.values()} == {"阿莫西林", "头孢拉定"}
