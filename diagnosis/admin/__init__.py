"""Read-mostly: people's data is looked at here, not edited."""

# Django and allauth register their own first, so that ours can take their place.
import allauth.account.admin
import allauth.mfa.admin
import allauth.usersessions.admin  # noqa: F401
import django.contrib.auth.admin  # noqa: F401

from diagnosis.admin import (
    accounts,
    activations,
    cases,
    events,
    groups,
    model_versions,
    moles,
    photos,
    predictions,
    profiles,
    site,
    statistics,
    users,
)

__all__ = [
    "accounts",
    "activations",
    "cases",
    "events",
    "groups",
    "model_versions",
    "moles",
    "photos",
    "predictions",
    "profiles",
    "site",
    "statistics",
    "users",
]
