-- The database of the demonstration: the sample CRM as its own role's, with what a board has to cope with, set up for
-- exports. Run it with psql as a superuser in any database of a server that has the extension; it makes its own.

CREATE ROLE crm_web LOGIN;
CREATE DATABASE crm_web OWNER crm_web;
\connect crm_web

SET ROLE crm_web;
\ir ../../script/demo_crm.sql

-- The colours of a column's header, as classes for its background and its text.
ALTER TABLE lead_statuses ADD color varchar(64) NOT NULL DEFAULT 'bg-gray-100 text-gray-800';

-- A status that nobody has, one whose label has no blank to break at, and one without a label.
INSERT INTO lead_statuses (business_id, name, label) VALUES
  (7, 'follow_up', 'למעקב'),
  (7, 'awaiting_signature', 'ממתין_לאישור_הנהלה_ולחתימה_על_הסכם_התקשרות'),
  (7, 'meeting', ''),
  (13, 'follow_up', 'למעקב SECRET13');

UPDATE lead_statuses AS status
SET color = chosen.color
FROM (VALUES
  ('new', 'bg-blue-100 text-blue-800'),
  ('in_progress', 'bg-amber-300 text-amber-950'),
  ('no_answer', 'bg-blue-700 text-white'),
  ('closed_won', 'bg-emerald-700 text-white'),
  ('closed_lost', 'bg-gray-700 text-white'),
  ('follow_up', 'bg-purple-100 text-purple-800'),
  ('awaiting_signature', 'bg-red-700 text-white'),
  ('meeting', 'bg-teal-300 text-teal-950')) AS chosen (name, color)
WHERE status.business_id = 7 AND status.name = chosen.name;

-- More leads of tenant 7, created in the weeks up to today: with those of the sample, 108 give no answer.
INSERT INTO leads (tenant_id, first_name, last_name, phone_e164, email, source, status, created_at)
SELECT 7,
  (ARRAY['איתן', 'הדס', 'ליאור', 'רונית', 'גיל', 'שירה', 'נדב'])[1 + n % 7],
  (ARRAY['ברק', 'שגיא', 'רוזן', 'אוחיון', 'חזן'])[1 + n % 5],
  '+97254' || (5000000 + n * 1013)::text,
  CASE WHEN n % 3 <> 0 THEN 'caller' || n || '@example.co.il' END,
  (ARRAY['facebook', 'website', 'phone'])[1 + n % 3],
  status,
  date_trunc('hour', localtimestamp) - n * interval '19 hours'
FROM (
  SELECT status, row_number() OVER (ORDER BY lead_count, number) AS n
  FROM (VALUES ('no_answer', 108), ('awaiting_signature', 4), ('meeting', 6)) AS wanted (status, lead_count),
    generate_series(1, lead_count - (
      SELECT count(*) FROM leads WHERE tenant_id = 7 AND leads.status = wanted.status)) AS number) AS lead;
RESET ROLE;

CREATE SCHEMA export_leads;
CREATE EXTENSION export_leads SCHEMA export_leads;
SELECT * FROM export_leads.export_leads_setup();
SELECT export_leads.export_leads_allow('crm_web');
CREATE ROLE crm_timer LOGIN;
SELECT export_leads.export_leads_allow_timer('crm_timer');
CREATE ROLE crm_mailer LOGIN;
SELECT export_leads.export_leads_allow_mailer('crm_mailer');

-- What has been exported, and what will be by itself.
\connect - crm_web
SELECT export_leads.export_leads_save(7, 'new', requested_by => 'owner7');
SELECT export_leads.export_leads_save(7, 'new', 'xlsx', columns => '{full_name,phone}', requested_by => 'דנה מהמכירות');
SELECT export_leads.export_leads_save(7, 'no_answer', 'xlsx', requested_by => 'owner7');
SELECT export_leads.export_leads_save(13, 'new', requested_by => 'admin13');
SELECT export_leads.export_leads_schedule(
  7, 'new', '08:00', weekdays => '{0}', time_zone => 'Asia/Jerusalem', format => 'xlsx', period => 'week',
  recipients => '{owner7@example.co.il}', requested_by => 'owner7', name => 'הלידים של השבוע');
