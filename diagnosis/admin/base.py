"""What the admin pages have in common."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from django.contrib import admin, messages
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.formats import number_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from diagnosis.admin.reasons import may_see_photos, reason_for
from diagnosis.models import Photo
from diagnosis.models.event import circumstances
from diagnosis.services import record_event, rerun_prediction

NOTHING = "–"


class WithoutDjangosLog:
    """Django's own log keeps names and addresses, which would outlive the account. The log of events has all
    that is done here, without them."""

    def log_addition(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        return None

    def log_change(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        return None

    def log_deletions(self, request: HttpRequest, queryset: Any) -> Any:
        return None


class ReadOnly(WithoutDjangosLog):
    """Seen by who may see it; added, changed and deleted by nobody."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class ReadOnlyAdmin(ReadOnly, admin.ModelAdmin):
    list_per_page = 50
    show_full_result_count = False


class ReadOnlyInline(ReadOnly, admin.TabularInline):
    extra = 0
    show_change_link = True


class ForSuperusers:
    """What no permission opens to others. Comes before the admin class."""

    def has_module_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.is_superuser)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return bool(request.user.is_superuser)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return bool(request.user.is_superuser)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return bool(request.user.is_superuser)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return bool(request.user.is_superuser)


class Recorded(WithoutDjangosLog):
    """What a form of the admin changes leaves an event: the names of the fields, and of rights also what they
    are now. Comes before the admin class."""

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)  # type: ignore[misc]
        if form.changed_data:
            action = f"{form.instance._meta.model_name}.{'changed' if change else 'created'}"
            rights = {name: _right(form.cleaned_data[name]) for name in form.changed_data}
            given = {name: right for name, right in rights.items() if right is not None}
            record_event(action, form.instance, fields=sorted(form.changed_data), now=given)


def _right(value: Any) -> bool | list[str] | None:
    """Granted or not, or the ids of what is; None for everything else."""
    if isinstance(value, QuerySet):
        return sorted(str(pk) for pk in value.values_list("pk", flat=True))
    return value if isinstance(value, bool) else None


class DeletableAdmin(ReadOnlyAdmin):
    """Deleted one by one, by superusers alone, through a service: it knows what else goes, and when."""

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return bool(request.user.is_superuser)

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        """What hangs on the row goes with it, although nobody may delete it by itself."""
        to_delete, counts, _, protected = super().get_deleted_objects(objs, request)
        refused = {str(obj) for obj in objs if not self.has_delete_permission(request, obj)}
        return to_delete, counts, refused, protected

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        raise NotImplementedError

    def delete_queryset(self, request: HttpRequest, queryset: Any) -> None:
        for obj in queryset:
            self.delete_model(request, obj)


class OfferedValues(admin.SimpleListFilter):
    """By the value of a column. What the list does not offer finds nothing, and never reaches the database:
    PostgreSQL takes no NUL."""

    column: str

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        value = self.value()
        if not value:
            return queryset
        if value not in dict(self.lookup_choices):
            return queryset.none()
        return self.narrowed(queryset, value)

    def narrowed(self, queryset: QuerySet[Any], value: str) -> QuerySet[Any]:
        """Those of one of the values that the list offers."""
        return queryset.filter(**{self.column: value})


def link(obj: Model | None, text: object = "") -> SafeString | str:
    """To the row's own admin page."""
    if obj is None:
        return NOTHING
    name = f"admin:{obj._meta.app_label}_{obj._meta.model_name}_change"
    return format_html('<a href="{}">{}</a>', reverse(name, args=[obj.pk]), text or obj)


def thumbnail(photo: Photo, side: int = 64) -> SafeString | str:
    """The picture for who has said why they look at this person's photos; for others, where to say it."""
    request = circumstances().request
    if request is None or not may_see_photos(request):
        return NOTHING
    if not reason_for(request, photo.owner_id):
        return format_html(
            '<a href="{}?{}">{}</a>',
            reverse("admin:diagnosis_photo_reason", args=[photo.pk]),
            urlencode({"next": request.get_full_path()}),
            _("Say why, to see it"),
        )
    return format_html(
        '<img src="{}" alt="{}" height="{}" loading="lazy">',
        reverse("admin:diagnosis_photo_thumbnail", args=[photo.pk]),
        _("photo"),
        side,
    )


def percent(probability: float | None) -> str:
    if probability is None:
        return NOTHING
    return _("%(number)s%%") % {"number": number_format(Decimal(f"{100 * probability:.1f}"))}


class RunsAgain:
    """The action "run again", for superusers: what is added is the owner's."""

    def has_run_again_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.is_superuser)

    def run_photos(self, request: HttpRequest, photos: Iterable[Photo]) -> None:
        count = len([rerun_prediction(photo=photo) for photo in photos])
        self.message_user(  # type: ignore[attr-defined]
            request,
            _("Photos that wait for a new prediction: %(count)s. The old ones stay.") % {"count": count},
            messages.SUCCESS,
        )
