# Builds and installs the extension with PGXS. META.json is the one source of the version.
#   make; make install; make installcheck        PG_CONFIG=... chooses the server
EXTENSION  = export_leads
version    = sed -n 's/^   "version": "\(.*\)",$$/\1/p'
EXTVERSION := $(shell $(version) META.json)

MODULE_big = export_leads
rooms      = src/core src/core/* src/pg src/pg/* src/pg/functions/*
OBJS       = $(patsubst %.cpp,%.o,$(sort $(wildcard $(rooms:=/*.cpp))))
# Released scripts are in git and stay as they are: those of the versions before the one at hand, whose script is built,
# and an update from each of them.
released  := $(shell { ls sql | sed -n 's/^$(EXTENSION)--\(.*\)\.sql$$/\1/p' | grep -v -e --; echo $(EXTVERSION); } | \
                     sort -V | sed '/^$(EXTVERSION)$$/,$$d')
script     = sql/$(EXTENSION)--$(EXTVERSION).sql
updates    = $(released:%=sql/$(EXTENSION)--%--$(EXTVERSION).sql)
DATA       = $(released:%=sql/$(EXTENSION)--%.sql)
DATA_built = $(script) $(updates)
DOCS       = doc/export_leads.md
EXTRA_CLEAN = .built-for results regression.diffs regression.out src/pg/compile_flags.txt

PG_CONFIG ?= pg_config
# The server's headers are not ours to warn about, hence -isystem.
PG_CPPFLAGS = -I$(srcdir)/src -isystem $(shell $(PG_CONFIG) --includedir-server)
PG_CXXFLAGS = -std=c++20 -fno-exceptions -fno-rtti -fno-threadsafe-statics -fno-semantic-interposition \
              -fvisibility-inlines-hidden -Wall -Wextra -Wshadow -Wconversion $(COPT)

SHLIB_LINK = -lz

PGXS := $(shell $(PG_CONFIG) --pgxs)
# PGXS builds bitcode without PG_CXXFLAGS; a function called once per export gains nothing from inlining.
override with_llvm = no
include $(PGXS)

# The parts of the extension's script, in this order; none of them runs by itself.
opening   = src/sql/begin.sql
closing   = src/sql/closed_schema.sql
tables    = src/sql/tables.sql
functions = $(addprefix src/sql/,tenant.sql time_bound.sql exports.sql.in filename.sql) \
            $(addprefix src/sql/citus/,distribution.sql workers.sql passed_by_type.sql.in passing.sql) \
            $(addprefix src/sql/setup/,columns.sql columns_of_statuses.sql configuration.sql find_tables.sql \
                                       find_columns.sql find_full_name.sql find_statuses.sql) \
            $(addprefix src/sql/,applications.sql own_columns.sql rules.sql grants.sql grants_by_type.sql.in \
                                 accepted_policies.sql) \
            $(addprefix src/sql/setup/,tenant_types.sql locks.sql notes.sql plan.sql setup.sql teardown.sql) \
            $(addprefix src/sql/history/,rules.sql access.sql history.sql history_by_type.sql.in runs.sql) \
            $(addprefix src/sql/delivery/,access.sql mailer.sql deliveries.sql deliveries_by_type.sql.in) \
            $(addprefix src/sql/schedules/,times.sql input.sql schedules.sql schedules_by_type.sql.in run_locks.sql \
                                           run_failures.sql run_due.sql access.sql check.sql) \
            src/sql/citus/check.sql \
            $(addprefix src/sql/check/,remediations.sql check.sql columns.sql extension.sql fields.sql foreign.sql \
                                       ids.sql indexes.sql others.sql policies.sql) \
            src/sql/privileges.sql
ending    = src/sql/citus/trigger.sql

# write_parts PARTS[,OPTIONS OF SED]: the parts one after the other, with what src/sql/constants.sed holds for all of
# them; a template, *.sql.in, comes once for each type in which exports take a tenant.
write_parts = for part in $(1); do \
	    case $$part in *.in) types='bigint uuid text' ;; *) types=none ;; esac; \
	    for type in $$types; do sed -f src/sql/constants.sed -e "s/@type@/$$type/" $(2) $$part || exit; done; \
	  done
$(script): $(opening) $(closing) $(tables) $(functions) $(ending) src/sql/constants.sed Makefile META.json
	{ $(call write_parts,$(opening) $(closing) $(tables) $(functions) $(ending)); } >$@

# An update goes from a released version to this one at once: the tables change step by step, src/sql/updates/A--B, and
# then come the functions of this version, which replace those of the same name.
update_steps = $(shell src/sql/updates/steps $(1) $(2))
update_parts = src/sql/updates/begin.sql $(closing) src/sql/updates/closed_schema.sql \
               $(call update_steps,$(1),tables.sql) $(functions) \
               src/sql/updates/end.sql $(call update_steps,$(1),data.sql)
$(updates): sql/$(EXTENSION)--%--$(EXTVERSION).sql: $(closing) $(functions) src/sql/constants.sed Makefile META.json \
                                                    $(wildcard src/sql/updates/* src/sql/updates/*/*.sql)
	{ $(call write_parts,$(call update_parts,$*),-e 's/^CREATE \(FUNCTION\|PROCEDURE\)/CREATE OR REPLACE \1/'); } >$@

# What was built for one server is built again for another.
server := $(shell $(PG_CONFIG) --version) in $(shell $(PG_CONFIG) --includedir-server)
.built-for: FORCE
	@echo '$(server)' | cmp --silent - $@ || echo '$(server)' >$@
FORCE:
.PHONY: FORCE

$(OBJS): $(wildcard $(rooms:=/*.hpp)) .built-for
with_version = src/pg/functions/export_leads_version.o src/pg/export/export_team.o src/pg/guard/seal.o
$(with_version): META.json
$(with_version): override CPPFLAGS += \
  -DEXPORT_LEADS_VERSION='"$(EXTVERSION)"'

# PGXS would look for it in a folder doc.
uninstall: uninstall-docs
.PHONY: uninstall-docs
uninstall-docs:
	rm -f $(addprefix '$(DESTDIR)$(docdir)/$(docmoduledir)'/,$(notdir $(DOCS)))

# pg_regress in a database of its own, which goes when the tests are done.
REGRESSION = $(patsubst sql/%.sql,%,$(filter-out sql/$(EXTENSION)--%,$(sort $(wildcard sql/*.sql))))
REGRESSION_DATABASE = export_leads_regression
installcheck:
	$(pg_regress_installcheck) --encoding=UTF8 --dbname=$(REGRESSION_DATABASE) $(REGRESSION); status=$$?; \
	  '$(bindir)/dropdb' --if-exists $(REGRESSION_DATABASE) && exit $$status

# The flags of src/pg for clangd; CMake writes those of the core. See CONTRIBUTING.md.
.PHONY: clangd
clangd:
	printf '%s\n' -xc++ -I$(CURDIR)/src $(PG_CXXFLAGS) $(PG_CPPFLAGS) >src/pg/compile_flags.txt

# PGXN's archive of a commit, of a tag for example, in a folder: the same bytes whoever makes it, and where.
COMMIT  = HEAD
DISTDIR = .
.PHONY: dist
dist: dist_version = $(shell git show '$(COMMIT):META.json' | $(version))
dist:
	TZ=UTC git archive --format=zip --prefix=$(EXTENSION)-$(dist_version)/ \
	  --output='$(DISTDIR)/$(EXTENSION)-$(dist_version).zip' '$(COMMIT)'
