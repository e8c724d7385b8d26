import hashlib
import uuid
from copy import copy
from datetime import date, datetime, time, timedelta
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from diagnosis.models import Mole, Photo, Profile, User
from diagnosis.models.body import PLACES, on_body
from diagnosis.pages.body_map import place_choices
from diagnosis.pages.photo_fields import MOST_AT_ONCE, NoteField
from diagnosis.pages.widgets import LongChecks, LongSelect
from diagnosis.services import Crop, PhotoChanges

# The fields of a point on the body map.
POINT = ("body_view", "body_x", "body_y")
KINDS = [
    (Photo.Kind.DERMATOSCOPIC.value, _("Yes, through a dermatoscope")),
    (Photo.Kind.CLINICAL.value, _("No, with a phone or camera alone")),
]
# Said of the mole: "It itches or hurts".
SYMPTOMS = [(symptom.value, format_lazy(_("It {words}"), words=symptom.label)) for symptom in Photo.Symptom]


class Dressed(forms.BaseForm):
    """Bootstrap's classes on every control."""

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            field.widget.attrs.setdefault("class", _class_of(field.widget))


def _class_of(widget: forms.Widget) -> str:
    if isinstance(widget, forms.RadioSelect):
        return "form-check-input"
    return "form-select" if isinstance(widget, forms.Select) else "form-control"


class DateInput(forms.DateInput):
    input_type = "date"

    def __init__(self) -> None:
        super().__init__(format="%Y-%m-%d")


def taken_at(day: date | None) -> datetime | None:
    """The day's first moment. East of us it may be tomorrow already: then it is now."""
    if day is None:
        return None
    moment = timezone.make_aware(datetime.combine(day, time.min))
    now = timezone.now()
    return now if now < moment < now + timedelta(days=1) else moment


class ModelChoice(forms.ModelChoiceField):
    """A row by its id; what is no id at all is no choice either."""

    def to_python(self, value: Any) -> Any:
        try:
            return super().to_python(value)
        except forms.ValidationError as error:
            raise forms.ValidationError(self.error_messages["invalid_choice"]) from error


class NamesMoles:
    """A mole by its name, and whose it is unless it is one's own."""

    def label_from_instance(self, mole: Mole) -> str:
        return f"{mole.name} ({mole.of_whom})" if mole.of_whom else mole.name


class MoleChoice(NamesMoles, ModelChoice):
    widget = LongSelect


class MoleChoices(NamesMoles, forms.ModelMultipleChoiceField):
    widget = LongChecks


class MoleForm(Dressed, forms.ModelForm):
    """A mole, whose it is where there are several people, and its place: chosen in the list, or a pin
    whose point the script filled in."""

    profile = ModelChoice(
        label=_("Whose mole is it?"),
        queryset=Profile.objects.none(),
        required=False,
        empty_label=None,
        error_messages={"invalid_choice": _("Choose one of the people in the list.")},
    )
    place = forms.ChoiceField(
        label=_("Place on the body map"),
        choices=place_choices,
        required=False,
        error_messages={"invalid_choice": _("Choose a place in the list.")},
    )

    class Meta:
        model = Mole
        fields = ["profile", "name", "body_site", "body_view", "body_x", "body_y", "notes"]
        labels = {"name": _("Name"), "body_site": _("Which part of the body?"), "notes": _("Notes")}
        help_texts = {
            "name": _("Something you will recognise it by, such as “left shoulder, near the strap”."),
            "notes": _("Since when you have it, what changed, what a doctor said."),
        }
        widgets = {"notes": forms.Textarea(attrs={"rows": 4})} | dict.fromkeys(POINT, forms.HiddenInput)

    def __init__(
        self,
        *args: Any,
        people: list[Profile],
        instance: Mole | None = None,
        whose: str = "",
        **kwargs: Any,
    ):
        """`people` are all of the account; `whose` may name one that a new mole is meant for."""
        chosen = next((one for one in people if str(one.pk) == whose), people[0])
        initial = {
            "place": instance.nearest_place.key if instance and instance.nearest_place else "",
            "profile": instance.profile_id if instance else chosen.pk,
        }
        super().__init__(*args, instance=instance, initial=initial, **kwargs)
        self.fields["body_site"].choices = [("", _("Not said")), *Mole.BodySite.choices]  # type: ignore[attr-defined]
        if len(people) > 1:
            self.fields["profile"].queryset = Profile.objects.of(people[0].owner_id)  # type: ignore[attr-defined]
        else:
            del self.fields["profile"]

    def clean(self) -> dict[str, Any]:
        data = self.cleaned_data
        if data.get("profile") is None:
            # Not said: it stays whose it is, or is the owner's own.
            data.pop("profile", None)
        place = PLACES.get(data.pop("place", ""))
        if any(name in self.errors for name in POINT):
            self.add_error("place", _("The pin’s point is damaged. Place it again."))
        elif "place" in self.changed_data and not set(POINT) & set(self.changed_data):
            # Chosen in the list, and not moved from there.
            point = (place.view.value, place.x, place.y) if place else ("", None, None)
            data |= dict(zip(POINT, point, strict=True))
        if place and not data.get("body_site"):
            data["body_site"] = place.site.value
        if data.get("body_x") is not None and not on_body(data["body_x"], data.get("body_y") or 0):
            self.add_error("place", _("This point is beside the body. Place the pin on the figure."))
        return data


class RemovalForm(Dressed, forms.ModelForm):
    """That a doctor removed the mole, and what came of it; both empty where that was said by mistake."""

    class Meta:
        model = Mole
        fields = ["removed_on", "outcome"]
        labels = {"removed_on": _("Removed on"), "outcome": _("What did the laboratory say?")}
        help_texts = {"removed_on": _("Leave both empty if it was not removed after all.")}
        widgets = {"removed_on": DateInput()}

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.fields["outcome"].choices = [("", _("Not removed")), *Mole.Outcome.choices]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        day, outcome = self.cleaned_data.get("removed_on"), self.cleaned_data.get("outcome")
        if day and not outcome:
            self.add_error("outcome", _("Say what the laboratory found, or that it is not known."))
        if outcome and not day and "removed_on" not in self.errors:
            self.add_error("removed_on", _("Say on which day it was removed."))
        if day and day > timezone.localdate():
            self.add_error("removed_on", _("A mole can't have been removed in the future."))
        return self.cleaned_data


class PhotoForm(Dressed, forms.Form):
    """A photo on its way in. What it says of the file itself is the ingest's word, not the form's."""

    image = forms.FileField(
        label=_("Photo"),
        allow_empty_file=True,
        error_messages={"required": _("Choose a photo first.")},
        widget=forms.FileInput(attrs={"accept": "image/jpeg,image/png,image/webp"}),
    )
    crop_x = forms.FloatField(min_value=0, max_value=1, required=False)
    crop_y = forms.FloatField(min_value=0, max_value=1, required=False)
    crop_size = forms.FloatField(min_value=0.001, max_value=1, required=False)
    photo_kind = forms.ChoiceField(
        label=_("Was it taken through a dermatoscope?"),
        choices=KINDS,
        widget=forms.RadioSelect,
        error_messages={"required": _("Say how the photo was taken.")},
        help_text=_("A dermatoscope is a lit magnifier held against the skin. Some clip on a phone."),
    )
    symptoms = forms.MultipleChoiceField(
        label=_("Do you notice any of this? (optional)"),
        choices=SYMPTOMS,
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )
    taken_on = forms.DateField(
        label=_("Date taken (optional)"),
        required=False,
        widget=DateInput(),
        help_text=_("Left empty, the photo's own date is used if it has one."),
    )
    note = NoteField(label=_("Note (optional)"))
    idempotency_key = forms.CharField(
        initial=uuid.uuid4, max_length=100, required=False, widget=forms.HiddenInput
    )

    def __init__(self, *args: Any, several: bool = False, **kwargs: Any):
        """With `several` the input takes more than one file; each is then sent in a form of its own."""
        super().__init__(*args, **kwargs)
        if several:
            self.fields["image"].label = _("Photos")
            self.fields["image"].widget.attrs |= {"multiple": True, "data-most": MOST_AT_ONCE}

    def clean_image(self) -> Any:
        if len(self.files.getlist("image")) > 1:
            raise forms.ValidationError(_("Send one photo at a time."))
        return self.cleaned_data["image"]

    def clean(self) -> dict[str, Any]:
        if any(name in self.errors for name in ("crop_x", "crop_y", "crop_size")):
            raise forms.ValidationError(_("The square must lie on the photo. Place it again."))
        return self.cleaned_data

    def crop(self) -> Crop:
        given = {name: self.cleaned_data.get(f"crop_{name}") for name in ("x", "y", "size")}
        return Crop(**{name: value for name, value in given.items() if value is not None})

    def key(self, mole: Mole | None) -> str:
        """The same form sent twice is one photo; anything else in it makes another."""
        if not self.cleaned_data["idempotency_key"]:
            return ""
        names = ("idempotency_key", "photo_kind", "symptoms", "taken_on", "note")
        said = [self.cleaned_data[name] for name in names]
        digest = hashlib.sha256(repr([*said, self.crop(), mole and mole.pk]).encode())
        for chunk in self.cleaned_data["image"].chunks():
            digest.update(chunk)
        self.cleaned_data["image"].seek(0)
        return f"page-{digest.hexdigest()}"


class PhotoDetailsForm(Dressed, forms.Form):
    """What can be corrected of a stored photo."""

    mole = MoleChoice(
        label=_("Mole"), queryset=Mole.objects.none(), empty_label=_("None yet"), required=False
    )
    photo_kind = forms.ChoiceField(
        label=_("Taken through a dermatoscope?"), choices=KINDS, widget=forms.RadioSelect
    )
    symptoms = forms.MultipleChoiceField(
        label=_("What you notice"), choices=SYMPTOMS, widget=forms.CheckboxSelectMultiple, required=False
    )
    taken_on = forms.DateField(label=_("Date taken"), required=False, widget=DateInput())
    note = NoteField(label=_("Note"))

    def __init__(self, *args: Any, owner: User, photo: Photo, **kwargs: Any):
        initial = {
            "mole": photo.mole_id,
            "photo_kind": photo.photo_kind,
            "symptoms": photo.symptoms,
            "taken_on": photo.taken_at and timezone.localdate(photo.taken_at),
            "note": photo.note,
        }
        super().__init__(*args, initial=initial, **kwargs)
        self.fields["mole"].queryset = Mole.objects.of(owner).by_name()  # type: ignore[attr-defined]

    def changes(self) -> PhotoChanges:
        """Only what was changed: a day that was not touched keeps the hour that the camera wrote."""
        changed: PhotoChanges = {}
        if "mole" in self.changed_data:
            changed["mole"] = self.cleaned_data["mole"]
        if "photo_kind" in self.changed_data:
            changed["photo_kind"] = self.cleaned_data["photo_kind"]
        if "symptoms" in self.changed_data:
            changed["symptoms"] = self.cleaned_data["symptoms"]
        if "taken_on" in self.changed_data:
            changed["taken_at"] = taken_at(self.cleaned_data["taken_on"])
        if "note" in self.changed_data:
            changed["note"] = self.cleaned_data["note"]
        return changed

    def typed(self, photo: Photo) -> Photo:
        """The stored photo as it would be with what was typed."""
        typed = copy(photo)
        for name, value in self.changes().items():
            setattr(typed, name, value)
        return typed
