"""Bootstrap's clothes for forms that other packages wrote."""

from django import forms, template
from django.forms.boundfield import BoundField
from django.utils.safestring import SafeString

register = template.Library()


@register.filter
def dressed(field: BoundField) -> SafeString:
    """The control with Bootstrap's classes; its label says what a placeholder would repeat."""
    css = "form-check-input" if is_checkbox(field) else "form-control"
    if field.errors:
        css += " is-invalid"
    return field.as_widget(attrs={"class": css, "placeholder": False})


@register.filter
def is_checkbox(field: BoundField) -> bool:
    return isinstance(field.field.widget, forms.CheckboxInput)
