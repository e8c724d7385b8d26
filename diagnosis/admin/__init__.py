"""Read-mostly: people's data is looked at here, not edited."""

# allauth registers its own first, so that ours can take their place.
import allauth.account.admin
import allauth.mfa.admin
import allauth.usersessions.admin  # noqa: F401

from diagnosis.admin import accounts, events, groups, moles, photos, predictions, profiles, site, users

__all__ = ["accounts", "events", "groups", "moles", "photos", "predictions", "profiles", "site", "users"]
