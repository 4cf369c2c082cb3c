"""What can be refused of documents, questions and amendments."""

from django.utils.translation import gettext_lazy as _

from catalog.foundation.errors import Conflict, Malformed, RuleBroken


class FileNotAccepted(Malformed):
    code = "file-not-accepted"
    template = _("“%(name)s” is neither a PDF nor a Word or Excel file without macros, whatever its name says.")


class FileTooLarge(RuleBroken):
    code = "file-too-large"
    template = _("“%(name)s” has %(size)s MB; a file has at most %(most)s MB: split it.")


class DocumentsFixed(Conflict):
    code = "documents-fixed"
    template = _(
        "The documents of “%(tender)s” are published: they change by an amendment that a second officer publishes."
    )


class QuestionTooLate(Conflict):
    code = "question-too-late"
    is_attempt = True
    template = _("Questions on the documents were taken until %(until)s; it is %(now)s.")


class AlreadyAnswered(Conflict):
    code = "already-answered"
    template = _("The question was answered at %(answered)s; what changes now is an amendment.")


class AnswerTooLate(Conflict):
    code = "answer-too-late"
    is_attempt = True
    template = _(
        "Answers serve the preparation of bids: “%(tender)s” is “%(status)s”, its deadline was %(deadline)s, it is "
        "%(now)s."
    )


class TextMissing(RuleBroken):
    code = "text-missing"
    template = _("Write it down: the text is empty.")


class DeadlineMovedBack(RuleBroken):
    code = "deadline-moved-back"
    is_attempt = True
    template = _("The deadline %(deadline)s may not be moved to the earlier %(wanted)s.")


class ChangeTooLate(RuleBroken):
    code = "change-too-late"
    template = _(
        "A change that affects the preparation of bids leaves at least %(least)s days: the deadline must not lie "
        "before %(earliest)s; it would be %(deadline)s."
    )
