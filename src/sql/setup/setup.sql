
-- Set-up: what export_leads_setup() decides, does and reports.

-- Stores a configuration, unless it is the one that is stored already.
CREATE FUNCTION @extschema@._export_leads_store(configuration @extschema@.export_leads_configuration)
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
COMMENT ON FUNCTION @extschema@._export_leads_store(@extschema@.export_leads_configuration) IS
    'Internal: stores what export_leads_setup() decided';

-- What was decided for each field and, where set-up has just found it, what else it could have been.
CREATE FUNCTION @extschema@._export_leads_describe(decided jsonb, given jsonb, stored jsonb)
RETURNS TABLE (action text, object text, detail text, sql text)
LANGUAGE sql
STABLE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
    SELECT t.action, t.object, t.detail,
           CASE WHEN t.argument IS NOT NULL
                THEN @extschema@._export_leads_setup_call(given || jsonb_build_object(t.object, t.argument))
                     || t.note END
    FROM (
        SELECT f.place::numeric, CASE WHEN decided ? f.field THEN 'found' ELSE 'missing' END AS action,
               f.field AS object,
               CASE WHEN decided ? f.field THEN decided ->> f.field
                    WHEN f.field = 'status_tenant' THEN 'the statuses are the same for all tenants, as set-up was told'
                    WHEN decided -> 'left_empty' ? f.field THEN 'the field stays empty, as set-up was told'
                    ELSE 'no such column was found: the field stays empty' END AS detail,
               CASE WHEN NOT decided ? f.field AND decided -> 'left_empty' ? f.field THEN NULL
                    WHEN NOT decided ? f.field THEN '...'
                    WHEN NOT given ? f.field AND stored ->> f.field IS NULL THEN other.name END AS argument,
               CASE WHEN decided ? f.field THEN ' -- the runner-up' ELSE '' END AS note
        FROM @extschema@._export_leads_fields()
             WITH ORDINALITY AS f (field, part, required, names, must_be_only, place)
        LEFT JOIN LATERAL (SELECT c.name
                           FROM unnest(@extschema@._export_leads_candidates(f.field, decided)) AS c (name)
                           WHERE c.name <> decided ->> f.field
                           LIMIT 1) AS other ON true
        -- The key of statuses is reported only where leads name their status by it.
        WHERE decided ->> f.part <> '-' AND (f.field <> 'status_key' OR decided ? f.field)
        UNION ALL
        SELECT 3.5, CASE WHEN n.is_nameless THEN 'missing' ELSE 'found' END, 'full_name', decided ->> 'full_name',
               CASE WHEN n.is_nameless THEN '...' END, ''
        FROM (SELECT NOT (decided -> 'full_name_given')::boolean AND decided -> 'name_columns' = '[]')
             AS n (is_nameless)
    ) AS t
    ORDER BY t.place;
END;
COMMENT ON FUNCTION @extschema@._export_leads_describe(jsonb, jsonb, jsonb) IS
    'Internal: the rows of export_leads_setup() that tell what it found';

-- The tables that set-up has to change, the calls first, since applications' foreign keys lead from them.
CREATE FUNCTION @extschema@._export_leads_tables_to_change(
    configuration @extschema@.export_leads_configuration, stored jsonb)
RETURNS regclass[]
LANGUAGE sql
VOLATILE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
    SELECT COALESCE(array_agg(c.relation ORDER BY c.place NULLS FIRST), '{}')
    FROM (SELECT s.relation, NULL::int AS place
          FROM @extschema@._export_leads_stored_tables(stored) AS s
          WHERE s.relation NOT IN ((configuration).leads, (configuration).statuses, (configuration).calls)
          UNION
          SELECT p.object::regclass,
                 array_position(ARRAY[(configuration).calls, (configuration).leads, (configuration).statuses],
                                p.object::regclass)
          FROM @extschema@._export_leads_table_plan(configuration) AS p) AS c;
END;
COMMENT ON FUNCTION @extschema@._export_leads_tables_to_change(@extschema@.export_leads_configuration, jsonb) IS
    'Internal: the tables that export_leads_setup() has to lock, in its order';

CREATE FUNCTION @extschema@._export_leads_setup(
    given jsonb, accepted_policies text[], mutable_policies text[], dry_run boolean)
RETURNS TABLE (action text, object text, detail text, sql text)
LANGUAGE plpgsql
VOLATILE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
SET IntervalStyle = postgres
AS $$
#variable_conflict use_column
DECLARE
    stored jsonb;
    decided jsonb;
    configuration @extschema@.export_leads_configuration;
    former @extschema@.export_leads_configuration;
    changed regclass[];
    statement record;
    is_changed boolean := false;
BEGIN
    IF (SELECT pg_encoding_to_char(d.encoding) <> 'UTF8' FROM pg_database AS d
        WHERE d.datname = current_database()) THEN
        RAISE EXCEPTION USING
            ERRCODE = 'feature_not_supported',
            MESSAGE = 'export_leads needs a database in UTF8',
            HINT = 'Dump the database and restore it into one created with ENCODING ''UTF8''.';
    END IF;
    -- Hints repeat everything that was given.
    given := given || jsonb_strip_nulls(jsonb_build_object('accepted_policies', accepted_policies,
                                                           'mutable_policies', mutable_policies));
    PERFORM @extschema@._export_leads_one_after_the_other();
    IF NOT dry_run THEN
        LOCK TABLE @extschema@.export_leads_configuration IN SHARE ROW EXCLUSIVE MODE;
        PERFORM @extschema@._export_leads_lock_tables();
    END IF;
    SELECT * INTO former FROM @extschema@._export_leads_current_configuration() AS c;
    stored := CASE WHEN FOUND
                   THEN to_jsonb(former)
                        || jsonb_build_object('mapped', (SELECT to_jsonb(c)
                                                         FROM @extschema@.export_leads_configuration AS c)) END;
    BEGIN
        decided := @extschema@._export_leads_find_tables(given, stored);
        PERFORM @extschema@._export_leads_refuse_move(decided, stored);
        decided := @extschema@._export_leads_find_columns(decided, given, stored)
                   || @extschema@._export_leads_decide_rules(given, stored)
                   || @extschema@._export_leads_decide_file(given, stored)
                   || @extschema@._export_leads_decide_history(given, stored);
        configuration := jsonb_populate_record(NULL::@extschema@.export_leads_configuration,
                                               decided || '{"singleton": true, "secured": [], "dormant": [], '
                                                          '"column_numbers": [], "full_name_reads": []}');
        PERFORM @extschema@._export_leads_require_tenants_alike(configuration, given);
        PERFORM @extschema@._export_leads_require_same_tenants(former.lead_tenant, configuration.lead_tenant, given);
        IF given ? 'session_tenant' THEN
            PERFORM @extschema@._export_leads_require_session_tenant(configuration);
        END IF;
        PERFORM @extschema@._export_leads_refuse_unsafe(configuration);
        -- The functions that a given full_name calls stay as they were stored until full_name is given again.
        configuration.full_name_functions := stored ->> 'full_name_functions';
        IF given ? 'full_name' THEN
            PERFORM @extschema@._export_leads_require_one_meaning(configuration, NULL::text);
        END IF;
        IF given ? 'full_name' OR NOT configuration.full_name_given OR configuration.full_name_functions IS NULL THEN
            configuration.full_name_functions := @extschema@._export_leads_functions_of(configuration, NULL::text);
        END IF;
        IF configuration.full_name_given THEN
            configuration.full_name_reads := CASE
                WHEN given ? 'full_name' OR COALESCE(former.full_name_reads, '{}') = '{}'
                THEN @extschema@._export_leads_columns_read(configuration, NULL::text)
                ELSE former.full_name_reads END;
        END IF;
        changed := @extschema@._export_leads_tables_to_change(configuration, stored);
        -- Nothing has been written yet. This releases the locks taken by reading: while set-up waits, anyone who came
        -- to alter a table would wait for them, and everybody else behind that.
        RAISE EXCEPTION SQLSTATE 'EL000';
    EXCEPTION WHEN SQLSTATE 'EL000' THEN
        NULL;
    END;

    RETURN QUERY
    SELECT 'found', p, decided ->> p, NULL
    FROM unnest(ARRAY['leads', 'statuses', 'calls']) AS p;
    RETURN QUERY
    SELECT 'rule', r.key, r.value, NULL
    FROM jsonb_each_text(@extschema@._export_leads_decide_rules(given, stored)) AS r
    WHERE r.value NOT IN ('false', '')
    ORDER BY r.key;
    RETURN QUERY
    SELECT 'file', f.key, f.value, NULL
    FROM jsonb_each_text(@extschema@._export_leads_decide_file(given, stored)) AS f
    WHERE (f.key, f.value) NOT IN (('time_zone', 'UTC'), ('right_to_left', 'true'))
    ORDER BY f.key;
    RETURN QUERY
    SELECT 'history', h.key, h.value, NULL
    FROM jsonb_each_text(@extschema@._export_leads_decide_history(given, stored)) AS h
    WHERE (h.key, h.value) NOT IN (('keep_files', '30 days'), ('keep_rows', '1 year'), ('tenant_quota', '10737418240'),
                                   ('week_begins', '0'))
    ORDER BY h.key;
    RETURN QUERY
    SELECT * FROM @extschema@._export_leads_describe(decided, given, stored);

    configuration.table_names := @extschema@._export_leads_names_of(
        ARRAY[configuration.leads, configuration.statuses, configuration.calls]::regclass[]);
    IF @extschema@._export_leads_any_distributed(configuration) THEN
        RETURN QUERY
        SELECT CASE WHEN dry_run THEN 'would tell' ELSE 'told' END, format('node %s', w.node),
               'what set-up has decided, as the transaction commits', NULL
        FROM @extschema@._export_leads_workers() AS w;
    END IF;

    IF NOT dry_run AND changed <> '{}' THEN
        PERFORM @extschema@._export_leads_lock_for_change(
            changed,
            array_remove(ARRAY[configuration.calls, configuration.leads, configuration.statuses], '-'::regclass));
        -- Checked again, since much may have happened before the tables were locked.
        PERFORM @extschema@._export_leads_refuse_unsafe(configuration);
        PERFORM @extschema@._export_leads_require_same_tenants(former.lead_tenant, configuration.lead_tenant, given);
    END IF;
    SELECT COALESCE(array_agg(p.name ORDER BY p.name), '{}') INTO configuration.dormant
    FROM @extschema@._export_leads_site_policies(configuration) AS p
    WHERE NOT p.is_enforced OR COALESCE(stored -> 'dormant', '[]') ? p.name;
    SELECT COALESCE(array_agg(c.oid::regclass ORDER BY c.oid), '{}') INTO configuration.secured
    FROM pg_class AS c
    WHERE c.oid IN (configuration.leads, configuration.statuses, configuration.calls)
      AND (NOT c.relrowsecurity OR COALESCE(stored -> 'secured', '[]') ? c.oid::regclass::text
           OR @extschema@._export_leads_is_secured(c.oid::regclass));
    RETURN QUERY
    SELECT 'note', n.object, n.detail, NULL
    FROM @extschema@._export_leads_notes(configuration) AS n;
    -- As where a schema was restored without its data. Who may export which tenant is among what was told.
    RETURN QUERY
    SELECT 'note', 'export_leads', 'what an earlier set-up of these tables was told is lost: give it the arguments '
                                   'that it had, and grants, columns, headers and accepted policies again', NULL
    WHERE stored IS NULL
      AND EXISTS (SELECT
                  FROM pg_policy AS p
                  WHERE p.polrelid IN (configuration.leads, configuration.statuses, configuration.calls)
                    AND p.polname IN ('export_leads_only_tenant', 'export_leads_tenant_rows'));
    configuration := @extschema@._export_leads_number_columns(configuration);
    FOR statement IN
        -- Tables that others have replaced.
        SELECT l.*
        FROM @extschema@._export_leads_stored_tables(stored) AS s
        CROSS JOIN LATERAL @extschema@._export_leads_leave_plan(former, s.relation) AS l
        WHERE s.relation NOT IN (configuration.leads, configuration.statuses, configuration.calls)
        UNION ALL
        SELECT * FROM @extschema@._export_leads_reader_plan(configuration)
        UNION ALL
        SELECT * FROM @extschema@._export_leads_tenant_tables_plan()
        UNION ALL
        SELECT * FROM @extschema@._export_leads_forget_all_plan(given)
        UNION ALL
        SELECT * FROM @extschema@._export_leads_table_plan(configuration)
        UNION ALL
        SELECT * FROM @extschema@._export_leads_passing_plan(configuration)
    LOOP
        is_changed := true;
        IF NOT dry_run THEN
            EXECUTE statement.sql;
        END IF;
        RETURN QUERY
        SELECT CASE WHEN dry_run THEN 'would do' ELSE 'done' END, statement.object, statement.detail, statement.sql;
    END LOOP;
    FOR statement IN
        SELECT * FROM @extschema@._export_leads_accept(configuration, accepted_policies, mutable_policies, dry_run)
    LOOP
        is_changed := true;
        RETURN QUERY
        SELECT CASE WHEN dry_run THEN 'would do' ELSE 'done' END, statement.object, statement.detail, NULL;
    END LOOP;
    IF NOT dry_run THEN
        PERFORM @extschema@._export_leads_pass_exports(configuration);
        PERFORM @extschema@._export_leads_store(configuration);
        PERFORM @extschema@._export_leads_tell_setup(configuration);
        RETURN QUERY
        SELECT 'to mend', c.object, c.detail, c.remediation
        FROM @extschema@._export_leads_examine(true) AS c
        WHERE c.level = 'error';
        is_changed := is_changed OR FOUND;
    END IF;
    IF NOT is_changed THEN
        RETURN QUERY
        SELECT 'unchanged', 'export_leads', 'the reader, its grants and the policies are as they must be', NULL;
    END IF;
END;
$$;
COMMENT ON FUNCTION @extschema@._export_leads_setup(jsonb, text[], text[], boolean) IS
    'Internal: what export_leads_setup() does with what it is given';

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
    status_key      text     DEFAULT NULL,
    status_defaults boolean  DEFAULT NULL,
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
    mutable_policies text[]  DEFAULT NULL,
    time_zone       text     DEFAULT NULL,
    right_to_left   boolean  DEFAULT NULL,
    shown_time_zone text     DEFAULT NULL,
    session_tenant  text     DEFAULT NULL,
    keep_files      interval DEFAULT NULL,
    keep_rows       interval DEFAULT NULL,
    tenant_quota    bigint   DEFAULT NULL,
    week_begins     int      DEFAULT NULL,
    keep_history    boolean  DEFAULT NULL,
    dry_run         boolean  DEFAULT false
)
RETURNS TABLE (action text, object text, detail text, sql text)
LANGUAGE sql
VOLATILE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
SET IntervalStyle = postgres
BEGIN ATOMIC
    SELECT @extschema@._export_leads_require_closed_schema();
    SELECT @extschema@._export_leads_require_coordinator();
    SELECT *
    FROM @extschema@._export_leads_setup(jsonb_strip_nulls(jsonb_build_object(
            'leads', leads::text, 'statuses', statuses::text, 'calls', calls::text,
            'lead_id', lead_id, 'lead_tenant', lead_tenant, 'lead_status', lead_status, 'full_name', full_name,
            'phone', phone, 'email', email, 'lead_created_at', lead_created_at, 'source', source, 'notes', notes,
            'status_tenant', status_tenant, 'status_name', status_name, 'status_label', status_label,
            'status_key', status_key, 'status_defaults', status_defaults,
            'call_id', call_id, 'call_tenant', call_tenant, 'call_lead_id', call_lead_id,
            'call_created_at', call_created_at, 'call_status', call_status,
            'session_setting', session_setting, 'session_required', session_required,
            'session_administrators', CASE WHEN session_administrators = 0::oid THEN ''
                                           ELSE (SELECT r.rolname::text FROM pg_roles AS r
                                                 WHERE r.oid = session_administrators) END,
            'grants_required', grants_required, 'superusers_exempt', superusers_exempt, 'time_zone', time_zone,
            'right_to_left', right_to_left, 'shown_time_zone', shown_time_zone, 'session_tenant', session_tenant,
            'keep_files', keep_files, 'keep_rows', keep_rows, 'tenant_quota', tenant_quota,
            'week_begins', week_begins, 'keep_history', keep_history)),
        accepted_policies, mutable_policies, dry_run);
END;
COMMENT ON FUNCTION @extschema@.export_leads_setup IS
    'Finds the leads, their statuses and calls, and makes exports safe: reader role, grants, policies, row security';
