"""What can be refused of objections."""

from django.utils.translation import gettext_lazy as _

from catalog.foundation.errors import Conflict, NotAllowed


class ObjectionsNotHeard(Conflict):
    code = "objections-not-heard"
    template = _(
        "Objections to “%(tender)s” are not heard now: to the documents until %(documents)s, to the opening on its "
        "day, to the result until %(result)s."
    )


class ObjectionDecided(Conflict):
    code = "objection-too-late-for-lot"
    template = _("The lots %(lots)s are decided already: turn to the supervision body.")


class OnlyBiddersObject(NotAllowed):
    code = "only-bidders-object"
    template = _("Who bid may object to the opening and to the result; you did not bid in “%(tender)s”.")


class ObjectionsUnanswered(Conflict):
    code = "objections-unanswered"
    template = _("Objections wait for a reply (%(count)s): the clock stands still until each is answered.")


class DocumentsNotAmended(Conflict):
    code = "documents-not-amended"
    template = _(
        "Objections to the documents were upheld and no amendment was published since (%(count)s): until the deadline "
        "for bids publish one; after it the tender can only be cancelled."
    )


class UpheldObjections(Conflict):
    code = "upheld-objections"
    template = _(
        "Objections were upheld and nothing followed (%(count)s): set a bid aside, declare the lot failed or cancel "
        "the tender first."
    )
