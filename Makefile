# Builds and installs the extension with PGXS. META.json is the one source of the version.
#   make; make install; make installcheck        PG_CONFIG=... chooses the server
EXTENSION  = export_leads
EXTVERSION := $(shell sed -n 's/^   "version": "\(.*\)",$$/\1/p' META.json)

MODULE_big = export_leads
rooms      = src/core src/core/* src/pg src/pg/* src/pg/functions/*
OBJS       = $(patsubst %.cpp,%.o,$(sort $(wildcard $(rooms:=/*.cpp))))
script     = sql/$(EXTENSION)--$(EXTVERSION).sql
update     = sql/$(EXTENSION)--0.1.0--$(EXTVERSION).sql
DATA       = $(filter-out $(script) $(update),$(wildcard sql/$(EXTENSION)--*.sql))
DATA_built = $(script) $(update)
DOCS       = doc/export_leads.md
EXTRA_CLEAN = results regression.diffs regression.out

PG_CONFIG ?= pg_config
# The server's headers are not ours to warn about, hence -isystem.
PG_CPPFLAGS = -I$(srcdir)/src -isystem $(shell $(PG_CONFIG) --includedir-server) -DEXPORT_LEADS_VERSION='"$(EXTVERSION)"'
PG_CXXFLAGS = -std=c++20 -fno-exceptions -fno-rtti -fno-threadsafe-statics -fno-semantic-interposition -fvisibility-inlines-hidden \
              -Wall -Wextra -Wshadow -Wconversion

SHLIB_LINK = -lz

PGXS := $(shell $(PG_CONFIG) --pgxs)
# PGXS builds bitcode without PG_CXXFLAGS; a function called once per export gains nothing from inlining.
override with_llvm = no
include $(PGXS)

# The parts of the extension's script, in this order; none of them runs by itself. An update begins in its own way and
# changes the tables that are there; functions replace those of the same name.
opening   = src/sql/begin.sql
closing   = src/sql/closed_schema.sql
tables    = src/sql/tables.sql
functions = src/sql/time_bound.sql src/sql/exports.sql \
            $(addprefix src/sql/setup/,columns.sql columns_of_statuses.sql configuration.sql find_tables.sql find_columns.sql \
                                       find_full_name.sql find_statuses.sql) \
            src/sql/applications.sql src/sql/own_columns.sql src/sql/rules.sql \
            $(addprefix src/sql/setup/,tenant_types.sql locks.sql notes.sql plan.sql setup.sql teardown.sql) \
            $(addprefix src/sql/doctor/,check.sql columns.sql extension.sql fields.sql foreign.sql ids.sql indexes.sql others.sql \
                                        policies.sql) \
            src/sql/privileges.sql
parts = $(opening) $(closing) $(tables) $(functions)
step = src/sql/updates/0.1.0--0.2.0
of_an_update = src/sql/updates/begin.sql $(closing) $(step)/tables.sql $(functions) $(step)/data.sql
$(script): $(parts) META.json
	cat $(parts) >$@
$(update): $(of_an_update) META.json
	sed 's/^CREATE FUNCTION/CREATE OR REPLACE FUNCTION/' $(of_an_update) >$@

$(OBJS): $(wildcard $(rooms:=/*.hpp))
src/pg/functions/export_leads_version.o: META.json

# pg_regress in a database of its own, which goes when the tests are done.
REGRESSION = $(patsubst sql/%.sql,%,$(filter-out sql/$(EXTENSION)--%,$(sort $(wildcard sql/*.sql))))
REGRESSION_DATABASE = export_leads_regression
installcheck:
	$(pg_regress_installcheck) --encoding=UTF8 --dbname=$(REGRESSION_DATABASE) $(REGRESSION); status=$$?; \
	  '$(bindir)/dropdb' --if-exists $(REGRESSION_DATABASE) && exit $$status

.PHONY: dist
dist:
	git archive --format=zip --prefix=$(EXTENSION)-$(EXTVERSION)/ -o $(EXTENSION)-$(EXTVERSION).zip HEAD
