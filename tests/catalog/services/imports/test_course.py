"""The way of a file: taken, looked at, agreed to, written or not."""

from __future__ import annotations

import io
import json
import threading
from typing import Any

import pytest
import xlsxwriter
from django.db import connection
from django.utils import translation

from catalog.accounts.models import Organization
from catalog.errors import RefusedRows
from catalog.foundation.errors import AlreadyDone, DomainError, NotAllowed, NotVisible, Stale, WrongState
from catalog.foundation.imports import MissingColumns, read_table, write_refused
from catalog.foundation.journal.models import Delivery, Event
from catalog.foundation.mapping import MalformedMapping, UnmappedColumns
from catalog.foundation.sheets import DamagedFile
from catalog.models import GuidePrice, Import, ImportMapping, Region
from catalog.services.imports import writing
from catalog.services.imports.checking import check_import
from catalog.services.imports.intake import discard_import, remap_import, start_import
from catalog.services.imports.mappings import delete_mapping, save_mapping
from catalog.services.imports.reading import refused_rows
from catalog.services.imports.registry import KINDS
from catalog.services.imports.writing import agree_import, write_import
from catalog.states import ImportStatus
from tests.cast import Cast
from tests.catalog.services.imports.files import agreed, as_csv, checked, problems, straight, taken, written
from tests.catalog.services.imports.old_excel import as_xls
from tests.factories import NOW, presentation
from tests.refusals import refused

FIRMS = [{"code": f"F{number}", "kind": "supplier", "name": f"药厂{number}"} for number in range(1, 4)]
BAD = {"code": "F4", "kind": "farm", "name": "农场"}


def firms() -> set[str]:
    return set(Organization.objects.filter(code__startswith="F").values_list("code", flat=True))


def start(
    cast: Cast, content: bytes, mapping: Any, kind: str = "organizations", name: str = "file", **options: str
) -> Import:
    source = start_import(
        kind=kind, file_name=name, content=content, mapping=mapping, options=options, actor=cast.officer, at=NOW
    )
    return check_import(import_id=source.pk, actor=cast.platform, at=NOW)


class TestTaking:
    @pytest.mark.parametrize("actor", ["buyer", "supplier", "supervisor", "visitor"])
    def test_is_for_those_who_bring_such_files(self, cast: Cast, actor: str) -> None:
        with refused(NotAllowed):
            taken(cast, "organizations", FIRMS, actor=getattr(cast, actor))
        assert not Import.objects.exists()

    def test_refuses_a_mapping_that_does_not_fit(self, cast: Cast) -> None:
        with refused(MissingColumns, UnmappedColumns):
            start(cast, as_csv(FIRMS), {"columns": {"code": {"from": "BM"}}})
        with refused(MalformedMapping):
            start(cast, as_csv(FIRMS), {"columns": []})
        with refused(NotVisible):
            start(cast, as_csv(FIRMS), {"columns": {}}, kind="wishes")
        with refused(DamagedFile):
            start(cast, b"\x00", {"columns": {}})
        assert not Import.objects.exists()

    def test_is_journalled_and_heard_of_by_the_worker(self, cast: Cast) -> None:
        source = taken(cast, "organizations", FIRMS)
        [delivery] = Delivery.objects.filter(subscriber="catalog.check_import")
        assert (delivery.event.action, delivery.event.subject_id) == ("import.map", source.pk)


class TestLooking:
    def test_writes_nothing(self, cast: Cast) -> None:
        assert checked(cast, "organizations", FIRMS).counts == {"added": 3}
        assert firms() == set()

    def test_happens_once(self, cast: Cast) -> None:
        source = checked(cast, "organizations", FIRMS)
        with refused(AlreadyDone):
            check_import(import_id=source.pk, actor=cast.platform, at=NOW)

    @pytest.mark.parametrize("cell", ["a\x00b", "=1+1", "x" * 5000, "\ud7ff\uffff", "'; DROP TABLE catalog_import; --"])
    def test_bears_whatever_a_cell_holds(self, cast: Cast, cell: str) -> None:
        content = json.dumps([{"code": "F1", "kind": "supplier", "name": cell}]).encode()
        source = start(cast, content, straight("organizations", "code", "kind", "name"))
        assert source.status == ImportStatus.CHECKED
        assert sum(source.counts.values()) == 1

    def test_is_again_from_the_columns_on(self, cast: Cast) -> None:
        source = checked(cast, "organizations", FIRMS)
        remap_import(import_id=source.pk, actor=cast.officer, at=NOW)
        source.refresh_from_db()
        assert (source.status, source.counts, source.rows.count()) == (ImportStatus.UPLOADED, {}, 0)


MAPPED = {
    "columns": {
        "medicine": {"value": "阿莫西林"},
        "form": {"value": "胶囊"},
        "strength": {"value": "0.25g"},
        "pack_quantity": {"from": "pack"},
        "price": {"from": "price"},
    }
}
DECISION = {
    "number": "1",
    "title": "t",
    "issuer": "i",
    "decided_on": "2009-09-28",
    "valid_from": "2009-10-22",
}


class TestFormats:
    @pytest.mark.parametrize(("sign", "counts"), [("auto", {"refused": 1}), (",", {"added": 1}), (".", {"added": 1})])
    def test_of_numbers_are_declared_where_they_can_be_read_twice(
        self, cast: Cast, sign: str, counts: dict[str, int]
    ) -> None:
        presentation()
        source = start(cast, b"pack;price\n24;1,234\n", MAPPED | {"decimal_sign": sign}, "guide-prices", **DECISION)
        assert source.counts == counts
        if sign == "auto":
            assert "can mean 1234 or 1.234" in problems(source)[2]

    def test_as_declared_are_what_is_written(self, cast: Cast) -> None:
        presentation()
        source = start(cast, b"pack;price\n24;1.234,5\n", MAPPED | {"decimal_sign": ","}, "guide-prices", **DECISION)
        assert agreed(cast, source).status == ImportStatus.APPLIED
        assert str(GuidePrice.objects.get().price) == "1234.5000"

    @pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
    def test_of_text_are_found_by_what_is_in_it(self, cast: Cast, encoding: str) -> None:
        content = as_csv(FIRMS).decode().encode(encoding)
        start(cast, content, straight("organizations", "code", "kind", "name"), name="no ending")
        assert list(Import.objects.get().rows.values_list("values__name", flat=True)) == ["药厂1", "药厂2", "药厂3"]

    def test_of_workbooks_keep_numbers_exact(self, cast: Cast) -> None:
        presentation()
        file = io.BytesIO()
        with xlsxwriter.Workbook(file) as workbook:
            sheet = workbook.add_worksheet()
            sheet.write_row(0, 0, ["pack", "price"])
            sheet.write_row(1, 0, [24, 0.1 + 0.2])
        source = start(cast, file.getvalue(), MAPPED, "guide-prices", **DECISION)
        assert agreed(cast, source).status == ImportStatus.APPLIED
        assert str(GuidePrice.objects.get().price) == "0.3000"

    def test_of_old_workbooks_are_read(self, cast: Cast) -> None:
        presentation()
        source = start(cast, as_xls([["pack", "price"], [24, 8.72]]), MAPPED, "guide-prices", **DECISION)
        assert agreed(cast, source).status == ImportStatus.APPLIED
        assert str(GuidePrice.objects.get().price) == "8.7200"

    def test_of_json_are_its_objects(self, cast: Cast) -> None:
        presentation()
        source = start(cast, b'[{"pack": 24, "price": 8.72}]', MAPPED, "guide-prices", **DECISION)
        assert agreed(cast, source).status == ImportStatus.APPLIED
        assert str(GuidePrice.objects.get().price) == "8.7200"


class TestLanguage:
    @pytest.mark.parametrize(("language", "words"), [("en", "is not one of"), ("zh-hans", "第 2 行")])
    def test_of_what_is_wrong_is_that_of_who_mapped_the_file(self, cast: Cast, language: str, words: str) -> None:
        with translation.override(language):
            source = taken(cast, "organizations", [BAD])
        check_import(import_id=source.pk, actor=cast.platform, at=NOW)
        assert words in problems(source)[2]


class TestAgreeing:
    def test_as_a_whole_is_refused_with_bad_rows(self, cast: Cast) -> None:
        source = checked(cast, "organizations", [*FIRMS, BAD])
        with refused(RefusedRows):
            agree_import(import_id=source.pk, by_row=False, actor=cast.officer, at=NOW)

    def test_row_by_row_writes_the_good_ones(self, cast: Cast) -> None:
        done = written(cast, "organizations", [*FIRMS, BAD], by_row=True)
        assert (done.status, done.counts) == (ImportStatus.APPLIED, {"added": 3, "refused": 1})
        assert firms() == {"F1", "F2", "F3"}

    def test_is_for_an_officer_of_the_organization_and_of_what_they_saw(self, cast: Cast) -> None:
        source = checked(cast, "organizations", FIRMS)
        with refused(NotVisible):
            agree_import(import_id=source.pk, by_row=False, actor=cast.foreign_officer, at=NOW)
        with refused(NotAllowed):
            agree_import(import_id=source.pk, by_row=False, actor=cast.supervisor, at=NOW)
        with refused(Stale):
            agree_import(
                import_id=source.pk, by_row=False, actor=cast.officer, at=NOW, expected_version=source.version - 1
            )

    def test_is_what_the_journal_says_was_done_by_whom(self, cast: Cast) -> None:
        source = checked(cast, "organizations", FIRMS)
        agree_import(import_id=source.pk, by_row=False, actor=cast.second_officer, at=NOW)
        write_import(import_id=source.pk, actor=cast.platform, at=NOW)
        events = Event.objects.filter(action="organization.register", subject_label__startswith="药厂")
        assert set(events.values_list("user_id", "organization_id")) == {(cast.second_officer.user_id, cast.agency.pk)}

    @pytest.mark.django_db(transaction=True)
    def test_by_two_officers_at_once_counts_once(self, cast: Cast) -> None:
        source = checked(cast, "organizations", FIRMS)
        begin, outcomes = threading.Barrier(2), []

        def agree(actor: Any) -> None:
            try:
                begin.wait()
                agree_import(import_id=source.pk, by_row=False, actor=actor, at=NOW)
                outcomes.append("agreed")
            except DomainError as error:
                outcomes.append(error.code)
            finally:
                connection.close()

        threads = [threading.Thread(target=agree, args=[actor]) for actor in (cast.officer, cast.second_officer)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(outcomes) == ["agreed", "already-done"]
        assert Event.objects.filter(action="import.agree").count() == 1


class TestWriting:
    def both(self, cast: Cast) -> Import:
        return checked(cast, "organizations", [*FIRMS, {"code": "HOSP-HA", "kind": "institution", "name": "新名"}])

    def meanwhile(self) -> None:
        """Somebody else names one of the firms anew, and registers another one under another kind."""
        Organization.objects.filter(code="HOSP-HA").update(name="长江医院")
        Organization.objects.create(code="F2", kind="distributor", name="别处")

    def test_all_or_nothing_fails_for_what_changed_since_it_was_shown(self, cast: Cast) -> None:
        source = self.both(cast)
        self.meanwhile()
        failed = agreed(cast, source)
        assert failed.status == ImportStatus.FAILED
        assert "code: “F2” is already registered." in failed.problem
        assert "Row 5 would now do something else than was shown" in failed.problem
        assert failed.counts == {"added": 2, "refused": 2}
        assert firms() == {"F2"}
        assert Organization.objects.get(code="HOSP-HA").name == "长江医院"

    def test_row_by_row_leaves_out_what_changed_since_it_was_shown(self, cast: Cast) -> None:
        source = self.both(cast)
        self.meanwhile()
        done = agreed(cast, source, by_row=True)
        assert (done.status, done.counts) == (ImportStatus.APPLIED, {"added": 2, "refused": 2})
        assert firms() == {"F1", "F2", "F3"}
        assert Organization.objects.get(code="HOSP-HA").name == "长江医院"

    def test_of_what_somebody_else_has_done_meanwhile_is_not_done_again(self, cast: Cast) -> None:
        source = checked(cast, "organizations", FIRMS)
        Organization.objects.create(**FIRMS[0])
        assert agreed(cast, source).counts == {"added": 2, "unchanged": 1}

    def test_that_the_database_refuses_fails_with_a_reason(self, cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
        source = checked(cast, "regions", [{"code": "410104", "name": "管城区"}])
        # a constraint that waits for the end of the transaction
        monkeypatch.setattr("catalog.services.imports.regions.placed", _in_a_region_that_is_gone)
        monkeypatch.setattr("catalog.services.imports.regions.misplaced", lambda *args: None)
        failed = agreed(cast, source)
        assert (failed.status, failed.problem) == (
            ImportStatus.FAILED,
            "It contradicts what was registered meanwhile.",
        )
        assert not Region.objects.filter(code="410104").exists()

    def test_that_is_interrupted_leaves_nothing_and_is_done_when_it_is_sent_again(
        self, cast: Cast, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        source = checked(cast, "organizations", FIRMS)
        agree_import(import_id=source.pk, by_row=False, actor=cast.officer, at=NOW)
        with monkeypatch.context() as patch:
            patch.setattr(writing, "counts_of", lambda taken: 1 / 0)
            with pytest.raises(ZeroDivisionError):
                write_import(import_id=source.pk, actor=cast.platform, at=NOW)
        source.refresh_from_db()
        assert (source.status, firms()) == (ImportStatus.APPLYING, set())
        assert write_import(import_id=source.pk, actor=cast.platform, at=NOW).status == ImportStatus.APPLIED
        with refused(AlreadyDone):
            write_import(import_id=source.pk, actor=cast.platform, at=NOW)
        assert firms() == {"F1", "F2", "F3"}

    def test_does_not_come_before_an_agreement(self, cast: Cast) -> None:
        source = checked(cast, "organizations", FIRMS)
        with refused(WrongState):
            write_import(import_id=source.pk, actor=cast.platform, at=NOW)

    def test_of_more_rows_than_are_written_together_is_one_deed(self, cast: Cast) -> None:
        rows = [{"code": f"F{number}", "kind": "supplier", "name": f"药厂{number}"} for number in range(2100)]
        assert written(cast, "organizations", rows).counts == {"added": 2100}
        assert len(firms()) == 2100


class TestRefusedRows:
    def test_come_back_as_they_came_and_are_taken_once_mended(self, cast: Cast) -> None:
        done = written(cast, "organizations", [*FIRMS, BAD], by_row=True)
        with write_refused(done.header, refused_rows(done)) as file:
            table = read_table(file.read(), name="refused.xlsx")
        assert table.rows[0][:3] == ["F4", "farm", "农场"]
        assert "“farm” is not one of" in table.rows[0][3]
        table.rows[0][1] = "supplier"
        mended = io.BytesIO()
        with xlsxwriter.Workbook(mended) as workbook:
            sheet = workbook.add_worksheet()
            for number, row in enumerate([table.header, *table.rows]):
                sheet.write_row(number, 0, row)
        again = start(cast, mended.getvalue(), done.mapping)
        assert agreed(cast, again).counts == {"added": 1}
        assert "F4" in firms()

    @pytest.mark.parametrize(("code", "rows"), [({"template": "H-{row}"}, [2, 5]), ({"from": "code"}, [2, 3])])
    def test_keep_their_numbers_where_values_are_made_of_them(
        self, cast: Cast, code: dict[str, str], rows: list[int]
    ) -> None:
        mapping = straight("organizations", "code", "kind", "name")
        mapping["columns"]["code"] = code
        lines = [FIRMS[0] | {"kind": "farm"}, *FIRMS[1:], BAD]
        done = agreed(cast, start(cast, as_csv(lines), mapping), by_row=True)
        with write_refused(done.header, refused_rows(done)) as file:
            again = start(cast, file.read(), mapping)
        assert list(again.rows.values_list("number", flat=True)) == rows

    def test_have_the_codes_of_their_rows_once_mended(self, cast: Cast) -> None:
        mapping = straight("organizations", "code", "kind", "name")
        mapping["columns"]["code"] = {"template": "H-{row}"}
        mapping["columns"]["kind"] = {"from": "kind", "words": {"farm": ""}}
        done = agreed(cast, start(cast, as_csv([FIRMS[0], BAD, FIRMS[1]]), mapping), by_row=True)
        with write_refused(done.header, refused_rows(done)) as file:
            mapping["columns"]["kind"]["words"] = {"farm": "supplier"}
            assert agreed(cast, start(cast, file.read(), mapping)).counts == {"added": 1}
        assert Organization.objects.get(name="农场").code == "H-3"


class TestDiscarding:
    def test_forgets_the_file_and_its_rows(self, cast: Cast) -> None:
        source = checked(cast, "organizations", FIRMS)
        discard_import(import_id=source.pk, actor=cast.officer, at=NOW)
        source.refresh_from_db()
        assert (source.status, bytes(source.content), source.sample) == (ImportStatus.DISCARDED, b"", [])
        assert not source.rows.exists()

    def test_is_too_late_once_it_is_written(self, cast: Cast) -> None:
        source = written(cast, "organizations", FIRMS)
        with refused(WrongState):
            discard_import(import_id=source.pk, actor=cast.officer, at=NOW)


class TestMappings:
    def test_are_kept_under_a_name_of_the_organizations_own(self, cast: Cast) -> None:
        kept = straight("organizations", "code", "kind", "name")
        for actor in (cast.officer, cast.second_officer, cast.foreign_officer):
            save_mapping(kind="organizations", name=" 医院表 ", mapping=kept, actor=actor, at=NOW)
        assert set(ImportMapping.objects.values_list("organization__code", "name")) == {
            ("AGENCY-HA", "医院表"),
            ("AGENCY-HB", "医院表"),
        }
        actions = Event.objects.filter(action__startswith="import_mapping").order_by("pk")
        assert [event.action.rpartition(".")[2] for event in actions] == ["save", "replace", "save"]

    def test_are_deleted_by_those_whose_they_are(self, cast: Cast) -> None:
        kept = straight("organizations", "code")
        saved = save_mapping(kind="organizations", name="a", mapping=kept, actor=cast.officer, at=NOW)
        with refused(NotVisible):
            delete_mapping(mapping_id=saved.pk, actor=cast.foreign_officer, at=NOW)
        delete_mapping(mapping_id=saved.pk, actor=cast.second_officer, at=NOW)
        assert not ImportMapping.objects.exists()


def _in_a_region_that_is_gone(row: dict[str, str], known: Any) -> dict[str, str]:
    return {"code": row["code"], "name": row["name"], "level": "county", "parent": "419900"}


def test_every_kind_reads_each_of_its_key_columns() -> None:
    for kind in KINDS.values():
        assert set(kind.key) <= {column.name for column in kind.columns}
