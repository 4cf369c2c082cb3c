"""Tendering in the admin: from the demand of the provinces to the agreements."""

from procurement.admin import agreements, demand, labels, lots, tenders

__all__ = ["agreements", "demand", "labels", "lots", "tenders"]
