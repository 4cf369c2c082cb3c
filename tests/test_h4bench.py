import pytest
from tests.benchmarks import excel_preview as b
@pytest.mark.django_db(transaction=True)
def test_it():
    w = b.seed(20000)
    b.agree(w)
    print(b.memory_of(w.whole), b.memory_of(w.long))
    print(b.product(w).rate, b.baseline(w).rate)
