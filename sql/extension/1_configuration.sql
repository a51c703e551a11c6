\echo Use "CREATE EXTENSION export_leads" to load this file. \quit

-- What export_leads_setup() found and decided: one row, written by the extension's owner alone.
-- A table is kept by identity, so that renaming it changes nothing; a column by name.
-- src/pg/configuration.cpp reads the columns in this order.
CREATE TABLE @extschema@.export_leads_configuration (
    leads             regclass NOT NULL,
    statuses          regclass NOT NULL,
    calls             regclass NOT NULL,
    lead_id           text     NOT NULL,
    lead_tenant       text     NOT NULL,
    lead_status       text     NOT NULL,
    full_name         text     NOT NULL,
    phone             text,
    email             text,
    lead_created_at   text     NOT NULL,
    source            text,
    notes             text,
    status_tenant     text     NOT NULL,
    status_name       text     NOT NULL,
    status_label      text,
    call_id           text     NOT NULL,
    call_tenant       text     NOT NULL,
    call_lead_id      text     NOT NULL,
    call_created_at   text     NOT NULL,
    call_status       text,
    full_name_given   boolean  NOT NULL DEFAULT false,
    secured           regclass[] NOT NULL DEFAULT '{}',
    singleton         boolean  NOT NULL DEFAULT true PRIMARY KEY CHECK (singleton)
);
COMMENT ON TABLE @extschema@.export_leads_configuration IS
    'What export_leads_setup() found: tables, columns, and the tables on which it enabled row security';

SELECT pg_catalog.pg_extension_config_dump('@extschema@.export_leads_configuration', '');

-- The tenant of the export that is running in this session; NULL outside of one.
CREATE FUNCTION @extschema@.export_leads_tenant()
RETURNS text
LANGUAGE C
STABLE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL RESTRICTED
AS 'MODULE_PATHNAME', 'export_leads_tenant';
COMMENT ON FUNCTION @extschema@.export_leads_tenant() IS
    'The tenant of the running export, which the policies compare with; NULL outside of an export';
