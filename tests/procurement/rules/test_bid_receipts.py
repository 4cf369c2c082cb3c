from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from procurement.rules.bid_receipts import bid_receipt


def receipt(**changed: Any) -> dict[str, Any]:
    at = datetime(2026, 5, 1, 9, 30, tzinfo=ZoneInfo("Asia/Shanghai"))
    known = {"tender": "T1", "lot": 1, "bid": "b", "supplier": "M038", "received_at": at}
    return bid_receipt(**{**known, "envelopes": {"commercial": "0" * 64}, **changed})


class TestBidReceipt:
    def test_states_the_moment_with_its_offset(self) -> None:
        assert receipt()["received_at"] == "2026-05-01T09:30:00+08:00"
        assert receipt(received_at=datetime(2026, 5, 1, tzinfo=UTC))["received_at"] == "2026-05-01T00:00:00+00:00"

    def test_refuses_a_moment_without_a_zone(self) -> None:
        with pytest.raises(ValueError, match="zone"):
            receipt(received_at=datetime(2026, 5, 1))  # noqa: DTZ001
