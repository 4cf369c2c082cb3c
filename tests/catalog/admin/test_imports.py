"""Bringing a file in: chosen, its columns mapped, looked at, agreed to."""

from __future__ import annotations

import io
import re
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from catalog.accounts.models import Organization
from catalog.foundation.imports import read_table
from catalog.foundation.journal.models import Event
from catalog.models import Edition, Import, ImportMapping
from catalog.services.imports.checking import check_import
from catalog.services.imports.mappings import save_mapping
from catalog.services.imports.writing import write_import
from catalog.states import ImportStatus
from tests.cast import Cast
from tests.factories import NOW, drafted_edition
from tests.procurement.admin.pages import action_of, client_of, get, list_of, page_of, post

UPLOAD = "admin:catalog_import_upload"
HEADER = "编号,单位名称,类别,区划\n"
HOSPITALS = HEADER + "H1,郑州市一院,医院,4101\nH2,郑州市二院,医院,4101\n"
BAD = HOSPITALS + "H3,,医院,4101\nH4,郑州市四院,诊所,9999\n"


@pytest.fixture
def officer(cast: Cast) -> Client:
    return client_of(cast.officer)


def upload(client: Client, content: str | bytes = HOSPITALS, name: str = "医院.csv", **values: Any) -> Import:
    data = content.encode("gb18030") if isinstance(content, str) else content
    post(client, reverse(UPLOAD), **{"kind": "organizations", "file": SimpleUploadedFile(name, data)} | values)
    return Import.objects.latest("pk")


def said(taken: Import, **changed: Any) -> dict[str, Any]:
    """What a person says of the columns of the file of hospitals."""
    parts = {"text": "", "words": "", "side": "", "sign": "", "length": ""}
    columns = ("code", "kind", "name", "short_name", "region", "tier", "uscc")
    values = {f"{column}__{part}": value for column in columns for part, value in parts.items()}
    values |= {f"{column}__source": "" for column in columns}
    values |= {
        "version": taken.version,
        "decimal_sign": "auto",
        "day_order": "auto",
        "save_as": "",
        "code__source": "from:编号",
        "name__source": "from:单位名称",
        "kind__source": "from:类别",
        "kind__words": "医院=institution\n",
        "kind__only": "on",
        "region__source": "from:区划",
        "region__side": "right",
        "region__sign": "0",
        "region__length": "6",
        "tier__source": "value",
        "tier__text": "tertiary",
    }
    return values | changed


def columns_of(taken: Import) -> str:
    return action_of(taken, "columns")


def looked_at(cast: Cast, client: Client, content: str = HOSPITALS) -> Import:
    """A file that the worker has looked at."""
    taken = upload(client, content)
    post(client, columns_of(taken), **said(taken))
    return check_import(import_id=taken.pk, actor=cast.platform, at=NOW)


class TestUpload:
    def test_keeps_the_file_and_asks_for_its_columns(self, officer: Client) -> None:
        file = SimpleUploadedFile("医院.csv", HOSPITALS.encode("gb18030"))
        page = post(officer, reverse(UPLOAD), kind="organizations", file=file)
        taken = Import.objects.get()
        assert (taken.status, taken.header) == (ImportStatus.UPLOADED, ["编号", "单位名称", "类别", "区划"])
        assert "Where each column comes from" in page
        assert "郑州市一院" in page

    @pytest.mark.parametrize(
        ("content", "words"),
        [
            (b"\x00\x01\x02", "cannot be read as a spreadsheet"),
            (b"PK\x03\x04 no workbook", "cannot be read as a spreadsheet"),
            (b"\n\n", "it is empty"),
            (b"[[1]]\x00", "cannot be read as a spreadsheet"),
        ],
    )
    def test_tells_of_a_file_that_is_no_sheet(self, officer: Client, content: bytes, words: str) -> None:
        page = post(officer, reverse(UPLOAD), kind="organizations", file=SimpleUploadedFile("a.xlsx", content))
        assert words in page
        assert not Import.objects.exists()

    def test_refuses_a_file_of_more_than_20_mb(self, officer: Client) -> None:
        file = SimpleUploadedFile("a.csv", b"a" * (20 * 1024 * 1024 + 1))
        assert "larger than 20 MB" in post(officer, reverse(UPLOAD), kind="organizations", file=file)
        assert not Import.objects.exists()

    def test_keeps_the_file_where_the_mapping_is_for_another_kind(self, cast: Cast, officer: Client) -> None:
        saved = save_mapping(kind="regions", name="GB", mapping={"columns": {}}, actor=cast.officer, at=NOW)
        file = SimpleUploadedFile("a.csv", HOSPITALS.encode())
        page = post(officer, reverse(UPLOAD), kind="organizations", file=file, saved=saved.pk)
        assert "“GB” is for another kind of record." in page
        assert "Where each column comes from" in page

    def test_is_not_for_supervisors(self, cast: Cast) -> None:
        client = client_of(cast.supervisor)
        assert client.get(reverse(UPLOAD)).status_code == 403
        assert reverse(UPLOAD) not in get(client, list_of(Import))

    def test_is_where_the_editions_lead(self, officer: Client) -> None:
        page = get(officer, list_of(Edition))
        assert reverse("admin:catalog_edition_load") in page
        answer = officer.get(reverse("admin:catalog_edition_load"), follow=True)
        assert '<option value="entries" selected' in answer.content.decode()


class TestColumns:
    def test_proposes_what_is_called_alike(self, officer: Client) -> None:
        page = get(officer, columns_of(upload(officer)))
        assert re.search(r'<option value="from:单位名称" selected>单位名称\s+\(郑州市一院, 郑州市二院\)', page)

    def test_hands_the_file_over_to_the_worker(self, officer: Client) -> None:
        taken = upload(officer)
        answer = officer.post(columns_of(taken), said(taken), follow=True)
        taken.refresh_from_db()
        assert taken.status == ImportStatus.CHECKING
        assert taken.mapping["columns"]["region"] == {"from": "区划", "pad": {"right": "0", "length": 6}}
        assert Event.objects.filter(action="import.map", subject_id=taken.pk).exists()
        assert answer.headers["Refresh"] == "2"

    @pytest.mark.parametrize(
        ("changed", "words"),
        [
            ({"code__source": ""}, "Say where this comes from."),
            ({"kind__words": "医院"}, "is not of the form a=b"),
            ({"code__source": "template", "code__text": "{编号}-{city}"}, "The columns city are missing"),
            ({"code__source": "template", "code__text": "{编号"}, "a brace is not closed"),
            ({"code__source": "template"}, "Write the template"),
            ({"region__length": ""}, "Say up to which length."),
            ({"region__length": "99"}, "less than or equal to 50"),
            ({"decimal_sign": "x"}, "Select a valid choice"),
        ],
    )
    def test_tells_what_is_wrong_beside_it_and_loses_nothing(
        self, officer: Client, changed: dict[str, str], words: str
    ) -> None:
        taken = upload(officer)
        page = post(officer, columns_of(taken), **said(taken, **changed, tier__text="secondary"))
        assert words in page
        assert 'value="secondary"' in page
        taken.refresh_from_db()
        assert taken.status == ImportStatus.UPLOADED

    def test_saves_the_mapping_and_begins_with_it_the_next_time(self, cast: Cast, officer: Client) -> None:
        taken = upload(officer)
        post(officer, columns_of(taken), **said(taken, save_as="省厅医院表"))
        saved = ImportMapping.objects.get()
        assert (saved.name, saved.organization) == ("省厅医院表", cast.agency)
        page = get(officer, f"{columns_of(upload(officer))}?saved={saved.pk}")
        assert "医院=institution" in page
        assert 'value="tertiary"' in page

    def test_asks_for_the_options_of_the_kind(self, cast: Cast, officer: Client) -> None:
        drafted_edition(cast)
        taken = upload(officer, "part,number,name,category\nchemical,1,青霉素,抗微生物药\n", kind="entries")
        page = get(officer, f"{columns_of(taken)}?edition=2026")
        assert re.search(r'<option value="2026" selected', page)

    def test_is_not_another_organizations(self, cast: Cast, officer: Client) -> None:
        taken = upload(officer)
        stranger = client_of(cast.foreign_officer)
        assert stranger.get(columns_of(taken)).status_code == 404
        assert stranger.get(page_of(taken)).status_code == 404
        assert taken.file_name not in get(stranger, list_of(Import))

    def test_can_be_changed_after_the_rows_were_seen(self, cast: Cast, officer: Client) -> None:
        taken = looked_at(cast, officer, BAD)
        page = post(officer, action_of(taken, "again"))
        assert "医院=institution" in page
        taken.refresh_from_db()
        assert (taken.status, taken.rows.count(), taken.counts) == (ImportStatus.UPLOADED, 0, {})


class TestRows:
    def test_shows_the_rows_by_what_would_become_of_them(self, cast: Cast, officer: Client) -> None:
        Organization.objects.create(code="H2", kind="institution", name="二院", region_id="410100")
        taken = looked_at(cast, officer, BAD)
        page = get(officer, page_of(taken))
        assert "Refused (2)" in page
        assert "Row 4, column “单位名称”: “” must not be empty." in page
        assert "is not among the words that the mapping translates" in page
        changed = get(officer, f"{page_of(taken)}?outcome=changed")
        assert re.search(r"二院</del> → <strong>郑州市二院</strong>", changed)
        assert "郑州市一院" in get(officer, f"{page_of(taken)}?outcome=added")

    def test_turns_pages(self, cast: Cast, officer: Client) -> None:
        rows = "".join(f"H{number},医院{number},医院,4101\n" for number in range(120))
        taken = looked_at(cast, officer, HEADER + rows)
        assert "Page 1 of 3" in get(officer, page_of(taken))
        last = get(officer, f"{page_of(taken)}?outcome=added&page=3")
        assert "医院119" in last and "医院99<" not in last

    def test_gives_the_refused_rows_back_and_takes_them_mended(self, cast: Cast, officer: Client) -> None:
        taken = looked_at(cast, officer, BAD)
        answer = officer.get(action_of(taken, "refused"))
        table = read_table(b"".join(answer.streaming_content), name="refused.xlsx")  # type: ignore[attr-defined]
        assert [row[0] for row in table.rows] == ["H3", "H4"]
        assert all(row[-1] for row in table.rows)
        mended = io.StringIO()
        mended.write(",".join(table.header) + "\n")
        mended.write("H3,郑州市三院,医院,4101,old words\nH4,郑州市四院,医院,4101,old words\n")
        again = looked_at(cast, officer, mended.getvalue())
        assert again.counts == {"added": 2}

    def test_are_there_for_supervisors_to_read(self, cast: Cast, officer: Client) -> None:
        taken = looked_at(cast, officer, BAD)
        page = get(client_of(cast.supervisor), page_of(taken))
        assert "Refused (2)" in page
        assert action_of(taken, "agree") not in page

    def test_a_file_without_a_row_is_told(self, cast: Cast, officer: Client) -> None:
        taken = looked_at(cast, officer, HEADER)
        assert taken.status == ImportStatus.UNREADABLE
        assert "There is nothing in it" in get(officer, page_of(taken))


class TestAgree:
    def agree(self, client: Client, taken: Import, by_row: str, **changed: Any) -> str:
        values = {"version": taken.version, "by_row": by_row} | changed
        return post(client, action_of(taken, "agree"), **values)

    def test_has_the_rows_written(self, cast: Cast, officer: Client) -> None:
        taken = looked_at(cast, officer)
        page = self.agree(officer, taken, "whole")
        assert "is being written" in page
        write_import(import_id=taken.pk, actor=cast.platform, at=NOW)
        assert Organization.objects.get(code="H1").tier == "tertiary"
        assert re.search(r">added 2<", get(officer, page_of(taken)))

    def test_refuses_a_whole_with_bad_rows_and_writes_the_good_ones_alone(self, cast: Cast, officer: Client) -> None:
        taken = looked_at(cast, officer, BAD)
        assert "2 rows are refused" in self.agree(officer, taken, "whole")
        self.agree(officer, taken, "rows")
        written = write_import(import_id=taken.pk, actor=cast.platform, at=NOW)
        assert (written.status, written.counts) == (ImportStatus.APPLIED, {"added": 2, "refused": 2})
        assert set(Organization.objects.filter(code__startswith="H").values_list("code", flat=True)) >= {"H1", "H2"}

    def test_refuses_what_was_looked_at_before_it_changed(self, cast: Cast, officer: Client) -> None:
        taken = looked_at(cast, officer)
        assert "changed meanwhile" in self.agree(officer, taken, "whole", version=taken.version - 1)

    def test_can_be_discarded(self, cast: Cast, officer: Client) -> None:
        taken = looked_at(cast, officer)
        assert "is discarded" in post(officer, action_of(taken, "discard"))
        taken.refresh_from_db()
        assert (taken.status, bytes(taken.content), taken.rows.count()) == (ImportStatus.DISCARDED, b"", 0)


class TestMappings:
    def test_are_listed_and_deleted(self, cast: Cast, officer: Client) -> None:
        saved = save_mapping(kind="regions", name="GB", mapping={"columns": {}}, actor=cast.officer, at=NOW)
        assert "GB" in get(officer, list_of(ImportMapping))
        assert "GB" not in get(client_of(cast.foreign_officer), list_of(ImportMapping))
        assert "is deleted" in post(officer, action_of(saved, "forget"))
        assert not ImportMapping.objects.exists()
