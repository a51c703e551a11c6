
-- The check's part about the expressions of columns: each is inspected as in an export of that column, and so are the
-- functions that it calls.

CREATE FUNCTION @extschema@._export_leads_called_functions(column_name text)
RETURNS SETOF regprocedure
LANGUAGE C
VOLATILE
STRICT
NOT LEAKPROOF
PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME', 'export_leads_called_functions';
COMMENT ON FUNCTION @extschema@._export_leads_called_functions(text) IS
    'Internal: the functions that the expression of a column calls, operators and casts included';

-- A function that runs as its owner reads what the owner may read, other tenants' rows included. What a function calls
-- in turn is known for aggregates and for bodies that PostgreSQL keeps parsed (BEGIN ATOMIC), not for bodies kept as
-- text. Functions of policies are left out: they choose among the rows of the export's tenant, and files show none of
-- their values.
CREATE FUNCTION @extschema@._export_leads_check_definers(column_name text, mending text)
RETURNS TABLE (name text, level text, object text, detail text, remediation text)
LANGUAGE sql
VOLATILE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
    WITH RECURSIVE called (function) AS (
        SELECT f.function::oid FROM @extschema@._export_leads_called_functions(column_name) AS f (function)
        UNION
        SELECT COALESCE(o.oprcode, d.refobjid)
        FROM called AS c
        JOIN pg_depend AS d ON d.classid = 'pg_proc'::regclass AND d.objid = c.function
        LEFT JOIN pg_operator AS o ON d.refclassid = 'pg_operator'::regclass AND o.oid = d.refobjid
        WHERE d.refclassid IN ('pg_proc'::regclass, 'pg_operator'::regclass)
    )
    SELECT 'security_definer', 'warning', format('column %s', column_name),
           format('column "%s" calls function %s, which reads as its owner "%s" and may show other tenants'' '
                  'rows: unless it is made SECURITY INVOKER',
                  column_name, p.oid::regprocedure, r.rolname),
           mending
    FROM called AS c JOIN pg_proc AS p ON p.oid = c.function JOIN pg_roles AS r ON r.oid = p.proowner
    WHERE p.prosecdef;
END;
COMMENT ON FUNCTION @extschema@._export_leads_check_definers(text, text) IS
    'Internal: functions of a column that read as their owner, for export_leads_check()';

-- If no export is possible at all, other findings say so, and columns cannot be inspected one by one.
CREATE FUNCTION @extschema@._export_leads_check_columns(is_exportable boolean)
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
    IF NOT is_exportable THEN
        RETURN;
    END IF;
    RETURN QUERY
    SELECT *
    FROM @extschema@._export_leads_check_definers(
        text 'full_name', text 'SELECT * FROM @extschema@.export_leads_setup(full_name => ''...'');');
    FOR own IN
        SELECT c.name FROM @extschema@.export_leads_columns AS c WHERE c.expression IS NOT NULL ORDER BY c.name
    LOOP
        removal := format('SELECT %s.export_leads_remove_column(%L);', '@extschema@', own);
        BEGIN
            RETURN QUERY
            SELECT CASE WHEN m.is_its_own THEN f.name ELSE 'column_broken' END, 'error',
                   CASE WHEN m.is_its_own THEN f.object ELSE format('column %s', own) END,
                   f.detail, CASE WHEN m.is_its_own THEN f.remediation ELSE removal END
            FROM @extschema@._export_leads_findings(ARRAY[own]) AS f
            CROSS JOIN LATERAL (SELECT f.name = 'column_changed' OR f.remediation LIKE 'GRANT %') AS m (is_its_own);
            RETURN QUERY SELECT * FROM @extschema@._export_leads_check_definers(own, removal);
        EXCEPTION WHEN OTHERS THEN
            RETURN QUERY
            SELECT 'column_broken', 'error', format('column %s', own),
                   format('an export with column "%s" fails: %s', own, SQLERRM), removal;
        END;
    END LOOP;
END;
$$;
COMMENT ON FUNCTION @extschema@._export_leads_check_columns(boolean) IS
    'Internal: what is wrong with the expressions of columns, for export_leads_check()';
