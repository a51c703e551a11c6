
-- Before anything is called by name.
SELECT @extschema@._export_leads_require_closed_schema();

-- What is replaced below is dropped. Whoever may call it, PUBLIC too, may call what replaces it: data.sql says so, when
-- that is there. The exports of version 0.1.0 had two arguments.
SELECT pg_catalog.set_config('export_leads_update.grants',
                             (SELECT COALESCE(string_agg(
                                         format('GRANT EXECUTE ON FUNCTION %s.%I%s TO %s%s;', p.pronamespace::regnamespace, p.proname,
                                                CASE p.proname WHEN 'export_leads_csv'
                                                THEN format('(%s, text, text[], @extschema@.export_leads_time_bound, '
                                                            '@extschema@.export_leads_time_bound)',
                                                            p.proargtypes[0]::regtype) END,
                                                CASE acl.grantee WHEN 0 THEN 'PUBLIC' ELSE acl.grantee::regrole::text END,
                                                CASE WHEN acl.is_grantable THEN ' WITH GRANT OPTION' END), ' '), '')
                              FROM pg_proc AS p, aclexplode(p.proacl) AS acl
                              WHERE format('%s:%s', 'pg_proc'::regclass::oid, p.oid) = ANY (string_to_array(current_setting('export_leads_update.members'), ','))
                                AND p.proname IN ('export_leads_csv', 'export_leads_setup', 'export_leads_findings', 'export_leads_site_policies')
                                AND acl.grantee <> p.proowner), true);
DROP FUNCTION @extschema@.export_leads_csv(bigint, text), @extschema@.export_leads_csv(uuid, text), @extschema@.export_leads_csv(text, text);
DROP FUNCTION @extschema@.export_leads_setup;
DROP FUNCTION @extschema@.export_leads_findings();
DROP FUNCTION @extschema@.export_leads_accept(@extschema@.export_leads_configuration, text[], boolean);
DROP FUNCTION @extschema@.export_leads_undecided(jsonb);
DROP FUNCTION @extschema@.export_leads_full_name_of(regclass);
DROP FUNCTION @extschema@.export_leads_columns_named(text[], regclass);
DROP FUNCTION @extschema@.export_leads_policies(regclass, text);
DROP FUNCTION @extschema@.export_leads_refuse_unsafe(@extschema@.export_leads_configuration, jsonb);
-- Their arguments are the same, but their bodies would keep the table, or what is dropped, from changing.
DROP FUNCTION @extschema@.export_leads_site_policies(@extschema@.export_leads_configuration);

-- Not with their defaults at once: that is refused where a table of somebody else's has a column of the row's type.
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
