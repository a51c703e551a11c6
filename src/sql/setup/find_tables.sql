
-- How set-up finds the application's tables, and what it looks for.

-- A field is a column of the configuration and an argument of set-up; the names are what applications call it, the
-- likeliest first. A field that must be the only one tells tenants apart: of several candidates none is guessed.
CREATE FUNCTION @extschema@._export_leads_fields()
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
        ('status_key',      'statuses', false, ARRAY[]::text[], false),
        ('call_id',         'calls',    true,  ARRAY['id', 'call_id'], false),
        ('call_tenant',     'calls',    true,  ARRAY['tenant_id', 'business_id'], true),
        ('call_lead_id',    'calls',    true,  ARRAY['lead_id'], false),
        ('call_created_at', 'calls',    true,  ARRAY['created_at'], false),
        ('call_status',     'calls',    false, ARRAY['call_status', 'status'], false)
    ) AS fields;
END;
COMMENT ON FUNCTION @extschema@._export_leads_fields() IS
    'Internal: the fields of a configuration and the column names they are looked for under';

-- The tables that have one of the names, qualified; only those in the schema of `near` where there are any.
CREATE FUNCTION @extschema@._export_leads_tables_named(names text[], near regclass)
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
COMMENT ON FUNCTION @extschema@._export_leads_tables_named(text[], regclass) IS
    'Internal: candidates for a table, for export_leads_setup()';

-- A call of set-up, as hints print it: with the arguments that were given and those that the hint is about, so that
-- following one hint after another loses nothing that was decided before.
CREATE FUNCTION @extschema@._export_leads_setup_call(given jsonb)
RETURNS text
LANGUAGE sql
STABLE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
    SELECT format('SELECT * FROM %s.export_leads_setup(%s);', '@extschema@',
                  string_agg(format('%s => %s', g.key,
                                    CASE jsonb_typeof(g.value)
                                    WHEN 'boolean' THEN g.value::text
                                    WHEN 'array'
                                    THEN quote_literal(ARRAY(SELECT jsonb_array_elements_text(g.value))::text)
                                    ELSE quote_literal(g.value #>> '{}') END),
                             ', ' ORDER BY g.key))
    FROM jsonb_each(given) AS g;
END;
COMMENT ON FUNCTION @extschema@._export_leads_setup_call(jsonb) IS
    'Internal: a call of export_leads_setup(), for hints';

-- Raises 55000 where `choices`, which maps arguments to their candidates, is not empty, with the call that decides
-- them: which of several candidates is meant is not guessed.
CREATE FUNCTION @extschema@._export_leads_undecided(problem text, choices jsonb, given jsonb)
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
    arguments jsonb;
BEGIN
    SELECT string_agg(
               CASE WHEN jsonb_array_length(c.value) = 0 THEN format('For %s nothing was found.', c.key)
                    ELSE format('For %s there is: %s.', c.key,
                                (SELECT string_agg(e, ', ') FROM jsonb_array_elements_text(c.value) AS e)) END,
               ' ' ORDER BY c.key),
           jsonb_object_agg(c.key, CASE jsonb_array_length(c.value) WHEN 1 THEN c.value ->> 0 ELSE '...' END)
    INTO details, arguments
    FROM jsonb_each(choices) AS c;
    IF arguments IS NOT NULL THEN
        RAISE EXCEPTION USING
            ERRCODE = 'object_not_in_prerequisite_state',
            MESSAGE = problem,
            DETAIL = details || CASE
                WHEN choices ? 'statuses' THEN ' A site without a table of statuses says so: statuses => ''-''.'
                WHEN choices ? 'status_tenant'
                    THEN ' Where all tenants have the same statuses, say so: status_tenant => ''''.'
                WHEN EXISTS (SELECT
                             FROM @extschema@._export_leads_fields() AS f
                             WHERE choices ? f.field AND NOT f.required)
                    THEN ' What is to be left empty is given as ''''.'
                ELSE '' END,
            HINT = 'Decide it: ' || @extschema@._export_leads_setup_call(given || arguments);
    END IF;
END;
$$;
COMMENT ON FUNCTION @extschema@._export_leads_undecided(text, jsonb, jsonb) IS
    'Internal: raises what export_leads_setup() could not decide';

CREATE FUNCTION @extschema@._export_leads_successor_of(relation regclass, schema_name text, table_name text)
RETURNS regclass
LANGUAGE C
STABLE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL SAFE
AS 'MODULE_PATHNAME', 'export_leads_successor_of';
COMMENT ON FUNCTION @extschema@._export_leads_successor_of(regclass, text, text) IS
    'Internal: the table that a name says now, or of which a table is a part';

-- The schema and the name of each table in turn; NULLs for a table that is gone.
CREATE FUNCTION @extschema@._export_leads_names_of(relations regclass[])
RETURNS text[]
LANGUAGE sql
STABLE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
    SELECT array_agg(name.name ORDER BY r.place, name.part)
    FROM unnest(relations) WITH ORDINALITY AS r (relation, place)
    LEFT JOIN pg_class AS c ON c.oid = r.relation
    LEFT JOIN pg_namespace AS n ON n.oid = c.relnamespace
    CROSS JOIN LATERAL (VALUES (1, n.nspname::text), (2, c.relname::text)) AS name (part, name);
END;
COMMENT ON FUNCTION @extschema@._export_leads_names_of(regclass[]) IS
    'Internal: the names under which tables are found';

-- The tables that set-up decided on before, NULL where one is gone, their names then, and the tables that are in their
-- places now, NULL where none is.
CREATE FUNCTION @extschema@._export_leads_stored_tables(stored jsonb)
RETURNS TABLE (part text, relation regclass, name text, successor regclass)
LANGUAGE sql
STABLE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
    SELECT p.part, c.oid::regclass,
           COALESCE(quote_ident(n.schema_name) || '.' || quote_ident(n.table_name), stored ->> p.part),
           NULLIF(@extschema@._export_leads_successor_of(COALESCE(c.oid, 0::oid)::regclass, n.schema_name,
                                                         n.table_name), 0::oid)
    FROM unnest(ARRAY['leads', 'statuses', 'calls']) WITH ORDINALITY AS p (part, place)
    CROSS JOIN LATERAL (SELECT stored -> 'table_names' ->> (2 * p.place - 2)::int,
                               stored -> 'table_names' ->> (2 * p.place - 1)::int) AS n (schema_name, table_name)
    -- A table that is gone is printed as its OID, and from PostgreSQL 16 on to_regclass() accepts numbers.
    LEFT JOIN pg_class AS c ON c.oid = to_regclass(stored ->> p.part) AND c.relkind IN ('r', 'p')
    WHERE stored ->> p.part <> '-';
END;
COMMENT ON FUNCTION @extschema@._export_leads_stored_tables(jsonb) IS
    'Internal: the tables that set-up had decided, and what is in their place now';

-- Raises 55000 where a table that set-up had decided is gone, and nothing has its name in its schema. One of that name
-- in another schema may be anybody's, who has not asked for it to be exported.
CREATE FUNCTION @extschema@._export_leads_refuse_gone(parts text[], stored jsonb, given jsonb)
RETURNS void
LANGUAGE plpgsql
STABLE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    gone text;
BEGIN
    SELECT string_agg(format('"%s", which held the %s', s.name, s.part), ', and ') INTO gone
    FROM @extschema@._export_leads_stored_tables(stored) AS s
    WHERE s.part = ANY (parts);
    IF gone IS NOT NULL THEN
        RAISE EXCEPTION USING
            ERRCODE = 'object_not_in_prerequisite_state',
            MESSAGE = format(CASE cardinality(parts) WHEN 1 THEN 'table %s, is gone' ELSE 'tables %s, are gone' END,
                             gone),
            DETAIL = 'Set-up does not look for them in other schemas.'
                     || CASE WHEN 'statuses' = ANY (parts)
                             THEN ' A site without a table of statuses says so: statuses => ''-''.' ELSE '' END,
            HINT = 'Name what holds them now: '
                   || @extschema@._export_leads_setup_call(
                          given || (SELECT jsonb_object_agg(p, '...') FROM unnest(parts) AS p));
    END IF;
END;
$$;
COMMENT ON FUNCTION @extschema@._export_leads_refuse_gone(text[], jsonb, jsonb) IS
    'Internal: refuses to guess what has replaced a table that is gone, for export_leads_setup()';

-- Decides the three tables: as given, else as stored, else by name.
CREATE FUNCTION @extschema@._export_leads_find_tables(given jsonb, stored jsonb)
RETURNS jsonb
LANGUAGE plpgsql
STABLE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
<<find_tables>>
DECLARE
    part text;
    names text[];
    candidates text[];
    whole regclass;
    decided jsonb := '{}';
    choices jsonb := '{}';
    gone text[] := '{}';
    kind "char";
    is_temporary boolean;
BEGIN
    FOR part, names IN
        VALUES ('leads', ARRAY['leads']),
               ('statuses', ARRAY['lead_statuses']),
               ('calls', ARRAY['call_logs', 'call_log'])
    LOOP
        candidates := CASE
            WHEN given ? part THEN ARRAY[given ->> part]
            -- A site without statuses.
            WHEN stored ->> part = '-' THEN ARRAY['-']
            WHEN stored ->> part IS NOT NULL
                THEN ARRAY(SELECT s.successor::text FROM @extschema@._export_leads_stored_tables(stored) AS s
                           WHERE s.part = find_tables.part AND s.successor IS NOT NULL)
            ELSE @extschema@._export_leads_tables_named(names, to_regclass(decided ->> 'leads'))
        END;
        IF cardinality(candidates) = 1 THEN
            decided := decided || jsonb_build_object(part, candidates[1]);
        ELSIF stored ->> part IS NOT NULL THEN
            gone := gone || part;
        ELSE
            choices := choices || jsonb_build_object(part, COALESCE(candidates, '{}'));
        END IF;
    END LOOP;
    PERFORM @extschema@._export_leads_refuse_gone(gone, stored, given);
    PERFORM @extschema@._export_leads_undecided(
        CASE WHEN choices ? 'leads' THEN 'export_leads_setup() cannot decide where the leads are'
             ELSE format('export_leads_setup() cannot decide where the %s of the leads are',
                         (SELECT string_agg(c, ' and the ' ORDER BY c DESC) FROM jsonb_object_keys(choices) AS c)) END,
        choices, given);

    FOR part IN SELECT jsonb_object_keys(decided) LOOP
        CONTINUE WHEN part = 'statuses' AND decided ->> part = '-';
        IF decided ->> part = '-' THEN
            RAISE EXCEPTION USING
                ERRCODE = 'invalid_parameter_value',
                MESSAGE = format('an export needs the %s: only statuses may be none', part);
        END IF;
        SELECT c.relkind, c.relpersistence = 't' INTO kind, is_temporary
        FROM pg_class AS c WHERE c.oid = (decided ->> part)::regclass;
        IF kind NOT IN ('r', 'p') OR is_temporary THEN
            RAISE EXCEPTION USING
                ERRCODE = 'wrong_object_type',
                MESSAGE = format('"%s" cannot hold the %s', decided ->> part, part),
                DETAIL = 'Row-level security binds ordinary and partitioned tables only, not views, materialized '
                         'views, foreign tables or temporary tables.',
                HINT = 'Name the table behind it: '
                       || @extschema@._export_leads_setup_call(given || jsonb_build_object(part, '...'));
        END IF;
        whole := @extschema@._export_leads_successor_of((decided ->> part)::regclass, NULL::text, NULL::text);
        IF whole <> (decided ->> part)::regclass THEN
            RAISE EXCEPTION USING
                ERRCODE = 'wrong_object_type',
                MESSAGE = format('"%s" is a part of table "%s"', decided ->> part, whole),
                DETAIL = 'An export reads a table with all its partitions and children.',
                HINT = 'Name the whole: '
                       || @extschema@._export_leads_setup_call(given || jsonb_build_object(part, whole::text));
        END IF;
    END LOOP;
    RETURN decided;
END;
$$;
COMMENT ON FUNCTION @extschema@._export_leads_find_tables(jsonb, jsonb) IS
    'Internal: decides the tables, for export_leads_setup()';
