
-- Set-up: what it would take to make exports safe, and doing it.

CREATE FUNCTION @extschema@.export_leads_policies(relation regclass, tenant_column text)
RETURNS TABLE (policy text, permissive boolean, condition text, is_intact boolean)
LANGUAGE C
VOLATILE
STRICT
NOT LEAKPROOF
PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'export_leads_policies';
COMMENT ON FUNCTION @extschema@.export_leads_policies(regclass, text) IS
    'Internal: the policies a table must carry, and whether it does; the condition is NULL where no condition can tell tenants apart';

CREATE FUNCTION @extschema@.export_leads_required_columns(configuration @extschema@.export_leads_configuration)
RETURNS TABLE (relation regclass, column_name text)
LANGUAGE C
VOLATILE
STRICT
NOT LEAKPROOF
PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME', 'export_leads_required_columns';
COMMENT ON FUNCTION @extschema@.export_leads_required_columns(@extschema@.export_leads_configuration) IS
    'Internal: the columns that the queries of an export read';

-- The columns of a table that the reader has a privilege on.
CREATE FUNCTION @extschema@.export_leads_reader_columns(relation regclass)
RETURNS TABLE (column_name text)
LANGUAGE sql
STABLE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
    SELECT DISTINCT a.attname::text
    FROM pg_attribute AS a, aclexplode(a.attacl) AS acl
    WHERE a.attrelid = relation AND NOT a.attisdropped AND acl.grantee = to_regrole('export_leads_reader');
END;
COMMENT ON FUNCTION @extschema@.export_leads_reader_columns(regclass) IS
    'Internal: what export_leads_setup() has granted';

-- What the reader lacks: the role itself, its attributes, its grants. One row a statement.
CREATE FUNCTION @extschema@.export_leads_reader_plan(configuration @extschema@.export_leads_configuration)
RETURNS TABLE (object text, detail text, sql text)
LANGUAGE plpgsql
VOLATILE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    reader CONSTANT text := 'export_leads_reader';
    attributes CONSTANT text := 'NOLOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE NOREPLICATION NOINHERIT';
    reader_id CONSTANT oid := to_regrole('export_leads_reader');
    table_id regclass;
    needed text[];
    granted text[];
BEGIN
    IF reader_id IS NULL THEN
        RETURN QUERY SELECT reader, 'the role that exports read as', format('CREATE ROLE %s %s', reader, attributes);
    ELSE
        RETURN QUERY
        SELECT reader, 'attributes that an export is not safe with', format('ALTER ROLE %s %s', reader, attributes)
        FROM pg_roles AS r
        WHERE r.oid = reader_id
          AND (r.rolcanlogin OR r.rolsuper OR r.rolbypassrls OR r.rolcreatedb OR r.rolcreaterole OR r.rolreplication
               OR r.rolinherit);
        RETURN QUERY
        SELECT reader, 'a membership that an export is not safe with', format('REVOKE %s FROM %s', m.roleid::regrole, reader)
        FROM pg_auth_members AS m
        WHERE m.member = reader_id;
    END IF;

    RETURN QUERY
    SELECT format('schema %s', n.oid::regnamespace), 'to see the tables', format('GRANT USAGE ON SCHEMA %s TO %s', n.oid::regnamespace, reader)
    FROM pg_namespace AS n
    WHERE (n.oid = '@extschema@'::regnamespace
           OR n.oid IN (SELECT c.relnamespace FROM pg_class AS c WHERE c.oid IN (configuration.leads, configuration.statuses, configuration.calls)))
      AND NOT CASE WHEN reader_id IS NULL THEN has_schema_privilege('public', n.oid, 'USAGE')
                   ELSE has_schema_privilege(reader_id, n.oid, 'USAGE') END
    ORDER BY 1;

    IF reader_id IS NULL OR NOT has_function_privilege(reader_id, '@extschema@.export_leads_tenant()', 'EXECUTE') THEN
        RETURN QUERY SELECT '@extschema@.export_leads_tenant()', 'for the policies',
                            format('GRANT EXECUTE ON FUNCTION %s.export_leads_tenant() TO %s', '@extschema@', reader);
    END IF;

    FOREACH table_id IN ARRAY ARRAY[configuration.leads, configuration.statuses, configuration.calls] LOOP
        SELECT array_agg(DISTINCT c.column_name ORDER BY c.column_name) INTO needed
        FROM @extschema@.export_leads_required_columns(configuration) AS c
        WHERE c.relation = table_id;
        SELECT array_agg(g.column_name) INTO granted
        FROM @extschema@.export_leads_reader_columns(table_id) AS g;
        IF EXISTS (SELECT FROM pg_class AS t, aclexplode(t.relacl) AS acl WHERE t.oid = table_id AND acl.grantee = reader_id) THEN
            RETURN QUERY SELECT table_id::text, 'more than exports need', format('REVOKE ALL ON %s FROM %s', table_id, reader);
            granted := NULL;
        END IF;
        RETURN QUERY
        SELECT table_id::text, 'what exports do not need', format('REVOKE ALL (%s) ON %s FROM %s', string_agg(quote_ident(c), ', ' ORDER BY c), table_id, reader)
        FROM unnest(granted) AS c
        WHERE c <> ALL (needed)
        HAVING count(*) > 0;
        RETURN QUERY
        SELECT table_id::text, 'what exports read', format('GRANT SELECT (%s) ON %s TO %s', string_agg(quote_ident(c), ', ' ORDER BY c), table_id, reader)
        FROM unnest(needed) AS c
        WHERE c <> ALL (COALESCE(granted, '{}'))
        HAVING count(*) > 0;
    END LOOP;
END;
$$;
COMMENT ON FUNCTION @extschema@.export_leads_reader_plan(@extschema@.export_leads_configuration) IS
    'Internal: the statements that give the reader what it lacks, for export_leads_setup()';

-- What the tables lack: the policies, and row security last, so that no moment exists in which it is on without them.
CREATE FUNCTION @extschema@.export_leads_table_plan(configuration @extschema@.export_leads_configuration)
RETURNS TABLE (object text, detail text, sql text)
LANGUAGE plpgsql
VOLATILE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    part record;
    own record;
    is_secured boolean;
BEGIN
    FOR part IN
        SELECT * FROM (VALUES (1, configuration.leads, configuration.lead_tenant),
                              (2, configuration.statuses, configuration.status_tenant),
                              (3, configuration.calls, configuration.call_tenant)) AS p (place, relation, tenant_column)
        ORDER BY place
    LOOP
        SELECT c.relrowsecurity INTO is_secured FROM pg_class AS c WHERE c.oid = part.relation;
        FOR own IN SELECT * FROM @extschema@.export_leads_policies(part.relation, part.tenant_column) AS p WHERE NOT p.is_intact LOOP
            IF EXISTS (SELECT FROM pg_policy AS p WHERE p.polrelid = part.relation AND p.polname = own.policy) THEN
                RETURN QUERY SELECT part.relation::text, 'a policy that is not as it must be',
                                    format('DROP POLICY %I ON %s', own.policy, part.relation);
            END IF;
            RETURN QUERY SELECT part.relation::text,
                                CASE WHEN own.permissive THEN 'lets an export see its tenant''s rows'
                                     ELSE 'holds an export to its tenant''s rows, whatever other policies allow' END,
                                format('CREATE POLICY %I ON %s AS %s FOR SELECT TO export_leads_reader USING (%s)',
                                       own.policy, part.relation,
                                       CASE WHEN own.permissive THEN 'PERMISSIVE' ELSE 'RESTRICTIVE' END, own.condition);
        END LOOP;
        CONTINUE WHEN is_secured;
        IF NOT EXISTS (SELECT FROM pg_policy AS p WHERE p.polrelid = part.relation AND p.polname = 'export_leads_others') THEN
            RETURN QUERY SELECT part.relation::text, 'keeps every other role''s access as it was before row security',
                                format('CREATE POLICY export_leads_others ON %s AS PERMISSIVE FOR ALL TO PUBLIC USING (true) WITH CHECK (true)',
                                       part.relation);
        END IF;
    END LOOP;

    RETURN QUERY
    SELECT c.oid::regclass::text, 'row security, which does not bind the owner', format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', c.oid::regclass)
    FROM pg_class AS c
    WHERE c.oid IN (configuration.leads, configuration.statuses, configuration.calls) AND NOT c.relrowsecurity
    ORDER BY array_position(ARRAY[configuration.leads::oid, configuration.statuses, configuration.calls], c.oid);
END;
$$;
COMMENT ON FUNCTION @extschema@.export_leads_table_plan(@extschema@.export_leads_configuration) IS
    'Internal: the statements that give the tables what they lack, for export_leads_setup()';

-- The site's own policies on the three tables; awake where row security is on.
CREATE FUNCTION @extschema@.export_leads_site_policies(configuration @extschema@.export_leads_configuration)
RETURNS TABLE (relation regclass, name text, is_awake boolean)
LANGUAGE sql
STABLE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
    SELECT c.oid::regclass, format('%s.%I', c.oid::regclass, p.polname), c.relrowsecurity
    FROM pg_policy AS p JOIN pg_class AS c ON c.oid = p.polrelid
    WHERE c.oid IN ((configuration).leads, (configuration).statuses, (configuration).calls)
      AND p.polname NOT IN ('export_leads_only_tenant', 'export_leads_tenant_rows', 'export_leads_others');
END;
COMMENT ON FUNCTION @extschema@.export_leads_site_policies(@extschema@.export_leads_configuration) IS
    'Internal: policies that are not ours';

-- Refuses what set-up cannot do without changing what others see or leaving something behind.
CREATE FUNCTION @extschema@.export_leads_refuse_unsafe(configuration @extschema@.export_leads_configuration, stored jsonb)
RETURNS void
LANGUAGE plpgsql
STABLE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    tables CONSTANT regclass[] := ARRAY[configuration.leads, configuration.statuses, configuration.calls];
    former text;
    dormant record;
BEGIN
    SELECT string_agg(s.name, ', ') INTO former
    FROM (SELECT stored ->> p AS name FROM unnest(ARRAY['leads', 'statuses', 'calls']) AS p) AS s
    WHERE to_regclass(s.name) IS NOT NULL AND NOT to_regclass(s.name) = ANY (tables);
    IF former IS NOT NULL THEN
        RAISE EXCEPTION USING
            ERRCODE = 'object_not_in_prerequisite_state',
            MESSAGE = format('export_leads is set up on other tables: %s', former),
            HINT = 'Undo that first: SELECT * FROM export_leads_teardown();';
    END IF;

    SELECT p.polname AS name, p.polrelid::regclass AS relation INTO dormant
    FROM pg_policy AS p JOIN pg_class AS c ON c.oid = p.polrelid
    WHERE c.oid = ANY (tables) AND NOT c.relrowsecurity AND NOT p.polpermissive AND p.polname <> 'export_leads_only_tenant'
    ORDER BY p.polname
    LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION USING
            ERRCODE = 'object_not_in_prerequisite_state',
            MESSAGE = format('enabling row security on table "%s" would wake its restrictive policy "%s"', dormant.relation, dormant.name),
            DETAIL = 'Other roles would then see fewer rows than before.',
            HINT = format('Drop the policy, or enable row security yourself first: ALTER TABLE %s ENABLE ROW LEVEL SECURITY;', dormant.relation);
    END IF;
END;
$$;
COMMENT ON FUNCTION @extschema@.export_leads_refuse_unsafe(@extschema@.export_leads_configuration, jsonb) IS
    'Internal: refuses what export_leads_setup() cannot do safely';

-- Stores a configuration, and which tables' row security was enabled for it.
CREATE FUNCTION @extschema@.export_leads_store(configuration @extschema@.export_leads_configuration)
RETURNS void
LANGUAGE plpgsql
VOLATILE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    former @extschema@.export_leads_configuration;
BEGIN
    SELECT * INTO former FROM @extschema@.export_leads_configuration;
    IF former IS DISTINCT FROM configuration THEN
        DELETE FROM @extschema@.export_leads_configuration;
        INSERT INTO @extschema@.export_leads_configuration SELECT configuration.*;
    END IF;
END;
$$;
COMMENT ON FUNCTION @extschema@.export_leads_store(@extschema@.export_leads_configuration) IS
    'Internal: stores what export_leads_setup() decided';

CREATE FUNCTION @extschema@.export_leads_setup(
    leads           regclass DEFAULT NULL,
    statuses        regclass DEFAULT NULL,
    calls           regclass DEFAULT NULL,
    lead_id         text     DEFAULT NULL,
    lead_tenant     text     DEFAULT NULL,
    lead_status     text     DEFAULT NULL,
    full_name       text     DEFAULT NULL,
    phone           text     DEFAULT NULL,
    email           text     DEFAULT NULL,
    lead_created_at text     DEFAULT NULL,
    source          text     DEFAULT NULL,
    notes           text     DEFAULT NULL,
    status_tenant   text     DEFAULT NULL,
    status_name     text     DEFAULT NULL,
    status_label    text     DEFAULT NULL,
    call_id         text     DEFAULT NULL,
    call_tenant     text     DEFAULT NULL,
    call_lead_id    text     DEFAULT NULL,
    call_created_at text     DEFAULT NULL,
    call_status     text     DEFAULT NULL,
    session_setting text     DEFAULT NULL,
    session_required boolean DEFAULT NULL,
    session_administrators regrole DEFAULT NULL,
    grants_required boolean  DEFAULT NULL,
    superusers_exempt boolean DEFAULT NULL,
    accepted_policies text[] DEFAULT NULL,
    dry_run         boolean  DEFAULT false
)
RETURNS TABLE (action text, object text, detail text, sql text)
LANGUAGE plpgsql
VOLATILE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    given CONSTANT jsonb := jsonb_strip_nulls(jsonb_build_object(
        'leads', leads::text, 'statuses', statuses::text, 'calls', calls::text,
        'lead_id', lead_id, 'lead_tenant', lead_tenant, 'lead_status', lead_status, 'full_name', full_name,
        'phone', phone, 'email', email, 'lead_created_at', lead_created_at, 'source', source, 'notes', notes,
        'status_tenant', status_tenant, 'status_name', status_name, 'status_label', status_label,
        'call_id', call_id, 'call_tenant', call_tenant, 'call_lead_id', call_lead_id,
        'call_created_at', call_created_at, 'call_status', call_status,
        'session_setting', session_setting, 'session_required', session_required,
        'session_administrators', (SELECT r.rolname FROM pg_roles AS r WHERE r.oid = session_administrators), 'grants_required', grants_required,
        'superusers_exempt', superusers_exempt));
    stored jsonb;
    decided jsonb;
    configuration @extschema@.export_leads_configuration;
    statement record;
    is_changed boolean := false;
BEGIN
    IF NOT dry_run THEN
        LOCK TABLE @extschema@.export_leads_configuration IN SHARE ROW EXCLUSIVE MODE;
    END IF;
    SELECT to_jsonb(c) INTO stored FROM @extschema@.export_leads_configuration AS c;
    decided := @extschema@.export_leads_find_tables(given, stored);
    decided := @extschema@.export_leads_find_columns(decided, given, stored)
               || @extschema@.export_leads_decide_rules(given, stored);
    configuration := jsonb_populate_record(NULL::@extschema@.export_leads_configuration,
                                           decided || '{"singleton": true, "secured": [], "dormant": []}');
    PERFORM @extschema@.export_leads_refuse_unsafe(configuration, stored);

    RETURN QUERY
    SELECT 'found', p, decided ->> p, NULL
    FROM unnest(ARRAY['leads', 'statuses', 'calls']) AS p;
    RETURN QUERY
    SELECT 'rule', r.key, r.value, NULL
    FROM jsonb_each_text(@extschema@.export_leads_decide_rules(given, stored)) AS r
    WHERE r.value NOT IN ('false', '')
    ORDER BY r.key;
    RETURN QUERY
    SELECT CASE WHEN decided ? f.field THEN 'found' ELSE 'missing' END, f.field,
           COALESCE(decided ->> f.field, 'no such column was found: the field stays empty'),
           CASE WHEN NOT decided ? f.field THEN format('SELECT * FROM export_leads_setup(%s => ''...'')', f.field) END
    FROM (SELECT field, ordinality FROM @extschema@.export_leads_fields() WITH ORDINALITY
          UNION ALL SELECT 'full_name', 3.5) AS f
    ORDER BY f.ordinality;

    SELECT COALESCE(array_agg(p.name ORDER BY p.name), '{}') INTO configuration.dormant
    FROM @extschema@.export_leads_site_policies(configuration) AS p
    WHERE NOT p.is_awake OR COALESCE(stored -> 'dormant', '[]') ? p.name;
    SELECT COALESCE(array_agg(c.oid::regclass ORDER BY c.oid), '{}') INTO configuration.secured
    FROM pg_class AS c
    WHERE c.oid IN (configuration.leads, configuration.statuses, configuration.calls)
      AND (NOT c.relrowsecurity OR COALESCE(stored -> 'secured', '[]') ? c.oid::regclass::text);
    FOR statement IN
        SELECT * FROM @extschema@.export_leads_reader_plan(configuration)
        UNION ALL
        SELECT * FROM @extschema@.export_leads_table_plan(configuration)
    LOOP
        is_changed := true;
        IF NOT dry_run THEN
            EXECUTE statement.sql;
        END IF;
        RETURN QUERY SELECT CASE WHEN dry_run THEN 'would do' ELSE 'done' END, statement.object, statement.detail, statement.sql;
    END LOOP;
    FOR statement IN SELECT * FROM @extschema@.export_leads_accept(configuration, accepted_policies, dry_run) LOOP
        is_changed := true;
        RETURN QUERY SELECT CASE WHEN dry_run THEN 'would do' ELSE 'done' END, statement.object, statement.detail, NULL;
    END LOOP;
    IF NOT is_changed THEN
        RETURN QUERY SELECT 'unchanged', 'export_leads', 'the reader, its grants and the policies are as they must be', NULL;
    END IF;
    IF NOT dry_run THEN
        PERFORM @extschema@.export_leads_store(configuration);
        RETURN QUERY SELECT 'to mend', c.object, c.detail, c.remediation FROM @extschema@.export_leads_check() AS c WHERE c.level = 'error';
    END IF;
END;
$$;
COMMENT ON FUNCTION @extschema@.export_leads_setup IS
    'Finds the leads, their statuses and calls, and makes exports safe: reader role, grants, policies, row security';

-- Undoes set-up. Row security stays where the site had it, or has come to use it, itself.
CREATE FUNCTION @extschema@.export_leads_teardown(dry_run boolean DEFAULT false)
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
    SELECT * INTO configuration FROM @extschema@.export_leads_configuration;
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
COMMENT ON FUNCTION @extschema@.export_leads_teardown(boolean) IS
    'Undoes export_leads_setup(): policies, row security it enabled, grants, the reader role, the configuration';

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
    own_policies CONSTANT name[] := ARRAY['export_leads_only_tenant', 'export_leads_tenant_rows', 'export_leads_others'];
    reader_id CONSTANT oid := to_regrole('export_leads_reader');
    table_id oid;
    is_to_sleep boolean;
BEGIN
    FOREACH table_id IN ARRAY ARRAY[configuration.leads::oid, configuration.statuses, configuration.calls] LOOP
        CONTINUE WHEN NOT EXISTS (SELECT FROM pg_class AS c WHERE c.oid = table_id);
        -- Policies that slept when set-up came may sleep again; newer ones are in use, and row security stays. With it
        -- stays the policy that keeps others' access.
        is_to_sleep := table_id::regclass = ANY (configuration.secured)
           AND NOT EXISTS (SELECT FROM @extschema@.export_leads_site_policies(configuration) AS p
                           WHERE p.relation = table_id AND NOT p.name = ANY (configuration.dormant));
        IF is_to_sleep THEN
            RETURN QUERY SELECT table_id::regclass::text, 'row security, which set-up had enabled',
                                format('ALTER TABLE %s DISABLE ROW LEVEL SECURITY', table_id::regclass);
        END IF;
        RETURN QUERY
        SELECT table_id::regclass::text, 'a policy of set-up', format('DROP POLICY %I ON %s', p.polname, table_id::regclass)
        FROM pg_policy AS p
        WHERE p.polrelid = table_id AND p.polname = ANY (own_policies) AND (is_to_sleep OR p.polname <> 'export_leads_others')
        ORDER BY p.polname;
    END LOOP;
    IF reader_id IS NULL THEN
        RETURN;
    END IF;
    FOREACH table_id IN ARRAY ARRAY[configuration.leads::oid, configuration.statuses, configuration.calls] LOOP
        CONTINUE WHEN NOT EXISTS (SELECT FROM pg_class AS c WHERE c.oid = table_id);
        -- Column by column, since that leaves the table's own privileges as they were, to the letter.
        RETURN QUERY
        SELECT table_id::regclass::text, 'the reader''s grants',
               format('REVOKE ALL (%s) ON %s FROM export_leads_reader', string_agg(quote_ident(g.column_name), ', ' ORDER BY g.column_name), table_id::regclass)
        FROM @extschema@.export_leads_reader_columns(table_id) AS g
        HAVING count(*) > 0;
    END LOOP;
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
