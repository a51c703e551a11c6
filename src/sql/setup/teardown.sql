
-- Teardown: undoing what export_leads_setup() did.

-- Row security stays enabled where the site had it enabled before, or has come to use it itself.
CREATE FUNCTION @extschema@._export_leads_teardown(dry_run boolean)
RETURNS TABLE (action text, object text, detail text, sql text)
LANGUAGE plpgsql
VOLATILE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    configuration @extschema@.export_leads_configuration;
    statement record;
    is_undone boolean := false;
BEGIN
    PERFORM @extschema@._export_leads_one_after_the_other();
    IF NOT dry_run THEN
        LOCK TABLE @extschema@.export_leads_configuration IN SHARE ROW EXCLUSIVE MODE;
        PERFORM @extschema@._export_leads_lock_tables();
    END IF;
    SELECT * INTO configuration FROM @extschema@._export_leads_current_configuration();
    RETURN QUERY
    SELECT CASE WHEN dry_run THEN 'would tell' ELSE 'told' END, format('node %s', w.node),
           'that the set-up ends, as the transaction commits', NULL
    FROM @extschema@._export_leads_workers() AS w
    WHERE EXISTS (SELECT FROM @extschema@.export_leads_cluster);
    IF NOT dry_run THEN
        PERFORM @extschema@._export_leads_lock_for_change(
            ARRAY(SELECT t.relation
                  FROM @extschema@._export_leads_tables_to_leave(configuration) AS t
                  WHERE EXISTS (SELECT FROM @extschema@._export_leads_leave_plan(configuration, t.relation))
                  ORDER BY array_position(ARRAY[configuration.calls, configuration.leads], t.relation)),
            ARRAY[]::regclass[]);
    END IF;
    FOR statement IN
        SELECT * FROM @extschema@._export_leads_teardown_plan(configuration)
    LOOP
        BEGIN
            IF NOT dry_run THEN
                EXECUTE statement.sql;
            END IF;
            RETURN QUERY
            SELECT CASE WHEN dry_run THEN 'would do' ELSE 'done' END, statement.object, statement.detail, statement.sql;
            is_undone := true;
        EXCEPTION WHEN dependent_objects_still_exist THEN
            RETURN QUERY SELECT 'kept', statement.object, 'something else still uses it', statement.sql;
        END;
    END LOOP;
    IF NOT is_undone THEN
        RETURN QUERY SELECT 'unchanged', 'export_leads', 'there is nothing to undo', NULL;
    END IF;
    IF NOT dry_run THEN
        DELETE FROM @extschema@.export_leads_configuration;
        DELETE FROM @extschema@.export_leads_accepted_policies;
        DELETE FROM @extschema@.export_leads_cluster;
    END IF;
END;
$$;
COMMENT ON FUNCTION @extschema@._export_leads_teardown(boolean) IS
    'Internal: what export_leads_teardown() does';

CREATE FUNCTION @extschema@.export_leads_teardown(dry_run boolean DEFAULT false)
RETURNS TABLE (action text, object text, detail text, sql text)
LANGUAGE sql
VOLATILE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
    SELECT @extschema@._export_leads_require_closed_schema();
    SELECT @extschema@._export_leads_require_coordinator();
    SELECT * FROM @extschema@._export_leads_teardown(dry_run);
END;
COMMENT ON FUNCTION @extschema@.export_leads_teardown(boolean) IS
    'Undoes export_leads_setup(): policies, row security it enabled, grants, the reader role, the configuration';

-- What undoes set-up on one of its tables.
CREATE FUNCTION @extschema@._export_leads_leave_plan(
    configuration @extschema@.export_leads_configuration, relation regclass)
RETURNS TABLE (object text, detail text, sql text)
LANGUAGE plpgsql
STABLE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_variable
DECLARE
    own_policies CONSTANT name[] := ARRAY[@own_policies@];
    is_to_disable boolean;
BEGIN
    IF NOT EXISTS (SELECT FROM pg_class AS c WHERE c.oid = relation) THEN
        RETURN;
    END IF;
    -- The site's policies that were not enforced before set-up need not be enforced again. With newer ones row security
    -- stays enabled, and so does the policy that keeps others' access.
    is_to_disable := (relation = ANY (COALESCE(configuration.secured, '{}'))
                    OR @extschema@._export_leads_is_secured(relation))
        AND NOT EXISTS (SELECT FROM pg_policy AS p
                        WHERE p.polrelid = relation AND p.polname <> ALL (own_policies)
                          AND format('%s.%I', relation, p.polname) <> ALL (COALESCE(configuration.dormant, '{}')));
    IF is_to_disable THEN
        RETURN QUERY SELECT relation::text, 'row security, which set-up had enabled',
                            format('ALTER TABLE %s DISABLE ROW LEVEL SECURITY', relation);
    END IF;
    RETURN QUERY
    SELECT relation::text, 'a policy of set-up', format('DROP POLICY %I ON %s', p.polname, relation)
    FROM pg_policy AS p
    WHERE p.polrelid = relation
      AND p.polname = ANY (own_policies)
      AND (is_to_disable OR p.polname <> 'export_leads_others')
    ORDER BY p.polname;
    -- Column by column, which leaves the privileges on the table itself exactly as they were.
    RETURN QUERY
    SELECT relation::text, 'the reader''s grants',
           format('REVOKE ALL (%s) ON %s FROM @reader@',
                  string_agg(quote_ident(g.column_name), ', ' ORDER BY g.column_name), relation)
    FROM @extschema@._export_leads_reader_columns(relation) AS g
    HAVING count(*) > 0;
END;
$$;
COMMENT ON FUNCTION @extschema@._export_leads_leave_plan(@extschema@.export_leads_configuration, regclass) IS
    'Internal: the statements that undo set-up on one table';

-- The tables that are set up, in set-up's order. If its configuration is lost, they are the tables that have its
-- policies or columns on which the reader has privileges.
CREATE FUNCTION @extschema@._export_leads_tables_to_leave(configuration @extschema@.export_leads_configuration)
RETURNS TABLE (relation regclass)
LANGUAGE sql
STABLE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
    SELECT t.relation
    FROM (SELECT c.place, c.relation
          FROM unnest(ARRAY[(configuration).leads, (configuration).statuses, (configuration).calls]::regclass[])
              WITH ORDINALITY AS c (relation, place)
          UNION ALL
          SELECT p.polrelid::bigint, p.polrelid::regclass
          FROM pg_policy AS p
          WHERE (configuration).leads IS NULL
            AND (p.polname IN ('export_leads_only_tenant', 'export_leads_tenant_rows')
                 OR @extschema@._export_leads_is_secured(p.polrelid::regclass))
          UNION ALL
          SELECT a.attrelid::bigint, a.attrelid::regclass
          FROM pg_attribute AS a, aclexplode(a.attacl) AS acl
          WHERE (configuration).leads IS NULL AND acl.grantee = to_regrole('@reader@')
            AND a.attrelid <> '@extschema@.export_leads_configuration'::regclass) AS t
    WHERE t.relation IS NOT NULL
    GROUP BY t.relation
    ORDER BY min(t.place);
END;
COMMENT ON FUNCTION @extschema@._export_leads_tables_to_leave(@extschema@.export_leads_configuration) IS
    'Internal: the tables that export_leads_teardown() undoes set-up on';

CREATE FUNCTION @extschema@._export_leads_teardown_plan(configuration @extschema@.export_leads_configuration)
RETURNS TABLE (object text, detail text, sql text)
LANGUAGE plpgsql
STABLE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    reader_id CONSTANT oid := to_regrole('@reader@');
BEGIN
    RETURN QUERY
    SELECT l.*
    FROM @extschema@._export_leads_tables_to_leave(configuration) AS t
    CROSS JOIN LATERAL @extschema@._export_leads_leave_plan(configuration, t.relation) AS l;
    RETURN QUERY SELECT * FROM @extschema@._export_leads_tenant_tables_teardown();
    IF reader_id IS NULL THEN
        RETURN;
    END IF;
    RETURN QUERY
    SELECT format('schema %s', n.oid::regnamespace), 'the reader''s grants',
           format('REVOKE ALL ON SCHEMA %s FROM @reader@', n.oid::regnamespace)
    FROM pg_namespace AS n, aclexplode(n.nspacl) AS acl
    WHERE acl.grantee = reader_id
    ORDER BY 1;
    RETURN QUERY
    SELECT '@extschema@.export_leads_tenant()', 'the reader''s grants',
           'REVOKE ALL ON FUNCTION @extschema@.export_leads_tenant() FROM @reader@'
    FROM pg_proc AS p, aclexplode(p.proacl) AS acl
    WHERE p.oid = to_regprocedure('@extschema@.export_leads_tenant()') AND acl.grantee = reader_id;
    RETURN QUERY SELECT '@reader@', 'the role that exports read as', 'DROP ROLE @reader@';
END;
$$;
COMMENT ON FUNCTION @extschema@._export_leads_teardown_plan(@extschema@.export_leads_configuration) IS
    'Internal: the statements of export_leads_teardown()';
