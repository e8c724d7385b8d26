"""The people of an account: whose each mole is, and what may be said of them."""

from datetime import UTC, datetime
from io import BytesIO

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction
from django.db.migrations.executor import MigrationExecutor
from django.utils import timezone, translation

from diagnosis.models import Mole, Photo, Profile, User
from diagnosis.services import (
    ChangedMeanwhile,
    create_mole,
    create_profile,
    delete_account,
    delete_profile,
    person_details,
    submit_photo,
    update_mole,
    update_photo,
    update_profile,
    version_of,
)
from tests.test_images import dated

IN_1985 = datetime(1985, 7, 1, tzinfo=UTC)


# Whose mole it is ---------------------------------------------------------------------------


def test_an_account_comes_with_its_own_person_who_needs_no_name(owner):
    own = owner.profiles.get()
    assert (own.is_self, own.name, str(own)) == (True, "", "Me")
    owner.save()
    assert owner.profiles.get() == own


def test_the_own_person_is_called_in_the_readers_language(owner, monkeypatch):
    monkeypatch.setattr(
        "diagnosis.models.profile.gettext", lambda text: f"{translation.get_language()} {text}"
    )
    with translation.override("de"):
        assert str(owner.profiles.get()) == "de Me"
    update_profile(profile=owner.profiles.get(), name=" Maria ")
    assert str(owner.profiles.get()) == "Maria"


def test_a_mole_is_the_owners_own_unless_somebody_is_named(owner, anna):
    own = owner.profiles.get(is_self=True)
    assert create_mole(owner=owner, name="chin").profile == own
    assert Mole.objects.create(owner=owner, name="heel").profile == own
    assert create_mole(owner=owner, name="neck", profile=anna).profile == anna


def test_a_mole_never_belongs_to_a_person_of_another_account(owner, another, mole):
    theirs = another.profiles.get()
    for refused in (
        lambda: create_mole(owner=owner, name="chin", profile=theirs),
        lambda: update_mole(mole=Mole.objects.get(), profile=theirs),
    ):
        with pytest.raises(ValidationError, match="There is no such person"):
            refused()
    assert Mole.objects.get().profile.owner == owner


def test_people_go_with_their_account_and_nobody_elses(owner, another, anna, photo):
    create_mole(owner=owner, name="neck", profile=anna)
    delete_account(user=owner)
    assert list(Profile.objects.all()) == [another.profiles.get()]


# What may be said of a person ---------------------------------------------------------------


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": " "}, "name"),
        ({"name": "x" * 81}, "name"),
        ({"name": "ANNA"}, "name"),
        ({"name": "me"}, "name"),
        ({"birth_year": 1899}, "birth_year"),
        ({"birth_year": 2999}, "birth_year"),
        ({"sex": "unknown"}, "sex"),
        ({"fitzpatrick": 0}, "fitzpatrick"),
        ({"fitzpatrick": 7}, "fitzpatrick"),
    ],
)
def test_what_is_not_allowed_is_refused_when_adding_and_changing(owner, anna, fields, field):
    with pytest.raises(ValidationError) as refused:
        create_profile(**{"owner": owner, "name": "Bea"} | fields)
    assert list(refused.value.message_dict) == [field]
    bea = create_profile(owner=owner, name="Bea")
    with pytest.raises(ValidationError) as refused:
        update_profile(profile=bea, **fields)
    assert list(refused.value.message_dict) == [field]
    bea.refresh_from_db()
    assert (bea.name, bea.birth_year, bea.sex, bea.fitzpatrick) == ("Bea", None, "", None)


def test_a_birth_year_reaches_to_this_year(owner):
    this_year = timezone.localdate().year
    assert create_profile(owner=owner, name="newborn", birth_year=this_year).birth_year == this_year
    with pytest.raises(ValidationError, match=f"Give a year from 1900 to {this_year}"):
        create_profile(owner=owner, name="unborn", birth_year=this_year + 1)


def test_names_differ_by_more_than_the_case_of_any_letter(owner, another):
    create_profile(owner=owner, name="Änne")
    with pytest.raises(ValidationError, match="already have somebody of this name"):
        create_profile(owner=owner, name="äNNE")
    create_profile(owner=another, name="Änne")


def test_the_database_keeps_one_self_and_one_of_each_name(owner, anna):
    for fields in ({"is_self": True, "name": "second"}, {"name": "anna"}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Profile.objects.create(owner=owner, **fields)


# Dates and births ---------------------------------------------------------------------------


def test_no_photo_is_older_than_its_person(owner, anna, make_photo):
    mole = create_mole(owner=owner, name="neck", profile=anna)
    with pytest.raises(ValidationError, match="before 1990, the birth year") as refused:
        make_photo(mole=mole, taken_at=IN_1985)
    assert list(refused.value.message_dict) == ["taken_at"]
    assert not Photo.objects.exists()
    photo = make_photo(mole=mole, taken_at=datetime(1990, 1, 1, tzinfo=UTC))
    with pytest.raises(ValidationError, match="before 1990"):
        update_photo(photo=photo, taken_at=IN_1985)
    quick = make_photo(taken_at=IN_1985)
    with pytest.raises(ValidationError, match="before 1990"):
        update_photo(photo=quick, mole=mole)
    assert not Photo.objects.filter(mole=mole, taken_at=IN_1985).exists()


def test_a_camera_whose_clock_was_wrong_costs_the_date_not_the_photo(owner):
    child = create_profile(owner=owner, name="child", birth_year=2020)
    mole = create_mole(owner=owner, name="neck", profile=child)
    file = dated("2001:01:01 00:00:00")
    assert submit_photo(owner=owner, mole=mole, file=BytesIO(file)).photo.taken_at is None
    assert submit_photo(owner=owner, file=BytesIO(file)).photo.taken_at.year == 2001


def test_a_birth_year_after_a_photo_is_refused_and_so_is_moving_the_mole(owner, anna, mole, make_photo):
    make_photo(mole=mole, taken_at=IN_1985)
    with pytest.raises(ValidationError, match="taken before 1990") as refused:
        update_profile(profile=mole.profile, birth_year=1990)
    assert list(refused.value.message_dict) == ["birth_year"]
    with pytest.raises(ValidationError, match="before Anna was born, in 1990") as refused:
        update_mole(mole=mole, profile=anna)
    assert list(refused.value.message_dict) == ["profile"]
    assert Mole.objects.get().profile.is_self
    update_profile(profile=Profile.objects.get(is_self=True), birth_year=1985)


def test_what_is_not_changed_is_not_judged_again(owner, mole, make_photo):
    """A row from before there were people, or whose person's year came later, can still be corrected."""
    photo = make_photo(mole=mole, taken_at=IN_1985)
    Profile.objects.filter(pk=mole.profile_id).update(birth_year=1990)
    photo.refresh_from_db()
    assert update_photo(photo=photo, symptoms=["itch"]).symptoms == ["itch"]


# Deleting a person --------------------------------------------------------------------------


def test_a_person_without_moles_goes_and_oneself_stays(owner, anna):
    delete_profile(profile=anna)
    with pytest.raises(ValidationError, match="stays as long as your account"):
        delete_profile(profile=owner.profiles.get())
    assert owner.profiles.count() == 1


def test_moles_are_never_deleted_or_moved_unsaid(owner, anna, another):
    mole = create_mole(owner=owner, name="neck", profile=anna)
    for choice in ({}, {"move_to": another.profiles.get()}, {"move_to": anna}):
        with pytest.raises(ValidationError):
            delete_profile(profile=anna, **choice)
    assert Mole.objects.get() == mole
    assert Profile.objects.filter(pk=anna.pk).exists()


def test_moles_move_to_another_person(owner, anna, make_photo):
    mole = create_mole(owner=owner, name="neck", profile=anna)
    photo = make_photo(mole=mole)
    delete_profile(profile=anna, move_to=owner.profiles.get(is_self=True))
    assert Mole.objects.get().profile == owner.profiles.get()
    assert Photo.objects.get() == photo


def test_moles_do_not_move_to_somebody_younger_than_their_photos(owner, anna, make_photo):
    bob = create_profile(owner=owner, name="Bob")
    make_photo(mole=create_mole(owner=owner, name="neck", profile=bob), taken_at=IN_1985)
    with pytest.raises(ValidationError, match="before Anna was born"):
        delete_profile(profile=bob, move_to=anna)
    assert Mole.objects.get().profile == bob


# What others ask of a person ----------------------------------------------------------------


def test_details_are_those_of_the_day_and_none_where_nothing_was_said(owner, mole):
    anna = create_profile(owner=owner, name="Anna", birth_year=1990, sex="female")
    hers = create_mole(owner=owner, name="neck", profile=anna, body_site="head/neck")
    then = person_details(mole=hers, at=datetime(2020, 5, 1, tzinfo=UTC))
    assert (then.age, then.sex, then.body_site) == (30, "female", "head/neck")
    assert person_details(mole=hers).age == timezone.localdate().year - 1990
    assert person_details(mole=hers, at=IN_1985).age is None
    Mole.objects.filter(pk=mole.pk).update(body_site="")
    for details in (person_details(mole=Mole.objects.get(pk=mole.pk)), person_details(mole=None)):
        assert (details.age, details.sex, details.body_site) == (None, None, None)


# Two browsers -------------------------------------------------------------------------------


def test_a_row_that_changed_meanwhile_is_not_overwritten(mole, anna):
    seen = version_of(mole)
    update_mole(mole=Mole.objects.get(), notes="from the other window")
    with pytest.raises(ChangedMeanwhile):
        update_mole(mole=Mole.objects.get(), version=seen, notes="mine")
    assert Mole.objects.get().notes == "from the other window"
    update_mole(mole=Mole.objects.get(), version=version_of(Mole.objects.get()), notes="mine")
    seen = version_of(anna)
    update_profile(profile=Profile.objects.get(pk=anna.pk), sex="other")
    with pytest.raises(ChangedMeanwhile):
        update_profile(profile=Profile.objects.get(pk=anna.pk), version=seen, name="Anne")
    assert Profile.objects.get(pk=anna.pk).name == "Anna"


def test_what_the_form_does_not_say_may_change_meanwhile(mole, make_photo):
    seen = version_of(mole)
    update_mole(mole=Mole.objects.get(), archived=True)
    make_photo(mole=mole)
    assert update_mole(mole=Mole.objects.get(), version=seen, notes="mine").notes == "mine"


# Accounts from before there were people -----------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_the_migration_gives_accounts_and_moles_their_own_person():
    executor = MigrationExecutor(connection)
    everything = executor.loader.graph.leaf_nodes()
    (here,) = [node for node in executor.loader.graph.nodes if node[1].endswith("_profiles")]
    before = [
        parent.key for parent in executor.loader.graph.node_map[here].parents if parent.key[0] == here[0]
    ]
    executor.migrate(before)
    old = executor.loader.project_state(before).apps
    users = [old.get_model("diagnosis.User").objects.create(email=f"{name}@example.org") for name in "ab"]
    for user in users:
        for name in ("chin", "heel"):
            old.get_model("diagnosis.Mole").objects.create(owner=user, name=name)
    executor = MigrationExecutor(connection)
    executor.migrate(everything)
    assert {mole.profile.owner_id == mole.owner_id for mole in Mole.objects.all()} == {True}
    assert [profile.is_self for profile in Profile.objects.all()] == [True, True]
    assert User.objects.filter(profiles__moles__isnull=False).distinct().count() == 2
