
-- The doctor.

CREATE FUNCTION @extschema@.export_leads_findings()
RETURNS TABLE (name text, object text, detail text, remediation text)
LANGUAGE C
VOLATILE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'export_leads_findings';
COMMENT ON FUNCTION @extschema@.export_leads_findings() IS
    'Internal: what would make an export raise 55000, by the inspections that an export runs';

CREATE FUNCTION @extschema@.export_leads_check()
RETURNS TABLE (name text, level text, object text, detail text, remediation text)
LANGUAGE plpgsql
VOLATILE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF pg_encoding_to_char((SELECT d.encoding FROM pg_database AS d WHERE d.datname = current_database())) <> 'UTF8' THEN
        RETURN QUERY SELECT 'not_utf8', 'error', format('database %I', current_database()),
                            'the database is not in UTF8, so no export can be made',
                            '-- dump the database and restore it into one created with ENCODING ''UTF8''';
    END IF;
    BEGIN
        RETURN QUERY SELECT f.name, 'error', f.object, f.detail, f.remediation FROM @extschema@.export_leads_findings() AS f;
    EXCEPTION WHEN OTHERS THEN
        RETURN QUERY SELECT 'export_fails', 'error', 'export_leads', format('an export fails: %s', SQLERRM),
                            'SELECT * FROM export_leads_setup();';
    END;
END;
$$;
COMMENT ON FUNCTION @extschema@.export_leads_check() IS
    'What keeps exports from working, each with the SQL that mends it; no rows where all is well';
