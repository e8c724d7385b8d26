from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


class DiagnosisConfig(AppConfig):
    name = "diagnosis"
    verbose_name = _("Mole tracking")

    def ready(self) -> None:
        from diagnosis import catalogues  # noqa: F401 - registers its check
        from diagnosis.models.append_only import install_triggers
        from diagnosis.roles import restore_roles

        post_migrate.connect(install_triggers, sender=self)
        post_migrate.connect(restore_roles, sender=self)
