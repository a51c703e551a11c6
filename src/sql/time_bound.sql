
-- The type of the bounds of a range of creation times. A timestamptz would be read in the session's time zone before an
-- export sees it; this type keeps what was given until the site's time zone is known.
DO $$
BEGIN
    -- An update may find the type there already.
    IF NOT EXISTS (SELECT FROM pg_type AS t
                   WHERE t.typname = 'export_leads_time_bound' AND t.typnamespace = '@extschema@'::regnamespace) THEN
        CREATE TYPE @extschema@.export_leads_time_bound;
    END IF;
END;
$$;

CREATE FUNCTION @extschema@._export_leads_time_bound_in(given cstring)
RETURNS @extschema@.export_leads_time_bound
LANGUAGE C
STABLE
STRICT
NOT LEAKPROOF
PARALLEL SAFE
AS 'MODULE_PATHNAME', 'export_leads_time_bound_in';
COMMENT ON FUNCTION @extschema@._export_leads_time_bound_in(cstring) IS
    'Internal: reads a bound of a range of creation times';

CREATE FUNCTION @extschema@._export_leads_time_bound_out(bound @extschema@.export_leads_time_bound)
RETURNS cstring
LANGUAGE internal
IMMUTABLE
STRICT
NOT LEAKPROOF
PARALLEL SAFE
AS 'textout';
COMMENT ON FUNCTION @extschema@._export_leads_time_bound_out(@extschema@.export_leads_time_bound) IS
    'Internal: prints a bound of a range as it was given';

CREATE FUNCTION @extschema@._export_leads_time_bound_recv(given internal)
RETURNS @extschema@.export_leads_time_bound
LANGUAGE C
STABLE
STRICT
NOT LEAKPROOF
PARALLEL SAFE
AS 'MODULE_PATHNAME', 'export_leads_time_bound_recv';
COMMENT ON FUNCTION @extschema@._export_leads_time_bound_recv(internal) IS
    'Internal: reads a bound of a range in binary form';

CREATE FUNCTION @extschema@._export_leads_time_bound_send(bound @extschema@.export_leads_time_bound)
RETURNS bytea
LANGUAGE internal
STABLE
STRICT
NOT LEAKPROOF
PARALLEL SAFE
AS 'textsend';
COMMENT ON FUNCTION @extschema@._export_leads_time_bound_send(@extschema@.export_leads_time_bound) IS
    'Internal: sends a bound of a range in binary form';

DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_type AS t
                   WHERE t.typname = 'export_leads_time_bound' AND t.typnamespace = '@extschema@'::regnamespace
                     AND t.typisdefined) THEN
        CREATE TYPE @extschema@.export_leads_time_bound (
            INPUT = @extschema@._export_leads_time_bound_in,
            OUTPUT = @extschema@._export_leads_time_bound_out,
            RECEIVE = @extschema@._export_leads_time_bound_recv,
            SEND = @extschema@._export_leads_time_bound_send,
            INTERNALLENGTH = VARIABLE,
            STORAGE = extended
        );
    END IF;
END;
$$;
COMMENT ON TYPE @extschema@.export_leads_time_bound IS
    'A time that is in the site''s time zone unless it has an offset: the bounds of an export''s range';

CREATE FUNCTION @extschema@._export_leads_time_bound(instant timestamptz)
RETURNS @extschema@.export_leads_time_bound
LANGUAGE C
IMMUTABLE
STRICT
NOT LEAKPROOF
PARALLEL SAFE
AS 'MODULE_PATHNAME', 'export_leads_time_bound_of_instant';
COMMENT ON FUNCTION @extschema@._export_leads_time_bound(timestamptz) IS
    'Internal: an instant as a bound of a range';

CREATE FUNCTION @extschema@._export_leads_time_bound(local timestamp)
RETURNS @extschema@.export_leads_time_bound
LANGUAGE C
IMMUTABLE
STRICT
NOT LEAKPROOF
PARALLEL SAFE
AS 'MODULE_PATHNAME', 'export_leads_time_bound_of_local';
COMMENT ON FUNCTION @extschema@._export_leads_time_bound(timestamp) IS
    'Internal: a time in the site''s zone as a bound of a range';

CREATE FUNCTION @extschema@._export_leads_time_bound(day date)
RETURNS @extschema@.export_leads_time_bound
LANGUAGE C
IMMUTABLE
STRICT
NOT LEAKPROOF
PARALLEL SAFE
AS 'MODULE_PATHNAME', 'export_leads_time_bound_of_date';
COMMENT ON FUNCTION @extschema@._export_leads_time_bound(date) IS
    'Internal: the beginning of a day in the site''s zone as a bound of a range';

-- The casts are implicit, so that an application may pass whatever it has for a time.
DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_cast AS c
                   WHERE c.casttarget = '@extschema@.export_leads_time_bound'::regtype) THEN
        CREATE CAST (timestamptz AS @extschema@.export_leads_time_bound)
            WITH FUNCTION @extschema@._export_leads_time_bound(timestamptz) AS IMPLICIT;
        CREATE CAST (timestamp AS @extschema@.export_leads_time_bound)
            WITH FUNCTION @extschema@._export_leads_time_bound(timestamp) AS IMPLICIT;
        CREATE CAST (date AS @extschema@.export_leads_time_bound)
            WITH FUNCTION @extschema@._export_leads_time_bound(date) AS IMPLICIT;
        CREATE CAST (text AS @extschema@.export_leads_time_bound) WITH INOUT AS IMPLICIT;
        CREATE CAST (varchar AS @extschema@.export_leads_time_bound) WITH INOUT AS IMPLICIT;
    END IF;
END;
$$;
