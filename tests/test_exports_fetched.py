"""A finished export: fetched by its owner alone, kept for seven days or until a newer one."""

import os
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from zipfile import ZipFile

from django.urls import reverse
from django.utils import timezone

from diagnosis.models import Export
from diagnosis.services import delete_account, run_export, sweep_exports, sweep_files
from tests.queries import queries_of
from tests.test_exports import API, DAY, PAGE, made, zips
from tests.test_pages_moles import text


def test_after_seven_days_it_is_gone(
    owner, owner_client, photo, photo_folder, django_capture_on_commit_callbacks
):
    export = made(owner)
    download = reverse("export-download", args=[export.pk])
    Export.objects.update(finished_at=timezone.now() - 7 * DAY + timedelta(minutes=1))
    sweep_exports()
    assert owner_client.get(download).status_code == 200
    Export.objects.update(finished_at=timezone.now() - 7 * DAY)
    assert owner_client.get(download).status_code == 404  # even before the sweep comes by
    with django_capture_on_commit_callbacks(execute=True):
        sweep_exports()
    export.refresh_from_db()
    assert (export.status, export.file.name, export.expires_at) == ("expired", "", None)
    assert zips(photo_folder) == []
    assert "no longer kept" in text(owner_client.get(PAGE))


def test_a_newer_one_takes_its_place(owner, photo, photo_folder, django_capture_on_commit_callbacks):
    first = made(owner)
    with django_capture_on_commit_callbacks(execute=True):
        second = made(owner)
    first.refresh_from_db()
    assert (first.status, second.status) == ("expired", "done")
    assert [path.name for path in zips(photo_folder)] == [Path(second.file.name).name]


def test_it_goes_with_the_account(owner, photo, photo_folder, django_capture_on_commit_callbacks):
    made(owner)
    with django_capture_on_commit_callbacks(execute=True):
        delete_account(user=owner)
    assert not [path for path in photo_folder.rglob("*") if path.is_file()]


def test_the_sweep_of_files_keeps_exports_and_takes_what_no_row_names(owner, photo, photo_folder):
    export = made(owner)
    orphan = photo_folder / "exports" / "half.zip.part"
    orphan.write_bytes(b"PK")
    for path in zips(photo_folder):
        os.utime(path, (0, 0))
    assert sweep_files() == 1
    assert [path.name for path in zips(photo_folder)] == [Path(export.file.name).name]


# The owner's alone ----------------------------------------------------------------------------


def test_the_owner_fetches_it_and_no_cache_keeps_it(owner, owner_client, photo):
    export = made(owner)
    for address in (reverse("export-download", args=[export.pk]), f"{API}{export.pk}/download/"):
        answer = owner_client.get(address, headers={"Accept": "text/plain"})
        assert answer["Content-Type"] == "application/zip"
        assert answer["Content-Disposition"].startswith('attachment; filename="my-moles-20')
        assert set(answer["Cache-Control"].split(", ")) == {"private", "no-store"}
        with ZipFile(BytesIO(b"".join(answer.streaming_content))) as archive:
            assert archive.testzip() is None


def test_nobody_else_does(owner, another_client, staff_client, anonymous_client, photo):
    export = made(owner)
    for client in (another_client, staff_client):
        for address in (
            reverse("export-download", args=[export.pk]),
            API,
            f"{API}{export.pk}/",
            f"{API}{export.pk}/download/",
        ):
            assert client.get(address).status_code == 404
        assert "It is ready" not in text(client.get(PAGE))
    assert anonymous_client.get(f"{API}{export.pk}/download/").status_code == 401
    assert anonymous_client.post(API).status_code == 401


def test_a_file_that_the_storage_lost_is_no_error_of_the_page(owner, owner_client, photo, photo_folder):
    export = made(owner)
    zips(photo_folder)[0].unlink()
    assert owner_client.get(reverse("export-download", args=[export.pk])).status_code == 404


def test_the_api_starts_one_and_says_how_it_stands(owner, owner_client, photo):
    assert owner_client.get(API).status_code == 404
    assert not Export.objects.exists()
    started = owner_client.post(API)
    assert started.status_code == 202
    state = started.json()
    assert (state["status"], state["terminal"], state["photo_count"], state["download"]) == (
        "queued",
        False,
        None,
        None,
    )
    assert started["Location"].endswith(f"{API}{state['id']}/")
    assert owner_client.post(API).json()["id"] == state["id"]
    run_export(state["id"])
    done = owner_client.get(started["Location"]).json()
    assert done == owner_client.get(API).json()
    assert (done["status"], done["photos_done"]) == ("done", 1)
    assert done["size"] > 1000
    assert owner_client.get(done["download"]).status_code == 200
    assert owner_client.put(API).status_code == 405


def test_the_page_costs_few_queries(owner, owner_client, make_photo):
    make_photo()
    made(owner)
    few = queries_of(owner_client, PAGE), queries_of(owner_client, API)
    for _ in range(4):
        make_photo()
    made(owner)
    assert (queries_of(owner_client, PAGE), queries_of(owner_client, API)) == few
    assert max(few) <= 12
