-- The caller's deferred constraints are checked when the caller says, as the caller and over all rows that the caller
-- sees. Code behind a policy can neither have them checked inside an export nor put the check off.

BEGIN;
\i test/fixtures/application.sql
SELECT plan(4);
CREATE FUNCTION site_code() RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE current_setting('test.code');
    RETURN true;
END;
$$;
CREATE POLICY site_code ON lead_statuses AS RESTRICTIVE USING (site_code());
ALTER TABLE lead_statuses ENABLE ROW LEVEL SECURITY;
CREATE EXTENSION export_leads;
SELECT count(*) AS steps
FROM export_leads_setup(accepted_policies => '{site_code}', mutable_policies => '{site_code}') \gset

-- A limit that holds for the leads of tenant 7 alone, but not for those of all.
CREATE TABLE orders (n int);
CREATE FUNCTION test_few_leads() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (SELECT count(l.id) FROM public.leads AS l) > 15 THEN
        RAISE EXCEPTION 'too many leads';
    END IF;
    RETURN NULL;
END;
$$;
CREATE CONSTRAINT TRIGGER few_leads AFTER INSERT ON orders DEFERRABLE INITIALLY DEFERRED
FOR EACH ROW EXECUTE FUNCTION test_few_leads();
CREATE CONSTRAINT TRIGGER few_leads_now AFTER UPDATE ON orders DEFERRABLE INITIALLY IMMEDIATE
FOR EACH ROW EXECUTE FUNCTION test_few_leads();

SAVEPOINT pending;
INSERT INTO orders VALUES (1);
SET LOCAL test.code = 'SELECT';
SELECT is(test_error($$SELECT export_leads_csv('7', 'new')$$), 'no error',
          'an export runs while a constraint is deferred');
SET LOCAL test.code = 'SET CONSTRAINTS ALL IMMEDIATE';
SELECT test_error($$SELECT export_leads_csv('7', 'new')$$) AS error \gset
SELECT is(test_error('SET CONSTRAINTS ALL IMMEDIATE'), 'P0001: too many leads',
          'a deferred constraint is checked after an export, over the leads of all tenants');
ROLLBACK TO pending;

SAVEPOINT mode;
SET LOCAL test.code = 'SET CONSTRAINTS ALL IMMEDIATE';
SELECT test_error($$SELECT export_leads_csv('7', 'new')$$) AS error \gset
SELECT is(test_error('INSERT INTO orders VALUES (1)'), 'no error',
          'a deferred constraint stays deferred after a policy''s code made all constraints immediate');
ROLLBACK TO mode;

SET CONSTRAINTS few_leads DEFERRED;
INSERT INTO orders VALUES (1);
SET LOCAL test.code = 'SET CONSTRAINTS ALL DEFERRED';
SELECT test_error($$SELECT export_leads_csv('7', 'new')$$) AS error \gset
SELECT is(test_error('UPDATE orders SET n = 2'), 'P0001: too many leads',
          'an immediate constraint stays immediate after a policy''s code deferred all constraints');

SELECT finish();
ROLLBACK;
