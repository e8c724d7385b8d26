"""Who asks, and what is theirs. What is not theirs does not exist: 404."""

import uuid
from collections.abc import Callable
from typing import cast

from django.contrib.auth.decorators import login_required
from django.db.models import Exists, OuterRef
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.views.decorators.cache import cache_control

from diagnosis.models import Mole, Photo, Prediction, Profile, User

# In the session: the model version that had judged all photos when the register was last opened.
JUDGED_BY = "judged_by"

View = Callable[..., HttpResponseBase]


def own_page(view: View) -> View:
    """For people who are logged in; no cache, shared or the browser's, keeps what they saw."""
    return cache_control(private=True, no_store=True)(login_required(view))


def me(request: HttpRequest) -> User:
    return cast(User, request.user)


def own_mole(request: HttpRequest, mole_id: uuid.UUID) -> Mole:
    """With its person, and whether there are others whose it could be (`others`)."""
    others = Profile.objects.filter(owner=OuterRef("owner")).exclude(pk=OuterRef("profile"))
    moles = Mole.objects.of(me(request)).select_related("profile").annotate(others=Exists(others))
    return get_object_or_404(moles, pk=mole_id)


def own_profile(request: HttpRequest, profile_id: uuid.UUID) -> Profile:
    return get_object_or_404(Profile.objects.of(me(request)), pk=profile_id)


def people(request: HttpRequest) -> list[Profile]:
    """All people of the account, its own person first; there is always that one."""
    return list(Profile.objects.of(me(request)))


def whose(mole: Mole) -> Profile | None:
    """Whose mole of `own_mole` it is; None where there is nobody else whose it could be."""
    return mole.profile if mole.others else None  # type: ignore[attr-defined]


def own_photo(request: HttpRequest, photo_id: uuid.UUID) -> Photo:
    photos = Photo.objects.of(me(request)).with_predictions().with_reviews()
    return get_object_or_404(photos, pk=photo_id)


def own_prediction(request: HttpRequest, prediction_id: uuid.UUID) -> Prediction:
    predictions = Prediction.objects.of(me(request)).select_related("photo__mole__profile")
    return get_object_or_404(predictions, pk=prediction_id)
