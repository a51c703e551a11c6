
-- How set-up finds what a lead is called.

CREATE FUNCTION @extschema@._export_leads_full_name_of(columns text[])
RETURNS text
LANGUAGE C
IMMUTABLE
STRICT
NOT LEAKPROOF
PARALLEL SAFE
AS 'MODULE_PATHNAME', 'export_leads_full_name_of';
COMMENT ON FUNCTION @extschema@._export_leads_full_name_of(text[]) IS
    'Internal: a lead''s full name as SQL: its name, else its first and last name, else what there is of them';

-- The columns that a lead's full name can be made of, one for each of its parts, NULL for a part without one; `suited`
-- chooses those that hold text, or those that do not. An empty array where there are none.
CREATE FUNCTION @extschema@._export_leads_name_columns(leads regclass, suited boolean)
RETURNS text[]
LANGUAGE sql
STABLE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
    SELECT CASE WHEN count(found.name) > 0 THEN array_agg(found.name ORDER BY part.place) ELSE '{}' END
    FROM unnest(ARRAY['full_name', 'name', 'first_name', 'last_name']) WITH ORDINALITY AS part (name, place)
    LEFT JOIN LATERAL (
        SELECT c.name
        FROM unnest(@extschema@._export_leads_columns_named(ARRAY[part.name], leads))
             WITH ORDINALITY AS c (name, place)
        JOIN pg_attribute AS a ON a.attrelid = leads AND a.attname = c.name
        JOIN pg_type AS t ON t.oid = a.atttypid
        WHERE (t.typcategory = 'S') = suited
        ORDER BY c.place
        LIMIT 1
    ) AS found ON true;
END;
COMMENT ON FUNCTION @extschema@._export_leads_name_columns(regclass, boolean) IS
    'Internal: what a lead''s full name can be made of, for export_leads_setup()';

-- Decides what a lead's full name is made of: as given, else as stored, else by name.
CREATE FUNCTION @extschema@._export_leads_find_full_name(leads regclass, given jsonb, stored jsonb)
RETURNS jsonb
LANGUAGE plpgsql
STABLE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    columns text[];
BEGIN
    IF given ->> 'full_name' = '' THEN
        RAISE EXCEPTION USING
            ERRCODE = 'invalid_parameter_value',
            MESSAGE = 'an export needs "full_name": it cannot be left empty',
            HINT = 'Give an SQL expression over the lead, such as lead.name; where leads have no name, a text: '
                   '''''''-''''''.';
    ELSIF given ? 'full_name' OR (stored -> 'full_name_given')::boolean THEN
        RETURN jsonb_build_object('full_name', COALESCE(given ->> 'full_name', stored ->> 'full_name'),
                                  'full_name_given', true, 'name_columns', '{}'::text[]);
    ELSIF COALESCE(stored -> 'name_columns', '[]') <> '[]' THEN
        SELECT array_agg(n.now ORDER BY n.place) INTO columns
        FROM ROWS FROM (jsonb_array_elements_text(stored -> 'name_columns'),
                        jsonb_array_elements_text(stored -> 'mapped' -> 'name_columns'))
             WITH ORDINALITY AS n (now, former, place);
        IF EXISTS (SELECT
                   FROM ROWS FROM (jsonb_array_elements_text(stored -> 'name_columns'),
                                   jsonb_array_elements_text(stored -> 'mapped' -> 'name_columns')) AS n (now, former)
                   WHERE n.now IS NOT NULL
                     AND (NOT @extschema@._export_leads_has_column(leads, n.now)
                          OR (n.now <> n.former AND @extschema@._export_leads_has_column(leads, n.former)))) THEN
            PERFORM @extschema@._export_leads_undecided(
                text 'export_leads_setup() cannot decide what the leads are called',
                jsonb_build_object('full_name', ARRAY(
                    SELECT format('lead.%I', n)
                    FROM unnest(@extschema@._export_leads_name_columns(leads, true)) AS n WHERE n IS NOT NULL)),
                given);
        END IF;
    ELSE
        columns := @extschema@._export_leads_name_columns(leads, true);
        IF columns = '{}' AND @extschema@._export_leads_name_columns(leads, false) <> '{}' THEN
            PERFORM @extschema@._export_leads_undecided(
                text 'export_leads_setup() cannot decide what the leads are called',
                jsonb_build_object('full_name', ARRAY(
                    SELECT format('lead.%I, which holds no text but %s',
                                  a.attname, format_type(a.atttypid, a.atttypmod))
                    FROM unnest(@extschema@._export_leads_name_columns(leads, false)) AS n (name)
                    JOIN pg_attribute AS a ON a.attrelid = leads AND a.attname = n.name) || '{...}'::text[]),
                given);
        END IF;
    END IF;
    RETURN jsonb_build_object('full_name', @extschema@._export_leads_full_name_of(columns),
                              'full_name_given', false, 'name_columns', columns);
END;
$$;
COMMENT ON FUNCTION @extschema@._export_leads_find_full_name(regclass, jsonb, jsonb) IS
    'Internal: decides what a lead''s full name is made of, for export_leads_setup()';
