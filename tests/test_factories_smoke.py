import time
from tests import factories
from distribution.services.retail import check_retail_report
def test_x(cast, rule_sets):
    t=time.time()
    r = factories.receipt(cast)
    print("receipt", time.time()-t); t=time.time()
    r.despatch.order.refresh_from_db()
    assert r.despatch.order.status == "received"
def test_y(cast):
    pass
