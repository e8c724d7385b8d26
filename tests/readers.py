"""Staff, each with the permissions that a test is about."""

from django.contrib.auth.models import Permission

from diagnosis.models import User
from tests.conftest import PASSWORD


def make_reader(email: str, *permissions: str) -> User:
    """Permissions as `has_perm` names them: `diagnosis.read_case`."""
    user = User.objects.create_user(email, PASSWORD, is_staff=True)
    for permission in permissions:
        app, name = permission.split(".")
        user.user_permissions.add(Permission.objects.get(content_type__app_label=app, codename=name))
    return user
