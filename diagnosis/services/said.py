"""What is stored in English, in the reader's language.

`ml` knows no Django, and a worker no reader: a row keeps the sentence of its day, and it is translated where
it is shown. Sentences that are said no more stay in the tables as long as rows may hold them.
"""

import re

from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _

# Of a photo that can't be judged (ml.quality), and of bytes that are no photo (ml.images).
SENTENCES = (
    _("This does not look like a photo of a mole: it is too unlike the photos the model knows."),
    _("Take a photo of one mole, from close by, with skin around it and nothing else in the picture."),
    _("No mole was found in the middle of the chosen square."),
    _("Place the square so that the mole is in its middle, with skin around it."),
    _(
        "The model's answer changes too much when the photo is merely turned or seen from a step nearer, so "
        "it would be a guess."
    ),
    _("Take the photo again, sharp and in even light. If you are worried, show the mole to a doctor."),
    _("Take the photo from closer, or choose a larger square."),
    _("The photo is too dark to be judged."),
    _("Take it again in daylight or with the flash."),
    _("The photo is too bright to be judged."),
    _("Take it again with less light on the skin."),
    _("There is nothing to be seen in the chosen square."),
    _("Place the square over the mole, and take the photo again if it is blurred."),
    _("The photo is too blurred to be judged."),
    _("Hold the camera still, let it focus on the mole, and take the photo again."),
    _("The file is empty. Choose the photo again."),
    _(
        "This is not a JPEG, PNG or WebP photo. On an iPhone choose Settings, Camera, Formats, Most "
        "Compatible, or share the photo as JPEG."
    ),
    _("The picture is animated. Upload a single still photo."),
    _("The photo is damaged or incomplete and could not be read. Take it again or choose another file."),
)
# The same with figures in them.
PATTERNS = (
    _("The chosen square is {pixels} pixels wide; at least {least} are needed."),
    _(
        "The photo is {width} x {height} pixels; its shorter side must have at least {least}. "
        "Upload the original photo, not a thumbnail."
    ),
    _("The photo has more than {millions} million pixels. Upload it at a smaller size."),
    _("The photo has more than {millions} million pixels. Upload it at a smaller size, or as a plain JPEG."),
)
# What Django's companions say on our pages and in our API, and would translate with du, tú or not at all.
OTHERS = (
    _("Be patient, you are sending too many requests."),
    _("Ensure this field has at least {min_length} characters."),
    _("Ensure this field has no more than {max_length} characters."),
    _("Ensure this filename has at most {max_length} characters (it has {length})."),
    _("Ensure this value is greater than or equal to {min_value}."),
    _("Ensure this value is less than or equal to {max_value}."),
    _("Enter a valid email address."),
    _("Please type your current password."),
    _("Too many failed login attempts. Try again later."),
    _("Use a security key"),
    _("Use authenticator app or code"),
    _("Use your password"),
    _("You cannot generate recovery codes without having two-factor authentication enabled."),
    _("You cannot remove your primary email address."),
    _("You must type the same password each time."),
)
_MATCH = {
    pattern: re.compile(re.sub(r"\\{(\w+)\\}", r"(?P<\1>\\d+)", re.escape(pattern))) for pattern in PATTERNS
}


def said(sentence: str) -> str:
    """The stored sentence translated; as it stands where nobody has translated it."""
    for pattern, match in _MATCH.items():
        if found := match.fullmatch(sentence):
            return gettext(pattern).format(**found.groupdict())
    return gettext(sentence) if sentence else ""
