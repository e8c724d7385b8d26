"""Photos of HAM10000 on their way into the site: chosen by lesion, uploaded by API as people's own."""

from collections.abc import Collection
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import numpy as np

from ml.data import Ham10000, Row, read_split
from tests.processes import Api

# The site's word for a place, by HAM10000's.
BODY_SITE = {
    "abdomen": "anterior torso", "acral": "palms/soles", "back": "posterior torso", "chest": "anterior torso",
    "ear": "head/neck", "face": "head/neck", "foot": "lower extremity", "genital": "oral/genital",
    "hand": "upper extremity", "lower extremity": "lower extremity", "neck": "head/neck",
    "scalp": "head/neck", "trunk": "anterior torso", "upper extremity": "upper extremity",
}  # fmt: skip


def choose(rows: list[Row], count: int, seed: int = 1, without: Collection[str] = ()) -> list[Row]:
    """`count` photos of whole lesions of the test part, at random, malignant and benign ones in turn.

    Raises `ValueError` where there are not so many.
    """
    split = read_split()
    lesions: dict[str, list[Row]] = {}
    for row in sorted(rows, key=lambda row: row.image_id):
        if split.get(row.lesion_id) == "test" and row.lesion_id not in without:
            lesions.setdefault(row.lesion_id, []).append(row)
    rng = np.random.default_rng(seed)
    kinds: dict[bool, list[list[Row]]] = {True: [], False: []}
    for name in rng.permutation(sorted(lesions)):
        kinds[lesions[name][0].malignant].append(lesions[name])
    chosen: list[Row] = []
    for pair in zip(kinds[True], kinds[False], strict=False):
        for lesion in pair:
            if len(chosen) + len(lesion) <= count:
                chosen += lesion
    if len(chosen) < count:
        raise ValueError(f"The test part's lesions give no {count} photos in this way.")
    return chosen


def upload(ham: Ham10000, apis: list[Api], rows: list[Row]) -> dict[str, Row]:
    """Each lesion is a mole of a person of its own, each person in one of the accounts. By photo."""
    moles: dict[str, tuple[Api, str]] = {}
    photos = {}
    for row in rows:
        if row.lesion_id not in moles:
            api = apis[len(moles) % len(apis)]
            moles[row.lesion_id] = api, _mole(api, row)
        api, mole = moles[row.lesion_id]
        files = {"image": ("mole.jpg", ham.read(row.image_id))}
        photo = _post(api, f"moles/{mole}/photos/", data={"photo_kind": "dermatoscopic"}, files=files)
        photos[photo["id"]] = row
    return photos


def _mole(api: Api, row: Row) -> str:
    born = None if row.age is None else datetime.now(UTC).year - int(row.age)
    sex = row.sex if row.sex in ("female", "male") else ""
    # The same lesion may come again later, and an account has no two people of one name.
    name = f"{row.lesion_id} {uuid4().hex[:8]}"
    person = _post(api, "profiles/", json={"name": name, "birth_year": born, "sex": sex})
    mole = {"name": "a mole", "body_site": BODY_SITE.get(row.localization, ""), "profile": person["id"]}
    return str(_post(api, "moles/", json=mole)["id"])


def _post(api: Api, path: str, **content: Any) -> Any:
    answer = api.session.post(api.url + path, timeout=30, **content)
    if answer.status_code != 201:
        raise RuntimeError(f"POST {path}: {answer.status_code} {answer.text}")
    return answer.json()
