"""How readers and model do, for seniors and operators: figures alone, no photo and no name."""

from diagnosis.admin.site import add_pages
from diagnosis.admin.statistics.views import PERMISSION, TITLE, urls

add_pages(title=TITLE, slug="statistics", route="admin:statistics", permission=PERMISSION, urls=urls)
