"""The supervisor reads everything and changes nothing: every route of the API; the admin is walked in its own tests."""

from __future__ import annotations

from tests.distribution.api.test_matrix import MATRIX

# What there is for a supervisor to read is elsewhere, and why.
CLOSED = {
    "bid-detail": "sealed until its opening, and then read",
    "order-suggestion-by-use": "what an institution would order next",
    "order-suggestion-last-order": "what an institution would order again",
    "stock-positions": "an institution's own shelf; the stock of all is a list",
}
REFUSED = {403, 404}


class TestTheSupervisor:
    def test_reads_every_list_and_record_of_the_api(self) -> None:
        closed = {
            name for (method, name), route in MATRIX.items() if method == "GET" and route.expected["supervisor"] != 200
        }
        assert closed == set(CLOSED)

    def test_is_refused_at_every_write_of_the_api(self) -> None:
        written = {
            (method, name): route.expected["supervisor"]
            for (method, name), route in MATRIX.items()
            if method != "GET" and route.expected["supervisor"] not in REFUSED
        }
        assert written == {}
        assert sum(method != "GET" for method, _name in MATRIX) > 50
