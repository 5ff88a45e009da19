# roeptoeter: do local governments converse on social media, or only broadcast?
#
#   make          environment, notebooks, figures, results, site: everything
#   make test     the tests
#   make help     all targets
#
# Every file and how it comes to be. Settings first, then what each notebook reads and writes, then the rules in
# the order in which they run. A notebook's products are renamed into place only when all of it succeeded.

ifeq ($(filter grouped-target,$(.FEATURES)),)
$(error roeptoeter needs GNU make 4.3 or newer, this is $(MAKE_VERSION). On macOS: `brew install make`, then `gmake`)
endif

SHELL := bash
.SHELLFLAGS := -eu -o pipefail -c
MAKEFLAGS += --no-builtin-rules --no-print-directory
.SUFFIXES:

# ---- settings -------------------------------------------------------------------------------------------------

# The study: a file in studies/. `demo` holds the published evidence and a SIMULATED study of accounts;
# `make STUDY=mine` runs everything on your own.
STUDY ?= demo
# Notebooks that run at the same time when you give no -j.
JOBS ?= 2
# Seconds one notebook may take.
TIME_LIMIT ?= 600
# Any Python from 3.11; only used to create .venv.
BASE_PYTHON ?= python3
# What `make scorecards` shows; empty: the default of the notebook.
CARD := $(if $(PLATFORM),--platform $(PLATFORM)) $(if $(EDITION),--edition "$(EDITION)") $(if $(LANGUAGE),--language $(LANGUAGE))
# Simulated studies in each scenario of `make recovery`.
DRAWS ?= 1000
# Where `make serve` shows the site.
PORT ?= 8000

# The environment: an active conda environment named roeptoeter, an active virtual environment that has papermill, or
# the project's own .venv, made from the lock.
ifeq ($(CONDA_DEFAULT_ENV),roeptoeter)
PYTHON ?= $(CONDA_PREFIX)/bin/python
else ifneq ($(if $(VIRTUAL_ENV),$(wildcard $(VIRTUAL_ENV)/bin/papermill)),)
PYTHON ?= $(VIRTUAL_ENV)/bin/python
endif
PYTHON ?= .venv/bin/python
# An environment that make did not make is compared with the lock once; its path is part of the stamp's name.
ENVIRONMENT := $(if $(filter .venv/bin/python,$(PYTHON)),.venv/complete,build/environment$(subst /,-,$(PYTHON)))

# The same bytes every time, and no thread in the process that is forked for each notebook.
export PYTHONPATH := $(CURDIR)/src
export PYTHONHASHSEED := 0
export OPENBLAS_NUM_THREADS := 1
export OMP_NUM_THREADS := 1
export MPLBACKEND := agg
export PYTHONDONTWRITEBYTECODE :=

RUN := $(PYTHON) -m roeptoeter

# ---- what each notebook reads and writes ----------------------------------------------------------------------

TABLES  := data/processed/$(STUDY)
FIGURES := figures/$(STUDY)
RESULTS := results/$(STUDY)
BUILD   := build/$(STUDY)

QUESTIONNAIRES := $(wildcard studies/questionnaires/*.yaml data/manual/codebooks/*.yaml)
RAW := $(wildcard data/raw/published/*.csv data/raw/published/*.yml data/raw/registers/*.csv data/raw/registers/*.yml)

# A study whose exports are made up says so in its study file, and in the name of every file that rests on them.
SIMULATION := $(shell grep -sl '^simulation:' studies/$(STUDY).yaml)
MARK := $(if $(SIMULATION),SIMULATED-)

NOTEBOOKS := 01-ingest 02-published-figures 03-year-on-year 04-size-classes 05-nl-flanders-gap 06-response-time \
  07-ranking-and-map 08-questionnaires 09-growth-model 10-public-sector $(if $(SIMULATION),11-simulated-study) 12-recovery \
  13-editions 14-account-inventory

01-ingest.reads  := $(RAW)
01-ingest.writes := $(addprefix $(TABLES)/,figures.parquet figures.csv organisations.parquet organisations.csv) \
  $(addprefix $(FIGURES)/01-how-sources-were-read,.svg .csv) \
  $(addprefix $(RESULTS)/01-,ingest.json row-flow.csv municipalities.csv)

02-published-figures.reads  := $(01-ingest.writes) \
  $(addprefix data/manual/,checks.csv figure_tests.csv contradictions.yaml)
02-published-figures.writes := $(addprefix $(FIGURES)/02-verdicts,.svg .csv) $(addprefix $(RESULTS)/02-, \
  published-figures.json contradictions.csv admissible-counts.csv checks.csv figure-verdicts.csv)

03-year-on-year.reads  := $(01-ingest.writes)
03-year-on-year.writes := $(foreach name,readings utrecht-weight effective-accounts,$(addprefix $(FIGURES)/03-$(name),.svg .csv)) \
  $(addprefix $(RESULTS)/03-,year-on-year.json denominators.csv effective-accounts.csv utrecht-weight.csv)

04-size-classes.reads  := $(01-ingest.writes)
04-size-classes.writes := $(foreach name,presence-by-class odds-ratios reach,$(addprefix $(FIGURES)/04-$(name),.svg .csv)) \
  $(addprefix $(RESULTS)/04-,size-classes.json admitted-counts.csv alternatives.csv interaction.csv \
  odds-ratios.csv regressions.csv trend-tests.csv)

05-nl-flanders-gap.reads  := $(01-ingest.writes) data/manual/adoption_series.csv
05-nl-flanders-gap.writes := \
  $(foreach name,gap-by-platform time-distance-facebook size-or-behaviour,$(addprefix $(FIGURES)/05-$(name),.svg .csv)) \
  $(addprefix $(RESULTS)/05-,nl-flanders-gap.json presence-counts.csv regressions.csv size-readings.csv \
  time-distance.csv time-distance-ranges.csv)

06-response-time.reads  := $(01-ingest.writes)
06-response-time.writes := $(addprefix $(FIGURES)/06-implied-waits,.svg .csv) \
  $(addprefix $(RESULTS)/06-,response-time.json implied-waits.csv other-shares.csv)

07-ranking-and-map.reads  := $(01-ingest.writes)
07-ranking-and-map.writes := $(addprefix $(FIGURES)/07-share-spans,.svg .csv) \
  $(addprefix $(RESULTS)/07-,ranking-and-map.json named-places.csv)

08-questionnaires.reads  := $(01-ingest.writes) $(QUESTIONNAIRES)
08-questionnaires.writes := \
  $(foreach name,three-intervals responses said-and-shown,$(addprefix $(FIGURES)/08-$(name),.svg .csv)) \
  $(addprefix $(RESULTS)/08-,questionnaires.json bases.csv printed-answers.csv bases-assumed.csv conversation.csv \
  barriers.csv rescue-zones.csv)

09-growth-model.reads  := $(01-ingest.writes) $(QUESTIONNAIRES) studies/growth-model.yaml
09-growth-model.writes := \
  $(addprefix $(RESULTS)/09-,growth-model.json indicators.csv printed-bounds.csv printed-bounds-other-rule.csv)

10-public-sector.reads  := $(01-ingest.writes) $(QUESTIONNAIRES) data/manual/checks.csv
10-public-sector.writes := $(foreach name,counts users ceilings,$(addprefix $(FIGURES)/10-$(name),.svg .csv)) \
  $(addprefix $(RESULTS)/10-,public-sector.json counts.csv idle-pages.csv not-comparable.csv users.csv checks.csv ceilings.csv)

11-simulated-study.reads  := $(01-ingest.writes) $(wildcard data/raw/registers/*.csv)
11-simulated-study.writes := $(RESULTS)/11-simulated-study.json

12-recovery.reads  := $(addprefix data/processed/recovery/,coverage.csv first_draws.csv)
12-recovery.writes := \
  $(foreach name,studies-one-by-one coverage-of-changes coverage-of-elasticities,$(addprefix $(FIGURES)/12-SIMULATED-$(name),.svg .csv)) \
  $(RESULTS)/12-recovery.json \
  $(addprefix $(RESULTS)/12-SIMULATED-,scenarios.csv coverage-of-changes.csv verdicts.csv truths.csv)

13-editions.reads  := $(01-ingest.writes)
13-editions.writes := $(addprefix $(RESULTS)/13-,editions.json printed-numbers.csv)

14-account-inventory.reads  := $(01-ingest.writes)
14-account-inventory.writes := $(addprefix $(FIGURES)/14-seen,.svg .csv) \
  $(addprefix $(RESULTS)/14-,account-inventory.json seen.csv)

# What the account-level halves write, figures first; a study may not have the data for all of it.
03-year-on-year.accounts := $(foreach name,changes parts influence,$(addprefix $(FIGURES)/03-$(MARK)account-$(name),.svg .csv)) \
  $(addprefix $(RESULTS)/03-$(MARK)account-,flow.csv concentration.csv definitions.csv)
04-size-classes.accounts := \
  $(foreach name,presence reach specifications two-parts,$(addprefix $(FIGURES)/04-$(MARK)accounts-$(name),.svg .csv)) \
  $(addprefix $(RESULTS)/04-$(MARK)accounts-,activity-models.csv exploratory-tests.csv interaction-classes.csv \
  interaction-parts.csv left-out.csv presence-classes.csv reach-bases.csv reach-models.csv shapes.csv slopes.csv \
  specifications-summary.csv)
05-nl-flanders-gap.accounts := \
  $(foreach name,presence-by-population size-and-behaviour,$(addprefix $(FIGURES)/05-$(MARK)account-$(name),.svg .csv)) \
  $(addprefix $(RESULTS)/05-$(MARK)account-,parts.csv standardised.csv presence.csv reply-parts.csv)
06-response-time.accounts := $(foreach name,waits clocks weekdays,$(addprefix $(FIGURES)/06-$(MARK)$(name),.svg .csv)) \
  $(addprefix $(RESULTS)/06-$(MARK),questions.csv averages.csv all-questions.csv weekend-tests.csv intervals.csv)
07-ranking-and-map.accounts := \
  $(foreach name,intervals choices shrinkage,$(addprefix $(FIGURES)/07-$(MARK)account-$(name),.svg .csv)) \
  $(addprefix $(RESULTS)/07-$(MARK)account-,agreement.csv editions.csv effective-weights.csv reasons.csv \
  thresholds.csv tiers.csv) $(addprefix $(TABLES)/scores,.parquet .csv)
08-questionnaires.accounts := \
  $(foreach name,behaviour items waves,$(addprefix $(FIGURES)/08-$(MARK)account-$(name),.svg .csv)) \
  $(addprefix $(RESULTS)/08-$(MARK)account-,changes.csv class-tests.csv classes.csv findings.csv items.csv multiple.csv \
  numbers.csv open.csv pairs.csv response.csv)
09-growth-model.accounts := \
  $(foreach name,indicators phases sensitivity,$(addprefix $(FIGURES)/09-$(MARK)accounts-$(name),.svg .csv)) \
  $(addprefix $(RESULTS)/09-$(MARK)accounts-,agreement.csv class-fits.csv classes.csv moves.csv sensitivity.csv \
  size-tests.csv sizes.csv) $(addprefix $(TABLES)/phases,.parquet .csv)
10-public-sector.accounts := $(addprefix $(FIGURES)/10-$(MARK)account-answers,.svg .csv) \
  $(addprefix $(RESULTS)/10-$(MARK)account-,answers.csv upkeep.csv knowledge.csv reach.csv)
14-account-inventory.accounts := $(addprefix $(FIGURES)/14-$(MARK)account-purposes,.svg .csv) \
  $(addprefix $(RESULTS)/14-$(MARK)account-,distribution.csv flow.csv numbers.csv purposes.csv routes.csv tolerances.csv) \
  $(BUILD)/look_alikes.csv
13-editions.accounts := $(RESULTS)/13-$(MARK)edition-numbers.csv
11-simulated-study.accounts := $(addprefix $(FIGURES)/11-$(MARK)targets,.svg .csv) \
  $(addprefix $(RESULTS)/11-$(MARK),constraints.csv contents.csv assumptions.csv other-readings.csv)

# The documents print the sentences of the study demo; its site is site/, that of another study site-NAME/.
SITE := $(if $(filter demo,$(STUDY)),site,site-$(STUDY))
# The site names its commit; a file whose name changes with the commit makes it new.
COMMIT := build/.at-$(shell git rev-parse --short HEAD 2>/dev/null)$(if $(shell git status --porcelain 2>/dev/null | head -n 1),-changed)

# A study with export files has account-level tables, made before 01-ingest tells of them. Blanks and the like in names are escaped.
EXPORTS := data/raw/exports/$(STUDY)
EXPORT_FILES := $(if $(SIMULATION),$(EXPORTS)/sources.yaml,$(shell find $(EXPORTS) -type f -not -name '.*' 2>/dev/null | sed 's/[ :|;]/\\&/g'))
ifneq ($(EXPORT_FILES),)
INTAKE  := $(foreach table,messages account_snapshots accounts survey_answers duplicates file_log reasons,$(TABLES)/$(table).parquet) \
  $(BUILD)/unmapped_accounts.csv
ANSWERS := $(foreach table,respondents answers frame findings,$(TABLES)/questionnaire_$(table).parquet)
METRICS := $(foreach table,account_metrics metric_status,$(TABLES)/$(table).parquet $(TABLES)/$(table).csv) \
  $(foreach table,responses edition_organisations changes,$(TABLES)/$(table).parquet)
01-ingest.reads  += $(INTAKE) $(METRICS)
01-ingest.writes += $(addprefix $(FIGURES)/01-$(MARK)export-rows,.svg .csv) \
  $(addprefix $(RESULTS)/01-$(MARK)export-,files.csv reasons.csv answers.csv metrics.csv)
ACCOUNTS := $(filter-out 01-ingest 02-published-figures 12-recovery,$(NOTEBOOKS))
$(foreach notebook,$(ACCOUNTS),$(eval $(notebook).reads += $(METRICS) $(TABLES)/account_snapshots.parquet))
$(foreach notebook,08-questionnaires 09-growth-model 10-public-sector 11-simulated-study,$(eval $(notebook).reads += $(ANSWERS)))
$(foreach notebook,11-simulated-study 14-account-inventory,$(eval $(notebook).reads += $(TABLES)/accounts.parquet))
# A simulated study has all the data; another one may lack some, so that make does not wait for the file.
$(foreach notebook,$(ACCOUNTS),$(eval $(notebook).$(if $(SIMULATION),writes,may) += $($(notebook).accounts)))
endif

LEDGER := $(RESULTS)/claims.csv $(RESULTS)/regressions.csv
PAGES  := $(foreach notebook,$(NOTEBOOKS),$(BUILD)/$(notebook).html)
# What the notebooks write. Who reads it waits for each file: of products made together, make looks at those named only.
PRODUCTS := $(foreach notebook,$(NOTEBOOKS),$($(notebook).writes))

PACKAGE   := $(shell find src/roeptoeter -name '*.py' -o -name '*.ttf' -o -name '*.yaml' -o -name '*.po')
TEMPLATES := $(shell find templates -type f)

# ---- everything -----------------------------------------------------------------------------------------------

.PHONY: all
all: $(ENVIRONMENT) ## everything, for STUDY (default: demo)
	+@if $(MAKE) --question everything >/dev/null 2>&1; then \
	  echo "Nothing to do: everything is up to date. The site is at $(SITE)/index.html"; \
	else \
	  $(RUN) check-study --study $(STUDY) && \
	  $(RUN) build $(MAKE) $(if $(filter -j% --jobserver%,$(MAKEFLAGS)),,-j$(JOBS)) everything && \
	  echo "The site is at $(SITE)/index.html"; \
	fi

.PHONY: everything
everything: $(SITE)/index.html $(if $(filter demo,$(STUDY)),build/documents) $(PRODUCTS)

# ---- environment ----------------------------------------------------------------------------------------------

.venv/complete: requirements.lock
	@$(BASE_PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
	  echo "roeptoeter needs Python 3.11 or newer as $(BASE_PYTHON); name another with BASE_PYTHON=python3.12" >&2; exit 1; }
	@echo "Making the environment .venv from requirements.lock (about a minute with pip, seconds with uv) ..."
	@rm -rf .venv
	@if command -v uv >/dev/null 2>&1 \
	  && uv venv --quiet --python "$$(command -v $(BASE_PYTHON))" .venv \
	  && uv pip install --quiet --python .venv/bin/python --require-hashes -r requirements.lock; then :; else \
	  rm -rf .venv; $(BASE_PYTHON) -m venv .venv \
	  && .venv/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock; \
	fi
	@.venv/bin/python -c 'import pathlib, site; \
	  pathlib.Path(site.getsitepackages()[0], "roeptoeter.pth").write_text(str(pathlib.Path("src").resolve()) + "\n")'
	@touch $@

build/environment%: requirements.lock
	@mkdir -p build
	@$(RUN) check-environment
	@touch $@

# ---- notebooks ------------------------------------------------------------------------------------------------

define notebook_rule
$(BUILD)/$(1).ipynb $(BUILD)/$(1).html $($(1).writes) &: notebooks/$(1).ipynb $($(1).reads) \
  studies/$(STUDY).yaml $(PACKAGE) $(filter templates/notebook/%,$(TEMPLATES)) $(ENVIRONMENT)
	@$$(RUN) run $(1) --study $(STUDY) --time-limit $(TIME_LIMIT) --writes $($(1).writes) $(if $($(1).may),--may-write $($(1).may))
endef
$(foreach notebook,$(NOTEBOOKS),$(eval $(call notebook_rule,$(notebook))))

ifneq ($(SIMULATION),)
$(EXPORTS)/sources.yaml: studies/$(STUDY).yaml $(wildcard src/roeptoeter/simulate*.py src/roeptoeter/simulate/*.py) \
  $(wildcard data/raw/registers/*.csv) $(ENVIRONMENT)
	@$(RUN) simulate --study $(STUDY)
endif

ifneq ($(EXPORT_FILES),)
# Reading may take long, so it waits only for what reads.
$(INTAKE) &: $(EXPORT_FILES) studies/$(STUDY).yaml src/roeptoeter/messages.py src/roeptoeter/questionnaires.py \
  $(filter src/roeptoeter/sources/%,$(PACKAGE)) $(QUESTIONNAIRES) $(ENVIRONMENT)
	@$(RUN) read-exports --study $(STUDY)

$(ANSWERS) &: $(INTAKE) $(wildcard data/raw/registers/*.csv) $(addprefix src/roeptoeter/,questionnaire_answers.py registers.py)
	@$(RUN) match-answers --study $(STUDY)

$(METRICS) &: $(INTAKE) studies/$(STUDY).yaml $(wildcard data/raw/registers/*.csv) \
  $(addprefix src/roeptoeter/,metrics.py engines.py exports.py registers.py)
	@$(RUN) measure-accounts --study $(STUDY)
endif

studies/%.yaml:
	@$(RUN) check-study --study $*

# ---- ledger and site ------------------------------------------------------------------------------------------

$(LEDGER) &: $(foreach notebook,$(NOTEBOOKS),$(RESULTS)/$(notebook).json)
	@$(RUN) ledger --study $(STUDY)

build/documents: README.md METHODS.md $(LEDGER)
	@$(RUN) documents --study $(STUDY)
	@touch $@

# The map and the edition pages, made of the tables and the ledger; a study without accounts has fewer of them.
$(BUILD)/pages/pages.json: $(LEDGER) $(PRODUCTS) $(RAW) $(wildcard data/raw/boundaries/*.geojson) \
  $(PACKAGE) $(TEMPLATES)
	@$(RUN) public-pages --study $(STUDY)

$(COMMIT):
	@mkdir -p build
	@rm -f build/.at-*
	@touch $@

$(SITE)/index.html: $(PAGES) $(PRODUCTS) $(BUILD)/pages/pages.json $(LEDGER) $(TEMPLATES) $(RAW) studies/$(STUDY).yaml requirements.lock \
  $(addprefix src/roeptoeter/,site.py markup.py study.py languages.py templates.py) \
  $(filter %.po,$(PACKAGE)) $(COMMIT)
	@$(RUN) site --study $(STUDY) --into $(SITE)

# ---- tests and checks -----------------------------------------------------------------------------------------

.PHONY: test
test: $(ENVIRONMENT) ## the tests
	@$(PYTHON) -m pytest --numprocesses $(JOBS) --dist loadfile --no-loadscope-reorder $(PYTEST)

.PHONY: lint
lint: $(ENVIRONMENT) ## style of code and notebooks
	@$(PYTHON) -m ruff check src tests notebooks benchmarks
	@$(PYTHON) -m ruff format --check src tests notebooks benchmarks

.PHONY: check
check: $(ENVIRONMENT) ## raw checksums, rebuild from clean, compare with what is committed
	@$(RUN) verify-raw
	+@$(MAKE) clean
	+@$(MAKE) all
	@git diff --exit-code --stat -- data/processed figures results README.md METHODS.md \
	  && test -z "$$(git status --porcelain -- data/processed figures results README.md METHODS.md)" \
	  && echo "The rebuilt results are the committed ones."

# ---- for people -----------------------------------------------------------------------------------------------

.PHONY: lab
lab: $(ENVIRONMENT) ## JupyterLab with every notebook, in this environment
	@$(PYTHON) -m jupyterlab --notebook-dir=. notebooks/01-ingest.ipynb

.PHONY: serve
serve: ## show the site on this machine, at PORT (default 8000)
	@test -f $(SITE)/index.html || { echo "There is no site yet; run make first" >&2; exit 1; }
	@$(RUN) serve --port $(PORT) --folder $(SITE)

.PHONY: scorecards
scorecards: all ## a page for each organisation (LANGUAGE=en; PLATFORM=facebook), and the site with them
	+@$(RUN) scorecards --study $(STUDY) --jobs $(JOBS) $(CARD)
	@rm -f $(BUILD)/pages/pages.json
	+@$(MAKE) all

.PHONY: scorecard
scorecard: all ## the page of one organisation (ORG=name or code)
	@$(RUN) scorecard "$(or $(ORG),$(error name the organisation: make scorecard ORG="name or code"))" --study $(STUDY) $(CARD)

.PHONY: boundaries
boundaries: $(ENVIRONMENT) ## online: fetch the official boundaries, for a map with true shapes
	@$(RUN) boundaries

.PHONY: recovery
recovery: $(ENVIRONMENT) ## simulate many studies and record how often each interval covers the truth (some minutes)
	@$(RUN) recover --draws $(DRAWS)

.PHONY: new-study
new-study: $(ENVIRONMENT) ## begin a study of your own (NAME=mine)
	@$(RUN) new-study "$(or $(NAME),$(error name the study: make new-study NAME=mine))"

.PHONY: describe
describe: $(ENVIRONMENT) ## look at an export file and propose its entry in sources.yaml (FILE=data/raw/exports/...)
	@$(RUN) describe "$(or $(FILE),$(error name the file: make describe FILE=data/raw/exports/mine/tweets.jsonl))"

.PHONY: accept-raw
accept-raw: $(ENVIRONMENT) ## after a meant change of a raw file: record its checksum (FILE=data/raw/...)
	@$(RUN) accept-raw $(or $(FILE),$(error name the file: make accept-raw FILE=data/raw/published/figures.csv))

.PHONY: refresh-registers
refresh-registers: $(ENVIRONMENT) ## online: compare the registers with the official tables; changes nothing
	@$(RUN) refresh-registers

# The lock holds versions and hashes and no address, so that any index or mirror can serve it.
LOCK := uv pip compile --quiet --universal --fork-strategy fewest --python-version 3.11 --generate-hashes \
  --no-annotate --no-header --no-emit-index-url --no-emit-find-links

.PHONY: lock
lock: ## with uv: bring requirements*.lock and environment.yml to the newest versions that pyproject.toml allows
	@$(LOCK) --upgrade pyproject.toml --output-file requirements.lock
	@$(LOCK) --constraint requirements.lock --extra browser pyproject.toml --output-file requirements-browser.lock
	@$(RUN) environment-file

.PHONY: clean
clean: ## remove what make made for STUDY, committed results too (make brings them back), not the environment
	@rm -rf $(BUILD) build/.staging build/documents build/.at-* $(SITE) \
	  $(LEDGER) $(foreach notebook,$(NOTEBOOKS),$($(notebook).writes) $($(notebook).may)) $(if $(SIMULATION),$(EXPORTS))

.PHONY: help
help: ## this list
	@echo "make TARGET [STUDY=$(STUDY)] [JOBS=$(JOBS)]"
	@sed -nE 's/^([a-z-]+):.*## (.*)/  \1|\2/p' $(firstword $(MAKEFILE_LIST)) | awk -F'|' '{printf "%-20s %s\n", $$1, $$2}'
	@echo "Studies: $(filter-out growth-model,$(patsubst studies/%.yaml,%,$(wildcard studies/*.yaml)))"
