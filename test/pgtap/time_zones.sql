-- Moments with a time zone are written in the session's zone, each with the offset of its own date.

BEGIN;
SELECT plan(23);
CREATE EXTENSION export_leads;
\i test/fixtures/documented.sql
SELECT is_empty($$SELECT * FROM export_leads_setup() WHERE action NOT IN ('found', 'done')$$,
                'set-up finds the documented names');
SELECT is((SELECT ARRAY[calls::text, lead_tenant, status_tenant, call_tenant, phone] FROM export_leads_configuration),
          ARRAY['call_logs', 'tenant_id', 'tenant_id', 'tenant_id', 'phone'],
          'set-up maps the documented names of tables and columns');

CREATE FUNCTION test_zone(zone text, tenant text)
RETURNS text
LANGUAGE plpgsql
AS $$
BEGIN
    PERFORM set_config('TimeZone', zone, true);
    RETURN is(export_leads_csv(tenant, 'new'), test_expected_csv(tenant, 'new'),
              'the file is right in the time zone ' || zone)
           || E'\n' || is(current_setting('TimeZone'), zone, 'an export leaves the session''s time zone ' || zone);
END;
$$;
SELECT test_zone(zone, :'our_tenant')
FROM unnest(ARRAY['UTC', 'Asia/Jerusalem', 'America/New_York', 'Asia/Kolkata', 'Pacific/Apia', 'America/St_Johns',
                  '<+0130>-01:30', 'Etc/GMT+12']) AS zone;

SET TimeZone = 'Asia/Jerusalem';
SELECT matches(export_leads_csv(:'our_tenant', 'new'),
               '2025-12-23T10:11:12\.500000\+02:00,2025-12-24T10:00:00\+02:00,answered',
               'moments in winter have the offset of winter time');
SELECT matches(export_leads_csv(:'our_tenant', 'new'), '2025-07-01T10:00:00\+03:00',
               'moments in summer have the offset of summer time');
SELECT matches(export_leads_csv(:'our_tenant', 'new'), '1850-01-01T14:20:54\+02:20:54',
               'moments before time zones have the offset of local mean time, to the second');

UPDATE leads SET created_at = 'infinity' WHERE id = 1;
UPDATE leads SET created_at = '0044-03-15 12:00:00+00 BC' WHERE id = 2;
UPDATE leads SET created_at = '294276-12-31 10:00:00+00' WHERE id = 3;
SELECT is(export_leads_csv(:'our_tenant', 'new'), test_expected_csv(:'our_tenant', 'new'),
          'moments at the ends of the range of timestamptz are written right');
SET TimeZone = 'UTC';
SELECT is(export_leads_csv(:'our_tenant', 'new'), test_expected_csv(:'our_tenant', 'new'),
          'moments at the ends of the range of timestamptz are written right in UTC');

SELECT finish();
ROLLBACK;
