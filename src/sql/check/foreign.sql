
-- The check's part about partitions on other servers, whose row security this server cannot see.

-- With row_security = off, a server raises an error instead of silently leaving rows out, and does so for every role.
-- Whether roles that see some of the rows should get errors is for the site to decide. Only servers behind postgres_fdw
-- have row security.
CREATE FUNCTION @extschema@._export_leads_check_foreign(configuration @extschema@.export_leads_configuration)
RETURNS TABLE (name text, level text, object text, detail text, remediation text)
LANGUAGE sql
STABLE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
    WITH RECURSIVE part AS (
        SELECT unnest(ARRAY[(configuration).leads, (configuration).statuses, (configuration).calls])::oid AS relation
        UNION
        SELECT i.inhrelid
        FROM part JOIN pg_inherits AS i ON i.inhparent = part.relation
    ), server AS (
        SELECT DISTINCT s.srvname, o.option_value AS options
        FROM part
        JOIN pg_foreign_table AS f ON f.ftrelid = part.relation
        JOIN pg_foreign_server AS s ON s.oid = f.ftserver
        JOIN pg_foreign_data_wrapper AS w ON w.oid = s.srvfdw AND w.fdwname = 'postgres_fdw'
        LEFT JOIN LATERAL pg_options_to_table(s.srvoptions) AS o ON o.option_name = 'options'
    )
    SELECT 'foreign_row_security', 'warning', format('server %I', srvname),
           format('rows that row security of server "%s" hides are missing from exports in silence, unless its options '
                  'hold "-c row_security=off", with which it refuses what it would hide to all roles', srvname),
           NULL
    FROM server
    WHERE options IS NULL OR options !~ '\mrow_security=off\M';
END;
COMMENT ON FUNCTION @extschema@._export_leads_check_foreign(@extschema@.export_leads_configuration) IS
    'Internal: other servers that may hide rows of a partition, for export_leads_check()';
