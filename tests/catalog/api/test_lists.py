"""The lists over the API: editions, their entries and changes, and what provinces add."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from catalog.models import EditionEntry
from tests import factories
from tests.cast import HENAN, HUBEI, Cast
from tests.catalog.api.calls import Caller, problem_in

pytestmark = pytest.mark.django_db
ENTRIES, EDITIONS = "/api/v1/essential-medicines/", "/api/v1/editions/"
ASPIRIN = {"number": "7", "name": "阿司匹林", "inn": "Aspirin", "category": "解热镇痛药", "specialist": "yes"}


def results(path: str, **question: str) -> list[dict[str, Any]]:
    answer = Caller().get(path, question)
    assert answer.status_code == 200, answer.content
    return answer.json()["results"]


def names(**question: str) -> list[str]:
    return [entry["medicine"]["name"] for entry in results(ENTRIES, **question)]


@pytest.fixture
def editions(cast: Cast) -> None:
    """One since 2018, a former one, and a draft."""
    factories.edition({}, code="2009", valid_from=date(2009, 9, 21), valid_until=date(2018, 11, 1))
    tcm = {"part": "tcm", "number": "1", "name": "银翘解毒丸", "category": "内科用药", "subcategory": "解表剂"}
    factories.edition({"number": "5", "strength": "0.5g"}, ASPIRIN, tcm)
    factories.drafted_edition(cast, {"name": "未公布"})


@pytest.mark.usefixtures("editions")
class TestEssentialMedicines:
    def test_are_those_of_an_edition_or_a_day(self) -> None:
        assert (
            names()
            == names(edition="2018")
            == names(edition="", on="2020-01-01")
            == ["阿莫西林", "阿司匹林", "银翘解毒丸"]
        )
        assert names(edition="2009") == names(on="2010-01-01") == ["阿莫西林"]
        assert names(on="2001-01-01") == []

    def test_are_those_of_a_part(self) -> None:
        assert names(part="tcm") == ["银翘解毒丸"]

    @pytest.mark.parametrize(
        ("words", "found"),
        [("阿", 2), ("阿 aspi", 1), ("ＡＳＰＩＲＩＮ", 1), ("yqjdw", 1), ("阿 没有", 0), ("x" * 10_000, 0), ("  ", 3)],
    )
    def test_are_found_by_all_words(self, words: str, found: int) -> None:
        assert len(names(search=words)) == found

    def test_are_found_by_the_medicines_of_a_group(self, cast: Cast) -> None:
        entry = EditionEntry.objects.get(medicine__name="阿司匹林")
        entry.members.add(factories.presentation("赖氨匹林").medicine)
        assert names(search="赖氨") == ["阿司匹林"]
        assert [member["name"] for member in results(ENTRIES, search="阿司匹林")[0]["members"]] == ["赖氨匹林"]

    def test_say_where_and_how_they_are_listed(self) -> None:
        [entry] = results(ENTRIES, search="阿莫西林")
        assert entry["sections"] == ["抗微生物药", "青霉素类"]
        assert (entry["is_repeat"], entry["is_group"], entry["note"], entry["forms_without_strength"]) == (
            *(False, False),
            *("", []),
        )
        assert results(ENTRIES, search="aspirin")[0]["specialist_guidance"] is True

    @pytest.mark.parametrize("code", ["2026", "没有", "\x00", "x" * 5000])
    def test_are_not_found_of_what_is_no_published_edition(self, code: str) -> None:
        answer = Caller().get(ENTRIES, {"edition": code})
        assert answer.status_code in {400, 404}
        assert answer["Content-Type"] == "application/problem+json"

    @pytest.mark.parametrize("question", [{"on": "yesterday"}, {"part": "herbs"}])
    def test_are_not_shown_where_the_question_cannot_be_read(self, question: dict[str, str]) -> None:
        problem_in(Caller().get(ENTRIES, question), 400)


@pytest.mark.usefixtures("editions")
class TestEditions:
    def test_are_those_that_are_published(self) -> None:
        assert [(row["code"], row["valid_until"]) for row in results(EDITIONS)] == [
            ("2018", None),
            ("2009", "2018-11-01"),
        ]
        assert Caller().get(f"{EDITIONS}2018/").json()["title"] == "国家基本药物目录(2018年版)"
        problem_in(Caller().get(f"{EDITIONS}2026/"), 404, "not-found")

    def test_say_what_they_change(self) -> None:
        body = Caller().get(f"{EDITIONS}2018/changes/?from=2009").json()
        assert (body["former"], body["edition"], body["unchanged"]) == ("2009", "2018", 0)
        assert [entry["medicine"]["name"] for entry in body["added"]] == ["阿司匹林", "银翘解毒丸"]
        [changed] = body["changed"]
        assert (changed["number_before"], changed["number"]) == (6, 5)
        assert {"aspect": "presentations", "before": ["胶囊 0.25g"], "after": ["胶囊 0.5g"]} in changed["changes"]
        assert [entry["medicine"]["name"] for entry in body["removed"]] == []

    @pytest.mark.parametrize(
        ("former", "status"), [("2026", 404), ("没有", 404), ("", 400), ("%00", 400), ("x" * 5000, 404)]
    )
    def test_are_compared_with_published_ones_alone(self, former: str, status: int) -> None:
        problem_in(Caller().get(f"{EDITIONS}2018/changes/?from={former}"), status)


class TestProvincialAdditions:
    WHERE = "/api/v1/provincial-additions/"

    def test_are_those_of_the_province_on_the_day(self, cast: Cast) -> None:
        presentation = factories.presentation("复方丹参滴丸", "滴丸", "27mg")
        factories.addition(cast, presentation, only=[presentation])
        [row] = results(self.WHERE, province=HENAN)
        assert (row["province"], row["province_name"], row["medicine"]["name"]) == (HENAN, "河南省", "复方丹参滴丸")
        assert [item["strength"] for item in row["presentations"]] == ["27mg"]
        assert results(self.WHERE) == [row]
        assert results(self.WHERE, province=HUBEI) == results(self.WHERE, on="2019-12-31") == []

    @pytest.mark.parametrize(("province", "status"), [("999999", 404), ("410102", 404), ("河南", 400)])
    def test_are_of_a_province(self, cast: Cast, province: str, status: int) -> None:
        problem_in(Caller().get(self.WHERE, {"province": province}), status)


class TestQueries:
    @pytest.mark.parametrize("path", [ENTRIES, "/api/v1/provincial-additions/"])
    def test_are_as_many_for_fifty_rows_as_for_one(self, cast: Cast, path: str) -> None:
        factories.edition(*({"number": str(number), "name": f"药{number}"} for number in range(1, 51)))
        for number in range(1, 51):
            listed = factories.presentation(f"药{number}", "胶囊", "0.5g")
            factories.addition(cast, listed, only=[listed])
        counts = set()
        for size in (1, 50):
            with CaptureQueriesContext(
                connection,
            ) as queries:
                assert len(results(path, page_size=str(size))) == size
            counts.add(len(queries))
        assert len(counts) == 1
