
-- Drops the functions of 0.1.0 whose results or names of arguments changed, and those whose bodies depend on the table
-- that changes.
DROP FUNCTION @extschema@.export_leads_setup;
DROP FUNCTION @extschema@.export_leads_findings();
DROP FUNCTION @extschema@.export_leads_site_policies(@extschema@.export_leads_configuration);

-- Internal functions got an underscore. What a site has built on one goes on using it.
ALTER FUNCTION @extschema@.export_leads_canonical_tenant RENAME TO _export_leads_canonical_tenant;
ALTER FUNCTION @extschema@.export_leads_decide_rules RENAME TO _export_leads_decide_rules;
ALTER FUNCTION @extschema@.export_leads_fields RENAME TO _export_leads_fields;
ALTER FUNCTION @extschema@.export_leads_find_columns RENAME TO _export_leads_find_columns;
ALTER FUNCTION @extschema@.export_leads_find_tables RENAME TO _export_leads_find_tables;
ALTER FUNCTION @extschema@.export_leads_policy_definition RENAME TO _export_leads_policy_definition;
ALTER FUNCTION @extschema@.export_leads_reader_columns RENAME TO _export_leads_reader_columns;
ALTER FUNCTION @extschema@.export_leads_reader_plan RENAME TO _export_leads_reader_plan;
ALTER FUNCTION @extschema@.export_leads_required_columns RENAME TO _export_leads_required_columns;
ALTER FUNCTION @extschema@.export_leads_store RENAME TO _export_leads_store;
ALTER FUNCTION @extschema@.export_leads_table_plan RENAME TO _export_leads_table_plan;
ALTER FUNCTION @extschema@.export_leads_tables_named RENAME TO _export_leads_tables_named;
ALTER FUNCTION @extschema@.export_leads_teardown_plan RENAME TO _export_leads_teardown_plan;

-- The defaults come later: a column cannot be added with one while somebody else's table has a column of the row type.
ALTER TABLE @extschema@.export_leads_configuration
    ADD COLUMN time_zone text, ADD COLUMN right_to_left boolean,
    ADD COLUMN full_name_functions text, ADD COLUMN table_names text[],
    ADD COLUMN status_key text, ADD COLUMN status_defaults boolean, ADD COLUMN name_columns text[],
    ADD COLUMN left_empty text[], ADD COLUMN column_numbers text[], ADD COLUMN numbered_in text,
    ADD COLUMN shown_time_zone text, ADD COLUMN session_tenant text, ADD COLUMN full_name_reads text[];
UPDATE @extschema@.export_leads_configuration
SET time_zone = 'UTC', right_to_left = true, table_names = '{}', status_defaults = false, name_columns = '{}',
    left_empty = '{}', column_numbers = '{}', full_name_reads = '{}';
ALTER TABLE @extschema@.export_leads_configuration
    ALTER COLUMN status_tenant DROP NOT NULL, ALTER COLUMN status_name DROP NOT NULL,
    ALTER COLUMN status_defaults SET DEFAULT false, ALTER COLUMN status_defaults SET NOT NULL,
    ALTER COLUMN name_columns SET DEFAULT '{}', ALTER COLUMN name_columns SET NOT NULL,
    ALTER COLUMN left_empty SET DEFAULT '{}', ALTER COLUMN left_empty SET NOT NULL,
    ALTER COLUMN full_name_reads SET DEFAULT '{}', ALTER COLUMN full_name_reads SET NOT NULL,
    ALTER COLUMN column_numbers SET DEFAULT '{}', ALTER COLUMN column_numbers SET NOT NULL,
    ALTER COLUMN time_zone SET DEFAULT 'UTC', ALTER COLUMN time_zone SET NOT NULL,
    ALTER COLUMN right_to_left SET DEFAULT true, ALTER COLUMN right_to_left SET NOT NULL,
    ALTER COLUMN table_names SET DEFAULT '{}', ALTER COLUMN table_names SET NOT NULL;

ALTER TABLE @extschema@.export_leads_accepted_policies ADD COLUMN is_mutable boolean;
UPDATE @extschema@.export_leads_accepted_policies SET is_mutable = false;
ALTER TABLE @extschema@.export_leads_accepted_policies
    ALTER COLUMN is_mutable SET DEFAULT false, ALTER COLUMN is_mutable SET NOT NULL;

-- A row without an expression holds the header of a standard column.
CREATE TABLE @extschema@.export_leads_columns (
    name           text COLLATE "C" PRIMARY KEY,
    header         text,
    expression     text,
    call_columns   text[] NOT NULL DEFAULT '{}',
    status_columns text[] NOT NULL DEFAULT '{}',
    functions      text   NOT NULL DEFAULT '',
    reads          text[] NOT NULL DEFAULT '{}'
);
COMMENT ON TABLE @extschema@.export_leads_columns IS
    'A site''s own columns and headers: export_leads_add_column(), export_leads_set_header()';

SELECT pg_catalog.pg_extension_config_dump('@extschema@.export_leads_columns', '');
