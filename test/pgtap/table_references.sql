-- A foreign key that leads to the extension's tables makes nobody a superuser: it would delete in somebody else's table
-- when a superuser deletes here, and a deferred trigger of that table would run as the superuser.

BEGIN;
SET client_min_messages = warning;
\i test/fixtures/application.sql
CREATE SCHEMA export_leads;
CREATE EXTENSION export_leads SCHEMA export_leads;
SELECT count(*) AS steps FROM export_leads.export_leads_setup() \gset
SELECT export_leads.export_leads_grant('crm_app', 7);
CREATE SCHEMA crm AUTHORIZATION crm_app;
GRANT USAGE ON SCHEMA export_leads TO crm_app;
GRANT SELECT, REFERENCES ON export_leads.export_leads_configuration, export_leads.export_leads_grants TO crm_app;

SET ROLE crm_app;
CREATE FUNCTION crm.rise() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN ALTER ROLE crm_app SUPERUSER; RETURN NULL; END';
CREATE TABLE crm.followers (tenant text, grantee text,
    FOREIGN KEY (tenant, grantee) REFERENCES export_leads.export_leads_grants ON DELETE CASCADE);
INSERT INTO crm.followers VALUES ('7', 'crm_app');
CREATE CONSTRAINT TRIGGER rise AFTER DELETE ON crm.followers DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION crm.rise();
CREATE TABLE crm.follower (singleton boolean REFERENCES export_leads.export_leads_configuration ON DELETE CASCADE);
INSERT INTO crm.follower VALUES (true);
CREATE CONSTRAINT TRIGGER rise AFTER DELETE ON crm.follower DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION crm.rise();
RESET ROLE;

CREATE FUNCTION test_rises(call text, OUT rises boolean) LANGUAGE plpgsql AS $$
BEGIN
    PERFORM public.test_error(call);
    SET CONSTRAINTS ALL IMMEDIATE;
    rises := (SELECT rolsuper FROM pg_roles WHERE rolname = 'crm_app');
    RAISE EXCEPTION USING ERRCODE = 'P0100';
EXCEPTION WHEN SQLSTATE 'P0100' THEN
    RETURN;
END;
$$;

SELECT plan(4);
SELECT isnt_empty('SELECT * FROM export_leads.export_leads_check() WHERE level = ''error''',
                  'export_leads_check() finds who may let foreign keys lead to the extension''s tables');
REVOKE ALL ON export_leads.export_leads_configuration, export_leads.export_leads_grants FROM crm_app;
SELECT isnt_empty('SELECT * FROM export_leads.export_leads_check() WHERE level = ''error''',
                  'export_leads_check() finds foreign keys that outlive the privilege to create them');
SELECT is(test_rises('SELECT export_leads.export_leads_revoke(''crm_app'', 7)'), false,
          'export_leads_revoke() runs no trigger of a foreign key''s table as a superuser');
SELECT is(test_rises('SELECT * FROM export_leads.export_leads_setup(time_zone => ''Asia/Jerusalem'')'), false,
          'set-up runs no trigger of a foreign key''s table as a superuser');
SELECT finish();
ROLLBACK;
