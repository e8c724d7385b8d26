"""Which days the statistics are of."""

from datetime import timedelta
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from diagnosis.statistics.collection import Period

USUAL_DAYS, MOST_DAYS = 90, 3 * 366

FIRST_YEAR, LAST_YEAR = 2000, 2099


class PeriodForm(forms.Form):
    start = forms.DateField(label=_("From"), widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d"))
    end = forms.DateField(label=_("To"), widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d"))

    def __init__(self, data: QueryDict):
        """What is not in the address is as usual: the last 90 days, today among them."""
        today = timezone.localdate(timezone=timezone.get_default_timezone())
        usual = {"start": today - timedelta(days=USUAL_DAYS - 1), "end": today}
        super().__init__({name: data.get(name, f"{day}") for name, day in usual.items()})

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        start, end = cleaned.get("start"), cleaned.get("end")
        if start and end and start > end:
            raise ValidationError(_("The first day must not come after the last one."))
        if start and end and not (start.year >= FIRST_YEAR and end.year <= LAST_YEAR):
            raise ValidationError(_("Choose days of this century."))
        if start and end and (end - start).days > MOST_DAYS:
            raise ValidationError(_("Choose at most three years at once."))
        return cleaned

    @property
    def period(self) -> Period:
        """Of a valid form."""
        return Period(self.cleaned_data["start"], self.cleaned_data["end"])
