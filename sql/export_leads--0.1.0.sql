\echo Use "CREATE EXTENSION export_leads" to load this file. \quit

-- CREATE EXTENSION puts the target schema into the search path, and others may own operators there: an operator that
-- fits better than pg_catalog's own would run as the superuser, now or, in a function parsed here, for ever.
SELECT pg_catalog.set_config('search_path', 'pg_catalog, pg_temp', true);

-- What export_leads_setup() found and decided: one row, written by the extension's owner alone.
-- A table is kept by identity, so that renaming it changes nothing; a column by name.
-- src/pg/configuration.cpp reads the columns in this order.
CREATE TABLE @extschema@.export_leads_configuration (
    leads             regclass NOT NULL,
    statuses          regclass NOT NULL,
    calls             regclass NOT NULL,
    lead_id           text     NOT NULL,
    lead_tenant       text     NOT NULL,
    lead_status       text     NOT NULL,
    full_name         text     NOT NULL,
    phone             text,
    email             text,
    lead_created_at   text     NOT NULL,
    source            text,
    notes             text,
    status_tenant     text     NOT NULL,
    status_name       text     NOT NULL,
    status_label      text,
    call_id           text     NOT NULL,
    call_tenant       text     NOT NULL,
    call_lead_id      text     NOT NULL,
    call_created_at   text     NOT NULL,
    call_status       text,
    full_name_given   boolean  NOT NULL DEFAULT false,
    session_setting   text,
    session_required  boolean  NOT NULL DEFAULT false,
    session_administrators text,
    grants_required   boolean  NOT NULL DEFAULT false,
    superusers_exempt boolean  NOT NULL DEFAULT false,
    secured           regclass[] NOT NULL DEFAULT '{}',
    dormant           text[]   NOT NULL DEFAULT '{}',
    singleton         boolean  NOT NULL DEFAULT true PRIMARY KEY CHECK (singleton)
);
COMMENT ON TABLE @extschema@.export_leads_configuration IS
    'What export_leads_setup() found and was told; the tables on which it enabled row security, and their policies then';

SELECT pg_catalog.pg_extension_config_dump('@extschema@.export_leads_configuration', '');

-- Which role may export which tenant, where the configuration requires grants. The tenant is as its type prints it, the
-- role is its name: a dump would carry the number of a role that is gone into a cluster where it is another's.
CREATE TABLE @extschema@.export_leads_grants (
    tenant  text COLLATE "C" NOT NULL,
    grantee text COLLATE "C" NOT NULL,
    PRIMARY KEY (tenant, grantee)
);
COMMENT ON TABLE @extschema@.export_leads_grants IS
    'Which role may export which tenant: export_leads_grant(), export_leads_revoke()';

-- The site's own restrictive policies that set-up was told to accept, as they were then.
CREATE TABLE @extschema@.export_leads_accepted_policies (
    relation   regclass NOT NULL,
    policy     text COLLATE "C" NOT NULL,
    definition text     NOT NULL,
    PRIMARY KEY (relation, policy)
);
COMMENT ON TABLE @extschema@.export_leads_accepted_policies IS
    'Restrictive policies of the site''s own that exports obey: export_leads_setup(accepted_policies => ...)';

SELECT pg_catalog.pg_extension_config_dump('@extschema@.export_leads_grants', '');
SELECT pg_catalog.pg_extension_config_dump('@extschema@.export_leads_accepted_policies', '');

-- The tenant of the export that is running in this session; NULL outside of one.
CREATE FUNCTION @extschema@.export_leads_tenant()
RETURNS text
LANGUAGE C
STABLE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL RESTRICTED
AS 'MODULE_PATHNAME', 'export_leads_tenant';
COMMENT ON FUNCTION @extschema@.export_leads_tenant() IS
    'The tenant of the running export, which the policies compare with; NULL outside of an export';

-- The export itself, for each type a tenant may come in.
CREATE FUNCTION @extschema@.export_leads_csv(tenant bigint, status text)
RETURNS text
LANGUAGE C
VOLATILE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'export_leads_csv';
COMMENT ON FUNCTION @extschema@.export_leads_csv(bigint, text) IS
    'The leads of one tenant and status as CSV, each with its latest call';

CREATE FUNCTION @extschema@.export_leads_csv(tenant uuid, status text)
RETURNS text
LANGUAGE C
VOLATILE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'export_leads_csv';
COMMENT ON FUNCTION @extschema@.export_leads_csv(uuid, text) IS
    'The leads of one tenant and status as CSV, each with its latest call';

CREATE FUNCTION @extschema@.export_leads_csv(tenant text, status text)
RETURNS text
LANGUAGE C
VOLATILE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'export_leads_csv';
COMMENT ON FUNCTION @extschema@.export_leads_csv(text, text) IS
    'The leads of one tenant and status as CSV, each with its latest call';

CREATE FUNCTION @extschema@.export_leads_filename(status text, format text DEFAULT 'csv', on_date date DEFAULT current_date)
RETURNS text
LANGUAGE C
IMMUTABLE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL SAFE
AS 'MODULE_PATHNAME', 'export_leads_filename';
COMMENT ON FUNCTION @extschema@.export_leads_filename(text, text, date) IS
    'The name of an export''s file: outbound_leads_status_<status>_<YYYY-MM-DD>.<format>';

-- How set-up finds the application's tables and columns.

-- A field is a column of the configuration and an argument of set-up; the names are what applications call it,
-- the likeliest first. Of a field that tells tenants apart only one may be there: nobody should guess that.
CREATE FUNCTION @extschema@.export_leads_fields()
RETURNS TABLE (field text, part text, required boolean, names text[], must_be_only boolean)
LANGUAGE sql
IMMUTABLE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
    SELECT *
    FROM (VALUES
        ('lead_id',         'leads',    true,  ARRAY['id', 'lead_id'], false),
        ('lead_tenant',     'leads',    true,  ARRAY['tenant_id', 'business_id'], true),
        ('lead_status',     'leads',    true,  ARRAY['status'], false),
        ('phone',           'leads',    false, ARRAY['phone_e164', 'phone', 'phone_number'], false),
        ('email',           'leads',    false, ARRAY['email'], false),
        ('lead_created_at', 'leads',    true,  ARRAY['created_at'], false),
        ('source',          'leads',    false, ARRAY['source'], false),
        ('notes',           'leads',    false, ARRAY['notes'], false),
        ('status_tenant',   'statuses', true,  ARRAY['tenant_id', 'business_id'], true),
        ('status_name',     'statuses', true,  ARRAY['name'], false),
        ('status_label',    'statuses', false, ARRAY['label'], false),
        ('call_id',         'calls',    true,  ARRAY['id', 'call_id'], false),
        ('call_tenant',     'calls',    true,  ARRAY['tenant_id', 'business_id'], true),
        ('call_lead_id',    'calls',    true,  ARRAY['lead_id'], false),
        ('call_created_at', 'calls',    true,  ARRAY['created_at'], false),
        ('call_status',     'calls',    false, ARRAY['call_status', 'status'], false)
    ) AS fields;
END;
COMMENT ON FUNCTION @extschema@.export_leads_fields() IS
    'Internal: the fields of a configuration and the column names they are looked for under';

-- The tables that carry one of the names, qualified; those beside `near` alone where there are any.
CREATE FUNCTION @extschema@.export_leads_tables_named(names text[], near regclass)
RETURNS text[]
LANGUAGE sql
STABLE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
    WITH named AS (
        SELECT c.oid::regclass::text AS name,
               c.relnamespace = (SELECT n.relnamespace FROM pg_class AS n WHERE n.oid = near) AS is_near
        FROM pg_class AS c
        WHERE c.relname = ANY (names)
          AND c.relkind IN ('r', 'p')
          AND c.relpersistence <> 't'
          AND NOT c.relispartition
    )
    SELECT array_agg(name ORDER BY name)
    FROM named
    WHERE is_near OR NOT EXISTS (SELECT FROM named WHERE is_near);
END;
COMMENT ON FUNCTION @extschema@.export_leads_tables_named(text[], regclass) IS
    'Internal: candidates for a table, for export_leads_setup()';

-- Raises what could not be decided, with the call that decides it: choices maps arguments to their candidates.
CREATE FUNCTION @extschema@.export_leads_undecided(choices jsonb)
RETURNS void
LANGUAGE plpgsql
STABLE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    details text;
    arguments text;
BEGIN
    SELECT string_agg(
               CASE WHEN jsonb_array_length(c.value) = 0 THEN format('For %s nothing was found.', c.key)
                    ELSE format('For %s there is: %s.', c.key,
                                (SELECT string_agg(e, ', ') FROM jsonb_array_elements_text(c.value) AS e)) END,
               ' ' ORDER BY c.key),
           string_agg(format('%s => %L', c.key, COALESCE(c.value ->> 0, '...')), ', ' ORDER BY c.key)
    INTO details, arguments
    FROM jsonb_each(choices) AS c;
    IF arguments IS NOT NULL THEN
        RAISE EXCEPTION USING
            ERRCODE = 'object_not_in_prerequisite_state',
            MESSAGE = 'export_leads_setup() cannot decide where the leads are',
            DETAIL = details,
            HINT = format('Decide it: SELECT * FROM export_leads_setup(%s);', arguments);
    END IF;
END;
$$;
COMMENT ON FUNCTION @extschema@.export_leads_undecided(jsonb) IS
    'Internal: raises what export_leads_setup() could not decide';

-- Decides the three tables: as given, else as stored, else by name.
CREATE FUNCTION @extschema@.export_leads_find_tables(given jsonb, stored jsonb)
RETURNS jsonb
LANGUAGE plpgsql
STABLE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    part text;
    names text[];
    candidates text[];
    decided jsonb := '{}';
    choices jsonb := '{}';
    kind "char";
    is_temporary boolean;
BEGIN
    FOR part, names IN
        VALUES ('leads', ARRAY['leads']), ('statuses', ARRAY['lead_statuses']), ('calls', ARRAY['call_logs', 'call_log'])
    LOOP
        candidates := CASE
            WHEN given ? part THEN ARRAY[given ->> part]
            WHEN to_regclass(stored ->> part) IS NOT NULL THEN ARRAY[stored ->> part]
            ELSE @extschema@.export_leads_tables_named(names, to_regclass(decided ->> 'leads'))
        END;
        IF cardinality(candidates) = 1 THEN
            decided := decided || jsonb_build_object(part, candidates[1]);
        ELSE
            choices := choices || jsonb_build_object(part, COALESCE(candidates, '{}'));
        END IF;
    END LOOP;
    PERFORM @extschema@.export_leads_undecided(choices);

    FOR part IN SELECT jsonb_object_keys(decided) LOOP
        SELECT c.relkind, c.relpersistence = 't' INTO kind, is_temporary
        FROM pg_class AS c WHERE c.oid = (decided ->> part)::regclass;
        IF kind NOT IN ('r', 'p') OR is_temporary THEN
            RAISE EXCEPTION USING
                ERRCODE = 'wrong_object_type',
                MESSAGE = format('"%s" cannot hold the %s', decided ->> part, part),
                DETAIL = 'Row-level security binds ordinary and partitioned tables only, not views, materialized '
                         'views, foreign tables or temporary tables.',
                HINT = format('Name the table behind it: SELECT * FROM export_leads_setup(%s => ''...'');', part);
        END IF;
    END LOOP;
    RETURN decided;
END;
$$;
COMMENT ON FUNCTION @extschema@.export_leads_find_tables(jsonb, jsonb) IS
    'Internal: decides the tables, for export_leads_setup()';

-- The columns of a table that carry one of the names, in the order of the names.
CREATE FUNCTION @extschema@.export_leads_columns_named(names text[], relation regclass)
RETURNS text[]
LANGUAGE sql
STABLE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
    SELECT COALESCE(array_agg(a.attname::text ORDER BY array_position(names, a.attname::text)), '{}')
    FROM pg_attribute AS a
    WHERE a.attrelid = relation AND a.attnum > 0 AND NOT a.attisdropped AND a.attname::text = ANY (names);
END;
COMMENT ON FUNCTION @extschema@.export_leads_columns_named(text[], regclass) IS
    'Internal: candidates for a column, for export_leads_setup()';

-- The expression of a lead's full name: its name, else its first and last name, else what there is of them.
CREATE FUNCTION @extschema@.export_leads_full_name_of(leads regclass)
RETURNS text
LANGUAGE sql
STABLE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
    SELECT format('COALESCE(%s''ללא שם'')', string_agg(part || ', ', '' ORDER BY place))
    FROM (
        SELECT ordinality AS place, format('NULLIF(lead.%I, '''')', name) AS part
        FROM unnest(@extschema@.export_leads_columns_named(ARRAY['full_name', 'name'], leads)) WITH ORDINALITY AS n (name, ordinality)
        UNION ALL
        SELECT 9, format('NULLIF(concat_ws('' '', %s), '''')', string_agg(format('NULLIF(lead.%I, '''')', name), ', ' ORDER BY ordinality))
        FROM unnest(@extschema@.export_leads_columns_named(ARRAY['first_name', 'last_name'], leads)) WITH ORDINALITY AS n (name, ordinality)
        HAVING count(*) > 0
    ) AS parts;
END;
COMMENT ON FUNCTION @extschema@.export_leads_full_name_of(regclass) IS
    'Internal: the expression of a lead''s full name, for export_leads_setup()';

-- Whether a column's type, through any domains, is timestamp or timestamptz.
CREATE FUNCTION @extschema@.export_leads_is_timestamp(relation regclass, column_name text)
RETURNS boolean
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
        WHERE a.attrelid = relation AND a.attname = column_name
        UNION ALL
        SELECT t.oid, t.typbasetype
        FROM type JOIN pg_type AS t ON t.oid = type.typbasetype
    )
    SELECT COALESCE(bool_or(oid IN ('timestamp'::regtype, 'timestamptz'::regtype)), false) FROM type;
END;
COMMENT ON FUNCTION @extschema@.export_leads_is_timestamp(regclass, text) IS
    'Internal: a check of export_leads_setup()';

-- Decides the columns of the decided tables: as given, else as stored, else by name. The result is a row of the
-- configuration table.
CREATE FUNCTION @extschema@.export_leads_find_columns(tables jsonb, given jsonb, stored jsonb)
RETURNS jsonb
LANGUAGE plpgsql
STABLE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    rule record;
    relation regclass;
    candidates text[];
    decided jsonb := tables;
    choices jsonb := '{}';
BEGIN
    FOR rule IN SELECT * FROM @extschema@.export_leads_fields() LOOP
        relation := (tables ->> rule.part)::regclass;
        candidates := @extschema@.export_leads_columns_named(rule.names, relation);
        IF given ? rule.field THEN
            candidates := @extschema@.export_leads_columns_named(ARRAY[given ->> rule.field], relation);
            IF candidates = '{}' THEN
                RAISE EXCEPTION USING
                    ERRCODE = 'undefined_column',
                    MESSAGE = format('column "%s" of table "%s" does not exist', given ->> rule.field, relation);
            END IF;
        ELSIF @extschema@.export_leads_columns_named(ARRAY[stored ->> rule.field], relation) <> '{}' THEN
            candidates := ARRAY[stored ->> rule.field];
        ELSIF NOT rule.must_be_only THEN
            candidates := candidates[1:1];
        END IF;
        IF cardinality(candidates) = 1 THEN
            decided := decided || jsonb_build_object(rule.field, candidates[1]);
        ELSIF rule.required THEN
            choices := choices || jsonb_build_object(rule.field, candidates);
        END IF;
    END LOOP;
    PERFORM @extschema@.export_leads_undecided(choices);

    FOR rule IN SELECT * FROM @extschema@.export_leads_fields() AS f WHERE f.field LIKE '%\_tenant' OR f.field LIKE '%\_created_at' LOOP
        relation := (tables ->> rule.part)::regclass;
        IF rule.must_be_only AND (SELECT count(condition) FROM @extschema@.export_leads_policies(relation, decided ->> rule.field)) = 0 THEN
            RAISE EXCEPTION USING
                ERRCODE = 'datatype_mismatch',
                MESSAGE = format('the type of column "%s" of table "%s" cannot tell tenants apart', decided ->> rule.field, relation),
                DETAIL = 'A tenant is a smallint, integer, bigint, uuid, text or varchar, or a domain over one of them, '
                         'and no collation may make different tenants equal.',
                HINT = format('Name another column: SELECT * FROM export_leads_setup(%s => ''...'');', rule.field);
        ELSIF NOT rule.must_be_only AND NOT @extschema@.export_leads_is_timestamp(relation, decided ->> rule.field) THEN
            RAISE EXCEPTION USING
                ERRCODE = 'datatype_mismatch',
                MESSAGE = format('column "%s" of table "%s" is not a timestamp', decided ->> rule.field, relation),
                HINT = format('Name another column: SELECT * FROM export_leads_setup(%s => ''...'');', rule.field);
        END IF;
    END LOOP;
    -- An expression that was given stays; one that was found is found again, in the columns that are there now.
    IF given ? 'full_name' OR (stored -> 'full_name_given')::boolean THEN
        RETURN decided || jsonb_build_object('full_name', COALESCE(given ->> 'full_name', stored ->> 'full_name'),
                                             'full_name_given', true);
    END IF;
    RETURN decided || jsonb_build_object(
        'full_name', @extschema@.export_leads_full_name_of((tables ->> 'leads')::regclass), 'full_name_given', false);
END;
$$;
COMMENT ON FUNCTION @extschema@.export_leads_find_columns(jsonb, jsonb, jsonb) IS
    'Internal: decides the columns, for export_leads_setup()';

-- Who may ask for which tenant, and which of the site's own policies an export obeys.

-- Decides the rules: as given, else as stored, else none. An empty session_setting takes the setting out.
CREATE FUNCTION @extschema@.export_leads_decide_rules(given jsonb, stored jsonb)
RETURNS jsonb
LANGUAGE plpgsql
STABLE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    rules jsonb;
BEGIN
    SELECT jsonb_strip_nulls(jsonb_object_agg(r.name, COALESCE(given -> r.name, stored -> r.name, r.otherwise)))
    INTO rules
    FROM (VALUES ('session_setting', 'null'::jsonb), ('session_required', 'false'), ('session_administrators', 'null'),
                 ('grants_required', 'false'), ('superusers_exempt', 'false')) AS r (name, otherwise);
    IF rules ->> 'session_setting' = '' THEN
        rules := rules - 'session_setting';
    ELSIF rules ->> 'session_setting' !~ '^[A-Za-z_][A-Za-z0-9_$]*([.][A-Za-z_][A-Za-z0-9_$]*)+$' THEN
        RAISE EXCEPTION USING
            ERRCODE = 'invalid_parameter_value',
            MESSAGE = format('"%s" is not the name of a setting of an application''s own', rules ->> 'session_setting'),
            HINT = 'Name it as the application sets it, such as app.tenant_id.';
    END IF;
    IF (rules -> 'session_required')::boolean AND NOT rules ? 'session_setting' THEN
        RAISE EXCEPTION USING
            ERRCODE = 'invalid_parameter_value',
            MESSAGE = 'a session''s tenant cannot be required without the setting that holds it',
            HINT = 'Name it too: SELECT * FROM export_leads_setup(session_setting => ''app.tenant_id'', session_required => true);';
    END IF;
    RETURN rules;
END;
$$;
COMMENT ON FUNCTION @extschema@.export_leads_decide_rules(jsonb, jsonb) IS
    'Internal: decides who may ask for which tenant, for export_leads_setup()';

-- A tenant as the leads' type prints it.
CREATE FUNCTION @extschema@.export_leads_canonical_tenant(tenant text)
RETURNS text
LANGUAGE C
VOLATILE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'export_leads_canonical_tenant';
COMMENT ON FUNCTION @extschema@.export_leads_canonical_tenant(text) IS
    'Internal: a tenant as the tenant column''s type prints it';

CREATE FUNCTION @extschema@.export_leads_grant(role regrole, tenant text)
RETURNS void
LANGUAGE sql
VOLATILE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
    INSERT INTO @extschema@.export_leads_grants (grantee, tenant)
    SELECT r.rolname, @extschema@.export_leads_canonical_tenant(tenant)
    FROM pg_roles AS r
    WHERE r.oid = role
    ON CONFLICT DO NOTHING;
END;
COMMENT ON FUNCTION @extschema@.export_leads_grant(regrole, text) IS
    'Lets a role, and whoever has its privileges, export a tenant, where grants are required';

CREATE FUNCTION @extschema@.export_leads_revoke(role regrole, tenant text)
RETURNS void
LANGUAGE sql
VOLATILE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
    DELETE FROM @extschema@.export_leads_grants AS g
    WHERE g.grantee = (SELECT r.rolname FROM pg_roles AS r WHERE r.oid = role) AND g.tenant = @extschema@.export_leads_canonical_tenant(export_leads_revoke.tenant) COLLATE "C";
END;
COMMENT ON FUNCTION @extschema@.export_leads_revoke(regrole, text) IS
    'Takes back what export_leads_grant() gave';

CREATE FUNCTION @extschema@.export_leads_grant(role regrole, tenant bigint)
RETURNS void
LANGUAGE sql
VOLATILE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
    SELECT @extschema@.export_leads_grant(role, tenant::text);
END;
COMMENT ON FUNCTION @extschema@.export_leads_grant(regrole, bigint) IS
    'Lets a role, and whoever has its privileges, export a tenant, where grants are required';

CREATE FUNCTION @extschema@.export_leads_revoke(role regrole, tenant bigint)
RETURNS void
LANGUAGE sql
VOLATILE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
    SELECT @extschema@.export_leads_revoke(role, tenant::text);
END;
COMMENT ON FUNCTION @extschema@.export_leads_revoke(regrole, bigint) IS
    'Takes back what export_leads_grant() gave';

CREATE FUNCTION @extschema@.export_leads_grant(role regrole, tenant uuid)
RETURNS void
LANGUAGE sql
VOLATILE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
    SELECT @extschema@.export_leads_grant(role, tenant::text);
END;
COMMENT ON FUNCTION @extschema@.export_leads_grant(regrole, uuid) IS
    'Lets a role, and whoever has its privileges, export a tenant, where grants are required';

CREATE FUNCTION @extschema@.export_leads_revoke(role regrole, tenant uuid)
RETURNS void
LANGUAGE sql
VOLATILE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
    SELECT @extschema@.export_leads_revoke(role, tenant::text);
END;
COMMENT ON FUNCTION @extschema@.export_leads_revoke(regrole, uuid) IS
    'Takes back what export_leads_grant() gave';

-- What a policy does, as text that a dump and restore keep: its command and its condition.
CREATE FUNCTION @extschema@.export_leads_policy_definition(relation regclass, policy text)
RETURNS text
LANGUAGE C
VOLATILE
STRICT
NOT LEAKPROOF
PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
SET quote_all_identifiers = off
AS 'MODULE_PATHNAME', 'export_leads_policy_definition';
COMMENT ON FUNCTION @extschema@.export_leads_policy_definition(regclass, text) IS
    'Internal: what an accepted policy must still be';

-- Accepts the named restrictive policies of the three tables as they are now, and forgets the others; NULL leaves them
-- as they are. Returns what changed.
CREATE FUNCTION @extschema@.export_leads_accept(
    configuration @extschema@.export_leads_configuration, policies text[], dry_run boolean)
RETURNS TABLE (object text, detail text)
LANGUAGE plpgsql
VOLATILE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    tables CONSTANT oid[] := ARRAY[configuration.leads::oid, configuration.statuses, configuration.calls];
    unknown text;
    policy record;
BEGIN
    IF policies IS NULL THEN
        RETURN;
    END IF;
    SELECT string_agg(quote_ident(n), ', ') INTO unknown
    FROM unnest(policies) AS n
    WHERE NOT EXISTS (SELECT FROM pg_policy AS p WHERE p.polrelid = ANY (tables) AND p.polname = n AND NOT p.polpermissive
                      AND p.polname <> 'export_leads_only_tenant');
    IF unknown IS NOT NULL THEN
        RAISE EXCEPTION USING
            ERRCODE = 'undefined_object',
            MESSAGE = format('no such restrictive policy: %s', unknown),
            HINT = 'SELECT * FROM pg_policies shows the policies of the tables.';
    END IF;
    FOR policy IN
        SELECT COALESCE(a.relation, w.relation) AS relation, COALESCE(a.policy, w.policy) AS name, w.definition,
               CASE WHEN w.policy IS NULL THEN 'a policy that is no longer accepted'
                    ELSE 'a policy that exports obey from now on' END AS detail
        FROM @extschema@.export_leads_accepted_policies AS a
        FULL JOIN (SELECT p.polrelid::regclass AS relation, p.polname::text AS policy,
                          @extschema@.export_leads_policy_definition(p.polrelid, p.polname::text) AS definition
                   FROM pg_policy AS p
                   WHERE p.polrelid = ANY (tables) AND p.polname = ANY (policies) AND NOT p.polpermissive) AS w
            ON a.relation = w.relation AND a.policy = w.policy
        WHERE a.definition IS DISTINCT FROM w.definition
        ORDER BY 1, 2
    LOOP
        IF NOT dry_run THEN
            DELETE FROM @extschema@.export_leads_accepted_policies AS a WHERE a.relation = policy.relation AND a.policy = policy.name;
            IF policy.definition IS NOT NULL THEN
                INSERT INTO @extschema@.export_leads_accepted_policies VALUES (policy.relation, policy.name, policy.definition);
            END IF;
        END IF;
        RETURN QUERY SELECT format('%s.%I', policy.relation, policy.name), policy.detail;
    END LOOP;
END;
$$;
COMMENT ON FUNCTION @extschema@.export_leads_accept(@extschema@.export_leads_configuration, text[], boolean) IS
    'Internal: accepts a site''s own restrictive policies, for export_leads_setup()';

-- What it would take to make exports safe: the statements of set-up.

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

-- Set-up: deciding, doing, telling.

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

-- Teardown.

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

-- The doctor.

CREATE FUNCTION @extschema@.export_leads_findings()
RETURNS TABLE (name text, object text, detail text, remediation text, policy text)
LANGUAGE C
VOLATILE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'export_leads_findings';
COMMENT ON FUNCTION @extschema@.export_leads_findings() IS
    'Internal: what would make an export raise 55000, by the inspections that an export runs';

-- What mends a site's own policy that stops exports, and changes nothing for anybody else. A restrictive one gets an
-- exemption for the reader, which exports know again. One that reads another table is taken from the reader: a policy
-- for PUBLIC becomes one for the owner and whoever has a privilege on the table; where that is PUBLIC again, or the
-- policy is the reader's alone, only dropping it is left.
CREATE FUNCTION @extschema@.export_leads_policy_remediation(finding text, relation regclass, policy text)
RETURNS text
LANGUAGE sql
STABLE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
    WITH audience AS (
        SELECT CASE WHEN p.polroles = ARRAY[0::oid] THEN
                   ARRAY(SELECT c.relowner
                         UNION SELECT acl.grantee FROM aclexplode(c.relacl) AS acl
                         UNION SELECT acl.grantee
                         FROM pg_attribute AS a, aclexplode(a.attacl) AS acl
                         WHERE a.attrelid = c.oid AND NOT a.attisdropped)
               ELSE p.polroles END AS roles,
               pg_get_expr(p.polqual, p.polrelid) AS condition
        FROM pg_policy AS p JOIN pg_class AS c ON c.oid = p.polrelid
        WHERE p.polrelid = relation AND p.polname = policy
    ), others AS (
        SELECT roles, condition, (SELECT string_agg(r::regrole::text, ', ' ORDER BY r::regrole::text)
                       FROM unnest(roles) AS r
                       WHERE r <> to_regrole('export_leads_reader')) AS names
        FROM audience
    )
    SELECT CASE
        WHEN finding = 'restrictive_policy' THEN
            format('ALTER POLICY %I ON %s USING (CURRENT_USER OPERATOR(pg_catalog.=) ''export_leads_reader''::pg_catalog.name OR (%s)); '
                   '-- or obey it: SELECT * FROM export_leads_setup(accepted_policies => ...);', policy, relation, condition)
        WHEN names IS NULL OR 0::oid = ANY (roles) THEN format('DROP POLICY %I ON %s;', policy, relation)
        ELSE format('ALTER POLICY %I ON %s TO %s;', policy, relation, names) END
    FROM others;
END;
COMMENT ON FUNCTION @extschema@.export_leads_policy_remediation(text, regclass, text) IS
    'Internal: what mends a site''s own policy that stops exports, for export_leads_check()';

CREATE FUNCTION @extschema@.export_leads_check()
RETURNS TABLE (name text, level text, object text, detail text, remediation text)
LANGUAGE plpgsql
VOLATILE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF pg_encoding_to_char((SELECT d.encoding FROM pg_database AS d WHERE d.datname = current_database())) <> 'UTF8' THEN
        RETURN QUERY SELECT 'not_utf8', 'error', format('database %I', current_database()),
                            'the database is not in UTF8, so no export can be made',
                            '-- dump the database and restore it into one created with ENCODING ''UTF8''';
    END IF;
    BEGIN
        RETURN QUERY
        SELECT f.name, 'error', f.object, f.detail,
               COALESCE(f.remediation, @extschema@.export_leads_policy_remediation(f.name, f.object::regclass, f.policy))
        FROM @extschema@.export_leads_findings() WITH ORDINALITY AS f (name, object, detail, remediation, policy, place)
        GROUP BY f.name, f.object, f.detail, f.remediation, f.policy
        ORDER BY min(f.place);
    EXCEPTION WHEN OTHERS THEN
        RETURN QUERY SELECT 'export_fails', 'error', 'export_leads', format('an export fails: %s', SQLERRM),
                            'SELECT * FROM export_leads_setup();';
    END;
END;
$$;
COMMENT ON FUNCTION @extschema@.export_leads_check() IS
    'What keeps exports from working, each with the SQL that mends it; no rows where all is well';

-- Nobody but the owner may do anything until it is granted, whatever the default privileges of this database are.
DO $$
DECLARE
    member record;
BEGIN
    FOR member IN
        SELECT CASE d.classid WHEN 'pg_proc'::regclass THEN 'FUNCTION ' || d.objid::regprocedure
                              ELSE 'TABLE ' || d.objid::regclass END AS object,
               CASE acl.grantee WHEN 0 THEN 'PUBLIC' ELSE acl.grantee::regrole::text END AS grantee
        FROM pg_depend AS d
        LEFT JOIN pg_proc AS p ON d.classid = 'pg_proc'::regclass AND p.oid = d.objid
        LEFT JOIN pg_class AS c ON d.classid = 'pg_class'::regclass AND c.oid = d.objid
        CROSS JOIN LATERAL aclexplode(CASE WHEN p.oid IS NOT NULL THEN COALESCE(p.proacl, acldefault('f', p.proowner))
                                           ELSE COALESCE(c.relacl, acldefault('r', c.relowner)) END) AS acl
        WHERE d.refclassid = 'pg_extension'::regclass
          AND d.refobjid = (SELECT e.oid FROM pg_extension AS e WHERE e.extname = 'export_leads')
          AND d.deptype = 'e'
          AND (p.oid IS NOT NULL OR c.relkind = 'r')
          AND acl.grantee <> COALESCE(p.proowner, c.relowner)
        GROUP BY 1, 2
    LOOP
        EXECUTE pg_catalog.format('REVOKE ALL ON %s FROM %s', member.object, member.grantee);
    END LOOP;
END;
$$;
