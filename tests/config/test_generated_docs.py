from __future__ import annotations

from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.utils import translation

from config.management.commands import generated_docs
from config.management.commands.generated_docs import Variable, variables

NAMES = {"openapi.yaml", "problems.md", "settings.md", "states.md"}


class TestTheFilesInTheRepository:
    def test_say_what_the_code_says(self) -> None:
        call_command("generated_docs", "--check")


class TestGeneratedDocs:
    def test_writes_every_file_and_finds_it_good(self, tmp_path: Path) -> None:
        call_command("generated_docs", "--folder", str(tmp_path / "reference"))
        assert {file.name for file in (tmp_path / "reference").iterdir()} == NAMES
        call_command("generated_docs", "--check", "--folder", str(tmp_path / "reference"))

    def test_says_the_same_in_every_language(self, tmp_path: Path) -> None:
        for language in ("en", "zh-hans"):
            with translation.override(language):
                call_command("generated_docs", "--folder", str(tmp_path / language))
        for name in NAMES:
            assert (tmp_path / "en" / name).read_text() == (tmp_path / "zh-hans" / name).read_text()

    def test_names_the_file_that_is_stale(self, tmp_path: Path) -> None:
        call_command("generated_docs", "--folder", str(tmp_path))
        states = tmp_path / "states.md"
        states.write_text(states.read_text().replace("published", "announced"))
        with pytest.raises(CommandError, match=r"states\.md") as caught:
            call_command("generated_docs", "--check", "--folder", str(tmp_path))
        assert "problems.md" not in str(caught.value)
        assert "announced" in states.read_text()

    def test_names_the_files_that_are_missing(self, tmp_path: Path) -> None:
        with pytest.raises(CommandError) as caught:
            call_command("generated_docs", "--check", "--folder", str(tmp_path))
        assert all(name in str(caught.value) for name in NAMES)
        assert not list(tmp_path.iterdir())

    def test_refuses_a_variable_that_nobody_explained(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.delitem(generated_docs.MEANINGS, "LOG_LEVEL")
        with pytest.raises(CommandError, match="LOG_LEVEL"):
            call_command("generated_docs", "--folder", str(tmp_path))


class TestVariables:
    @pytest.mark.parametrize(
        ("code", "expected"),
        [
            ('env("NAME")', ("NAME", "text", "")),
            ('env("NAME", default="")', ("NAME", "text", "")),
            ('env("NAME", default="INFO")', ("NAME", "text", "'INFO'")),
            ('env.bool("NAME", default=False)', ("NAME", "bool", "False")),
            ('CHOSEN = "NAME"\nif os.environ.get(CHOSEN):\n    pass', ("NAME", "text", "")),
            ('print(os.environ["NAME"])', ("NAME", "text", "")),
        ],
    )
    def test_are_found_however_they_are_read(self, code: str, expected: tuple[str, str, str]) -> None:
        assert list(variables(code, "file.py")) == [Variable(*expected, "file.py")]

    @pytest.mark.parametrize("code", ['os.environ["NAME"] = "x"', "env(name)", 'env.db_url_config("x")', 'got("NAME")'])
    def test_are_not_seen_where_there_are_none(self, code: str) -> None:
        assert list(variables(code, "file.py")) == []
