import pytest
from django.db import OperationalError
from django.test import Client

from config import health


@pytest.fixture
def client() -> Client:
    return Client(headers={"host": "localhost"})


@pytest.mark.django_db
class TestHealth:
    def test_tells_that_both_stores_answer(self, client: Client) -> None:
        response = client.get("/health/")
        assert response.status_code == 200
        assert response.json() == {"database": "ok", "broker": "ok"}

    def test_is_503_when_one_does_not(self, client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
        def refuse() -> None:
            raise OperationalError("gone")

        monkeypatch.setitem(health.CHECKS, "database", refuse)
        response = client.get("/health/")
        assert response.status_code == 503
        assert response.json() == {"database": "unavailable", "broker": "ok"}
