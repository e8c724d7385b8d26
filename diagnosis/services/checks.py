import math

from django.core.exceptions import ValidationError
from django.db.models import Model
from django.utils.translation import gettext as _


def check_numbers(instance: Model, *fields: str) -> None:
    """Raises `ValidationError` where a field is NaN or infinite.

    Django's validators let NaN pass, and every database compares it in its own way.
    """
    values = {name: getattr(instance, name) for name in fields}
    wrong = [name for name, value in values.items() if value is not None and not math.isfinite(value)]
    if wrong:
        raise ValidationError(dict.fromkeys(wrong, _("Enter a number.")))
