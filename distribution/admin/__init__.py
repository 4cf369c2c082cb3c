"""Ordering, delivery and retail prices in the admin."""

from distribution.admin import deliveries, entrustments, labels, orders, requisitions, retail, runs

__all__ = ["deliveries", "entrustments", "labels", "orders", "requisitions", "retail", "runs"]
