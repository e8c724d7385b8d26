"""The permission matrix: each role against every address and action of the administration, GET and POST.

The table is tests/admin_matrix.py. A route or an action that it does not name fails.
"""

from collections.abc import Iterator
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.contrib import admin
from django.contrib.auth.models import Group, Permission
from django.test import Client, RequestFactory
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from diagnosis.models import (
    AuthToken,
    Case,
    Consent,
    Mole,
    Photo,
    Prediction,
    Profile,
    User,
)
from tests.admin_matrix import MODELS, ROLES, Place, actions, places
from tests.conftest import PASSWORD, client_of, with_second_factor

LOGIN, IN, REFUSED, SECOND_FACTOR = "log in", "in", "refused", "second factor"

# What somebody would send who wants more than is theirs: to delete, to take over, to become more.
GREEDY = {
    "post": "yes",
    "name": "taken over",
    "email": "taken@example.org",
    "reason": "curious",
    "is_staff": "on",
    "is_superuser": "on",
} | {
    f"{inline}-{count}_FORMS": 0
    for inline in ("consents", "moles", "photos", "predictions")
    for count in ("TOTAL", "INITIAL")
}


def admin_routes() -> dict[str, list[tuple[str, list[str]]]]:
    """By name, or by the end of the address where there is none: addresses, and their arguments' names."""

    def walk(patterns: Any, start: str) -> Iterator[tuple[str, str, list[str]]]:
        for pattern in patterns:
            if isinstance(pattern, URLResolver):
                yield from walk(pattern.url_patterns, start + str(pattern.pattern))
            elif isinstance(pattern, URLPattern):
                name = pattern.name or str(pattern.pattern)
                arguments = list(pattern.pattern.converters) or list(pattern.pattern.regex.groupindex)
                yield name, start + str(pattern.pattern), arguments

    (resolver,) = (one for one in get_resolver().url_patterns if getattr(one, "app_name", "") == "admin")
    found: dict[str, list[tuple[str, list[str]]]] = {}
    for name, address, arguments in walk(resolver.url_patterns, "/admin/"):
        found.setdefault(name, []).append((address, arguments))
    return found


@pytest.fixture
def clients(
    anonymous_client: Client,
    owner_client: Client,
    reviewer_client: Client,
    senior_client: Client,
    operator_client: Client,
    staff_client: Client,
) -> dict[str, Client]:
    """The patient is the one whose data it is."""
    one_each = (
        anonymous_client,
        owner_client,
        reviewer_client,
        senior_client,
        operator_client,
        staff_client,
    )
    return dict(zip(ROLES, one_each, strict=True))


def url_of(name: str, address: str, arguments: list[str], objects: dict[str, Any]) -> str:
    """A model's routes are of its row; others find their arguments in `objects` by name."""
    if name == "<path:object_id>/":
        app, model = address.split("/")[2:4]
        return f"/admin/{app}/{model}/{objects[f'{app}_{model}']}/"
    if name == "(?P<url>.*)$":
        return f"/admin/{objects['url']}"
    if name == "autocomplete":
        return reverse("admin:autocomplete") + "?app_label=diagnosis&model_name=mole&field_name=owner&term=o"
    own = [pk for model, pk in objects.items() if name.startswith(f"{model}_")]
    values = objects | dict.fromkeys(("object_id", "pk"), own[0] if own else objects["diagnosis_mole"])
    return reverse(f"admin:{name}", kwargs={one: values[one] for one in arguments})


def answer(client: Client, method: str, url: str) -> str:
    """What became of it, in a word. The admin's way to the log-in is followed."""
    response = getattr(client, method)(url, GREEDY if method == "post" else None)
    for _ in range(3):
        where = response.headers.get("Location", "")
        if where.startswith("/accounts/login/"):
            return LOGIN
        if where.startswith("/account/staff/"):
            return SECOND_FACTOR
        if where != "/admin/" and not where.startswith("/admin/login/"):
            break
        response = client.get(where)
    return REFUSED if response.status_code in (403, 404, 405) else IN


def everybodys() -> list[Any]:
    """What belongs to people; not whether their account is open, which operators decide, nor who reads
    a case."""
    rows: list[Any] = [
        list(UserSession.objects.filter(ip="10.0.0.1").values("pk")),
        list(Group.objects.order_by("pk").values()),
        list(Group.permissions.through.objects.order_by("pk").values()),
    ]
    claims = ("claimed_by_id", "claimed_at", "claimed_until")
    cases = Case.objects.order_by("pk").values()
    rows.append([one | dict.fromkeys(claims) for one in cases])
    for model in (AuthToken, Authenticator, Consent, EmailAddress, Mole, Photo, Prediction, Profile):
        rows.append(list(model._base_manager.order_by("pk").values()))
    people = User.objects.order_by("pk").values()
    return [*rows, [one | {"is_active": None, "last_login": None} for one in people]]


def wanted(roles: frozenset[str], role: str) -> str:
    if role == "anonymous":
        return LOGIN
    return IN if role in roles else REFUSED


def test_every_route_has_a_line_in_the_table() -> None:
    assert set(admin_routes()) == set(places())


def test_every_model_of_the_admin_has_a_line_in_the_table() -> None:
    names = {f"{one._meta.app_label}_{one._meta.model_name}" for one in admin.site._registry}
    assert names == set(MODELS)


@pytest.mark.parametrize("name", places())
def test_each_role_gets_in_where_the_table_says(
    name: str, clients: dict[str, Client], objects: dict[str, Any]
) -> None:
    place: Place = places()[name]
    for address, arguments in admin_routes()[name]:
        url = url_of(name, address, arguments, objects)
        for method, roles in (("get", place.get), ("post", place.post)):
            before = everybodys()
            for role in ROLES:
                got = answer(clients[role], method, url)
                assert (role, method, got) == (role, method, wanted(roles, role)), url
                if role != "superuser" or method == "get":
                    assert everybodys() == before, (role, method, url)


@pytest.mark.parametrize("role", ["reviewer", "senior", "operator", "superuser"])
def test_without_a_second_factor_no_role_gets_in_anywhere(
    role: str, clients: dict[str, Client], objects: dict[str, Any]
) -> None:
    Authenticator.objects.exclude(user_id=objects["diagnosis_user"]).delete()
    before = everybodys()
    for name, addresses in admin_routes().items():
        for address, arguments in addresses if name not in ("login", "logout") else ():
            url = url_of(name, address, arguments, objects)
            got = [answer(clients[role], method, url) for method in ("get", "post")]
            assert got == [SECOND_FACTOR, SECOND_FACTOR], url
    assert everybodys() == before


def all_actions() -> dict[str, admin.ModelAdmin]:
    return {
        f"{model._meta.app_label}_{model._meta.model_name}.{name}": model_admin
        for model, model_admin in admin.site._registry.items()
        for _, name, _ in model_admin._get_base_actions()
    }


def test_every_action_has_a_line_in_the_table() -> None:
    assert set(all_actions()) == set(actions())


@pytest.mark.parametrize("action", actions())
def test_each_role_does_what_the_table_says(
    action: str, clients: dict[str, Client], objects: dict[str, Any]
) -> None:
    """Whom it is not offered to changes nothing by sending it all the same."""
    model, name = action.split(".")
    form = GREEDY | {"action": name, "_selected_action": [objects[model]]}
    before = everybodys()
    for role in ROLES:
        request = RequestFactory().get("/")
        request.user = _user(clients[role])
        if request.user.is_active and request.user.is_staff:
            offered = name in all_actions()[action].get_actions(request)
            assert offered == (role in actions()[action]), role
        clients[role].post(reverse(f"admin:{model}_changelist"), form)
        assert (everybodys() != before) == (role in actions()[action]), role


def _user(client: Client) -> Any:
    return client.get("/help/").wsgi_request.user


# What the table can't say --------------------------------------------------------------------


def test_staff_without_a_role_see_an_empty_administration(db: None, objects: dict[str, Any]) -> None:
    client = client_of(with_second_factor(User.objects.create_user("x@example.org", PASSWORD, is_staff=True)))
    assert client.get("/admin/").status_code == 200
    for name, addresses in admin_routes().items():
        if name.startswith("diagnosis_"):
            for address, arguments in addresses:
                url = url_of(name, address, arguments, objects)
                assert answer(client, "get", url) == answer(client, "post", url) == REFUSED, url


@pytest.mark.parametrize("role", ["reviewer", "senior", "operator"])
def test_a_role_without_being_staff_opens_nothing(role: str, clients: dict[str, Client]) -> None:
    User.objects.filter(pk=_user(clients[role]).pk).update(is_staff=False)
    assert answer(clients[role], "get", "/admin/") == REFUSED


def test_an_operator_touches_no_account_of_staff(clients: dict[str, Client], staff: User) -> None:
    mates = User.objects.filter(is_staff=True)
    assert mates.count() == 4
    for mate in mates:
        url = reverse("admin:diagnosis_user_change", args=[mate.pk])
        assert answer(clients["operator"], "get", url) == IN
        assert answer(clients["operator"], "post", url) == REFUSED
    assert not mates.filter(is_active=False).exists()


def test_rights_that_are_given_one_by_one_delete_and_change_nothing_of_others(
    clients: dict[str, Client], operator: User, objects: dict[str, Any]
) -> None:
    """Even with every permission that there is: it takes a superuser."""
    operator.user_permissions.set(Permission.objects.all())
    before = everybodys()
    for model in MODELS:
        for kind in ("change", "delete"):
            answer(clients["operator"], "post", reverse(f"admin:{model}_{kind}", args=[objects[model]]))
    for action in actions():
        model, name = action.split(".")
        form = {"action": name, "_selected_action": [objects[model]], "post": "yes"}
        clients["operator"].post(reverse(f"admin:{model}_changelist"), form)
    assert everybodys() == before
