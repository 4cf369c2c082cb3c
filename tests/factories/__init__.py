"""Records in the states that the services can reach; every function calls the services.

``at`` is the moment at which the record is in the state that the function names; what had to happen before is dated
before it. Times without a word are ``NOW``, which is the present, so that views, which take the time from the clock,
find agreements in force and tenders open.
"""

from tests.factories.awards import *
from tests.factories.cases import *
from tests.factories.catalog import *
from tests.factories.clock import *
from tests.factories.clock import _numbers as _numbers
from tests.factories.committees import *
from tests.factories.conduct import *
from tests.factories.deliveries import *
from tests.factories.distribution import *
from tests.factories.invoices import *
from tests.factories.procurement import *
from tests.factories.reports import *
from tests.factories.safety import *
from tests.factories.shortages import *
from tests.factories.stock import *
from tests.factories.supervision import *
from tests.factories.two_envelopes import *
from tests.factories.usage import *
