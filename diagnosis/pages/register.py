"""My moles: searched, filtered and sorted."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.db.models import Exists, F, OuterRef, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from diagnosis.models import Mole, Prediction, Profile, ShareNote, User
from diagnosis.models.mole import FOLLOWED, MoleQuerySet
from diagnosis.pages.forms import Dressed

DUE = "due"
SHOW: dict[str, tuple[Any, Q]] = {
    "": (_("Moles I follow"), FOLLOWED),
    DUE: (_("Due for a new photo"), FOLLOWED),
    "noted": (_("With a doctor’s note"), Q(Exists(ShareNote.objects.filter(mole=OuterRef("pk"))))),
    "archived": (pgettext_lazy("several moles", "Archived"), ~Q(archived_at=None)),
    "removed": (pgettext_lazy("several moles", "Removed by a doctor"), ~Q(removed_on=None)),
    "all": (pgettext_lazy("several moles", "All"), Q()),
}
# The last word settles what the others leave open.
SORT: dict[str, tuple[Any, list[Any]]] = {
    "": (_("Last added first"), ["-created_at"]),
    "name": (_("By name"), ["name"]),
    "newest": (_("Newest photo first"), [F("last_photo_at").desc(nulls_last=True)]),
    "oldest": (_("Longest without a photo first"), [F("last_photo_at").asc(nulls_first=True)]),
    "due": (_("Due first"), [F("due_on").asc(nulls_last=True)]),
    "probability": (_("Highest probability first"), [F("latest_probability").desc(nulls_last=True)]),
}


def _choices(table: dict[str, tuple[Any, Any]]) -> list[tuple[str, Any]]:
    return [(key, title) for key, (title, _) in table.items()]


class RegisterForm(Dressed, forms.Form):
    """What to show of my moles. A value that is none of the choices is left out of account."""

    # Chosen by links above the list, and kept when the rest is filtered.
    profile = forms.ChoiceField(required=False, widget=forms.HiddenInput)
    q = forms.CharField(label=_("Search"), max_length=80, required=False)
    body_site = forms.ChoiceField(
        label=_("Part of the body"), choices=[("", _("Any")), *Mole.BodySite.choices], required=False
    )
    band = forms.ChoiceField(
        label=_("Last band"), choices=[("", _("Any")), *Prediction.Band.choices], required=False
    )
    show = forms.ChoiceField(label=_("Show"), choices=_choices(SHOW), required=False)
    sort = forms.ChoiceField(label=_("Order"), choices=_choices(SORT), required=False)

    def __init__(self, *args: Any, people: Sequence[Profile], **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.people = {str(one.pk): one for one in people}
        self.fields["profile"].choices = [(pk, str(one)) for pk, one in self.people.items()]  # type: ignore[attr-defined]
        self.full_clean()

    @property
    def person(self) -> Profile | None:
        """Whose moles are wanted; None for everybody's."""
        return self.people.get(self.cleaned_data.get("profile", ""))

    def moles(self, owner: User) -> MoleQuerySet:
        """The owner's moles that are wanted, in the order that is wanted."""
        wanted = {name: self.cleaned_data.get(name, "") for name in self.fields}
        moles = Mole.objects.of(owner).with_overview().with_call().filter(SHOW[wanted["show"]][1])
        if self.person:
            moles = moles.filter(profile=self.person)
        if wanted["show"] == DUE:
            moles = moles.due(owner.today())
        if text := wanted["q"]:
            moles = moles.filter(Q(name__icontains=text) | Q(notes__icontains=text))
        if site := wanted["body_site"]:
            moles = moles.filter(body_site=site)
        if band := wanted["band"]:
            moles = moles.with_shown_band(band)
        return moles.order_by(*SORT[wanted["sort"]][1], "-id")

    @property
    def narrowed(self) -> bool:
        """Whether some of the person's moles may be left out."""
        return any(self.cleaned_data.get(name) for name in self.fields if name not in ("profile", "sort"))
