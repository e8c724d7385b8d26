"""Django's own log of the administration kept names and addresses, also of accounts that are gone. The log of
events takes its place; what was written before keeps who did what to which row, and no name."""

from django.db import migrations


def forget_names(apps, schema_editor):
    apps.get_model("admin", "LogEntry").objects.update(object_repr="", change_message="")


class Migration(migrations.Migration):
    dependencies = [
        ("admin", "0003_logentry_add_action_flag_choices"),
        ("diagnosis", "0013_reading_room"),
    ]

    operations = [migrations.RunPython(forget_names, migrations.RunPython.noop)]
