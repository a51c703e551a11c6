-- Every call of one function of the extension by another has arguments of exactly the declared types, so that no
-- overload could fit it better, whether the body is parsed when it is created or each time it runs. The extension's
-- script itself proves it, run in a schema full of overloads: for each function one for each argument and each
-- neighbouring type. (CREATE EXTENSION would refuse such a schema.)

\set QUIET on
SELECT NOT EXISTS (SELECT FROM pg_available_extensions WHERE name = 'plpgsql_check') AS is_missing \gset
\if :is_missing
    SELECT plan(1);
    SELECT skip('plpgsql_check is not installed');
    SELECT finish();
    \quit
\endif
\getenv folder BUILD_DIR
\set script :folder '/trapped.sql'
\set version `sed -n 's/^   "version": "\(.*\)",$/\1/p' META.json`
\set built 'sql/export_leads--' :version '.sql'
\setenv BUILT :built
\! sed -e '/^\\echo/d' -e '/pg_extension_config_dump/d' -e 's/@extschema@/trapped/g' "$BUILT" >"$BUILD_DIR/trapped.sql"
\! sed -i -e '/^CREATE CONSTRAINT TRIGGER/,/;$/d' "$BUILD_DIR/trapped.sql"
\! sed -i 's/MODULE_PATHNAME/$libdir\/export_leads/' "$BUILD_DIR/trapped.sql"
SET client_min_messages = warning;
CREATE EXTENSION plpgsql_check;
CREATE SCHEMA trapped;
\o /dev/null
\i :script
\o

CREATE TABLE own AS
SELECT p.oid, p.proname AS name, ARRAY(SELECT unnest(p.proargtypes)) AS types,
       -- PL/pgSQL has no function with an argument and a column of the result of the same name
       CASE WHEN p.proargnames[:p.pronargs] && p.proargnames[p.pronargs + 1:] THEN 'SETOF record'
            ELSE pg_get_function_result(p.oid) END AS result,
       p.proretset OR p.prorettype = 'void'::regtype AS returns_none,
       COALESCE(p.proargnames[:p.pronargs], '{}') AS names
FROM pg_proc AS p
WHERE p.pronamespace = 'trapped'::regnamespace AND p.prokind = 'f'
  -- a type's functions are called by what the type says, never by name
  AND NOT EXISTS (SELECT FROM pg_type AS t WHERE p.oid IN (t.typinput, t.typoutput, t.typreceive, t.typsend));

-- One trap: `types` are what its arguments have instead.
CREATE FUNCTION make_trap(trapped own, types oid[]) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('CREATE FUNCTION trapped.%I(%s) RETURNS %s '
                   'LANGUAGE plpgsql AS ''/* a trap */ BEGIN RETURN %s; END''', trapped.name,
                   -- quoted even where %I would not: from PostgreSQL 16 on "format json" are two keywords
                   (SELECT string_agg(format('"%s" %s', n, t::regtype), ', ' ORDER BY place)
                    FROM unnest(trapped.names, types) WITH ORDINALITY AS a (n, t, place)),
                   trapped.result, CASE WHEN NOT trapped.returns_none THEN 'NULL' END);
END;
$$;
-- Each argument by itself, and all of one type together; of functions of one name, each is a trap for the others'
-- calls.
WITH wanted AS (
    SELECT DISTINCT ON (o.name, traps.types) o AS trapped, traps.types
    FROM own AS o
    CROSS JOIN LATERAL (
        SELECT o.types[:i - 1] || t::oid || o.types[i + 1:]
        FROM generate_series(1, cardinality(o.types)) AS i,
             unnest('{oid,regclass,regrole,regprocedure,regtype,text,name,varchar,bpchar,"char",json,jsonb,text[],
                      name[],varchar[],oid[],int2,int4,int8,numeric,bool,uuid,date,timestamp,timestamptz,record,
                      trapped.export_leads_configuration,trapped.export_leads_time_bound}'::regtype[]) AS t
        UNION
        SELECT array_fill(t::oid, ARRAY[cardinality(o.types)])
        FROM unnest('{oid,regclass,text,name,varchar,json,jsonb,text[],int4,int8,bool,record}'::regtype[]) AS t
    ) AS traps (types)
    WHERE o.types <> '{}'
)
SELECT count(make_trap(trapped, types)) AS traps
FROM wanted AS w
WHERE NOT EXISTS (SELECT FROM own AS o WHERE o.name = (w.trapped).name AND o.types = w.types)
\gset

-- Once more, now among the traps.
\! sed -i -e '/^CREATE TABLE/,/^);/d' -e '/^COMMENT ON/,/;$/d' "$BUILD_DIR/trapped.sql"
\! sed -i -e '/^CREATE TYPE.*;$/d' -e '/^CREATE TYPE/,/;$/d' -e '/^CREATE CAST/,/;$/d' "$BUILD_DIR/trapped.sql"
\! sed -i -e 's/^CREATE FUNCTION/CREATE OR REPLACE FUNCTION/' -e '/^CREATE INDEX/,/;$/d' "$BUILD_DIR/trapped.sql"
\! sed -i 's/^CREATE PROCEDURE/CREATE OR REPLACE PROCEDURE/' "$BUILD_DIR/trapped.sql"
\o /dev/null
\i :script
\o

CREATE VIEW calls AS
SELECT o.oid AS caller, d.refobjid AS called
FROM own AS o JOIN pg_depend AS d ON d.classid = 'pg_proc'::regclass AND d.objid = o.oid
    AND d.refclassid = 'pg_proc'::regclass
UNION
SELECT o.oid, d.oid
FROM own AS o JOIN pg_proc AS p ON p.oid = o.oid,
     plpgsql_show_dependency_tb(o.oid, CASE p.prorettype WHEN 'trigger'::regtype
                                       THEN 'trapped.export_leads_cluster'::regclass ELSE 0::regclass END) AS d
WHERE p.prolang = (SELECT l.oid FROM pg_language AS l WHERE l.lanname = 'plpgsql') AND d.type = 'FUNCTION';

SELECT plan(4);
SELECT cmp_ok(:traps, '>', 3000, 'there are thousands of overloads that a call could fall into');
SELECT is_empty($$SELECT caller::regprocedure, called::regprocedure FROM calls JOIN pg_proc AS p ON p.oid = called
    WHERE p.prosrc LIKE '/* a trap */%'$$,
                'no body of a function of the extension calls an overload');
-- Comments and literals are left out: they may name functions that they do not call.
SELECT is_empty($$SELECT p.oid::regprocedure, m.name
                  FROM own AS o JOIN pg_proc AS p USING (oid),
                       regexp_replace(p.prosrc, '''([^'']|'''')*''|--[^\n]*', '', 'g') AS code,
                       LATERAL (SELECT DISTINCT m[1] AS name FROM regexp_matches(code,
                           'trapped\.(_?export_leads_\w+)\(', 'g') AS m) AS m
                  WHERE NOT EXISTS (SELECT FROM calls AS c JOIN own AS d ON d.oid = c.called
                      WHERE c.caller = o.oid AND d.name = m.name)$$,
                'every call of another function that is written in a body was looked at');

-- A call that falls into a trap is seen, in both kinds of bodies.
CREATE FUNCTION trapped.careless() RETURNS bigint LANGUAGE sql BEGIN ATOMIC
    SELECT count(*) FROM trapped._export_leads_findings(NULL);
END;
CREATE FUNCTION trapped.careless_too() RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    IF false THEN
        PERFORM trapped._export_leads_is_small(c.oid) FROM pg_class AS c;
    END IF;
END;
$$;
INSERT INTO own (oid) VALUES ('trapped.careless'::regproc), ('trapped.careless_too'::regproc);
SELECT bag_eq($$SELECT caller::regproc::text FROM calls JOIN pg_proc AS p ON p.oid = called
    WHERE p.prosrc LIKE '/* a trap */%' AND caller::regproc::text LIKE '%careless%'$$,
              ARRAY['trapped.careless', 'trapped.careless_too'],
              'a call whose types are not exact is seen to fall into an overload, in SQL and in PL/pgSQL');
SELECT finish();
