"""Made-up names under which what people allowed to be used leaves the site.

A pseudonym is an HMAC-SHA256 of the id, with a key that is derived from SECRET_KEY. So it is the same in
every export of one site, whichever machine makes it (a key of its own in DATA_DIR would be lost where that
folder is not kept); and who has the export but not the key can't tell whose it is, nor whether an id
they know is in it. With another SECRET_KEY all pseudonyms are others.
"""

from typing import Literal
from uuid import UUID

from django.utils.crypto import salted_hmac

from diagnosis.models import Photo


def site_pseudonym() -> str:
    """Of this site: two copies of it with one SECRET_KEY are the same site."""
    return _pseudonym("site", "")


def image_id(photo_id: UUID) -> str:
    return _pseudonym("photo", str(photo_id))


def lesion_id(photo: Photo) -> str:
    """Of the photo's mole. A photo that is filed under no mole stands for one by itself."""
    return _pseudonym("mole", str(photo.mole_id or photo.pk))


def _pseudonym(kind: Literal["site", "mole", "photo"], of: str) -> str:
    """32 hexadecimal digits after their kind, which no id of HAM10000 or the ISIC archive begins with."""
    digest = salted_hmac("diagnosis.pseudonyms", f"{kind} {of}", algorithm="sha256").hexdigest()
    return f"{kind}_{digest[:32]}"
