"""Who settles a disagreement, what superusers see of the readings, and what the pages cost."""

import os
import subprocess
import sys

import pytest
from django.urls import reverse

from diagnosis import roles
from diagnosis.models import Case, Mole, Opinion, Prediction, User
from diagnosis.services import claim_case, delete_account
from tests.conftest import client_of, staff_with_role
from tests.processes import ROOT
from tests.queries import queries_of
from tests.readers import give, page_of, read, read_url, say
from tests.seen import SEEN

QUEUE = "/admin/diagnosis/case/"
SETTINGS = ("REVIEW_RAISED", "REVIEW_UNCLEAR", "REVIEW_REJECTED", "REVIEW_LOW")


@pytest.fixture
def disputed(case, reader, second):
    """The second reader changed their mind after the reveal, and says why."""
    read(case, reader, note="flat")
    claim_case(case=case, reader=second)
    say(case, second, diagnosis="mel", recommendation="urgent", note="irregular")
    say(
        case, second, "revealed", diagnosis="bcc", recommendation="urgent", note="The model says 94%, raised."
    )
    case.refresh_from_db()
    assert case.status == "disputed"
    return case


def test_a_senior_sees_what_both_said_but_neither_names_nor_the_prediction(disputed, senior, reader, second):
    Prediction.objects.update(**SEEN | {"malignancy_probability": 0.9372})
    client = client_of(senior)
    assert client.post(read_url(disputed), {"action": "claim"}).status_code == 302
    page = page_of(client, read_url(disputed))
    for words in ("Reader 1", "Reader 2", "Nevus (mole)", "Basal cell carcinoma", "flat", "irregular"):
        assert words in page
    for hidden in (reader.email, second.email, str(reader.pk), "94%", "raised", "0.93", "after seeing"):
        assert hidden not in page
    assert give(client, disputed, "revealed").status_code == 403
    assert give(client, disputed).status_code == 422
    response = give(client, disputed, "settling", diagnosis="bcc", recommendation="see_doctor")
    assert response.url == read_url(disputed)
    disputed.refresh_from_db()
    assert (disputed.status, disputed.diagnosis) == ("closed", "bcc")
    page = page_of(client, read_url(disputed))
    for words in ("94%", "raised", "Next case", "The case is closed."):
        assert words in page
    assert "Change my opinion" not in page


def test_only_seniors_settle(disputed, staff):
    client = client_of(staff_with_role("third@example.org", roles.REVIEWER))
    page_of(client, read_url(disputed), 404)
    assert client.post(read_url(disputed), {"action": "claim"}).status_code == 404
    assert give(client, disputed, "settling").status_code == 404
    assert not Opinion.objects.filter(stage="settling").exists()
    assert client_of(staff).post(read_url(disputed), {"action": "claim"}).status_code == 302


def test_who_was_part_of_a_disagreement_does_not_settle_it(disputed, reader, senior):
    reader.groups.set(senior.groups.all())
    client = client_of(User.objects.get(pk=reader.pk))
    assert client.post(read_url(disputed), {"action": "claim"}).status_code == 409
    assert give(client, disputed, "settling").status_code == 409
    assert not Opinion.objects.filter(stage="settling").exists()


# Superusers -----------------------------------------------------------------------------------


def test_what_readers_said_is_listed_for_superusers_alone_and_never_edited(
    disputed, staff, senior, second, reader
):
    url = reverse("admin:diagnosis_opinion_changelist")
    assert client_of(senior).get(url).status_code == 403
    client = client_of(staff)
    pk = second.pk
    delete_account(user=second)
    assert "an account that is gone" in page_of(client, f"{url}?q={pk}")
    assert reader.email in page_of(client, url)
    one = Opinion.objects.filter(reader_id=pk).first()
    assert str(pk) in page_of(client, reverse("admin:diagnosis_opinion_change", args=[one.pk]))
    for action in ("change", "delete"):
        target = reverse(f"admin:diagnosis_opinion_{action}", args=[one.pk])
        assert client.post(target, {"post": "yes", "note": "another"}).status_code == 403
    assert client.get(reverse("admin:diagnosis_opinion_add")).status_code == 403
    assert Opinion.objects.filter(pk=one.pk, note=one.note).exists()


# What it costs --------------------------------------------------------------------------------


def test_no_page_takes_more_queries_for_a_longer_queue(reader, second, make_case, owner):
    client = client_of(reader)

    def costs(case: Case) -> dict[str, int]:
        urls = {"queue": QUEUE, "all": f"{QUEUE}?state=all", "read": read_url(case)}
        return {name: queries_of(client, url) for name, url in urls.items()}

    case = claim_case(case=make_case(), reader=reader)
    few = costs(case)
    for number in range(8):
        read(make_case(), second, diagnosis="mel", recommendation="urgent")
        make_case(mole=Mole.objects.create(owner=owner, name=f"another {number}"))
        read(make_case(), reader)
    assert costs(case) == few
    assert max(few.values()) <= 15
    say(case, reader)
    assert queries_of(client, read_url(case)) <= 15


# The settings ---------------------------------------------------------------------------------


@pytest.mark.parametrize("name", SETTINGS)
def test_the_shares_that_are_read_are_documented(name):
    assert f"`{name}`" in (ROOT / "docs" / "deployment.md").read_text()
    assert f"#{name}=" in (ROOT / ".env.example").read_text()


def settings_with(tmp_path, **environment: str) -> subprocess.CompletedProcess[str]:
    code = "from skinsite.settings import REVIEW_SHARES; print(sorted(REVIEW_SHARES.items()))"
    return subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=120,
        env=os.environ | {"DATA_DIR": str(tmp_path)} | environment,
    )  # fmt: skip


def test_unless_told_otherwise_all_are_read_but_of_the_low_ones_5_in_100(tmp_path):
    usual = [("low", 0.05), ("raised", 1.0), ("rejected", 1.0), ("unclear", 1.0)]
    assert settings_with(tmp_path).stdout.strip() == str(usual)
    told = settings_with(tmp_path, REVIEW_LOW="0.2", REVIEW_UNCLEAR="0").stdout
    assert "('low', 0.2)" in told
    assert "('unclear', 0.0)" in told


@pytest.mark.parametrize("value", ["-0.1", "1.5", "nan", "few"])
@pytest.mark.parametrize("name", SETTINGS)
def test_what_is_no_share_stops_the_start_and_says_what_it_must_be(name, value, tmp_path):
    done = settings_with(tmp_path, **{name: value})
    assert done.returncode != 0
    assert f"{name} is '{value}', but must be a share from 0 (none) to 1 (all)." in done.stderr
