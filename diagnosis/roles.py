"""The roles of staff: for each its group, and all that whoever is in it may do.

A person has a role by being in its group and being marked as staff. Superusers need none. No role may see
photos outside the reading room, or edit or delete what belongs to somebody else.
"""

from typing import Any

from django.apps import apps as all_apps
from django.contrib.auth.management import create_permissions
from django.db import DEFAULT_DB_ALIAS

REVIEWER = "reviewer"
SENIOR_REVIEWER = "senior reviewer"
OPERATOR = "operator"

ROLES: dict[str, set[str]] = {
    # Reads what waits for review, and gives opinions.
    REVIEWER: {"diagnosis.read_case"},
    # Settles disagreement besides, and sees how readers and model do.
    SENIOR_REVIEWER: {
        "diagnosis.read_case",
        "diagnosis.settle_case",
        "diagnosis.view_statistics",
    },
    # Opens and closes accounts, looks after model versions and what waits for them; sees no photo.
    OPERATOR: {
        "account.view_emailaddress",
        "diagnosis.activate_modelversion",
        "diagnosis.change_user",
        "diagnosis.view_activation",
        "diagnosis.view_consent",
        "diagnosis.view_modelversion",
        "diagnosis.view_prediction",
        "diagnosis.view_statistics",
        "diagnosis.view_user",
        "mfa.view_authenticator",
    },
}


def restore_roles(
    *, using: str = DEFAULT_DB_ALIAS, apps: Any = all_apps, verbosity: int = 1, **signal: Any
) -> None:
    """Makes the groups as they are above, whatever became of them: after each migration and each flush.

    `apps` may be those of an earlier migration, which lack some of what is permitted here.
    """
    try:
        group_model, permission_model = apps.get_model("auth", "Group"), apps.get_model("auth", "Permission")
    except LookupError:
        return
    labels = {permission.split(".")[0] for permissions in ROLES.values() for permission in permissions}
    for label in sorted(labels):
        # Django makes them app by app, those of some apps after this one.
        create_permissions(all_apps.get_app_config(label), verbosity, using=using, apps=apps)
    known = permission_model._base_manager.using(using).filter(content_type__app_label__in=labels)
    permission_of = {f"{one.content_type.app_label}.{one.codename}": one for one in known.select_related()}
    for name, permissions in ROLES.items():
        group, _ = group_model._base_manager.using(using).get_or_create(name=name)
        group.permissions.set([permission_of[one] for one in permissions if one in permission_of])
