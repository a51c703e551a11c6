
-- The check: its rows are findings. What stops an export is found by the inspections that an export runs itself; other
-- findings come from one function for each topic, in the other files of this folder.

CREATE FUNCTION @extschema@._export_leads_findings(columns text[])
RETURNS TABLE (name text, object text, detail text, remediation text, policy text)
LANGUAGE C
VOLATILE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'export_leads_findings';
COMMENT ON FUNCTION @extschema@._export_leads_findings(text[]) IS
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
    'The version of the library that this session has loaded';

-- All findings but those about the schema, which must be `closed` before anything in it is called by name.
CREATE FUNCTION @extschema@._export_leads_examine(closed boolean)
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
    is_exportable boolean;
    failing text;
BEGIN
    IF NOT closed THEN
        RETURN;
    END IF;
    SELECT * INTO configuration FROM @extschema@._export_leads_current_configuration();
    IF (SELECT pg_encoding_to_char(d.encoding) <> 'UTF8' FROM pg_database AS d
        WHERE d.datname = current_database()) THEN
        RETURN QUERY SELECT 'not_utf8', 'error', format('database %I', current_database()),
                            'the database is not in UTF8, so no export can be made',
                            '-- dump the database and restore it into one created with ENCODING ''UTF8''';
    END IF;
    BEGIN
        library := @extschema@.export_leads_version();
        RETURN QUERY
        SELECT f.name, 'error', f.object,
               concat(f.detail, ': either its policy "' || harmful.policy || '" is dropped, which would bind other '
                                'roles again, or it is to do so, and you enable row security'),
               CASE WHEN f.policy IS NOT NULL
                    THEN @extschema@._export_leads_exemption(f.object::regclass, f.policy)
                    WHEN harmful.policy IS NULL THEN f.remediation END
        FROM @extschema@._export_leads_findings(NULL::text[])
            WITH ORDINALITY AS f (name, object, detail, remediation, policy, place)
        LEFT JOIN LATERAL @extschema@._export_leads_harmful_policy(
                CASE f.name WHEN 'row_security_disabled' THEN ARRAY[f.object::regclass] END) AS harmful ON true
        GROUP BY f.name, f.object, f.detail, f.remediation, f.policy, harmful.policy
        ORDER BY min(f.place);
        is_exportable := NOT FOUND;
    EXCEPTION WHEN OTHERS THEN
        is_exportable := false;
        GET STACKED DIAGNOSTICS failing = PG_EXCEPTION_CONTEXT;
        failing := substring(failing FROM '(?n)^column "([^"]+)" of the file$');
        -- Ids that cannot be compared are a finding of their own, below.
        RETURN QUERY
        SELECT 'export_fails', 'error', 'export_leads',
               format('an export%s fails: %s', ' with column "' || failing || '"', SQLERRM),
               CASE WHEN configuration.full_name_given
                    THEN 'SELECT * FROM @extschema@.export_leads_setup(full_name => ''...'');'
                    ELSE 'SELECT * FROM @extschema@.export_leads_setup();' END
        WHERE NOT EXISTS (SELECT FROM @extschema@._export_leads_check_ids(configuration) AS i WHERE i.level = 'error');
    END;
    RETURN QUERY
    SELECT c.name, c.level, c.object, c.detail, c.remediation
    FROM (SELECT * FROM @extschema@._export_leads_check_ids(configuration)
          UNION ALL SELECT * FROM @extschema@._export_leads_check_applications(configuration)
          UNION ALL SELECT DISTINCT * FROM @extschema@._export_leads_check_columns(is_exportable)
          UNION ALL SELECT * FROM @extschema@._export_leads_check_deliveries(configuration)
          UNION ALL SELECT * FROM @extschema@._export_leads_check_distribution(configuration)
          UNION ALL SELECT * FROM @extschema@._export_leads_check_extension(library)
          UNION ALL SELECT * FROM @extschema@._export_leads_check_fields(configuration)
          UNION ALL SELECT * FROM @extschema@._export_leads_check_statuses(configuration)
          UNION ALL SELECT * FROM @extschema@._export_leads_check_foreign(configuration)
          UNION ALL SELECT * FROM @extschema@._export_leads_check_history(configuration)
          UNION ALL SELECT * FROM @extschema@._export_leads_check_others(configuration)
          UNION ALL SELECT * FROM @extschema@._export_leads_check_indexes(configuration)
          UNION ALL SELECT * FROM @extschema@._export_leads_check_policies(configuration)
          UNION ALL SELECT * FROM @extschema@._export_leads_check_schedules(configuration)) AS c
    ORDER BY array_position(ARRAY['error', 'warning', 'info'], c.level), c.name, c.object, c.detail;
END;
$$;
COMMENT ON FUNCTION @extschema@._export_leads_examine(boolean) IS
    'Internal: what export_leads_check() finds, where the schema is closed';

CREATE FUNCTION @extschema@.export_leads_check()
RETURNS TABLE (name text, level text, object text, detail text, remediation text)
LANGUAGE sql
VOLATILE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
    SELECT * FROM @extschema@._export_leads_check_schema()
    UNION ALL
    -- Not called at all unless the schema is closed: names in it may be somebody else's functions, or nothing's.
    SELECT e.*
    FROM (SELECT NOT EXISTS (SELECT FROM @extschema@._export_leads_check_schema()) AS is_closed OFFSET 0) AS s
    CROSS JOIN LATERAL (SELECT * FROM @extschema@._export_leads_examine(s.is_closed)
                        UNION ALL SELECT * FROM @extschema@._export_leads_check_nodes(s.is_closed)) AS e
    WHERE s.is_closed;
END;
COMMENT ON FUNCTION @extschema@.export_leads_check() IS
    'What stops exports (error), should be mended (warning) or is worth knowing (info), and the SQL that mends it';
