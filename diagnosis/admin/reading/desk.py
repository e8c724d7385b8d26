"""What a reader has before them: a case, how far they are with it, and what may be shown for that."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from uuid import UUID

from django.http import HttpRequest
from django.utils import timezone

from diagnosis.models import Case, Opinion, User

READ, SETTLE = "diagnosis.read_case", "diagnosis.settle_case"


def is_senior(user: Any) -> bool:
    return bool(user.has_perm(SETTLE))


class Phase(StrEnum):
    """How far a reader is with a case. Of the prediction only the last two show anything."""

    START = "start"  # free: it can be claimed
    TAKEN = "taken"  # somebody else is reading it
    BLIND = "blind"  # claimed, and the first opinion is to come
    SETTLING = "settling"  # claimed, and the readers' disagreement is to be settled
    REVEALED = "revealed"  # an opinion is given, and a second may follow
    DONE = "done"  # an opinion is given, and no other may follow


@dataclass(frozen=True)
class Desk:
    case: Case
    reader: User
    # The reader's own opinions, by stage.
    own: dict[str, Opinion]

    @property
    def first(self) -> Opinion | None:
        """What was said before the prediction was seen."""
        return self.own.get(Opinion.Stage.BLIND) or self.own.get(Opinion.Stage.SETTLING)

    @property
    def last(self) -> Opinion | None:
        return self.own.get(Opinion.Stage.REVEALED) or self.first

    @property
    def phase(self) -> Phase:
        mine = self.case.claimed(self.reader)
        if self.own:
            return Phase.REVEALED if mine and Opinion.Stage.REVEALED not in self.own else Phase.DONE
        if mine:
            return Phase.SETTLING if self.case.status == Case.Status.DISPUTED else Phase.BLIND
        return Phase.TAKEN if is_taken(self.case) else Phase.START

    @property
    def sees_photos(self) -> bool:
        return self.phase not in (Phase.START, Phase.TAKEN)

    @property
    def stage(self) -> str:
        """Of the opinion that is to come next."""
        return {Phase.SETTLING: Opinion.Stage.SETTLING, Phase.REVEALED: Opinion.Stage.REVEALED}.get(
            self.phase, Opinion.Stage.BLIND
        )


def is_taken(case: Case) -> bool:
    """Whether somebody's claim on it still runs."""
    return bool(case.claimed_by_id and case.claimed_until and case.claimed_until > timezone.now())


def desk_of(request: HttpRequest, pk: UUID) -> Desk | None:
    """None where this reader has nothing to do with the case: it is closed, deleted, theirs or never was."""
    seen = Case.objects.seen_by(request.user, senior=is_senior(request.user))
    case = seen.select_related("photo__mole__profile", "prediction").filter(pk=pk).first()
    if case is None:
        return None
    assert isinstance(request.user, User)
    own = {one.stage: one for one in case.opinions.filter(reader=request.user)}
    return Desk(case, request.user, own)


@dataclass(frozen=True)
class Progress:
    """`to_settle` of a senior reader alone."""

    read_today: int
    waiting: int
    to_settle: int | None


def progress_of(user: Any) -> Progress:
    today = timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0)
    first = [Opinion.Stage.BLIND, Opinion.Stage.SETTLING]
    return Progress(
        read_today=Opinion.objects.filter(reader=user, created_at__gte=today, stage__in=first).count(),
        waiting=Case.objects.readable_by(user).free_for(user).count(),
        to_settle=Case.objects.to_settle_by(user).free_for(user).count() if is_senior(user) else None,
    )
