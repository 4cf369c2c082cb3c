"""Files of retail prices of any length: handed in, taken in by the worker as a whole, or refused with every bad row."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import IO

from django.db import DatabaseError, connection, transaction
from django.utils.timezone import localdate
from django.utils.translation import get_language, override

from catalog.accounts.kinds import OrganizationKind
from catalog.accounts.models import Organization
from catalog.foundation.actor import Actor
from catalog.foundation.errors import Malformed, NothingGiven
from catalog.foundation.imports import BadValue, day, write_refused
from catalog.foundation.journal.record import record, record_all
from catalog.foundation.transitions import find, lock, perform, unit_of_work
from distribution.errors import RetailFileTooLarge
from distribution.models import RetailFile, RetailReport
from distribution.policies import may_hand_in_retail
from distribution.queries import retail_staging as staging
from distribution.queries.retail_staging import RefusedRow
from distribution.services.retail_checks import days_without_rule
from distribution.states import RETAIL_FILE

# A million rows are some forty.
MAX_MEGABYTES = 200

STORE = """
INSERT INTO distribution_retailprice (report_id, institution_id, product_id, price, observed_on)
SELECT institution.report_id, institution.id, product.id,
       CASE WHEN scale(trim_scale(row.price)) <= 4 AND row.price < 1e12 THEN row.price END, {day}
FROM {table} AS row
LEFT JOIN retail_institution AS institution ON institution.code = COALESCE(row.institution, %(institution)s)
LEFT JOIN catalog_product AS product ON product.code = row.product
{join}
ORDER BY institution.report_id, product.id, {day}
"""
STORE_PLAIN = STORE.format(
    table="retail_typed", day="written.day", join="LEFT JOIN retail_day AS written ON written.written = row.observed_on"
)
STORE_JUDGED = STORE.format(table="retail_row", day="row.observed_on", join="")

Refuse = Callable[[list[str], Iterator[RefusedRow]], None]


@dataclass(frozen=True, slots=True)
class Source:
    """A file, for whom it speaks, and from where it came; ``institution`` where it is about one alone."""

    file: IO[bytes]
    name: str
    province_id: str | None = None
    institution: Organization | None = None
    retail_file: RetailFile | None = None

    @property
    def code(self) -> str:
        """Of the one institution."""
        return self.institution.code if self.institution else ""

    def institutions(self) -> dict[str, Organization]:
        """For whom it may speak, by their codes."""
        if self.institution:
            return {self.code: self.institution}
        rows = Organization.objects.filter(kind=OrganizationKind.INSTITUTION)
        if self.province_id:
            rows = rows.filter(region__code__startswith=self.province_id[:2])
        return {row.code: row for row in rows}


@dataclass(frozen=True, slots=True)
class Intake:
    """How many rows were read and how many of them are bad, and the reports that were made if none is."""

    rows: int
    bad: int = 0
    report_ids: list[int] = field(default_factory=list)


class _NotPlain(Exception):
    """The file has to go the long way."""


def hand_in_retail_file(*, file_name: str, content: bytes, actor: Actor, at: datetime) -> RetailFile:
    """Keep a file of retail prices for the worker: an institution's own, or an officer's with a province's.

    Raises:
        NotAllowed, NothingGiven, RetailFileTooLarge
    """
    may_hand_in_retail(actor)
    organization = find(Organization.objects.all(), pk=actor.organization_id)
    if not content:
        raise NothingGiven(pointer="/file")
    if len(content) > MAX_MEGABYTES * 1024 * 1024:
        raise RetailFileTooLarge(name=file_name, limit=MAX_MEGABYTES, pointer="/file")
    with unit_of_work():
        handed_in = RetailFile.objects.create(
            organization=organization,
            province_id=organization.province_id,
            file_name=file_name[-200:],
            content=content,
            handed_in_at=at,
            handed_in_by_id=actor.user_id,
            language=get_language() or "",
        )
        changes = {"file_name": [None, handed_in.file_name], "bytes": [None, len(content)]}
        record(actor=actor, action="retail_file.hand_in", subject=handed_in, at=at, changes=changes)
    return handed_in


def take_retail_file(*, file_id: int, actor: Actor, at: datetime) -> RetailFile:
    """Take a file in, a report for each institution; or refuse it, with a sheet of every bad row. On the worker.

    Raises:
        NotVisible, WrongState, AlreadyDone, Busy
    """
    with unit_of_work():
        waiting = lock(RetailFile.objects.visible_to(actor), pk=file_id)
        RETAIL_FILE.resolve(waiting.status, "take")
        organization = waiting.organization
        is_institution = organization.kind == OrganizationKind.INSTITUTION
        source = Source(
            io.BytesIO(waiting.content or b""),
            waiting.file_name,
            province_id=waiting.province_id,
            institution=organization if is_institution else None,
            retail_file=waiting,
        )
        problem, refused = "", io.BytesIO()

        def refuse(header: list[str], rows: Iterator[RefusedRow]) -> None:
            with write_refused(header, ((row.cells, row.problem) for row in rows)) as sheet:
                refused.write(sheet.read())

        intake = Intake(0)
        with override(waiting.language or None):
            try:
                intake = store_retail_file(source=source, refuse=refuse, actor=actor, at=at)
            except (Malformed, NothingGiven) as error:
                problem = str(error)
        action = "refuse" if problem or intake.bad else "take"
        with perform(
            action,
            RetailFile.objects.all(),
            pk=file_id,
            machine=RETAIL_FILE,
            policy=_worker,
            actor=actor,
            at=at,
        ) as done:
            done.read_count, done.bad_count, done.problem, done.done_at = intake.rows, intake.bad, problem, at
        # too large for the journal
        RetailFile.objects.filter(pk=file_id).update(content=None, refused_rows=refused.getvalue() or None)
    return done


def _worker(actor: Actor, action: str, file: RetailFile) -> None:
    """The worker takes in what somebody was allowed to hand in."""


def store_retail_file(*, source: Source, refuse: Refuse, actor: Actor, at: datetime) -> Intake:
    """Store the prices of a file, a report for each institution, and have the worker check them; all or nothing.

    Bad rows are given to ``refuse``, every one of them in its order, with the headings of the file.

    Raises:
        MissingColumns, DamagedFile, TooLarge, NothingGiven
        Busy: the same prices came by another way meanwhile.
    """
    with unit_of_work():
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL work_mem = '128MB'; SET LOCAL statement_timeout = '30min'")
        staging.forget()
        columns = staging.is_plain(source.file, is_of_one=source.institution is not None)
        if columns is not None:
            try:
                with transaction.atomic():
                    return _store_plain(source, columns, actor, at)
            except (DatabaseError, _NotPlain):
                staging.forget()
        return _store_judged(source, refuse, actor, at)


def _store_plain(source: Source, columns: list[str], actor: Actor, at: datetime) -> Intake:
    count = staging.arrive_plainly(source.file, columns)
    days = {}
    for written in staging.days_named():
        try:
            days[written] = day(written)
        except BadValue as error:
            raise _NotPlain from error
    if any(on > localdate(at) for on in days.values()) or days_without_rule(set(days.values())):
        raise _NotPlain
    rows_of = staging.rows_of_institutions("retail_typed", institution=source.code)
    known = source.institutions()
    if not count or rows_of.keys() - known.keys():
        raise _NotPlain
    staging.keep_days(days.items())
    reports = _make_reports(source, {code: known[code] for code in rows_of}, rows_of, actor, at)
    with connection.cursor() as cursor:
        cursor.execute(STORE_PLAIN, {"institution": source.code})
    return Intake(count, report_ids=reports)


def _store_judged(source: Source, refuse: Refuse, actor: Actor, at: datetime) -> Intake:
    count = staging.arrive(source.file, name=source.name, institution=source.code)
    if not count:
        raise NothingGiven(pointer="/file")
    known, today = source.institutions(), localdate(at)
    staging.keep_institutions((code, row.pk, None) for code, row in known.items())
    bad = staging.judge(today)
    if bad:
        foreign = set(Organization.objects.values_list("code", flat=True)) - known.keys()
        refuse(staging.header_of(source.file, name=source.name), staging.refused(today, foreign))
        return Intake(count, bad)
    rows_of = staging.rows_of_institutions("retail_row", institution=source.code)
    reports = _make_reports(source, {code: known[code] for code in rows_of}, rows_of, actor, at)
    with connection.cursor() as cursor:
        cursor.execute(STORE_JUDGED, {"institution": source.code})
    return Intake(count, report_ids=reports)


def _make_reports(
    source: Source, about: dict[str, Organization], rows_of: dict[str, int], actor: Actor, at: datetime
) -> list[int]:
    """A report for each institution, which its rows will point to."""
    reports = RetailReport.objects.bulk_create(
        RetailReport(
            institution=institution,
            province_id=institution.province_id,
            reported_at=at,
            reported_by_id=source.retail_file.handed_in_by_id if source.retail_file else actor.user_id,
            file=source.retail_file,
        )
        for institution in about.values()
    )
    of = dict(zip(about, reports, strict=True))
    staging.keep_institutions((code, institution.pk, of[code].pk) for code, institution in about.items())
    record_all(
        actor=actor,
        action="retail_report.submit",
        changes_of=[(of[code], {"prices": [None, rows_of[code]]}) for code in about],
        at=at,
    )
    return [report.pk for report in reports]
