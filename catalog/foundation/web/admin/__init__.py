"""What every page of the admin is built with: read-only records, decisions that call a service, evidence, exports."""

from catalog.foundation.web.admin.columns import ExportColumn
from catalog.foundation.web.admin.decisions import DecidingAdmin, hindrance, sent
from catalog.foundation.web.admin.exports import ComputedColumns, ExportingAdmin
from catalog.foundation.web.admin.records import READERS, Lines, RecordAdmin, actor_of, may_read
from catalog.foundation.web.admin.values import badge, evidence_table, link_to, percent_bar, period, table, whole, yuan

__all__ = [
    "READERS",
    "ComputedColumns",
    "DecidingAdmin",
    "ExportColumn",
    "ExportingAdmin",
    "Lines",
    "RecordAdmin",
    "actor_of",
    "badge",
    "evidence_table",
    "hindrance",
    "link_to",
    "may_read",
    "percent_bar",
    "period",
    "sent",
    "table",
    "whole",
    "yuan",
]
