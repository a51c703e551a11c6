-- The pieces of a stream, joined, are the bytes of the file; each is valid text and none is large. What is kept of them
-- on disk is limited and does not outlive the statement.

BEGIN;
\i test/fixtures/application.sql
SELECT plan(45);
CREATE EXTENSION export_leads;
CREATE FUNCTION site_name(name text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    IF name = 'fails' THEN
        RAISE EXCEPTION 'half way';
    END IF;
    RETURN name;
END;
$$;
SELECT count(*) AS steps FROM export_leads_setup(full_name => 'public.site_name(lead.name)') \gset
-- Of one, two, three and four bytes a character, so that pieces end within characters of each kind unless those are
-- kept whole.
INSERT INTO leads (id, tenant_id, name, status, notes, created_at)
SELECT 1000 + n, tenant, CASE tenant WHEN 7 THEN 'ליד ' || n ELSE 'SECRET13' END, 'large',
       repeat(CASE tenant WHEN 7 THEN text ELSE 'SECRET13' END, 20 + n % 37), '2025-01-01'
FROM generate_series(1, 4000) AS n, unnest(ARRAY['a"b', 'שלום', '€€', '😀']) WITH ORDINALITY AS t (text, place),
     LATERAL (SELECT CASE n % 9 WHEN 0 THEN 13 ELSE 7 END) AS v (tenant)
WHERE n % 4 = place - 1;
INSERT INTO leads (id, tenant_id, name, status, notes, created_at)
SELECT 10000 + n, 7, 'x', 'huge', repeat(repeat('x', n) || '😀', 200000), '2025-01-01' FROM generate_series(0, 3) AS n;
INSERT INTO leads (id, tenant_id, name, status, notes, created_at)
SELECT 20000 + id, 7, name, 'fails', notes, created_at FROM leads WHERE status = 'large' AND tenant_id = 7;
UPDATE leads SET name = 'fails' WHERE id = 24000 - 1;
INSERT INTO leads (id, tenant_id, name, status, notes) VALUES (30000, 7, 'x', 'exact', '');
SELECT test_state() AS state \gset

-- The pieces against the file.
CREATE FUNCTION test_stream(tenant text, status text, columns text[] DEFAULT NULL)
RETURNS SETOF text
LANGUAGE plpgsql
AS $$
DECLARE
    file CONSTANT text := export_leads_csv(tenant, status, columns);
    pieces text[];
BEGIN
    SELECT array_agg(piece ORDER BY place) INTO pieces
    FROM export_leads_csv_stream(tenant, status, columns) WITH ORDINALITY AS s (piece, place);
    RETURN NEXT ok(array_to_string(pieces, '') = file,
                   format('status %s of tenant %s: %s bytes in %s pieces are the file', status, tenant,
                          octet_length(file), cardinality(pieces)));
    RETURN NEXT ok((SELECT bool_and(octet_length(p) <= 262144) FROM unnest(pieces) AS p),
                   format('status %s of tenant %s: no piece is larger than 256 KiB', status, tenant));
    RETURN NEXT ok((SELECT COALESCE(bool_and(octet_length(p) > 262144 - 4), true)
                    FROM unnest(pieces[:cardinality(pieces) - 1]) AS p),
                   format('status %s of tenant %s: all pieces but the last are nearly 256 KiB', status, tenant));
    RETURN NEXT ok((SELECT bool_and(convert_from(convert_to(p, 'UTF8'), 'UTF8') = p AND p <> '')
                    FROM unnest(pieces) AS p),
                   format('status %s of tenant %s: each piece is whole characters, at least one', status, tenant));
END;
$$;
SELECT test_stream('7', 'none');
SELECT test_stream('7', 'new');
SELECT test_stream('7', 'large');
SELECT test_stream('7', 'huge');
SELECT test_stream('7', 'huge', '{notes}');
SELECT cmp_ok((SELECT count(*) FROM export_leads_csv_stream('7', 'huge')), '>', 15::bigint,
              'a cell that is larger than a piece is in several pieces');
-- A file that is one piece to the byte, and one byte more.
UPDATE leads SET notes = repeat('x', 262144 - octet_length(export_leads_csv('7', 'exact', '{notes}')) + 2)
WHERE id = 30000;
SELECT results_eq($$SELECT octet_length(piece) FROM export_leads_csv_stream('7', 'exact', '{notes}') AS piece$$,
                  ARRAY[262144], 'a file of 256 KiB is one piece');
UPDATE leads SET notes = notes || 'x' WHERE id = 30000;
SELECT results_eq($$SELECT octet_length(piece) FROM export_leads_csv_stream('7', 'exact', '{notes}') AS piece$$,
                  ARRAY[262144, 1], 'a file of 256 KiB and a byte is two pieces');

-- A text with a zero byte, or one that is no UTF-8, as a superuser's cast or a faulty function makes it. Its bytes are
-- the file's.
CREATE CAST (bytea AS text) WITHOUT FUNCTION;
CREATE FUNCTION test_bytes(notes bytea, what text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    UPDATE leads SET notes = test_bytes.notes::text WHERE id = 30000;
    RETURN is((SELECT sum(octet_length(piece)) FROM export_leads_csv_stream('7', 'exact', '{notes}') AS piece),
              octet_length(export_leads_csv('7', 'exact', '{notes}'))::bigint,
              'a stream ends, and holds the whole file, with ' || what);
END;
$$;
SAVEPOINT bytes;
SET LOCAL statement_timeout = '20s';
SELECT test_bytes('\x61' || decode(repeat('00', 10), 'hex') || decode(repeat('62', 300000), 'hex'), 'zero bytes');
SELECT test_bytes(decode(repeat('61', 262100), 'hex') || decode(repeat('00', 600000), 'hex'),
                  'zero bytes where a piece ends');
SELECT test_bytes(decode(repeat('80', 600000), 'hex'), 'bytes that continue no character');
ROLLBACK TO bytes;

-- Wherever a set may stand.
SELECT md5(export_leads_csv('7', 'large')) AS large, md5(left(export_leads_csv('7', 'large'), 1000)) AS beginning \gset
SELECT is((SELECT md5(string_agg(piece, '')) FROM (SELECT export_leads_csv_stream('7', 'large') AS piece) AS s),
          :'large', 'a stream in the list of SELECT is the file');
SELECT is((SELECT md5(left(piece, 1000)) FROM export_leads_csv_stream('7', 'large') AS piece LIMIT 1), :'beginning',
          'a stream in FROM with LIMIT 1 is the beginning of the file');
SELECT is((SELECT md5(left(export_leads_csv_stream('7', 'large'), 1000)) LIMIT 1), :'beginning',
          'a stream in the list of SELECT with LIMIT 1 is the beginning of the file');
SELECT is(test_state(), :'state', 'a stream that is not read to its end leaves no setting and no user');
SELECT is(export_leads_tenant(), NULL, 'a stream that is not read to its end leaves no tenant');
SELECT results_eq($$SELECT tenant, md5(string_agg(piece, '' ORDER BY place))
                    FROM unnest(ARRAY['13', '7']) AS tenant,
                         export_leads_csv_stream(tenant, 'large') WITH ORDINALITY AS s (piece, place)
                    GROUP BY tenant ORDER BY tenant$$,
                  $$SELECT t, md5(export_leads_csv(t, 'large')) FROM unnest(ARRAY['13', '7']) AS t ORDER BY t$$,
                  'streams for each row of a set are the files of its tenants');
SELECT is((SELECT md5(string_agg(a.piece, ''))
           FROM export_leads_csv_stream('7', 'large') WITH ORDINALITY AS a (piece, place)
           JOIN export_leads_csv_stream('7', 'large') WITH ORDINALITY AS b (piece, place) USING (place)), :'large',
          'two streams that are read at once are the file');
DECLARE pieces CURSOR FOR SELECT piece FROM export_leads_csv_stream('7', 'large') AS piece;
CREATE FUNCTION test_fetch_all() RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    pieces CONSTANT refcursor := 'pieces';
    piece text;
    file text := '';
BEGIN
    LOOP
        FETCH pieces INTO piece;
        EXIT WHEN NOT FOUND;
        file := file || piece;
        PERFORM export_leads_csv('13', 'new');  -- another export, while the set is read
    END LOOP;
    RETURN md5(file);
END;
$$;
SELECT is(test_fetch_all(), :'large', 'a stream through a cursor, with other exports between its pieces, is the file');
CREATE FUNCTION test_loop() RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    piece text;
    file text := '';
BEGIN
    FOR piece IN SELECT * FROM export_leads_csv_stream('7', 'large') LOOP
        file := file || piece;
        IF export_leads_tenant() IS NOT NULL OR current_user <> session_user THEN
            RAISE EXCEPTION 'a piece comes out of the sandbox';
        END IF;
    END LOOP;
    RETURN md5(file);
END;
$$;
SELECT is(test_loop(), :'large', 'a stream in a loop of PL/pgSQL is the file');

-- An error half way leaves nothing; neither does a limit on temporary files.
SET work_mem = '64kB';
SELECT test_state() AS state \gset
SELECT is(test_error($$SELECT count(*) FROM export_leads_csv_stream('7', 'fails')$$), 'P0001: half way',
          'an error half way through a stream is raised');
SELECT is(test_error($$SELECT export_leads_csv_stream('7', 'fails') LIMIT 1$$), 'P0001: half way',
          'an error half way through a stream is raised before the first piece is seen');
SELECT is(test_state() || COALESCE(export_leads_tenant(), ''), :'state',
          'a stream that failed leaves no setting, no user and no tenant');
SELECT is((SELECT count(*) FROM pg_ls_tmpdir()), 0::bigint, 'a stream that failed leaves no temporary file');
SELECT is((SELECT md5(string_agg(piece, '')) FROM export_leads_csv_stream('7', 'large') AS piece), :'large',
          'a stream under a small work_mem is the file');
SELECT is((SELECT count(*) FROM pg_ls_tmpdir()), 0::bigint,
          'a stream under a small work_mem leaves no temporary file after its statement');
SET temp_file_limit = '300kB';
SELECT test_state() AS state \gset
SELECT matches(test_error($$SELECT count(*) FROM export_leads_csv_stream('7', 'huge', '{notes}')$$),
               '^53400: temporary file size exceeds "?temp_file_limit"? \(300kB\)$',
               'a stream that needs more than temp_file_limit is an error');
SELECT is(test_state() || COALESCE(export_leads_tenant(), ''), :'state',
          'a stream that exceeds temp_file_limit leaves no setting, no user and no tenant');
SELECT is((SELECT count(*) FROM pg_ls_tmpdir()), 0::bigint,
          'a stream that exceeds temp_file_limit leaves no temporary file');
SELECT is((SELECT string_agg(piece, '') FROM export_leads_csv_stream('7', 'new') AS piece),
          export_leads_csv('7', 'new'), 'a stream of a small file is right under temp_file_limit');

SELECT finish();
ROLLBACK;
