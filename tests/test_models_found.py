"""What the models find: whose rows they are, and what is newest of a mole or a photo."""

from datetime import timedelta

import pytest
from django.utils import timezone

from diagnosis.models import Mole, Photo, Prediction, Profile, User
from tests.test_models import RESULT, write


def test_rows_are_their_owners_alone(photo, mole, owner, another):
    assert [profile.owner for profile in Profile.objects.of(owner)] == [owner]
    for queryset in (Mole.objects, Photo.objects, Prediction.objects):
        assert queryset.of(owner).count() == 1
        assert not queryset.of(another).exists()


def test_whose_mole_is_deleted_loses_its_photos_and_predictions(photo, mole):
    mole.delete()
    assert not Photo.objects.exists()
    assert not Prediction.objects.exists()


def test_a_mole_knows_its_photos_and_its_newest_prediction(make_photo, mole, owner):
    assert Mole.objects.with_overview().get().latest_prediction_id is None
    older, newer = make_photo(mole=mole), make_photo(mole=mole)
    Prediction.objects.create(photo=older)  # run again later than the newer photo's
    overview = Mole.objects.with_overview().get()
    assert (overview.photo_count, overview.latest_prediction_id) == (2, newer.predictions.get().pk)


def test_the_latest_prediction_of_a_photo_is_the_one_made_last(photo):
    first = photo.predictions.get()
    second = Prediction.objects.create(photo=photo)
    Prediction.objects.filter(pk=first.pk).update(created_at=timezone.now() - timedelta(hours=1))
    assert Photo.objects.with_predictions().get().latest_prediction == second


@pytest.mark.parametrize(
    ("said", "seen", "band", "disagree"),
    [
        ("dermatoscopic", "dermatoscopic", "raised", False),
        ("dermatoscopic", "", "raised", False),  # by a version that did not say what it sees
        ("dermatoscopic", "clinical", "", True),
        ("clinical", "dermatoscopic", "", True),
        ("clinical", "clinical", "", False),
        ("clinical", "", "", False),
    ],
)
def test_a_band_shows_only_where_owner_and_network_say_dermatoscopic(said, seen, band, disagree, photo):
    write(photo.predictions.get(), RESULT | {"photo_kind_seen": seen})
    write(photo, {"photo_kind": said})
    prediction = Prediction.objects.get()
    assert (prediction.shown_band, prediction.in_tested_input) == (band, bool(band))
    assert prediction.kinds_disagree is disagree
    assert prediction.band == "raised"


def test_an_address_is_kept_in_lower_case(db):
    user = User.objects.create_user("  Anna@Example.ORG ", "a long password")
    assert user.email == User.objects.get().email == "anna@example.org"
    assert User.objects.get_by_natural_key("ANNA@example.org") == user
