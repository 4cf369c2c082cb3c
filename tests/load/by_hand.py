"""The transaction as one writes it by hand, step by step: pgbench drives it with prepared statements, as many clients.

It writes what the platform writes of an order (the volumes, the requisition, its lines, the ledger) and checks nothing
but the volume.
"""

from __future__ import annotations

import os
import re
import subprocess
import tempfile
from pathlib import Path

from django.db import connection

from config.embedded.binaries import find_binaries
from tests.benchmarks import Run
from tests.load.clients import CLIENTS
from tests.worlds.ordering import FIRST, PACK

# The lines of an order are as far from one another as a step leads; it has no divisor in common with their number.
STEP = 1009
# The first of an order are the ``hot`` ones, of which everybody wants all.
LINE = """CASE WHEN place <= {hot} THEN {first} + place - 1
    ELSE {first} + {hot} + (:start + {step} * place) % ({lines} - {hot}) END"""
SCRIPT = """
\\set start random(0, {lines} - 1)
\\set institution random({first_institution}, {last_institution})
BEGIN;
SELECT id FROM procurement_agreementline WHERE id = ANY (ARRAY(
    SELECT {line} FROM generate_series(1, {count}) AS place
)) ORDER BY id FOR NO KEY UPDATE;
UPDATE procurement_agreementline SET called_off_quantity = called_off_quantity + {units} WHERE id = ANY (ARRAY(
    SELECT {line} FROM generate_series(1, {count}) AS place
)) AND agreed_quantity - called_off_quantity >= {units};
INSERT INTO distribution_requisition
    (version, created_at, updated_at, institution_id, province_id, urgency, urgency_reason, status, submitted_at)
VALUES (1, now(), now(), :institution, '{province}', 'ordinary', '', 'submitted', now()) RETURNING id \\gset
INSERT INTO distribution_requisitionline (requisition_id, agreement_line_id, packs, price, outcome, outcome_reason)
SELECT :id, line.id, 1, line.price, 'open', '' FROM procurement_agreementline line WHERE id = ANY (ARRAY(
    SELECT {line} FROM generate_series(1, {count}) AS place
));
INSERT INTO procurement_volumeentry (kind, line_id, quantity, reference, reason, entered_at)
SELECT 'call_off', {line}, {units}, 'RQ' || lpad(:id::text, 8, '0'), '', now()
FROM generate_series(1, {count}) AS place;
COMMIT;
"""


def order_by_hand(
    institution_ids: list[int], *, province: str, lines: int, count: int, orders: int, hot: int = 0
) -> Run:
    """So many orders of ``count`` lines out of ``lines``, by all clients together; the first ``hot`` are in each."""
    script = SCRIPT.format(
        line=LINE.format(hot=hot, first=FIRST, step=STEP, lines=lines),
        lines=lines,
        count=count,
        units=PACK,
        province=province,
        first_institution=min(institution_ids),
        last_institution=max(institution_ids),
    )
    known = connection.settings_dict
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "order.sql"
        path.write_text(script)
        done = subprocess.run(
            [
                *(find_binaries() / "pgbench", "--no-vacuum", "--protocol=prepared", f"--file={path}"),
                *(f"--client={CLIENTS}", "--jobs=2", f"--transactions={max(1, orders // CLIENTS)}", "--random-seed=1"),
                *("--failures-detailed", f"--host={known['HOST']}", f"--port={known['PORT']}"),
                *(f"--username={known['USER']}", known["NAME"]),
            ],
            capture_output=True,
            text=True,
            check=False,
            env=os.environ | {"PGPASSWORD": known.get("PASSWORD") or ""},
        )
    assert done.returncode == 0, done.stderr
    failed = re.search(r"number of failed transactions: ([0-9]+)", done.stdout)
    rate = re.search(r"tps = ([0-9.]+)", done.stdout)
    assert failed and rate and failed[1] == "0", done.stdout
    number = CLIENTS * max(1, orders // CLIENTS)
    return Run(number, number / float(rate[1]))
