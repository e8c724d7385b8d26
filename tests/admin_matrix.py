"""Who may do what in the administration: the table that test_roles.py holds every route and action against.

A new admin of a model is a line in MODELS, another new route one in PLACES, a new action one in ACTIONS. What
a route's address is made of, beyond a model's own row, comes from `objects` in admin_rows.py.
"""

from dataclasses import dataclass

ROLES = ("anonymous", "patient", "reviewer", "senior", "operator", "superuser")

Roles = frozenset[str]
NOBODY: Roles = frozenset()
SUPERUSERS: Roles = frozenset({"superuser"})
OPERATORS: Roles = SUPERUSERS | {"operator"}
SENIORS: Roles = SUPERUSERS | {"senior"}
READERS: Roles = SENIORS | {"reviewer"}
STATISTICIANS: Roles = SENIORS | OPERATORS
STAFF: Roles = READERS | OPERATORS


@dataclass(frozen=True)
class Model:
    """Who may see its rows, add one, change one, delete one."""

    see: Roles
    add: Roles = NOBODY
    change: Roles = NOBODY
    delete: Roles = NOBODY


@dataclass(frozen=True)
class Place:
    """Who gets in by GET and by POST. All others are refused, and nothing of anybody's changes."""

    get: Roles
    post: Roles = NOBODY


MODELS = {
    "account_emailaddress": Model(see=OPERATORS),
    "diagnosis_activation": Model(see=OPERATORS),
    "auth_group": Model(see=SUPERUSERS, add=SUPERUSERS, change=SUPERUSERS, delete=SUPERUSERS),
    "diagnosis_authtoken": Model(see=SUPERUSERS, delete=SUPERUSERS),
    "diagnosis_case": Model(see=READERS),
    "diagnosis_consent": Model(see=OPERATORS),
    "diagnosis_event": Model(see=SUPERUSERS),
    "diagnosis_modelversion": Model(see=OPERATORS),
    "diagnosis_mole": Model(see=SUPERUSERS, delete=SUPERUSERS),
    "diagnosis_opinion": Model(see=SUPERUSERS),
    "diagnosis_photo": Model(see=SUPERUSERS, delete=SUPERUSERS),
    "diagnosis_prediction": Model(see=OPERATORS),
    "diagnosis_profile": Model(see=SUPERUSERS),
    "diagnosis_user": Model(see=OPERATORS, change=OPERATORS, delete=SUPERUSERS),
    "mfa_authenticator": Model(see=OPERATORS, delete=SUPERUSERS),
    "usersessions_usersession": Model(see=SUPERUSERS, delete=SUPERUSERS),
}

PLACES = {
    "index": Place(STAFF, STAFF),
    "app_list": Place(STAFF, STAFF),
    "autocomplete": Place(OPERATORS),
    "jsi18n": Place(STAFF),
    "login": Place(STAFF, STAFF),
    "logout": Place(NOBODY, STAFF),
    "password_change": Place(STAFF, STAFF),
    "password_change_done": Place(STAFF),
    # Nothing of ours has a page of its own for it to lead to.
    "view_on_site": Place(NOBODY),
    "diagnosis_photo_image": Place(SUPERUSERS),
    "diagnosis_photo_thumbnail": Place(SUPERUSERS),
    "diagnosis_photo_reason": Place(SUPERUSERS, SUPERUSERS),
    "diagnosis_modelversion_activate": Place(OPERATORS, OPERATORS),
    "diagnosis_modelversion_retire": Place(OPERATORS, OPERATORS),
    "diagnosis_modelversion_rollback": Place(OPERATORS, OPERATORS),
    "diagnosis_modelversion_shadow": Place(OPERATORS, OPERATORS),
    "diagnosis_modelversion_trial": Place(OPERATORS),
    "diagnosis_event_export": Place(SUPERUSERS),
    "statistics": Place(STATISTICIANS),
    "statistics_page": Place(STATISTICIANS),
    "statistics_csv": Place(STATISTICIANS),
    "diagnosis_case_next": Place(READERS, READERS),
    "diagnosis_case_read": Place(READERS, READERS),
    "diagnosis_case_photo": Place(READERS),
    # An address of old, which leads on to the row's page and its own answer.
    "<path:object_id>/": Place(STAFF, STAFF),
    # Whatever there is not.
    "(?P<url>.*)$": Place(NOBODY),
}

# Besides "delete_selected", which whoever may delete has.
ACTIONS = {
    "account_emailaddress.make_verified": SUPERUSERS,
    "diagnosis_photo.run_again": SUPERUSERS,
    "diagnosis_prediction.run_again": SUPERUSERS,
}


def places() -> dict[str, Place]:
    """Every route by its name, or by the end of its address where it has none."""
    found = dict(PLACES)
    for name, may in MODELS.items():
        found |= {
            f"{name}_changelist": Place(may.see, may.see),
            f"{name}_add": Place(may.add, may.add),
            f"{name}_history": Place(may.see, may.see),
            f"{name}_change": Place(may.see, may.change),
            f"{name}_delete": Place(may.delete, may.delete),
        }
    return found


def actions() -> dict[str, Roles]:
    deleting = {f"{name}.delete_selected": may.delete for name, may in MODELS.items()}
    return deleting | ACTIONS
