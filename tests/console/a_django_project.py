"""A Django project as a host has one, in one module: settings, and a view that signs a user in."""

from __future__ import annotations

from typing import Any

SETTINGS = {
    "SECRET_KEY": "the host's own",
    "ALLOWED_HOSTS": ["app.zaplify.example"],
    "ROOT_URLCONF": "tests.console.a_django_project",
    "INSTALLED_APPS": ["django.contrib.auth", "django.contrib.contenttypes"],
    "MIDDLEWARE": [
        "django.contrib.sessions.middleware.SessionMiddleware",
        "django.contrib.auth.middleware.AuthenticationMiddleware",
    ],
    "SESSION_ENGINE": "django.contrib.sessions.backends.signed_cookies",
    "DATABASES": {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
    "DEFAULT_AUTO_FIELD": "django.db.models.BigAutoField",
    "LOGGING_CONFIG": None,
}

urlpatterns: list[Any] = []


def set_up() -> None:
    """Settings, tables and URLs: once per process."""
    import django
    from django.conf import settings
    from django.core.management import call_command
    from django.urls import path

    if settings.configured:
        return
    settings.configure(**SETTINGS)
    django.setup()
    call_command("migrate", verbosity=0)
    urlpatterns.append(path("sign-in/<workspace>/<name>/<id>", _sign_in))


def _sign_in(request: Any, workspace: str, name: str, id: str) -> Any:
    from django.contrib.auth import get_user_model, login
    from django.http import HttpResponse

    first, _, last = name.partition(" ")
    named = {"first_name": first, "last_name": last}
    user, _ = get_user_model().objects.get_or_create(username=id, defaults=named)
    user.is_staff = "viewer" not in request.GET
    user.save()
    login(request, user, backend="django.contrib.auth.backends.ModelBackend")
    request.session["workspace"] = workspace
    return HttpResponse("signed in")
