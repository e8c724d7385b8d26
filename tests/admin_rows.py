"""A row for each page of the administration to be about."""

import uuid
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.contrib.auth.models import Group
from django.contrib.contenttypes.models import ContentType
from django.utils import timezone

from diagnosis.models import (
    Activation,
    AuthToken,
    Case,
    Consent,
    ModelVersion,
    Mole,
    Opinion,
    Photo,
    Profile,
    User,
)
from diagnosis.services import record_consent, record_event


@pytest.fixture
def objects(owner: User, mole: Mole, photo: Photo, succeeded: Any) -> dict[str, Any]:
    """A row of every model that has pages, all of them of one patient; and what other arguments stand for."""
    record_consent(user=owner)
    prediction = photo.predictions.get()
    succeeded(prediction, 0.3, "raised")
    case = Case.objects.create(photo=photo, prediction=prediction, why="raised", due_at=timezone.now())
    AuthToken.objects.create(user=owner)
    version = ModelVersion.objects.create(version="not-here-1", sha256="0" * 64)
    return {
        "auth_group": Group.objects.create(name="of the site's own").pk,
        "account_emailaddress": EmailAddress.objects.create(user=owner, email=owner.email).pk,
        "diagnosis_activation": Activation.objects.create(version=version).pk,
        "diagnosis_authtoken": AuthToken.objects.get().pk,
        "diagnosis_consent": Consent.objects.filter(user=owner)[0].pk,
        "diagnosis_event": record_event("mole.looked_at", mole).pk,
        "diagnosis_modelversion": version.pk,
        "diagnosis_mole": mole.pk,
        "diagnosis_photo": photo.pk,
        "diagnosis_prediction": prediction.pk,
        "diagnosis_profile": Profile.objects.get(owner=owner).pk,
        "diagnosis_user": owner.pk,
        "mfa_authenticator": Authenticator.objects.create(user=owner, type="totp", data={"secret": "x"}).pk,
        "usersessions_usersession": UserSession.objects.create(
            user=owner, ip="10.0.0.1", session_key="abc", user_agent="Firefox"
        ).pk,
        "app_label": "diagnosis",
        "content_type_id": ContentType.objects.get_for_model(Mole).pk,
        "url": "no/such/page/",
        "topic": "agreement",
        "table": "kappa",
        "diagnosis_case": case.pk,
        "case_id": case.pk,
        "diagnosis_opinion": Opinion.objects.create(
            case=case,
            reader_id=uuid.uuid4(),
            stage="blind",
            diagnosis="nv",
            confidence=2,
            quality="good",
            recommendation="nothing",
            seconds=9.5,
        ).pk,
        "field": "thumbnail",
        "photo_id": photo.pk,
    }
