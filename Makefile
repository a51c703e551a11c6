# Builds and installs the extension with PGXS. META.json is the one source of the version.
#   make; make install; make installcheck        PG_CONFIG=... chooses the server
EXTENSION  = export_leads
EXTVERSION := $(shell sed -n 's/^   "version": "\(.*\)",$$/\1/p' META.json)

MODULE_big = export_leads
OBJS       = $(patsubst %.cpp,%.o,$(sort $(wildcard src/core/*.cpp src/pg/*.cpp)))
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

# One part per topic, in the order of their names; none of them runs by itself. An update begins in its own way and
# changes the tables that are there; functions replace those of the same name.
parts = $(sort $(wildcard sql/extension/*.sql))
closing = sql/extension/1_closed_schema.sql
of_an_update = sql/update/1_begin.sql $(closing) sql/update/2_changes.sql \
               $(filter-out %/1_begin.sql $(closing) %/2_configuration.sql,$(parts)) sql/update/3_end.sql
$(script): $(parts) META.json
	cat $(parts) >$@
$(update): $(of_an_update) META.json
	sed 's/^CREATE FUNCTION/CREATE OR REPLACE FUNCTION/' $(of_an_update) >$@

$(OBJS): $(wildcard src/core/*.hpp src/pg/*.hpp)
src/pg/export_leads_version.o: META.json

# pg_regress in a database of its own, which goes when the tests are done.
REGRESSION = $(patsubst sql/%.sql,%,$(filter-out sql/$(EXTENSION)--%,$(sort $(wildcard sql/*.sql))))
REGRESSION_DATABASE = export_leads_regression
installcheck:
	$(pg_regress_installcheck) --encoding=UTF8 --dbname=$(REGRESSION_DATABASE) $(REGRESSION); status=$$?; \
	  '$(bindir)/dropdb' --if-exists $(REGRESSION_DATABASE) && exit $$status

.PHONY: dist
dist:
	git archive --format=zip --prefix=$(EXTENSION)-$(EXTVERSION)/ -o $(EXTENSION)-$(EXTVERSION).zip HEAD
