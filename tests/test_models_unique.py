"""What the database keeps only once."""

import uuid

import pytest
from django.db import IntegrityError, transaction

from diagnosis.models import Export, ModelVersion, Photo, ShadowPrediction, User
from tests.test_models import CLAIM, DONE, write


def test_an_address_is_one_account_whatever_its_case(owner):
    for email in ("OWNER@example.org", "Owner@Example.Org", "owner@example.org"):
        with pytest.raises(IntegrityError), transaction.atomic():
            User.objects.create_user(email, "another password")
        with pytest.raises(IntegrityError), transaction.atomic():
            User.objects.bulk_create([User(email=email)])  # past `save`
    assert User.objects.count() == 1


def copy_of(photo: Photo, **change) -> Photo:
    values = {f.attname: getattr(photo, f.attname) for f in Photo._meta.concrete_fields}
    return Photo(**values | {"id": uuid.uuid4(), "image": f"{uuid.uuid4()}.jpg"} | change)


def test_a_key_stores_one_photo_of_an_owner(photo, another):
    with_key = copy_of(photo, idempotency_key="k-1")
    with_key.save(force_insert=True)
    with pytest.raises(IntegrityError), transaction.atomic():
        copy_of(with_key).save(force_insert=True)
    copy_of(with_key, owner_id=another.pk, mole_id=None).save(force_insert=True)
    copy_of(photo).save(force_insert=True)  # without a key as many as there are
    copy_of(photo).save(force_insert=True)


def test_an_account_makes_one_export_at_a_time(owner, another):
    first = Export.objects.create(owner=owner)
    Export.objects.create(owner=another)
    for change in ({}, CLAIM):
        write(first, change or {"attempts": 0})
        with pytest.raises(IntegrityError), transaction.atomic():
            Export.objects.create(owner=owner)
    write(first, DONE)
    Export.objects.create(owner=owner)


def test_one_version_is_on_trial_and_a_name_is_of_one(db):
    first = ModelVersion.objects.create(version="m-1", sha256="0" * 64, shadow=True)
    with pytest.raises(IntegrityError), transaction.atomic():
        ModelVersion.objects.create(version="m-2", sha256="1" * 64, shadow=True)
    with pytest.raises(IntegrityError), transaction.atomic():
        ModelVersion.objects.create(version="m-1", sha256="1" * 64)
    ModelVersion.objects.create(version="m-2", sha256="0" * 64)
    write(first, {"shadow": False})
    ModelVersion.objects.filter(version="m-2").update(shadow=True)


def test_a_version_says_once_what_it_makes_of_a_prediction(photo):
    versions = [ModelVersion.objects.create(version=name, sha256="0" * 64) for name in ("m-1", "m-2")]
    for version in versions:
        ShadowPrediction.objects.create(prediction=photo.predictions.get(), version=version)
    with pytest.raises(IntegrityError), transaction.atomic():
        ShadowPrediction.objects.create(prediction=photo.predictions.get(), version=versions[0])


def test_a_file_belongs_to_one_photo(photo):
    with pytest.raises(IntegrityError), transaction.atomic():
        copy_of(photo, image=photo.image.name).save(force_insert=True)
