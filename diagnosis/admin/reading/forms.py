"""What a reader says, each choice with the key that makes it."""

from typing import Any

from django import forms
from django.forms.boundfield import BoundField
from django.utils.translation import gettext_lazy as _

from diagnosis.models import Opinion
from diagnosis.services import Reading

# Beside each other on a keyboard, in the order of the choices. None is also a key of the picture (+ - 0), of
# a button (k, b), or stands elsewhere where Y and Z change places.
KEYS = {"diagnosis": "12345678", "confidence": "qwe", "quality": "asd", "recommendation": "uiop"}


class OpinionForm(forms.Form):
    diagnosis = forms.ChoiceField(
        label=_("Diagnosis"), choices=Opinion.Diagnosis.choices, widget=forms.RadioSelect
    )
    confidence = forms.TypedChoiceField(
        label=_("Confidence"), choices=Opinion.Confidence.choices, coerce=int, widget=forms.RadioSelect
    )
    quality = forms.ChoiceField(
        label=_("Quality of the photo"), choices=Opinion.Quality.choices, widget=forms.RadioSelect
    )
    recommendation = forms.ChoiceField(
        label=_("Recommendation"), choices=Opinion.Recommendation.choices, widget=forms.RadioSelect
    )
    note = forms.CharField(
        label=_("Note (for readers)"),
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3, "maxlength": 2000}),
    )

    @classmethod
    def of(cls, opinion: Opinion) -> "OpinionForm":
        """With what was said before, to be changed. The note is a new one."""
        return cls(initial={name: getattr(opinion, name) for name in KEYS})

    @classmethod
    def draft(cls, typed: Any) -> "OpinionForm":
        """With what was typed, but nobody has checked."""
        return cls(initial={name: typed.get(name, "") for name in cls.base_fields})

    @property
    def typed(self) -> bool:
        """Whether a draft holds anything."""
        return any(self.initial.values())

    @property
    def groups(self) -> list[tuple[BoundField, list[tuple[Any, str]]]]:
        """Each question with its radio buttons and their keys."""
        return [(self[name], list(zip(self[name], keys, strict=True))) for name, keys in KEYS.items()]

    @property
    def reading(self) -> Reading:
        return Reading(**self.cleaned_data)
