
-- Which columns can name a status, and by which of them leads do.

CREATE FUNCTION @extschema@._export_leads_status_family(relation regclass, column_name text)
RETURNS text
LANGUAGE C
STABLE
STRICT
NOT LEAKPROOF
PARALLEL SAFE
AS 'MODULE_PATHNAME', 'export_leads_status_family';
COMMENT ON FUNCTION @extschema@._export_leads_status_family(regclass, text) IS
    'Internal: which columns can name the same statuses; NULL for one that can name none';

CREATE FUNCTION @extschema@._export_leads_status_schema(relation regclass, column_name text)
RETURNS regnamespace
LANGUAGE C
STABLE
STRICT
NOT LEAKPROOF
PARALLEL SAFE
AS 'MODULE_PATHNAME', 'export_leads_status_schema';
COMMENT ON FUNCTION @extschema@._export_leads_status_schema(regclass, text) IS
    'Internal: the schema that whoever compares a status must see beside the table''s own';

-- The columns by which leads refer to a row of the statuses, without that of the tenant.
CREATE FUNCTION @extschema@._export_leads_status_references(leads regclass, statuses regclass, lead_tenant text)
RETURNS TABLE (lead_column text, status_column text)
LANGUAGE sql
STABLE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
    SELECT DISTINCT l.attname::text, s.attname::text
    FROM pg_constraint AS c
    CROSS JOIN LATERAL unnest(c.conkey, c.confkey) AS k (lead_number, status_number)
    JOIN pg_attribute AS l ON l.attrelid = c.conrelid AND l.attnum = k.lead_number
    JOIN pg_attribute AS s ON s.attrelid = c.confrelid AND s.attnum = k.status_number
    WHERE c.contype = 'f' AND c.conrelid = leads AND c.confrelid = statuses AND l.attname <> lead_tenant;
END;
COMMENT ON FUNCTION @extschema@._export_leads_status_references(regclass, regclass, text) IS
    'Internal: the foreign keys by which leads name a status, for export_leads_setup()';
