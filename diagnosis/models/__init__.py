from diagnosis.models.case import Case
from diagnosis.models.event import Event
from diagnosis.models.export import Export
from diagnosis.models.mismatch import Mismatch
from diagnosis.models.mole import Mole
from diagnosis.models.opinion import Opinion
from diagnosis.models.photo import Photo
from diagnosis.models.prediction import Prediction
from diagnosis.models.profile import Profile
from diagnosis.models.reminder import ReminderMail
from diagnosis.models.share import Share, ShareNote, ShareOpening
from diagnosis.models.user import AuthToken, Consent, User
from diagnosis.models.version import Activation, ModelVersion, ShadowPrediction

__all__ = [
    "Activation",
    "AuthToken",
    "Case",
    "Consent",
    "Event",
    "Export",
    "Mismatch",
    "ModelVersion",
    "Mole",
    "Opinion",
    "Photo",
    "Prediction",
    "Profile",
    "ReminderMail",
    "ShadowPrediction",
    "Share",
    "ShareNote",
    "ShareOpening",
    "User",
]
