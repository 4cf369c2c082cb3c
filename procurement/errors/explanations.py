"""What can be refused of the explanations of abnormally low prices."""

from django.utils.translation import gettext_lazy as _

from catalog.foundation.errors import Conflict


class ExplanationTooLate(Conflict):
    code = "explanation-too-late"
    is_attempt = True
    template = _("The explanation was due by %(due)s, and it is %(now)s.")


class ExplanationJudged(Conflict):
    code = "explanation-judged"
    template = _("The explanation was judged on %(judged)s; that stands.")


class ExplanationAwaited(Conflict):
    code = "explanation-awaited"
    template = _("The bidder has until %(due)s to explain its price, and it is %(now)s: judge after that.")
