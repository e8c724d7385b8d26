# make run: the whole site on this machine. make test, make check: what must hold. See README.md.
PORT ?= 8000
DATA_DIR ?= ./var
VERSION ?= residual128-3
PYTHON := .venv/bin/python

.PHONY: run test check messages train evaluate install install-dev

run: install
	@PORT='$(PORT)' DATA_DIR='$(DATA_DIR)' exec $(PYTHON) -m skinsite.serve

test: install-dev
	@DATA_DIR=$$(mktemp -d) && export DATA_DIR && trap 'rm -rf "$$DATA_DIR"' EXIT && \
	$(PYTHON) -m pytest -n 2 --dist loadfile $(ARGS)

check: install-dev
	@scripts/check.sh

# After a text was changed or marked: brings locale/*/LC_MESSAGES/django.po up to date.
messages: install-dev
	@$(PYTHON) -m diagnosis.catalogues --update

# The two networks that ship as one, from nothing: two to three hours on two cores; stopped, they go on where they were.
train: install-dev
	$(PYTHON) -m ml.train $(if $(DATA),--data '$(DATA)') --run runs/b --set person=True mixup=0.0 \
		batch=32 learning_rate=1.5e-3 seed=2 'phases=((64,10),(96,30),(128,8))'
	$(PYTHON) -m ml.train $(if $(DATA),--data '$(DATA)') --run runs/c --set person=True mixup=0.0 \
		batch=32 learning_rate=1.5e-3 seed=3 weight_decay=0.1 channel_dropout=0.1 'widths=(32,72,144,256)' \
		'blocks=(1,1,1,1)' 'phases=((64,10),(96,30),(128,10))'
	$(PYTHON) -m ml.artifact $(if $(DATA),--data '$(DATA)') --version '$(VERSION)' --runs runs/b runs/c

evaluate: install-dev
	$(PYTHON) -m ml.evaluate $(if $(DATA),--data '$(DATA)') $(ARGS)

install:
	@scripts/install.sh requirements.txt

install-dev:
	@scripts/install.sh requirements.txt requirements-dev.txt
