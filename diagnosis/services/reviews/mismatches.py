"""What patients know better than the model: that a prediction looks wrong, or what a laboratory found."""

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from diagnosis.models import Case, Mismatch, Mole, Photo, Prediction
from diagnosis.models.opinion import Opinion
from diagnosis.services.audit import record_event
from diagnosis.services.reviews.opening import open_case

# Of one photo.
MOST_REPORTS = 20
TEXT_LENGTH = 2000
WHY = {Mismatch.Kind.LOOKS_WRONG: Case.Why.MISMATCH, Mismatch.Kind.HISTOLOGY: Case.Why.HISTOLOGY}
NAMES = set(Opinion.Diagnosis.values) - {Opinion.Diagnosis.UNKNOWN.value}
# What the laboratory can't have called the other: an actinic keratosis is called both.
NEVER = {
    Mole.Outcome.BENIGN: (Opinion.Diagnosis.MEL, Opinion.Diagnosis.BCC),
    Mole.Outcome.MALIGNANT: (
        Opinion.Diagnosis.NV,
        Opinion.Diagnosis.BKL,
        Opinion.Diagnosis.DF,
        Opinion.Diagnosis.VASC,
    ),
}


def report_mismatch(
    *, photo: Photo, kind: str, text: str = "", outcome: str = "", diagnosis: str = ""
) -> Mismatch:
    """Keeps what the photo's owner says of it, and sends the photo to be read unless it waits for that.

    The mole's own outcome stays as it is: a laboratory also looks at moles that stay where they are.
    Raises `ValidationError` where something is missing or does not fit, or the photo has 20 reports.
    """
    mismatch = Mismatch(photo=photo, kind=kind, text=text.strip(), outcome=outcome, diagnosis=diagnosis)
    _check(mismatch)
    with transaction.atomic():
        if Photo.objects.select_for_update(of=("self",)).filter(pk=photo.pk).first() is None:
            raise ValidationError(_("This photo is deleted. Restore it first."))
        if photo.mismatches.count() >= MOST_REPORTS:
            raise ValidationError(
                _("This photo has %(count)d reports already, and takes no more.") % {"count": MOST_REPORTS}
            )
        mismatch.save(force_insert=True)
        record_event("mismatch.reported", mismatch, photo=str(photo.pk), kind=kind)
        open_case(photo=photo, prediction=_told_by(photo), why=WHY[Mismatch.Kind(kind)])
    return mismatch


def review_outcome(mole: Mole) -> Case | None:
    """In the transaction of the change: the laboratory has spoken of the mole, so its newest photo of which
    a prediction says something comes to be read."""
    told = Prediction.objects.kept().filter(photo__mole=mole).telling().newest_photo_first()
    if not (prediction := told.select_related("photo").first()):
        return None
    return open_case(photo=prediction.photo, prediction=prediction, why=Case.Why.HISTOLOGY)


def _told_by(photo: Photo) -> Prediction:
    """The newest prediction that says something of the photo; the newest of all where none does."""
    return photo.predictions.telling().order_by("-created_at", "-pk").first() or photo.latest_prediction


def _check(mismatch: Mismatch) -> None:
    checks = {Mismatch.Kind.LOOKS_WRONG: _wrong_in_words, Mismatch.Kind.HISTOLOGY: _wrong_of_laboratory}
    if mismatch.kind not in checks:
        raise ValidationError({"kind": _("Say that it looks wrong, or that a laboratory has looked at it.")})
    wrong = checks[Mismatch.Kind(mismatch.kind)](mismatch)
    if len(mismatch.text) > TEXT_LENGTH:
        wrong["text"] = _("At most %(count)d characters, please.") % {"count": TEXT_LENGTH}
    if wrong:
        raise ValidationError(wrong)


def _wrong_in_words(mismatch: Mismatch) -> dict[str, str]:
    said = [name for name in ("outcome", "diagnosis") if getattr(mismatch, name)]
    wrong = dict.fromkeys(said, _("This belongs to what a laboratory found. Leave it empty."))
    return wrong if mismatch.text else wrong | {"text": _("Say in a few words what looks wrong.")}


def _wrong_of_laboratory(mismatch: Mismatch) -> dict[str, str]:
    if mismatch.outcome not in NEVER:
        return {"outcome": _("Say what the laboratory found: benign or malignant.")}
    if mismatch.diagnosis and mismatch.diagnosis not in NAMES:
        return {"diagnosis": _("Choose one of the names in the list, or none.")}
    if mismatch.diagnosis in NEVER[Mole.Outcome(mismatch.outcome)]:
        return {"diagnosis": _("This name does not fit what the laboratory found. Look at the letter again.")}
    return {}
