from diagnosis.models.export import Export
from diagnosis.models.mole import Mole
from diagnosis.models.photo import Photo
from diagnosis.models.prediction import Prediction
from diagnosis.models.profile import Profile
from diagnosis.models.reminder import ReminderMail
from diagnosis.models.share import Share, ShareNote, ShareOpening
from diagnosis.models.user import AuthToken, Consent, User

__all__ = [
    "AuthToken",
    "Consent",
    "Export",
    "Mole",
    "Photo",
    "Prediction",
    "Profile",
    "ReminderMail",
    "Share",
    "ShareNote",
    "ShareOpening",
    "User",
]
