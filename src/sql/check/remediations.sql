
-- Remediations that evaluate what the site wrote, and so must not run as a superuser.

-- Runs one ALTER TABLE or ALTER POLICY as the owner of a table, as a restricted operation: the site's code that it
-- calls cannot become another role, nor defer anything until the superuser's own role is back.
CREATE FUNCTION @extschema@._export_leads_as_owner(relation regclass, command text)
RETURNS void
LANGUAGE C
VOLATILE
STRICT
NOT LEAKPROOF
PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'export_leads_as_owner';
COMMENT ON FUNCTION @extschema@._export_leads_as_owner(regclass, text) IS
    'Internal: runs an ALTER TABLE or ALTER POLICY that evaluates what the site wrote, as the owner of the table';

-- The call of that function, as remediations print it.
CREATE FUNCTION @extschema@._export_leads_printed_as_owner(relation regclass, command text)
RETURNS text
LANGUAGE sql
STABLE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
    SELECT format('SELECT %s._export_leads_as_owner(%L, %L);', '@extschema@', relation, command);
END;
COMMENT ON FUNCTION @extschema@._export_leads_printed_as_owner(regclass, text) IS
    'Internal: a remediation that runs as the owner of a table';
