"""`manage.py test` as somebody uses it who has nothing but a copy of the repository."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.config.processes import ROOT, processes_of, wait_until


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """What git would check out, and nothing beside it."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if listed.returncode:
        pytest.skip("not a git checkout")
    target = tmp_path / "copy"
    for name in listed.stdout.splitlines():
        if (ROOT / name).is_file():
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, target / name)
    yield target
    assert wait_until(lambda: not processes_of(target), 30), processes_of(target)


class TestTheTestCommand:
    def test_passes_twice_on_a_copy_alone_and_hands_further_words_to_pytest(self, copy: Path) -> None:
        outside = ("DATABASE_URL", "REDIS_URL", "STATE_DIR", "DJANGO_SETTINGS_MODULE")
        environment = {key: value for key, value in os.environ.items() if key not in outside}
        command = [sys.executable, "manage.py", "test", "tests/catalog/test_accounts.py", "-p", "no:randomly"]
        for _attempt in range(2):
            done = subprocess.run(
                command,
                cwd=copy,
                env={**environment, "USE_CURRENT_PYTHON": "1"},
                capture_output=True,
                text=True,
                check=False,
            )
            assert done.returncode == 0, done.stdout + done.stderr
            assert " passed in " in done.stdout
            assert re.search(r"^\d workers? \[\d+ items\]", done.stdout, re.MULTILINE), "not in processes of their own"
        assert (copy / "var").is_dir()
