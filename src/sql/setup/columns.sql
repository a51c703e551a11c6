
-- Which columns a table has, by name and type.

CREATE FUNCTION @extschema@._export_leads_has_column(relation regclass, column_name text)
RETURNS boolean
LANGUAGE sql
STABLE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
    SELECT EXISTS (SELECT
                   FROM pg_attribute AS a
                   WHERE a.attrelid = relation AND a.attnum > 0 AND NOT a.attisdropped AND a.attname = column_name);
END;
COMMENT ON FUNCTION @extschema@._export_leads_has_column(regclass, text) IS
    'Internal: whether a table has a column of exactly that name';

-- The columns of a table that have one of the names, in the order of the names. For each name, a column of exactly that
-- name comes first, then those spelled as object mappers do: tenantId or TENANTID for tenant_id.
CREATE FUNCTION @extschema@._export_leads_columns_named(names text[], relation regclass)
RETURNS text[]
LANGUAGE sql
STABLE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
    SELECT COALESCE(array_agg(a.attname::text ORDER BY n.place, a.attname <> n.name, a.attname), '{}')
    FROM pg_attribute AS a
    JOIN unnest(names) WITH ORDINALITY AS n (name, place)
        ON lower(replace(a.attname::text, '_', '') COLLATE "C") = replace(n.name, '_', '')
    WHERE a.attrelid = relation AND a.attnum > 0 AND NOT a.attisdropped;
END;
COMMENT ON FUNCTION @extschema@._export_leads_columns_named(text[], regclass) IS
    'Internal: candidates for a column, for export_leads_setup()';

-- A column's type, or where that is a domain, the type at the end of its domains; NULL without the column.
CREATE FUNCTION @extschema@._export_leads_base_type(relation regclass, column_name text)
RETURNS regtype
LANGUAGE sql
STABLE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
    WITH RECURSIVE type AS (
        SELECT t.oid, t.typbasetype
        FROM pg_attribute AS a JOIN pg_type AS t ON t.oid = a.atttypid
        WHERE a.attrelid = relation AND a.attname = column_name AND NOT a.attisdropped
        UNION ALL
        SELECT t.oid, t.typbasetype
        FROM type JOIN pg_type AS t ON t.oid = type.typbasetype
    )
    SELECT oid::regtype
    FROM type
    WHERE typbasetype = 0;
END;
COMMENT ON FUNCTION @extschema@._export_leads_base_type(regclass, text) IS
    'Internal: the type of a column without its domains';
