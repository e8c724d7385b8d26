# One image for web, worker and beat; compose.yaml names the command of each.
FROM python:3.11-slim AS build
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
RUN python -m venv /venv && /venv/bin/pip install uv==0.13.9
COPY requirements.txt requirements-s3.txt /src/
RUN /venv/bin/uv pip install --no-cache --compile-bytecode --python /venv/bin/python \
        -r /src/requirements.txt -r /src/requirements-s3.txt \
    && /venv/bin/pip uninstall --yes uv
COPY . /app
WORKDIR /app
# Production's settings with throw-away values: none of them is kept in the image.
RUN PRODUCTION=1 SECRET_KEY=only-for-this-step ALLOWED_HOSTS=localhost SITE_URL=https://localhost \
        PHOTO_FOLDER=/tmp DATA_DIR=/tmp \
        /venv/bin/python manage.py collectstatic --noinput \
    && /venv/bin/python -m compileall -q diagnosis ml skinsite

FROM python:3.11-slim
# The site writes to /data and /tmp alone, so the root file system may be read-only.
ENV PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 HOME=/tmp DATA_DIR=/data PORT=8000
RUN useradd --system --uid 10001 --home-dir /tmp --shell /usr/sbin/nologin skin \
    && mkdir /data && chown skin:skin /data
COPY --from=build /venv /venv
COPY --from=build /app /app
WORKDIR /app
USER skin
VOLUME /data
EXPOSE 8000
HEALTHCHECK --interval=15s --timeout=5s --start-period=30s --retries=3 \
    CMD ["python", "-c", "import http.client as h, os; c = h.HTTPConnection('127.0.0.1', int(os.environ['PORT']), timeout=3); c.request('GET', '/healthz'); raise SystemExit(c.getresponse().status != 200)"]
CMD ["gunicorn", "skinsite.wsgi"]
