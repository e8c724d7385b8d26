"""How the web process runs, wherever it runs; gunicorn reads this file by itself."""

import os

bind = f"{os.environ.get('WEB_HOST') or '0.0.0.0'}:{os.environ.get('PORT') or '8000'}"  # noqa: S104

# Threads, because two slow uploads must not hold up a page; two processes, to use two cores.
worker_class = "gthread"
workers = int(os.environ.get("WEB_CONCURRENCY") or 2)
threads = int(os.environ.get("WEB_THREADS") or 8)
# The code is loaded once and shared; no connection is opened before the fork.
preload_app = True

# Requests that run when the process is asked to end may finish: an upload from a slow phone.
graceful_timeout = 30
# Longer than load balancers keep their side of a connection open.
keepalive = 75

# Nothing is written outside of memory: the root file system may be read-only.
worker_tmp_dir = "/dev/shm" if os.path.isdir("/dev/shm") else None  # noqa: S108
control_socket_disable = True
