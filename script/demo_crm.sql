-- A small CRM in the schema of the application: what script/demo exports from. Three tenants, the same rows on
-- every run; run it as the role that is to own the tables.

CREATE TABLE leads (
  id serial PRIMARY KEY,
  tenant_id int,
  first_name varchar(255),
  last_name varchar(255),
  name varchar(255),
  phone_e164 varchar(64),
  email varchar(255),
  source varchar(32),
  status varchar(32) DEFAULT 'new',
  notes text,
  created_at timestamp
);

CREATE TABLE lead_statuses (
  id serial PRIMARY KEY,
  business_id int,
  name varchar(64),
  label varchar(128),
  UNIQUE (business_id, name)
);

CREATE TABLE call_log (
  id serial PRIMARY KEY,
  business_id int,
  lead_id int,
  call_status varchar(32),
  status varchar(32),
  created_at timestamp
);

INSERT INTO lead_statuses (business_id, name, label) VALUES
  (7, 'new', 'חדש'),
  (7, 'in_progress', 'בטיפול'),
  (7, 'no_answer', 'אין מענה'),
  (7, 'closed_won', 'עסקה נסגרה'),
  (7, 'closed_lost', 'לא רלוונטי'),
  (13, 'new', 'חדש SECRET13'),
  (13, 'closed_won', 'נסגר SECRET13'),
  (21, 'new', 'ליד חדש'),
  (21, 'in_progress', 'בתהליך');

-- Tenant 7: the leads whose texts a file format has to get right, all in the column `new`.
INSERT INTO leads (tenant_id, first_name, last_name, name, phone_e164, email, source, notes, created_at) VALUES
  (7, 'ג''ורג''', 'חדאד', NULL, '+972541234501', 'george@example.co.il', 'facebook',
    'גר ברח'' ז''בוטינסקי, צ''ק דחוי', '2025-12-20 09:15:00'),
  (7, 'שרה', 'כהן', 'שרה כהן ("שרי")', '+972521234502', 'sara@example.co.il', 'website',
    'ביקשה הצעת מחיר ל"חבילה המלאה", עד סוף החודש', '2025-12-21 10:11:12.345678'),
  (7, 'משה', 'לוי', NULL, '+972501234503', NULL, 'phone',
    E'שוחחנו ביום א''\nלחזור אליו אחרי החג', '2025-12-22 16:40:00'),
  (7, 'נועה', NULL, NULL, '+972531234504', 'noa@example.co.il', 'whatsapp',
    '=HYPERLINK("http://example.com","לחצו כאן")', '2025-12-23 08:05:30'),
  (7, NULL, 'אברג''יל', NULL, '+972581234505', NULL, 'import',
    '-10% הנחה שהובטחה', '2025-12-23 08:05:30'),
  (7, NULL, NULL, NULL, '+972551234506', NULL, 'website', '', '2025-12-24 12:00:00'),
  (7, '', '', 'חב'' "אור-לי" בע"מ', '+97231234507', 'office@example.co.il', 'website', NULL, NULL);

-- Tenant 7: 35 ordinary leads in all columns, pairs of them created at the same moment.
INSERT INTO leads (tenant_id, first_name, last_name, phone_e164, email, source, status, notes, created_at)
SELECT 7,
  (ARRAY['דוד', 'רחל', 'יוסי', 'מיכל', 'אבי', 'תמר', 'עומר'])[1 + n % 7],
  (ARRAY['פרץ', 'ביטון', 'מזרחי', 'פרידמן', 'אזולאי'])[1 + n % 5],
  '+97252' || (7000000 + n * 1013)::text,
  CASE WHEN n % 4 <> 0 THEN 'lead' || n || '@example.co.il' END,
  (ARRAY['facebook', 'website', 'phone', 'whatsapp', 'import'])[1 + n / 3 % 5],
  (ARRAY['new', 'in_progress', 'new', 'no_answer', 'closed_won', 'new', 'closed_lost'])[1 + n % 7],
  (ARRAY[NULL, 'מעוניין בפגישה', 'לחזור בשעות הערב', 'השווה מחירים, התלבט'])[1 + n % 4],
  timestamp '2025-11-01 08:00' + (n / 2) * interval '1 day 3 hours 7 minutes'
FROM generate_series(1, 35) AS n;

-- Tenant 13: the same statuses, the same moments, and a word that must never be seen elsewhere.
INSERT INTO leads (tenant_id, first_name, last_name, name, phone_e164, email, source, status, notes, created_at)
SELECT 13,
  'יעל SECRET13', 'שפירא SECRET13', 'יעל שפירא SECRET13 ' || n,
  '+97254SECRET13' || n, 'SECRET13.' || n || '@example.com', 'SECRET13',
  (ARRAY['new', 'closed_won'])[1 + n % 2],
  'SECRET13: פרטי אשראי',
  timestamp '2025-11-01 08:00' + n * interval '1 day'
FROM generate_series(1, 20) AS n;

INSERT INTO leads (tenant_id, first_name, last_name, phone_e164, source, status, created_at)
SELECT 21, 'אורי', 'גולן', '+97250' || (3000000 + n)::text, 'website',
  (ARRAY['new', 'in_progress'])[1 + n % 2], timestamp '2025-12-01 10:00' + n * interval '5 hours'
FROM generate_series(1, 8) AS n;

-- Up to three calls per lead, every fifth lead without any; the last two of a lead at the same moment, so that the
-- greater id decides which is the latest.
INSERT INTO call_log (business_id, lead_id, call_status, status, created_at)
SELECT lead.tenant_id, lead.id,
  CASE WHEN lead.tenant_id = 13 THEN 'SECRET13'
    ELSE (ARRAY['no-answer', 'busy', 'completed'])[1 + (lead.id + call) % 3] END,
  CASE WHEN lead.tenant_id = 13 THEN 'SECRET13' ELSE 'processed' END,
  timestamp '2025-12-25 09:00' + lead.id * interval '11 minutes' + least(call, 2) * interval '1 hour'
FROM leads AS lead, generate_series(1, 3) AS call
WHERE lead.id % 5 <> 0 AND call <= 1 + lead.id % 3
ORDER BY lead.id, call;

-- A call of tenant 13 that names a lead of tenant 7 and is newer than the lead's own: not the lead's latest call.
INSERT INTO call_log (business_id, lead_id, call_status, status, created_at)
SELECT 13, min(id), 'SECRET13', 'SECRET13', timestamp '2026-01-01 00:00'
FROM leads
WHERE tenant_id = 7;
