import os
import pytest
@pytest.mark.django_db(transaction=True)
def test_bench(capsys):
    from tests.benchmarks import catalogue_search as b
    with capsys.disabled():
        b.run(int(os.environ.get('N', 200000)))
