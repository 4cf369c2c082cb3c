from __future__ import annotations

from dataclasses import asdict
from typing import Any

from django.utils.translation import gettext as _
from rest_framework import serializers

from catalog.api.serializers import PresentationSerializer
from distribution.models import NationalShortage, ShortageAnswer, ShortageItem, ShortageReport, StopNotice
from distribution.queries.shortage_words import said
from distribution.services.shortages import Backup, DesignatedProduction, Measure, Redistribution, Reserve
from distribution.states import AnswerKind, AnswerOutcome, ShortageReason

# A record's key, and units: what the columns of the database hold.
LARGEST = 2**63 - 1
# What an answer of a kind names.
NEEDED = {
    AnswerKind.BACKUP_SUPPLIER: ("line", "units"),
    AnswerKind.REDISTRIBUTION: ("lot", "institution", "units"),
    AnswerKind.RESERVE: ("plan", "institution", "units", "authority"),
    AnswerKind.DESIGNATED_PRODUCTION: ("tender",),
}


class NewShortageReportSerializer(serializers.Serializer[Any]):
    product = serializers.CharField(max_length=32)
    reason = serializers.ChoiceField(ShortageReason.choices)
    units = serializers.IntegerField(min_value=1, max_value=LARGEST, help_text="Smallest units lacking for a month.")
    note = serializers.CharField(max_length=1000, required=False, default="", allow_blank=True)


class ShortageReportSerializer(serializers.ModelSerializer[ShortageReport]):
    institution = serializers.CharField(source="institution.code")
    product = serializers.CharField(source="product.code")

    class Meta:
        model = ShortageReport
        fields = ("id", "institution", "province", "product", "reason", "units", "note", "filed_at", "ended_at")


class NewStopNoticeSerializer(serializers.Serializer[Any]):
    product = serializers.CharField(max_length=32)
    stops_on = serializers.DateField()
    resumes_on = serializers.DateField(
        required=False, allow_null=True, default=None, help_text="The first day on which it is made again."
    )
    reason = serializers.CharField(max_length=1000)


class StopNoticeSerializer(serializers.ModelSerializer[StopNotice]):
    producer = serializers.CharField(source="producer.code")
    product = serializers.CharField(source="product.code")

    class Meta:
        model = StopNotice
        fields = (
            *("id", "producer", "product", "stops_on", "resumes_on", "reason", "due_on", "is_late"),
            *("filed_at", "withdrawn_at"),
        )


class ShortageSignalSerializer(serializers.Serializer[Any]):
    """A signal with its evidence, and in words."""

    rule = serializers.CharField()
    source = serializers.CharField()
    grade = serializers.CharField(required=False)
    values = serializers.DictField()
    sentence = serializers.CharField()

    def to_representation(self, instance: Any) -> dict[str, Any]:
        [told] = said([instance])
        kept = {name: instance[name] for name in ("rule", "source", "grade", "values") if name in instance}
        return kept | {"sentence": asdict(told)["sentence"]}


class ShortageAnswerSerializer(serializers.ModelSerializer[ShortageAnswer]):
    class Meta:
        model = ShortageAnswer
        fields = (
            *("kind", "reason", "units", "backup_line", "transfer", "release", "tender", "chosen_at"),
            *("follow_up_on", "outcome", "outcome_note", "followed_up_at"),
        )


class ShortageSerializer(serializers.ModelSerializer[ShortageItem]):
    number = serializers.CharField()
    presentation = PresentationSerializer()
    checks = ShortageSignalSerializer(many=True)
    answers = ShortageAnswerSerializer(many=True)

    class Meta:
        model = ShortageItem
        fields = (
            *("id", "number", "province", "presentation", "grade", "status", "version", "status_reason", "checks"),
            *("opened_at", "answer_by", "seen_at", "cleared_at", "closed_at", "answers"),
        )


class NationalShortageSerializer(serializers.ModelSerializer[NationalShortage]):
    presentation = PresentationSerializer()
    checks = ShortageSignalSerializer(many=True)

    class Meta:
        model = NationalShortage
        fields = ("id", "presentation", "listing", "provinces", "checks", "listed_at", "ended_at")


class MeasureSerializer(serializers.Serializer[Any]):
    """What is done, and by which record; which of them depends on the kind."""

    kind = serializers.ChoiceField(AnswerKind.choices)
    line = serializers.IntegerField(
        required=False, min_value=1, max_value=LARGEST, help_text="The main supplier's agreed volume."
    )
    lot = serializers.IntegerField(required=False, min_value=1, max_value=LARGEST, help_text="The stock that is given.")
    plan = serializers.IntegerField(required=False, min_value=1, max_value=LARGEST, help_text="The reserve plan.")
    tender = serializers.CharField(required=False, max_length=32, help_text="The tender for designated production.")
    institution = serializers.CharField(required=False, max_length=32, help_text="Code of who gets it.")
    units = serializers.IntegerField(required=False, min_value=1, max_value=LARGEST)
    authority = serializers.CharField(required=False, max_length=300)
    reason = serializers.CharField(max_length=300)
    follow_up_on = serializers.DateField()

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        missing = [name for name in NEEDED[attrs["kind"]] if name not in attrs]
        if missing:
            raise serializers.ValidationError(dict.fromkeys(missing, _("This kind of answer needs it.")))
        return attrs


def measure_of(body: dict[str, Any]) -> Measure:
    """The measure that a checked body names."""
    match AnswerKind(body["kind"]):
        case AnswerKind.BACKUP_SUPPLIER:
            return Backup(body["line"], body["units"])
        case AnswerKind.REDISTRIBUTION:
            return Redistribution(body["lot"], body["institution"], body["units"])
        case AnswerKind.RESERVE:
            return Reserve(body["plan"], body["institution"], body["units"], body["authority"])
        case AnswerKind.DESIGNATED_PRODUCTION:
            return DesignatedProduction(body["tender"])


class FollowUpSerializer(serializers.Serializer[Any]):
    outcome = serializers.ChoiceField(AnswerOutcome.choices)
    note = serializers.CharField(max_length=1000)


class EndShortageSerializer(serializers.Serializer[Any]):
    reason = serializers.CharField(max_length=1000)
