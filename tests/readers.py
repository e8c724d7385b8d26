"""Staff with the rights that a test gives them."""

from django.contrib.auth.models import Permission
from django.test import Client

from diagnosis.models import User
from tests.conftest import PASSWORD


def make_reader(email: str, *permissions: str) -> User:
    user = User.objects.create_user(email, PASSWORD, is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=permissions))
    return user


def client_of(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client
