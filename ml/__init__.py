"""The network and everything around it. Knows nothing of Django or Celery."""
