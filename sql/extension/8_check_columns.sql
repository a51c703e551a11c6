
-- The doctor's part about a site's own columns: each is inspected as an export of it would be.

CREATE FUNCTION @extschema@.export_leads_check_columns()
RETURNS TABLE (name text, level text, object text, detail text, remediation text)
LANGUAGE plpgsql
VOLATILE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    own text;
    removal text;
BEGIN
    -- What concerns every export is said elsewhere.
    IF EXISTS (SELECT FROM @extschema@.export_leads_findings(NULL)) THEN
        RETURN;
    END IF;
    FOR own IN SELECT c.name FROM @extschema@.export_leads_columns AS c WHERE c.expression IS NOT NULL ORDER BY c.name LOOP
        removal := format('SELECT @extschema@.export_leads_remove_column(%L);', own);
        BEGIN
            RETURN QUERY
            SELECT CASE WHEN f.remediation LIKE 'GRANT %' THEN f.name ELSE 'column_broken' END, 'error',
                   CASE WHEN f.remediation LIKE 'GRANT %' THEN f.object ELSE format('column %s', own) END,
                   f.detail, CASE WHEN f.remediation LIKE 'GRANT %' THEN f.remediation ELSE removal END
            FROM @extschema@.export_leads_findings(ARRAY[own]) AS f;
        EXCEPTION WHEN OTHERS THEN
            RETURN QUERY SELECT 'column_broken', 'error', format('column %s', own), format('an export with column "%s" fails: %s', own, SQLERRM), removal;
        END;
    END LOOP;
EXCEPTION WHEN OTHERS THEN
    RETURN;
END;
$$;
COMMENT ON FUNCTION @extschema@.export_leads_check_columns() IS
    'Internal: what stops exports of a site''s own columns, for export_leads_check()';
