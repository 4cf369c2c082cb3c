"""What can be refused of agreements."""

from django.utils.translation import gettext_lazy as _

from catalog.foundation.errors import Conflict, RuleBroken


class AgreedVolumeExceeded(RuleBroken):
    code = "agreed-volume-exceeded"
    template = _("%(product)s: %(wanted)s units wanted, %(remaining)s of the agreed volume remain.")


class AgreementNotInForce(Conflict):
    code = "agreement-not-in-force"
    template = _("The agreement %(agreement)s is “%(status)s”, or this volume has ended: “%(action)s” is not possible.")


class AmendmentBeyondLimit(RuleBroken):
    code = "amendment-beyond-limit"
    template = _(
        "%(quantity)s units are too far from the %(base)s that were agreed, or handed over since: the rules admit "
        "%(least)s to %(most)s."
    )


class LessThanCalledOff(RuleBroken):
    code = "less-than-called-off"
    template = _("%(called_off)s units are called off already: the volume cannot be %(quantity)s.")


class NoBackup(RuleBroken):
    code = "no-backup"
    template = _("No backup supplier stands by for %(line)s: revoke the award, or tender again.")
