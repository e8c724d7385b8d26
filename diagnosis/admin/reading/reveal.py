"""What a reader sees once they have said what they see themself."""

from dataclasses import dataclass

from diagnosis.admin.reading.desk import Desk
from diagnosis.models import Case, Mismatch, Opinion, Prediction


@dataclass(frozen=True)
class Reveal:
    case: Case
    own: list[Opinion]
    prediction: Prediction
    # The likeliest class first.
    classes: list[tuple[str, float]]
    # What the patient said of it.
    mismatches: list[Mismatch]


def reveal_of(desk: Desk) -> Reveal | None:
    """None as long as the reader has given no opinion of their own."""
    if desk.first is None:
        return None
    case, prediction = desk.case, desk.case.prediction
    prediction.photo = case.photo
    shares = sorted((prediction.class_probabilities or {}).items(), key=lambda pair: pair[1], reverse=True)
    names = dict(Opinion.Diagnosis.choices)
    return Reveal(
        case=case,
        own=sorted(desk.own.values(), key=lambda one: (one.created_at, one.pk)),
        prediction=prediction,
        classes=[(str(names.get(name, name)), share) for name, share in shares],
        mismatches=list(Mismatch.objects.filter(photo=case.photo_id)),
    )


@dataclass(frozen=True)
class Said:
    """What one of the readers said last, for who settles."""

    opinion: Opinion
    note: str


def said_by_readers(case: Case) -> list[Said]:
    """In no order that means anything: whoever began would tell what the model said. Of the notes only those
    that were written before the prediction was seen: a later one may tell of it."""
    notes = {one.reader_id: one.note for one in case.opinions.filter(stage=Opinion.Stage.BLIND)}
    said = sorted(case.opinions.last_of_each_reader(), key=lambda one: one.pk)
    return [Said(one, notes.get(one.reader_id, "")) for one in said]
