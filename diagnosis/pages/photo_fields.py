"""Fields that both forms of a photo have, or that only they need."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from diagnosis.models.photo import NOTE_LENGTH

# Photos in one form: more take longer than people wait for an answer.
MOST_AT_ONCE = 20


class LongText(forms.CharField):
    """Text of several lines. A line's end is one character, as browsers count."""

    def to_python(self, value: Any) -> str:
        return (super().to_python(value) or "").replace("\r\n", "\n")


class NoteField(LongText):
    """Anything a person wants to remember of a photo."""

    def __init__(self, **kwargs: Any):
        super().__init__(
            max_length=NOTE_LENGTH,
            required=False,
            widget=forms.Textarea(attrs={"rows": 3}),
            help_text=_("What you want to remember of this photo: the light, the place, what a doctor said."),
            **kwargs,
        )
