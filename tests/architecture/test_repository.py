"""The repository as somebody meets it: what stands at the top, and links that lead somewhere."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = {"catalog", "config", "distribution", "procurement", "tests"}
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
LINK = re.compile(r"\]\((?!https?:|mailto:|#)([^)#\s]+)")


def git(*words: str) -> str:
    done = subprocess.run(["git", *words], cwd=ROOT, capture_output=True, text=True, check=False)
    if "not a git repository" in done.stderr:
        pytest.skip("not a git checkout")
    return done.stdout


class TestTopLevel:
    def test_has_the_five_packages_and_no_other(self) -> None:
        assert {path.parent.name for path in ROOT.glob("*/__init__.py")} == PACKAGES

    def test_keeps_data_and_environment_out_of_git(self) -> None:
        ignored = git("check-ignore", "var/pg18", "var/demo-logins.json", ".venv/bin/python").split()
        assert ignored == ["var/pg18", "var/demo-logins.json", ".venv/bin/python"]


class TestReadme:
    @pytest.mark.parametrize(
        "words",
        [
            "python3 manage.py up",
            "python3 manage.py test",
            "```mermaid",
            "docs/screenshots/",
            "DATABASE_URL",
            "REDIS_URL",
            "manage.py load",
        ],
    )
    def test_says(self, words: str) -> None:
        assert words in (ROOT / "README.md").read_text(encoding="utf-8")


class TestPages:
    @pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
    def test_link_to_what_is_there(self, page: Path) -> None:
        links = LINK.findall(page.read_text(encoding="utf-8"))
        missing = [link for link in links if not (page.parent / link).exists()]
        assert not missing
