"""What clinicians do with a case: take it, say what they see, and only then what the prediction makes of it.

A case is only as far as its opinions say (`standing`), so its status is worked out anew from them each time.
"""

from dataclasses import asdict, dataclass
from datetime import datetime
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from diagnosis.models import Case, Opinion, User
from diagnosis.models.case import CLAIM, TO_DOCTOR
from diagnosis.services.audit import record_event

# From the least careful to the most.
CAREFUL = list(Opinion.Recommendation.values)


class NotYours(Exception):
    """Somebody else has the case now, or it is closed; nothing was stored."""


class CaseGone(NotYours):
    """The photo was deleted meanwhile, by itself, with its mole or with the account; nothing was stored."""


@dataclass(frozen=True)
class Reading:
    """What a reader says of a case."""

    diagnosis: str
    confidence: int
    quality: str
    recommendation: str
    note: str = ""


def claim_case(*, case: Case, reader: User) -> Case:
    """The case is this reader's for a quarter of an hour. Raises `NotYours` where they may not have it.

    Claimed again by the same reader, the time begins anew, but not the clock of the reading. Of somebody
    whose claim has run out, what they said counts first: it may have closed the case.
    """
    if Case.objects.expired().exclude(claimed_by=reader).filter(pk=case.pk).exists():
        _end_claim(case.pk)
    now = timezone.now()
    mine = Case.objects.readable_by(reader) | Case.objects.to_settle_by(reader)
    with transaction.atomic():
        before = _locked(case)
        if not mine.filter(pk=case.pk).exists():
            raise NotYours
        if before.claimed(reader):
            Case.objects.filter(pk=case.pk).update(claimed_until=now + CLAIM)
        elif (
            Case.objects.filter(pk=case.pk)
            .free_for(reader)
            .update(claimed_by=reader, claimed_at=now, claimed_until=now + CLAIM)
        ):
            record_event("case.claimed", case, actor=reader.pk)
        else:
            raise NotYours
        return Case.objects.get(pk=case.pk)


def claim_next_case(*, reader: User) -> Case | None:
    """The case whose turn it is, claimed: one they have, or the first that is free. None: all is read."""
    readable = Case.objects.readable_by(reader).free_for(reader).in_turn()
    mine = readable.filter(claimed_by=reader).first()
    for case in [mine] if mine else readable[:20]:
        try:
            return claim_case(case=case, reader=reader)
        except NotYours:  # somebody else was quicker
            continue
    return None


def record_opinion(*, case: Case, reader: User, stage: str, reading: Reading) -> Opinion:
    """Adds an opinion. The first leaves the case with its reader, who may add another after the reveal and
    has a quarter of an hour more for it.

    Raises `NotYours` where the reader has not claimed the case, or it is closed; `CaseGone` where its photo
    was deleted; `ValidationError` where a value is not allowed, this opinion was given before, or there is
    no first one to come after.
    """
    with transaction.atomic():
        stored = _locked(case)
        if not stored.claimed(reader) or stored.status == Case.Status.CLOSED:
            raise NotYours
        since = _begun(stored, reader, stage)
        opinion = Opinion(
            case=stored,
            reader=reader,
            stage=stage,
            seconds=max((timezone.now() - since).total_seconds(), 0.0),
            **asdict(reading),
        )
        opinion.full_clean(exclude=["case", "reader"])
        _check_careful(opinion)
        opinion.save(force_insert=True)
        record_event(
            "opinion.added",
            opinion,
            actor=reader.pk,
            case=str(stored.pk),
            stage=stage,
            seconds=opinion.seconds,
        )
        if stage == Opinion.Stage.BLIND:
            Case.objects.filter(pk=stored.pk).update(claimed_until=timezone.now() + CLAIM)
        else:
            _leave(stored)
    return opinion


def finish_case(*, case: Case, reader: User) -> None:
    """The reader is done with it and keeps what they said. Somebody else's case stays theirs.

    Raises `CaseGone` where its photo was deleted.
    """
    with transaction.atomic():
        stored = _locked(case)
        if stored.claimed(reader):
            _leave(stored)


def release_expired() -> int:
    """Ends the claims of those who went away. What they said counts. Returns how many were ended."""
    return sum(_end_claim(pk) for pk in list(Case.objects.expired().values_list("pk", flat=True)))


@dataclass(frozen=True)
class Standing:
    """How far a case is; `diagnosis` and `recommendation` once it is closed."""

    status: str
    diagnosis: str = ""
    recommendation: str = ""


def standing(opinions: list[Opinion], model_malignant: bool | None) -> Standing:
    """Where the last word of each reader, and of a senior reader who settles, leaves a case.

    One reader is enough where they agreed with the model on malignant or benign from the first, or the model
    gave no clear word: who comes round to it at the sight of the prediction may have been misled. Two are
    enough where they name the same class. Else a senior reader settles. Of two recommendations the more
    careful one holds.
    """
    settling = [one for one in opinions if one.stage == Opinion.Stage.SETTLING]
    if settling:
        return _closed(settling)
    said = list({one.reader_id: one for one in opinions}.values())
    if not said:
        return Standing(Case.Status.WAITING)
    if len(said) == 1:
        agrees = model_malignant is None or all(one.malignant == model_malignant for one in opinions)
        return _closed(said) if agrees else Standing(Case.Status.SECOND)
    if len({one.diagnosis for one in said}) == 1:
        return _closed(said)
    return Standing(Case.Status.DISPUTED)


def _closed(said: list[Opinion]) -> Standing:
    diagnosis = said[0].diagnosis
    most_careful = max((one.recommendation for one in said), key=CAREFUL.index)
    known = "" if diagnosis == Opinion.Diagnosis.UNKNOWN else diagnosis
    return Standing(Case.Status.CLOSED, known, most_careful)


def _begun(case: Case, reader: User, stage: str) -> datetime:
    """When this reading began: with the claim, or the first opinion. Raises `ValidationError`."""
    own = {one.stage: one for one in case.opinions.filter(reader=reader)}
    if stage in own:
        raise ValidationError(_("You have said this already; it can't be said anew."))
    disputed = case.status == Case.Status.DISPUTED
    if stage == Opinion.Stage.SETTLING:
        if not disputed or own:
            raise ValidationError(_("There is no disagreement here that you could settle."))
    elif stage == Opinion.Stage.REVEALED:
        if Opinion.Stage.BLIND not in own:
            raise ValidationError(_("Your own opinion comes first, before you see the prediction."))
        return own[Opinion.Stage.BLIND].created_at
    elif disputed:
        raise ValidationError(_("Two readers have read it; a senior reader settles it."))
    assert case.claimed_at is not None
    return case.claimed_at


def _check_careful(opinion: Opinion) -> None:
    """A slip of one key must not tell a patient less than its reader sees. Raises `ValidationError`."""
    if opinion.malignant and opinion.recommendation not in TO_DOCTOR:
        raise ValidationError(
            {"recommendation": _("You call it malignant: recommend a doctor, or another diagnosis.")}
        )
    unusable = opinion.quality == Opinion.Quality.UNUSABLE
    if unusable and opinion.recommendation == Opinion.Recommendation.NOTHING:
        raise ValidationError(
            {"recommendation": _("Nobody can judge this photo: recommend another photo, or a doctor.")}
        )


def _locked(case: Case) -> Case:
    """In a transaction: the case as it is stored now, locked. Raises `CaseGone`."""
    # The photo may lack a mole, and PostgreSQL locks no row that need not be there.
    stored = Case.objects.kept().select_for_update(of=("self",)).filter(pk=case.pk).first()
    if stored is None:
        raise CaseGone
    return stored


def _end_claim(pk: UUID) -> bool:
    """Whether it had run out and was ended now: not where somebody was quicker, or the case is gone."""
    with transaction.atomic():
        case = Case.objects.expired().select_for_update(of=("self",)).filter(pk=pk).first()
        if case:
            _leave(case)
    return case is not None


def _leave(case: Case) -> None:
    """In a transaction that has locked the case: nobody's any more, and as far as its opinions say."""
    opinions = list(case.opinions.order_by("created_at", "pk"))
    now = standing(opinions, case.model_malignant)
    before, claimed_by = case.status, case.claimed_by_id
    case.claimed_by, case.claimed_at, case.claimed_until = None, None, None
    case.status, case.diagnosis, case.recommendation = now.status, now.diagnosis, now.recommendation
    case.closed_at = timezone.now() if now.status == Case.Status.CLOSED else None
    case.save()
    if case.status == before:
        record_event("case.released", case, reader=str(claimed_by))
    else:
        record_event(f"case.{case.status}", case, reader=str(claimed_by), opinions=len(opinions))
