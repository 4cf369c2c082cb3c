"""The description of the API says what the API does."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

METHODS = {"get", "post", "put", "patch", "delete"}


@pytest.fixture(scope="module")
def schema(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """As the command writes it, which fails for what is invalid and for every warning."""
    file: Path = tmp_path_factory.mktemp("schema") / "schema.json"
    call_command("spectacular", "--validate", "--fail-on-warn", "--format", "openapi-json", "--file", str(file))
    read: dict[str, Any] = json.loads(file.read_text())
    return read


def operations(schema: dict[str, Any]) -> list[tuple[str, str, dict[str, Any]]]:
    return [
        (path, method, operation)
        for path, item in schema["paths"].items()
        for method, operation in item.items()
        if method in METHODS
    ]


class TestSchema:
    def test_describes_the_operations(self, schema: dict[str, Any]) -> None:
        described = operations(schema)
        assert len(described) == 226
        assert all(path.startswith("/api/v1/") for path, _method, _operation in described)

    def test_says_how_each_one_fails(self, schema: dict[str, Any]) -> None:
        for path, method, operation in operations(schema):
            expected = {"404", "429", "503"}
            if {} not in operation["security"]:
                expected |= {"401", "403"}
            if method == "post":
                expected |= {"400", "409", "412", "413", "415", "422"}
            failures = {status: answer for status, answer in operation["responses"].items() if status >= "400"}
            assert set(failures) == expected, (method, path)
            for answer in failures.values():
                assert answer["content"] == {
                    "application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}
                }
        problem = schema["components"]["schemas"]["Problem"]["properties"]
        assert set(problem) == {"type", "title", "status", "detail", "errors"}

    def test_names_the_headers_of_a_change(self, schema: dict[str, Any]) -> None:
        for path, method, operation in operations(schema):
            headers = (
                {
                    item["name"]: item.get("required", False)
                    for item in operation["parameters"]
                    if item["in"] == "header"
                }
                if "parameters" in operation
                else {}
            )
            expected = {}
            if method == "post":
                expected["Idempotency-Key"] = True
                if "{" in path:
                    expected["If-Match"] = False
            assert headers == expected, (method, path)

    def test_says_which_scope_a_token_needs(self, schema: dict[str, Any]) -> None:
        by_path = {(path, method): operation["security"] for path, method, operation in operations(schema)}
        assert by_path["/api/v1/bids/", "post"] == [{"oauth2": ["bids"]}, {"cookieAuth": []}]
        assert by_path["/api/v1/despatches/", "get"][:2] == [{"oauth2": ["institution"]}, {"oauth2": ["orders"]}]
        assert {} in by_path["/api/v1/products/", "get"]
        assert {} not in by_path["/api/v1/entrustments/", "post"]
        flow = schema["components"]["securitySchemes"]["oauth2"]["flows"]["clientCredentials"]
        assert flow["tokenUrl"] == "/oauth/token/"
        assert set(flow["scopes"]) == {"bids", "orders", "institution"}


@pytest.mark.django_db
class TestPages:
    def test_are_open_and_take_nothing_from_elsewhere(self, client: Any) -> None:
        assert client.get("/api/schema/").status_code == 200
        page = client.get("/api/docs/")
        assert page.status_code == 200
        assert b"https://" not in page.content
