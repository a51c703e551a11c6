
-- Teardown.

-- Undoes set-up. Row security stays where the site had it, or has come to use it, itself.
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
BEGIN
    IF NOT dry_run THEN
        LOCK TABLE @extschema@.export_leads_configuration IN SHARE ROW EXCLUSIVE MODE;
        PERFORM @extschema@._export_leads_lock_tables();
    END IF;
    SELECT * INTO configuration FROM @extschema@._export_leads_current_configuration();
    IF NOT dry_run THEN
        PERFORM @extschema@._export_leads_lock_for_change(
            ARRAY(SELECT t.relation
                  FROM unnest(ARRAY[configuration.calls, configuration.leads, configuration.statuses]::regclass[])
                      WITH ORDINALITY AS t (relation, place)
                  WHERE EXISTS (SELECT FROM @extschema@._export_leads_leave_plan(configuration, t.relation))
                  ORDER BY t.place),
            ARRAY[]::regclass[]);
    END IF;
    FOR statement IN
        SELECT * FROM @extschema@.export_leads_teardown_plan(configuration)
    LOOP
        BEGIN
            IF NOT dry_run THEN
                EXECUTE statement.sql;
            END IF;
            RETURN QUERY SELECT CASE WHEN dry_run THEN 'would do' ELSE 'done' END, statement.object, statement.detail, statement.sql;
        EXCEPTION WHEN dependent_objects_still_exist THEN
            RETURN QUERY SELECT 'kept', statement.object, 'something else still uses it', statement.sql;
        END;
    END LOOP;
    IF NOT dry_run THEN
        DELETE FROM @extschema@.export_leads_configuration;
        DELETE FROM @extschema@.export_leads_accepted_policies;
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
<<leave_plan>>
DECLARE
    relation CONSTANT regclass := $2;
    own_policies CONSTANT name[] := ARRAY['export_leads_only_tenant', 'export_leads_tenant_rows', 'export_leads_others'];
    is_to_sleep boolean;
BEGIN
    IF NOT EXISTS (SELECT FROM pg_class AS c WHERE c.oid = relation) THEN
        RETURN;
    END IF;
    -- Policies that slept when set-up came may sleep again; newer ones are in use, and row security stays. With it
    -- stays the policy that keeps others' access.
    is_to_sleep := relation = ANY (configuration.secured)
        AND NOT EXISTS (SELECT FROM @extschema@.export_leads_site_policies(configuration) AS p
                        WHERE p.relation = leave_plan.relation AND NOT p.name = ANY (configuration.dormant));
    IF is_to_sleep THEN
        RETURN QUERY SELECT relation::text, 'row security, which set-up had enabled',
                            format('ALTER TABLE %s DISABLE ROW LEVEL SECURITY', relation);
    END IF;
    RETURN QUERY
    SELECT relation::text, 'a policy of set-up', format('DROP POLICY %I ON %s', p.polname, relation)
    FROM pg_policy AS p
    WHERE p.polrelid = relation
      AND p.polname = ANY (own_policies)
      AND (is_to_sleep OR p.polname <> 'export_leads_others')
    ORDER BY p.polname;
    -- Column by column, since that leaves the table's own privileges as they were, to the letter.
    RETURN QUERY
    SELECT relation::text, 'the reader''s grants',
           format('REVOKE ALL (%s) ON %s FROM export_leads_reader',
                  string_agg(quote_ident(g.column_name), ', ' ORDER BY g.column_name), relation)
    FROM @extschema@.export_leads_reader_columns(relation) AS g
    HAVING count(*) > 0;
END;
$$;
COMMENT ON FUNCTION @extschema@._export_leads_leave_plan(@extschema@.export_leads_configuration, regclass) IS
    'Internal: the statements that undo set-up on one table';

CREATE FUNCTION @extschema@.export_leads_teardown_plan(configuration @extschema@.export_leads_configuration)
RETURNS TABLE (object text, detail text, sql text)
LANGUAGE plpgsql
STABLE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    reader_id CONSTANT oid := to_regrole('export_leads_reader');
    table_id regclass;
BEGIN
    FOREACH table_id IN ARRAY ARRAY[configuration.leads, configuration.statuses, configuration.calls] LOOP
        RETURN QUERY SELECT * FROM @extschema@._export_leads_leave_plan(configuration, table_id);
    END LOOP;
    IF reader_id IS NULL THEN
        RETURN;
    END IF;
    RETURN QUERY
    SELECT format('schema %s', n.oid::regnamespace), 'the reader''s grants', format('REVOKE ALL ON SCHEMA %s FROM export_leads_reader', n.oid::regnamespace)
    FROM pg_namespace AS n, aclexplode(n.nspacl) AS acl
    WHERE acl.grantee = reader_id
    ORDER BY 1;
    RETURN QUERY SELECT '@extschema@.export_leads_tenant()', 'the reader''s grants',
                        'REVOKE ALL ON FUNCTION @extschema@.export_leads_tenant() FROM export_leads_reader';
    RETURN QUERY SELECT 'export_leads_reader', 'the role that exports read as', 'DROP ROLE export_leads_reader';
END;
$$;
COMMENT ON FUNCTION @extschema@.export_leads_teardown_plan(@extschema@.export_leads_configuration) IS
    'Internal: the statements of export_leads_teardown()';
