"""A person who is deleted with their moles comes back with any of them, and goes with the last."""

import pytest

from diagnosis.models import Mole, Photo, Profile, User
from diagnosis.services import (
    create_mole,
    create_profile,
    delete_mole,
    delete_profile,
    remove_mole,
    restore_mole,
)


@pytest.fixture
def anna(owner: User) -> Profile:
    return create_profile(owner=owner, name="Anna", birth_year=1990)


def test_moles_deleted_with_their_person_bring_them_back(owner, anna, photo, make_photo):
    mole = create_mole(owner=owner, name="neck", profile=anna)
    hers = make_photo(mole=mole)
    before = Profile.objects.filter(pk=anna.pk).values().get()
    delete_profile(profile=anna, with_moles=True)
    assert list(Photo.objects.all()) == [photo]
    assert not Profile.objects.of(owner).filter(pk=anna.pk).exists()
    restore_mole(mole=Mole.everything.get(pk=mole.pk))
    assert Profile.objects.filter(pk=anna.pk).values().get() == before
    assert Mole.objects.get(pk=mole.pk).profile == anna
    assert set(Photo.objects.all()) == {photo, hers}


def test_a_deleted_person_who_was_added_again_gets_the_moles(owner, anna):
    moles = [create_mole(owner=owner, name=name, profile=anna) for name in ("neck", "chin")]
    delete_profile(profile=anna, with_moles=True)
    again = create_profile(owner=owner, name="ANNA")
    restore_mole(mole=Mole.everything.get(pk=moles[0].pk))
    assert {mole.profile for mole in Mole.everything.all()} == {again}
    assert list(Mole.objects.all()) == [moles[0]]
    assert not Profile.everything.filter(pk=anna.pk).exists()


def test_a_deleted_person_goes_for_good_with_the_last_of_their_moles(owner, anna, make_photo, photo_folder):
    moles = [create_mole(owner=owner, name=name, profile=anna) for name in ("neck", "chin")]
    delete_mole(mole=moles[0])
    delete_profile(profile=anna, with_moles=True)
    remove_mole(mole=moles[0])
    assert Profile.everything.filter(pk=anna.pk).exists()
    remove_mole(mole=moles[1])
    assert not Profile.everything.filter(pk=anna.pk).exists()


def test_moles_in_recently_deleted_move_too(owner, anna):
    mole = create_mole(owner=owner, name="neck", profile=anna)
    delete_mole(mole=mole)
    delete_profile(profile=anna, move_to=owner.profiles.get(is_self=True))
    assert Mole.everything.get().profile == owner.profiles.get()
    assert not Profile.everything.filter(pk=anna.pk).exists()
