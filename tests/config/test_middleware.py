"""Bodies that nobody should have to read."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.files import uploadhandler
from django.test import Client

from tests.catalog.api.calls import problem_in

FORM = "multipart/form-data; boundary=x"


@pytest.fixture
def client() -> Client:
    return Client(enforce_csrf_checks=True, headers={"accept-language": "en"})


@pytest.fixture(autouse=True)
def _nothing_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Any, **__: Any) -> None:
        raise AssertionError("a file of the body was taken")

    monkeypatch.setattr(uploadhandler.TemporaryFileUploadHandler, "new_file", refuse)


def send(client: Client, path: str, **environment: object) -> Any:
    return client.generic("POST", path, b"", **{"CONTENT_TYPE": FORM, **environment})


class TestALargeBody:
    @pytest.mark.parametrize("path", ["/portal/login/", "/admin/login/", "/oauth/token/", "/nowhere/"])
    def test_is_413_in_words(self, path: str, client: Client) -> None:
        answer = send(client, path, CONTENT_LENGTH=str(300 * 1024 * 1024))
        assert answer.status_code == 413
        assert answer["Content-Type"] == "text/plain; charset=utf-8"
        assert answer.content.decode() == "The request is larger than 25 MB: send it in parts.\n"
        assert answer["X-Content-Type-Options"] == "nosniff"

    def test_is_a_problem_to_the_api(self, client: Client) -> None:
        problem_in(send(client, "/api/v1/orders/", CONTENT_LENGTH=str(10**12)), 413, "body-too-large")

    def test_is_told_in_the_language_of_the_caller(self) -> None:
        assert "25 MB" in send(Client(), "/portal/login/", CONTENT_LENGTH=str(10**9)).content.decode()
        assert "request" not in send(Client(), "/portal/login/", CONTENT_LENGTH=str(10**9)).content.decode()

    def test_may_be_as_large_as_the_limit(self, client: Client, settings: Any, db: None) -> None:
        limit = settings.MAX_REQUEST_BYTES
        assert send(client, "/portal/login/", CONTENT_LENGTH=str(limit + 1)).status_code == 413
        # refused by the check of the form, hence let through
        for length in (str(limit), "", "many"):
            answer = client.generic("POST", "/portal/login/", b"", CONTENT_TYPE="text/plain", CONTENT_LENGTH=length)
            assert answer.status_code == 403


class TestABodyInChunks:
    def test_is_411_in_words(self, client: Client) -> None:
        answer = send(client, "/portal/login/", HTTP_TRANSFER_ENCODING="chunked", CONTENT_LENGTH="")
        assert answer.status_code == 411
        assert "Content-Length" in answer.content.decode()

    def test_is_a_problem_to_the_api(self, client: Client) -> None:
        answer = send(client, "/api/v1/orders/", HTTP_TRANSFER_ENCODING="chunked", CONTENT_LENGTH="")
        problem_in(answer, 411, "length-missing")
