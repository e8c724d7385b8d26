"""Clinicians who read a photo to the end, as they do in the admin."""

from datetime import datetime
from typing import Any

from diagnosis.models import Case, Opinion, Photo, User
from diagnosis.services import Reading, claim_case, finish_case, open_case, record_opinion


def reader(address: str = "reader@example.org") -> User:
    return User.objects.filter(email=address).first() or User.objects.create_user(address)


def looked(photo: Photo, recommendation: str, *, closed_at: datetime | None = None, **said: Any) -> Case:
    """The photo's case, opened unless one is open, and closed: by one reader who agrees with the model, or by
    two who see nothing where it does."""
    prediction = photo.predictions.latest("created_at")
    case = Case.objects.open().filter(photo=photo).first() or open_case(
        photo=photo, prediction=prediction, why="random"
    )
    assert case is not None
    sent = recommendation in ("see_doctor", "urgent")
    agrees = {True: "mel" if sent else "nv", False: "nv", None: "unknown"}[case.model_malignant]
    reading = {"diagnosis": agrees, "confidence": 2, "quality": "good", "recommendation": recommendation}
    while case.status != "closed":
        # Nobody reads the same photo twice.
        someone = reader(f"reader{Opinion.objects.count()}@example.org")
        claim_case(case=case, reader=someone)
        record_opinion(case=case, reader=someone, stage="blind", reading=Reading(**reading | said))
        finish_case(case=case, reader=someone)
        case.refresh_from_db()
    if closed_at:
        Case.objects.filter(pk=case.pk).update(closed_at=closed_at)
    case.refresh_from_db()
    return case
