"""What EMAIL_URL switches, asked of the settings themselves."""

import json
import os
import subprocess
import sys

import pytest

ASKED = """
import json
from skinsite import settings
print(json.dumps([
    settings.EMAIL_BACKEND.rpartition(".")[0].rpartition(".")[2],
    settings.EMAIL_HOST,
    settings.ACCOUNT_EMAIL_VERIFICATION,
    settings.MFA_ALLOW_UNVERIFIED_EMAIL,
]))
"""


@pytest.mark.parametrize(
    ("email_url", "answers"),
    [
        ("", ["console", None, "none", True]),
        (
            "smtp://someone:secret@mail.example.org:587/?tls=True",
            ["smtp", "mail.example.org", "mandatory", False],
        ),
    ],
)
def test_addresses_are_confirmed_exactly_where_mail_is_sent(email_url, answers, tmp_path):
    env = os.environ | {"EMAIL_URL": email_url, "DATA_DIR": str(tmp_path)}
    command = [sys.executable, "-c", ASKED]
    done = subprocess.run(command, env=env, capture_output=True, text=True, check=True)
    assert json.loads(done.stdout) == answers
