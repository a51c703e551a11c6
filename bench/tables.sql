-- The application's tables and statuses, and how leads and calls are made up, which wide.sql or narrow.sql then does:
-- as many leads as the setting bench.leads says, the same rows on every run.

CREATE TABLE leads (
  id int NOT NULL,
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
  id int NOT NULL,
  business_id int,
  lead_id int,
  call_status varchar(32),
  status varchar(32),
  transcription text,
  created_at timestamp
);

-- A number below `below` that looks random and is always the same for a seed.
CREATE FUNCTION bench_pick(seed bigint, below int) RETURNS int LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN ((hashint8extended(seed, 42) & 9223372036854775807) % below)::int;

-- Hebrew prose of `letters` letters; commas and quotes are as frequent in it as in notes.
CREATE FUNCTION bench_prose(seed bigint, letters int) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN substr(repeat('שוחחנו בטלפון והלקוח ביקש הצעת מחיר מסודרת עד סוף השבוע '
                     'הוא משווה בין כמה ספקים ומתלבט, נקבעה פגישה במשרד ביום שלישי '
                     'ביקש "הנחה למזמין מראש" וחזרה בשעות הערב לאחר התייעצות עם השותף שלו ', 6),
              1 + bench_pick(seed, 170), letters);

INSERT INTO lead_statuses (business_id, name, label)
SELECT tenant, name, label
FROM generate_series(1, 50) AS tenant,
     (VALUES ('new', 'חדש'), ('no_answer', 'אין מענה'), ('in_progress', 'בטיפול'), ('meeting', 'נקבעה פגישה'),
             ('hot', 'ליד חם'), ('busy', 'שיחות רבות'), ('single', 'לקוח "זהב"'), ('archived', 'בארכיון'))
       AS s (name, label);
