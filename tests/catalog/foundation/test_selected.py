from __future__ import annotations

import pytest

from catalog.foundation.selected import insert_selected
from catalog.models import Medicine

pytestmark = pytest.mark.django_db


class TestInsertSelected:
    def test_writes_a_row_for_each_that_is_found_with_the_defaults_of_the_model(self) -> None:
        written = insert_selected(
            Medicine,
            {"name": "%(prefix)s || number", "is_traditional": "number = 2"},
            "FROM generate_series(1, %(count)s) AS number",
            {"prefix": "药品", "count": 3},
        )
        assert written == 3
        medicines = Medicine.objects.order_by("pk").values_list("name", "inn", "atc", "is_traditional")
        assert list(medicines) == [("药品1", "", "", False), ("药品2", "", "", True), ("药品3", "", "", False)]

    def test_takes_the_key_from_the_select_where_it_is_stated(self) -> None:
        insert_selected(Medicine, {"id": "7", "name": "'药品'"}, "", {})
        assert Medicine.objects.get().pk == 7
