
-- How set-up finds the application's columns.

-- The names under which the column that set-up mapped to a field may be found: its name now, and the one it had then.
CREATE FUNCTION @extschema@._export_leads_mapped(field text, relation regclass, stored jsonb)
RETURNS text[]
LANGUAGE sql
STABLE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
    SELECT COALESCE(array_agg(DISTINCT n.name), '{}')
    FROM (VALUES (stored ->> field), (stored -> 'mapped' ->> field)) AS n (name)
    WHERE @extschema@._export_leads_has_column(relation, n.name);
END;
COMMENT ON FUNCTION @extschema@._export_leads_mapped(text, regclass, jsonb) IS
    'Internal: where the column of a field is now, for export_leads_setup()';

-- A column that is given for a field must exist; an optional field may be given as '', to stay empty.
CREATE FUNCTION @extschema@._export_leads_refuse_given(field text, required boolean, relation regclass, given jsonb)
RETURNS void
LANGUAGE plpgsql
STABLE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    name CONSTANT text := given ->> field;
BEGIN
    IF name = '' AND (required AND field <> 'status_tenant') THEN
        RAISE EXCEPTION USING
            ERRCODE = 'invalid_parameter_value',
            MESSAGE = format('an export needs "%s": it cannot be left empty', field);
    ELSIF name <> '' AND NOT @extschema@._export_leads_has_column(relation, name) THEN
        RAISE EXCEPTION USING
            ERRCODE = 'undefined_column',
            MESSAGE = format('column "%s" of table "%s" does not exist', name, relation),
            HINT = 'Name one that does: '
                   || @extschema@._export_leads_setup_call(given || jsonb_build_object(field, '...'));
    END IF;
END;
$$;
COMMENT ON FUNCTION @extschema@._export_leads_refuse_given(text, boolean, regclass, jsonb) IS
    'Internal: refuses a column that is not there, for export_leads_setup()';

-- The fields that stay empty because set-up was told so.
CREATE FUNCTION @extschema@._export_leads_left_empty(given jsonb, stored jsonb)
RETURNS text[]
LANGUAGE sql
STABLE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
    SELECT COALESCE(array_agg(f.field ORDER BY f.field), '{}')
    FROM @extschema@._export_leads_fields() AS f
    WHERE given ->> f.field = '' OR (NOT given ? f.field AND COALESCE(stored -> 'left_empty', '[]') ? f.field);
END;
COMMENT ON FUNCTION @extschema@._export_leads_left_empty(jsonb, jsonb) IS
    'Internal: the fields that export_leads_setup() must not look for';

-- Refuses columns whose types cannot tell statuses, tenants or times apart: the files would hold nothing but headers.
CREATE FUNCTION @extschema@._export_leads_refuse_types(decided jsonb, given jsonb)
RETURNS void
LANGUAGE plpgsql
STABLE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    leads CONSTANT regclass := (decided ->> 'leads')::regclass;
    statuses CONSTANT regclass := NULLIF(decided ->> 'statuses', '-')::regclass;
    lead_family CONSTANT text := @extschema@._export_leads_status_family(leads, decided ->> 'lead_status');
    name_family CONSTANT text := @extschema@._export_leads_status_family(statuses, decided ->> 'status_name');
    key_family CONSTANT text := @extschema@._export_leads_status_family(statuses, decided ->> 'status_key');
    rule record;
    relation regclass;
BEGIN
    FOR rule IN
        SELECT * FROM @extschema@._export_leads_fields() AS f
        WHERE decided ? f.field AND (f.field LIKE '%\_tenant' OR f.field LIKE '%\_created_at')
    LOOP
        relation := (decided ->> rule.part)::regclass;
        IF rule.must_be_only
           AND (SELECT count(p.condition)
                FROM @extschema@._export_leads_policies(relation, decided ->> rule.field, false) AS p) = 0 THEN
            RAISE EXCEPTION USING
                ERRCODE = 'datatype_mismatch',
                MESSAGE = format('the type of column "%s" of table "%s" cannot tell tenants apart',
                                 decided ->> rule.field, relation),
                DETAIL = 'A tenant is a smallint, integer, bigint, uuid, text or varchar, or a domain over one of '
                         'them, and no collation may make different tenants equal.',
                HINT = 'Name another column: '
                       || @extschema@._export_leads_setup_call(given || jsonb_build_object(rule.field, '...'));
        ELSIF NOT rule.must_be_only
              AND @extschema@._export_leads_base_type(relation, decided ->> rule.field)
                  NOT IN ('timestamp'::regtype, 'timestamptz'::regtype) THEN
            RAISE EXCEPTION USING
                ERRCODE = 'datatype_mismatch',
                MESSAGE = format('column "%s" of table "%s" is not a timestamp', decided ->> rule.field, relation),
                HINT = 'Name another column: '
                       || @extschema@._export_leads_setup_call(given || jsonb_build_object(rule.field, '...'));
        END IF;
    END LOOP;

    FOR rule IN
        SELECT * FROM @extschema@._export_leads_fields() AS f
        WHERE decided ? f.field AND f.field IN ('lead_status', 'status_name', 'status_key')
    LOOP
        relation := (decided ->> rule.part)::regclass;
        CONTINUE WHEN @extschema@._export_leads_status_family(relation, decided ->> rule.field) IS NOT NULL;
        RAISE EXCEPTION USING
            ERRCODE = 'datatype_mismatch',
            MESSAGE = format('the type of column "%s" of table "%s" cannot hold the name of a status',
                             decided ->> rule.field, relation),
            DETAIL = (SELECT format('Columns that could: %s.',
                                    COALESCE(string_agg(quote_ident(a.attname), ', ' ORDER BY a.attnum), 'none'))
                      FROM pg_attribute AS a
                      WHERE a.attrelid = relation AND a.attnum > 0 AND NOT a.attisdropped
                        AND a.attname <> ALL (ARRAY[decided ->> 'lead_id', decided ->> 'lead_tenant',
                                                    decided ->> 'status_tenant'])
                        AND @extschema@._export_leads_status_family(relation, a.attname::text) IS NOT NULL),
            HINT = 'Name another column: '
                   || @extschema@._export_leads_setup_call(given || jsonb_build_object(rule.field, '...'));
    END LOOP;
    IF (decided ? 'status_key' AND key_family <> lead_family)
       OR (NOT decided ? 'status_key' AND NOT decided -> 'left_empty' ? 'status_key'
           AND ((lead_family = 'uuid') <> (name_family = 'uuid')
                OR (lead_family = 'text' AND name_family = 'integer')
                OR (lead_family = 'integer' AND name_family <> 'integer'
                    AND decided ->> 'lead_status' ~ '(_id|Id|ID)$'))) THEN
        RAISE EXCEPTION USING
            ERRCODE = 'datatype_mismatch',
            MESSAGE = format('column "%s" of table "%s" does not hold what column "%s" of table "%s" does',
                             decided ->> 'lead_status', leads,
                             COALESCE(decided ->> 'status_key', decided ->> 'status_name'), statuses),
            DETAIL = 'Leads name their status by its name or by its key; the types tell that this is neither.',
            HINT = 'Name the key that leads hold, or '''' where they hold the name: '
                   || @extschema@._export_leads_setup_call(given || jsonb_build_object('status_key', '...'));
    END IF;
END;
$$;
COMMENT ON FUNCTION @extschema@._export_leads_refuse_types(jsonb, jsonb) IS
    'Internal: refuses columns whose types cannot be what they are taken for, for export_leads_setup()';

-- The columns that a field may be read from, the likeliest first, where set-up was not told and has not stored one.
CREATE FUNCTION @extschema@._export_leads_candidates(field text, decided jsonb)
RETURNS text[]
LANGUAGE sql
STABLE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
    SELECT CASE WHEN f.field <> 'lead_status' THEN named.columns
                WHEN @extschema@._export_leads_status_family(part.relation, named.columns[1]) = 'integer'
                THEN referring.columns || named.columns
                ELSE named.columns || referring.columns END
    FROM @extschema@._export_leads_fields() AS f
    CROSS JOIN LATERAL (SELECT to_regclass(NULLIF(decided ->> f.part, '-'))) AS part (relation)
    CROSS JOIN LATERAL @extschema@._export_leads_columns_named(f.names, part.relation) AS named (columns)
    -- A foreign key to the statuses counts, too, and comes before a number that may mean anything.
    CROSS JOIN LATERAL (SELECT ARRAY(SELECT DISTINCT r.lead_column
                                     FROM @extschema@._export_leads_status_references(
                                         part.relation, to_regclass(NULLIF(decided ->> 'statuses', '-')),
                                         decided ->> 'lead_tenant') AS r
                                     WHERE f.field = 'lead_status' AND r.lead_column <> ALL (named.columns)
                                     ORDER BY r.lead_column)) AS referring (columns)
    WHERE f.field = _export_leads_candidates.field;
END;
COMMENT ON FUNCTION @extschema@._export_leads_candidates(text, jsonb) IS
    'Internal: the columns that a field may be read from, for export_leads_setup()';

-- Decides the columns of the decided tables: as given, else as stored, else by name. Where a mapped column is gone, or
-- another column has taken its name, the caller must choose again; no other field is ever emptied. The result is a row
-- of the configuration table.
CREATE FUNCTION @extschema@._export_leads_find_columns(tables jsonb, given jsonb, stored jsonb)
RETURNS jsonb
LANGUAGE plpgsql
STABLE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    left_empty CONSTANT text[] := @extschema@._export_leads_left_empty(given, stored);
    rule record;
    relation regclass;
    candidates text[];
    decided jsonb := tables || jsonb_build_object('left_empty', left_empty);
    choices jsonb := '{}';
BEGIN
    FOR rule IN
        SELECT * FROM @extschema@._export_leads_fields() AS f
        WHERE tables ->> f.part <> '-'
    LOOP
        relation := (tables ->> rule.part)::regclass;
        PERFORM @extschema@._export_leads_refuse_given(
            rule.field::text, rule.required::boolean, relation, given);
        CONTINUE WHEN rule.field = 'status_key' OR rule.field = ANY (left_empty);
        IF given ? rule.field THEN
            candidates := ARRAY[given ->> rule.field];
        ELSIF stored ->> rule.field IS NOT NULL THEN
            candidates := @extschema@._export_leads_mapped(rule.field::text, relation, stored);
            IF candidates = '{}' THEN
                choices := choices || jsonb_build_object(
                    rule.field, @extschema@._export_leads_candidates(rule.field::text, decided));
                CONTINUE;
            ELSIF cardinality(candidates) > 1 THEN
                choices := choices || jsonb_build_object(rule.field, candidates);
                CONTINUE;
            END IF;
        ELSE
            candidates := @extschema@._export_leads_candidates(rule.field::text, decided);
            -- Of several foreign keys none is likelier than the others.
            IF NOT rule.must_be_only
               AND (rule.field <> 'lead_status'
                    OR candidates && @extschema@._export_leads_columns_named(rule.names::text[], relation)) THEN
                candidates := candidates[1:1];
            END IF;
        END IF;
        IF cardinality(candidates) = 1 THEN
            decided := decided || jsonb_build_object(rule.field, candidates[1]);
        ELSIF rule.required THEN
            choices := choices || jsonb_build_object(rule.field, candidates);
        END IF;
    END LOOP;
    PERFORM @extschema@._export_leads_undecided(
        text 'export_leads_setup() cannot decide which columns to read', choices, given);
    IF tables ->> 'statuses' <> '-' THEN
        decided := decided || @extschema@._export_leads_find_status_key(decided, given, stored);
    END IF;
    PERFORM @extschema@._export_leads_refuse_types(decided, given);
    RETURN decided
           || @extschema@._export_leads_find_full_name((tables ->> 'leads')::regclass, given, stored);
END;
$$;
COMMENT ON FUNCTION @extschema@._export_leads_find_columns(jsonb, jsonb, jsonb) IS
    'Internal: decides the columns, for export_leads_setup()';
