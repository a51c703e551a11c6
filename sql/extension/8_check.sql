
-- The doctor. What stops an export is found by the inspections of an export itself; what is worth knowing besides, by a
-- function per topic, each in a file of its own.

CREATE FUNCTION @extschema@.export_leads_findings(columns text[])
RETURNS TABLE (name text, object text, detail text, remediation text, policy text)
LANGUAGE C
VOLATILE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'export_leads_findings';
COMMENT ON FUNCTION @extschema@.export_leads_findings(text[]) IS
    'Internal: what would make an export of these columns raise 55000, by the inspections that an export runs';

CREATE FUNCTION @extschema@.export_leads_version()
RETURNS text
LANGUAGE C
STABLE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL SAFE
AS 'MODULE_PATHNAME', 'export_leads_version';
COMMENT ON FUNCTION @extschema@.export_leads_version() IS
    'Internal: the version of the library that this session has loaded';

CREATE FUNCTION @extschema@.export_leads_check()
RETURNS TABLE (name text, level text, object text, detail text, remediation text)
LANGUAGE plpgsql
VOLATILE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    configuration @extschema@.export_leads_configuration;
    library text;
BEGIN
    SELECT * INTO configuration FROM @extschema@.export_leads_configuration;
    IF pg_encoding_to_char((SELECT d.encoding FROM pg_database AS d WHERE d.datname = current_database())) <> 'UTF8' THEN
        RETURN QUERY SELECT 'not_utf8', 'error', format('database %I', current_database()),
                            'the database is not in UTF8, so no export can be made',
                            '-- dump the database and restore it into one created with ENCODING ''UTF8''';
    END IF;
    BEGIN
        library := @extschema@.export_leads_version();
        RETURN QUERY
        SELECT f.name, 'error', f.object, f.detail,
               COALESCE(f.remediation, @extschema@.export_leads_policy_remediation(f.name, f.object::regclass, f.policy))
        FROM @extschema@.export_leads_findings(NULL) WITH ORDINALITY AS f (name, object, detail, remediation, policy, place)
        GROUP BY f.name, f.object, f.detail, f.remediation, f.policy
        ORDER BY min(f.place);
    EXCEPTION WHEN OTHERS THEN
        -- Ids that do not compare have a remediation of their own below.
        RETURN QUERY
        SELECT 'export_fails', 'error', 'export_leads', format('an export fails: %s', SQLERRM),
               CASE WHEN configuration.full_name_given THEN 'SELECT * FROM export_leads_setup(full_name => ''...'');'
                    ELSE 'SELECT * FROM export_leads_setup();' END
        WHERE NOT EXISTS (SELECT FROM @extschema@.export_leads_check_ids(configuration) AS i WHERE i.level = 'error');
    END;
    RETURN QUERY
    SELECT c.name, c.level, c.object, c.detail, c.remediation
    FROM (SELECT * FROM @extschema@.export_leads_check_ids(configuration)
          UNION ALL SELECT DISTINCT * FROM @extschema@.export_leads_check_columns()
          UNION ALL SELECT * FROM @extschema@.export_leads_check_extension(library)
          UNION ALL SELECT * FROM @extschema@.export_leads_check_foreign(configuration)
          UNION ALL SELECT * FROM @extschema@.export_leads_check_others(configuration)
          UNION ALL SELECT * FROM @extschema@.export_leads_check_indexes(configuration)
          UNION ALL SELECT * FROM @extschema@.export_leads_check_policies(configuration)) AS c
    ORDER BY array_position(ARRAY['error', 'warning', 'info'], c.level), c.name, c.object, c.detail;
END;
$$;
COMMENT ON FUNCTION @extschema@.export_leads_check() IS
    'What stops exports (error), should be mended (warning) or is worth knowing (info), and the SQL that mends it';
