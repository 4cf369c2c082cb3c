from __future__ import annotations

import pytest

from procurement.rules import files
from tests.procurement.files import EXCEL, HTML, MACROS, PDF, WORD, package


class TestMediaTypeOf:
    @pytest.mark.parametrize(("content", "kind"), [(PDF, files.PDF), (WORD, files.WORD), (EXCEL, files.EXCEL)])
    def test_knows_files_by_their_content(self, content: bytes, kind: str) -> None:
        assert files.media_type_of(content) == kind

    @pytest.mark.parametrize(
        "content", [b"", HTML, MACROS, package("data.bin"), b"PK\x03\x04 broken", b"\xd0\xcf\x11\xe0 old office", b"MZ"]
    )
    def test_takes_nothing_else(self, content: bytes) -> None:
        assert files.media_type_of(content) is None
