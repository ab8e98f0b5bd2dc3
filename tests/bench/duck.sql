-- All rules and explanations of the packs explanations, hipaa-access and workforce over native tables (duck.mjs has their columns). Times are microseconds; kinds,
-- actions and exposures are the numbers of core/model/vocab.h. Told is how many events each fires for or explains, and which. Not asked of SQL: evidence, scores,
-- cases and their sentences, which the audit makes as well, for they rest on events that are compared already; a hospital's own exceptions, of which the packs have
-- none. What the compared hospitals never have is left out: people who moved between departments, units of users, logins that changed hands, relations without any
-- date (that leave a rule undecided), places that are IPv6 addresses.
--
-- Nearly all accesses are expected, and a reason mostly covers all of a user's accesses to a chart, so whole pairs are judged first; only accesses of pairs
-- that no reason covers wholly, or that a rule looks at whatever explains them, are judged one by one.

SET VARIABLE zone = (SELECT zone FROM keep);
SET VARIABLE began = (SELECT min(time) FROM event);
SET VARIABLE ended = (SELECT max(time) FROM event);
CREATE TEMP MACRO days(n) AS n * 86400000000;
CREATE TEMP MACRO local_day(t) AS (timezone(getvariable('zone'), make_timestamptz(t)))::DATE;
CREATE TEMP MACRO relates_late(author, written, subject, first) AS coalesce(author = subject AND written > first, false);

-- Open sides are times beyond all.
CREATE TEMP TABLE affiliation AS SELECT worker, coalesce(since, -9000000000000000000) AS since, coalesce(until, 9000000000000000000) AS until FROM employed;
-- Who opened which chart: a worker, or an account that is nobody's.
CREATE TEMP TABLE pair AS
  SELECT coalesce(a.worker, -1 - e.account) AS subject, e.patient, min(e.time) AS first, max(e.time) AS last, count(*) AS n
  FROM event e JOIN account a ON a.id = e.account WHERE e.exposure = 1 GROUP BY ALL;
-- Facts that are near the log in time.
CREATE TEMP TABLE fact AS
  SELECT patient, worker, department, author, kind, since, coalesce(until, 9000000000000000000) AS until, coalesce(recorded, since) AS written
  FROM relation WHERE since <= getvariable('ended') + days(30) AND coalesce(until, 9000000000000000000) >= getvariable('began') - days(30);
-- What ties a user to a chart, and over which time; ranks are the order of the explanations. What its own author wrote after first opening the chart is no reason.
CREATE TEMP TABLE own AS
  SELECT p.subject, p.patient, p.n, k.rank, f.since - k.ahead AS lo, f.until + k.behind AS hi, lo <= p.first AND hi >= p.last AS covers
  FROM pair p JOIN fact f ON f.patient = p.patient AND f.worker = p.subject
    JOIN (VALUES (0, 0, days(30), days(30)), (1, 0, days(30), days(30)), (2, 1, days(30), days(30)), (9, 1, days(30), days(30)), (3, 2, days(30), days(30)),
      (5, 2, days(30), days(30)), (4, 3, days(30), days(30)), (12, 3, days(30), days(30)), (6, 4, days(30), days(30)), (7, 4, days(30), days(30)),
      (8, 5, 0, days(30)), (11, 5, 0, days(30)), (10, 7, days(1), days(7))) k(kind, rank, ahead, behind) ON k.kind = f.kind
  WHERE NOT relates_late(f.author, f.written, p.subject, p.first) AND f.since - k.ahead <= p.last AND f.until + k.behind >= p.first;
CREATE TEMP TABLE held AS SELECT subject, patient, any_value(n) AS n, min(rank) AS rank, bool_and(covers) AND min(rank) < 6 AS wholly FROM own GROUP BY subject, patient;
-- Pairs whose accesses are judged one by one: which neither ties of the user's own nor one of the department cover, or that a rule looks at in every case.
CREATE TEMP TABLE rest AS
  SELECT p.*, w.department FROM (
    SELECT p.subject, p.patient FROM pair p JOIN worker w ON w.id = p.subject LEFT JOIN patient c ON c.id = p.patient
    WHERE c.worker = p.subject OR c.test = 1
      OR w.role IN ('Security officer', 'Security manager', 'Housekeeper', 'Environmental services worker', 'Food service worker', 'Groundskeeper', 'Maintenance worker', 'Parking attendant')
      OR p.subject IN (SELECT worker FROM duty WHERE kind = 2) OR p.patient IN (SELECT patient FROM contact)
    UNION
    SELECT p.subject, p.patient FROM pair p SEMI JOIN affiliation f ON f.worker = p.subject ANTI JOIN affiliation f ON f.worker = p.subject AND f.since <= p.first AND f.until > p.last
    UNION
    SELECT subject, patient FROM held WHERE NOT wholly
    UNION
    SELECT p.subject, p.patient FROM (SELECT p.*, w.department FROM pair p ANTI JOIN held h ON h.subject = p.subject AND h.patient = p.patient LEFT JOIN worker w ON w.id = p.subject) p
      ANTI JOIN (SELECT patient, department, since - days(30) AS lo, until + days(30) AS hi FROM fact WHERE kind IN (0, 1, 2, 6) AND author IS NULL) f
        ON f.patient = p.patient AND f.department = p.department AND f.lo <= p.first AND f.hi >= p.last
  ) r JOIN pair p ON p.subject = r.subject AND p.patient = r.patient LEFT JOIN worker w ON w.id = r.subject;
-- Who took part in visits near the log, of their patients.
CREATE TEMP TABLE stay AS
  SELECT DISTINCT v.patient, v.since, v.until, unnest([r.department, w.department]) AS department, r.author, CASE WHEN r.author IS NOT NULL THEN coalesce(r.recorded, r.since) END AS written
  FROM (SELECT patient, since, coalesce(until, 9000000000000000000) AS until FROM encounter WHERE since <= getvariable('ended') + days(30) AND coalesce(until, 9000000000000000000) >= getvariable('began') - days(30)) v SEMI JOIN rest ON rest.patient = v.patient
    JOIN relation r ON r.patient = v.patient AND r.since <= v.until AND coalesce(r.until, v.since) >= v.since LEFT JOIN worker w ON w.id = r.worker
  WHERE r.kind <= 8;
CREATE TEMP TABLE looked AS
  SELECT e.id, e.time, e.account, e.place, e.break_glass, e.reason, r.subject, r.patient, r.first, r.department
  FROM event e JOIN (SELECT a.id AS account, r.* FROM rest r JOIN account a ON coalesce(a.worker, -1 - a.id) = r.subject) r ON r.account = e.account AND r.patient = e.patient
  WHERE e.exposure = 1;
CREATE TEMP TABLE ranked AS
  SELECT l.*, m.rank FROM looked l LEFT JOIN (
    SELECT id, min(rank) AS rank FROM (
      SELECT l.id, o.rank FROM looked l JOIN own o ON o.subject = l.subject AND o.patient = l.patient WHERE l.time BETWEEN o.lo AND o.hi
      UNION ALL
      SELECT l.id, 6 FROM looked l JOIN fact f ON f.patient = l.patient AND f.department = l.department
      WHERE f.kind IN (0, 1, 2, 6) AND l.time BETWEEN f.since - days(30) AND f.until + days(30) AND NOT relates_late(f.author, f.written, l.subject, l.first)
      UNION ALL
      SELECT l.id, 6 FROM looked l JOIN stay s ON s.patient = l.patient AND s.department = l.department
      WHERE l.time BETWEEN s.since - days(30) AND s.until + days(30) AND NOT relates_late(s.author, s.written, l.subject, l.first)
    ) GROUP BY id
  ) m ON m.id = l.id;
-- The explanations that few accesses have, of those that have none yet: cross-cover, on-behalf, emergency-confirmed, trial-record.
CREATE TEMP TABLE further AS
  WITH o AS (SELECT * FROM ranked WHERE rank IS NULL)
  SELECT id, min(rank) AS rank FROM (
    SELECT o.id, 8 AS rank FROM duty d JOIN o ON o.subject = d.worker AND o.time >= d.since - 3600000000 AND o.time < d.until + 3600000000
      JOIN relation r ON r.patient = o.patient AND r.department = d.unit
    WHERE d.kind <> 2 AND r.kind IN (0, 1) AND o.time >= r.since - days(1) AND (r.until IS NULL OR o.time - days(1) <= r.until)
    UNION ALL
    SELECT o.id, 9 FROM (SELECT * FROM fact WHERE kind = 14) b JOIN o ON o.patient = b.patient AND o.subject = b.worker AND o.time = b.since JOIN fact f ON f.patient = b.patient AND f.worker = b.author
    WHERE b.author <> o.subject AND f.kind IN (0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 11, 12) AND o.time BETWEEN f.since - days(30) AND f.until + days(30)
      AND NOT relates_late(f.author, f.written, o.subject, o.first) AND NOT relates_late(f.author, f.written, b.author, o.time)
    UNION ALL
    SELECT o.id, 10 FROM (SELECT * FROM o WHERE break_glass = 1 AND reason >= 10) o JOIN fact f ON f.patient = o.patient
    WHERE f.kind IN (1, 2, 3, 4, 5, 6) AND o.time BETWEEN f.since - days(1) AND f.until + days(1) AND NOT relates_late(f.author, f.written, o.subject, o.first)
    UNION ALL
    SELECT o.id, 11 FROM o JOIN patient c ON c.id = o.patient JOIN worker w ON w.id = o.subject JOIN term t ON t.id = w.department
    WHERE c.test = 1 AND t.text IN ('Information Technology', 'Clinical Informatics', 'Education', 'Training')
  ) GROUP BY id;
CREATE TEMP TABLE judged AS
  SELECT r.* EXCLUDE (rank), coalesce(r.rank, f.rank) AS rank, w.role, c.worker AS chart_of, c.test, c.death, c.birth
  FROM ranked r LEFT JOIN further f ON f.id = r.id LEFT JOIN worker w ON w.id = r.subject LEFT JOIN patient c ON c.id = r.patient;
-- No reason is on file; and of those, whose account it was is known, or it is nobody's by design: of others nobody can tell whether a reason is.
CREATE TEMP TABLE reasonless AS SELECT *, local_day(time) AS day FROM judged WHERE rank IS NULL;
CREATE TEMP TABLE strange AS FROM reasonless WHERE patient IS NOT NULL AND (subject >= 0 OR account NOT IN (SELECT id FROM account WHERE kind IN (0, 1)));

-- How departments share patients: workers of the one with a tie to a patient whom the other sees. Departments are bits of a number, 126 at the most; -1: workers of none.
CREATE TEMP TABLE bit AS SELECT id, 1::HUGEINT << row_number() OVER (ORDER BY id)::INTEGER AS bit
  FROM (SELECT department AS id FROM worker UNION SELECT department FROM relation UNION SELECT -1) WHERE id IS NOT NULL;
CREATE TEMP TABLE sees AS
  SELECT r.patient, bit_or(coalesce(x.bit, 0::HUGEINT) | coalesce(y.bit, 0::HUGEINT)) AS bits
  FROM relation r LEFT JOIN worker w ON w.id = r.worker LEFT JOIN bit x ON x.id = r.department
    LEFT JOIN bit y ON y.id = coalesce(w.department, CASE WHEN r.worker IS NOT NULL AND r.department IS NULL THEN -1 END) WHERE r.kind NOT IN (10, 12, 13, 14) GROUP BY r.patient;
CREATE TEMP TABLE shares AS
  SELECT w.department, b.bit AS other, count(*) AS n FROM (SELECT r.worker, bit_or(s.bits) AS bits FROM relation r JOIN sees s ON s.patient = r.patient WHERE r.kind <> 14 AND r.worker IS NOT NULL GROUP BY r.worker) t
    JOIN worker w ON w.id = t.worker JOIN bit b ON t.bits & b.bit <> 0 WHERE w.department IS NOT NULL GROUP BY ALL;
CREATE TEMP TABLE staffed AS SELECT department, count(*) AS n FROM worker WHERE department IS NOT NULL GROUP BY department;
-- Who of the workforce is a contact of a patient.
CREATE TEMP TABLE kin AS
  WITH c AS (SELECT c.*, coalesce(c.worker, s.worker) AS said FROM contact c LEFT JOIN patient s ON s.id = c.self)
  SELECT c.*, c.said AS subject FROM c WHERE c.said IS NOT NULL
  UNION ALL
  SELECT c.*, w.id FROM c JOIN worker w ON w.patient = c.self WHERE c.said IS NULL
  UNION ALL
  SELECT DISTINCT c.*, w.id FROM c JOIN contact_key x ON x.contact = c.id AND x.kind <> 's' JOIN worker_key y ON y.kind = x.kind AND y.key = x.key JOIN worker w ON w.id = y.worker
  WHERE c.said IS NULL AND (c.self IS NULL OR w.patient IS NULL)
    AND (EXISTS (SELECT 1 FROM contact_key a JOIN worker_key b ON b.key = a.key AND b.kind = 's' WHERE a.contact = c.id AND a.kind = 's' AND b.worker = w.id)
      OR NOT EXISTS (SELECT 1 FROM contact_key a WHERE a.contact = c.id AND a.kind = 's') OR NOT EXISTS (SELECT 1 FROM worker_key b WHERE b.worker = w.id AND b.kind = 's'));
CREATE TEMP TABLE used AS SELECT account, day, lag(day) OVER (PARTITION BY account ORDER BY day) AS before FROM (SELECT DISTINCT account, time // days(1) AS day FROM event);

CREATE TEMP TABLE single AS
  SELECT 'self' AS rule, id FROM judged WHERE chart_of = subject
  UNION ALL
  SELECT DISTINCT 'household', o.id FROM strange o JOIN worker_key x ON x.worker = o.subject JOIN patient_key y ON y.patient = o.patient AND y.key = x.key AND y.kind = x.kind
    WHERE x.kind = 'a' AND o.chart_of IS DISTINCT FROM o.subject
  UNION ALL
  SELECT 'co-worker', id FROM strange WHERE chart_of IS NOT NULL AND chart_of IS DISTINCT FROM subject
  UNION ALL
  SELECT 'break-the-glass-without-reason', id FROM event WHERE exposure = 1 AND break_glass = 1 AND reason BETWEEN 0 AND 9
  UNION ALL
  SELECT 'deceased', id FROM strange WHERE day - (DATE '1970-01-01' + death) > 30 AND role NOT IN ('HIM', 'HIM manager', 'HIM specialist', 'Coder', 'Medical coder',
    'Release of information specialist', 'Tumor registrar', 'Registrar', 'Billing manager', 'Billing specialist', 'Pathologist', 'Quality specialist', 'Organ procurement coordinator',
    'Legal counsel', 'Privacy officer')
  UNION ALL
  SELECT DISTINCT 'sensitive-record', o.id FROM strange o JOIN patient_label l ON l.patient = o.patient
    WHERE l.label IN ('sud-related', 'hiv', 'behavioral-health', 'genetic', 'reproductive', 'sexual-assault')
  UNION ALL
  SELECT DISTINCT 'family-elsewhere', o.id FROM strange o JOIN kin k ON k.patient = o.patient AND k.subject = o.subject
    WHERE (k.since IS NULL OR o.time >= k.since) AND (k.until IS NULL OR o.time < k.until) AND o.chart_of IS DISTINCT FROM o.subject
  UNION ALL
  SELECT 'off-shift', o.id FROM strange o JOIN duty d ON d.worker = o.subject
    WHERE o.time >= d.since - days(14) AND o.time <= coalesce(d.until, d.since) + days(14)
    GROUP BY o.id HAVING NOT bool_or(d.kind <> 2 AND o.time >= d.since - 3600000000 AND o.time < coalesce(d.until + 3600000000, d.since + days(1)))
  UNION ALL
  SELECT 'stale-record', o.id FROM (
      SELECT o.id, any_value(o.day) AS day, max(least(v.until, o.time)) AS seen FROM strange o JOIN encounter v ON v.patient = o.patient AND v.since <= o.time
      WHERE v.was AND o.role NOT IN ('HIM', 'HIM manager', 'HIM specialist', 'Coder', 'Medical coder', 'Release of information specialist', 'Tumor registrar', 'Registrar', 'Scheduler',
        'Billing manager', 'Billing specialist', 'Quality specialist', 'Quality reviewer', 'Legal counsel', 'Privacy officer')
      GROUP BY o.id
    ) o
    WHERE o.day - local_day(o.seen) > 180 AND o.id NOT IN (SELECT o.id FROM strange o JOIN fact f ON f.patient = o.patient
      WHERE f.kind IN (0, 1, 2, 9, 10) AND o.time BETWEEN f.since - days(30) AND f.until + days(30) AND NOT relates_late(f.author, f.written, o.subject, o.first))
  UNION ALL
  SELECT DISTINCT 'minor-without-custody', o.id FROM judged o JOIN kin k ON k.patient = o.patient AND k.subject = o.subject
    WHERE (k.since IS NULL OR o.time >= k.since) AND (k.until IS NULL OR o.time < k.until) AND DATE '1970-01-01' + o.birth <= local_day(o.time) AND datesub('year', DATE '1970-01-01' + o.birth, local_day(o.time)) < 18
      AND regexp_matches(k.code || chr(10) || k.words, 'without custody|no custody|noncustodial|non-custodial|no access')
  UNION ALL
  SELECT 'foreign-network', o.id FROM strange o JOIN (SELECT id, TRY_CAST(string_split(text, '.') AS INTEGER[]) AS part FROM term WHERE regexp_full_match(text, '\d{1,3}(\.\d{1,3}){3}')) t ON t.id = o.place
    WHERE NOT (part[1] IN (10, 127) OR part[1] = 172 AND part[2] BETWEEN 16 AND 31 OR part[1] = 192 AND part[2] = 168)
  UNION ALL
  SELECT 'role-without-charts', id FROM judged WHERE role IN ('Security officer', 'Security manager', 'Housekeeper', 'Environmental services worker', 'Food service worker',
    'Groundskeeper', 'Maintenance worker', 'Parking attendant')
  UNION ALL
  SELECT 'department-mismatch', o.id FROM strange o JOIN sees s ON s.patient = o.patient
    JOIN staffed d ON d.department = o.department AND d.n >= 3
    LEFT JOIN (SELECT department, bit_or(other) AS bits FROM shares JOIN staffed USING (department) WHERE shares.n >= CASE WHEN staffed.n < 5 THEN 2 ELSE 3 END GROUP BY department) h
      ON h.department = o.department
    WHERE s.bits <> 0 AND s.bits & coalesce(h.bits, 0::HUGEINT) = 0
  UNION ALL
  SELECT 'log-tampered', id FROM event WHERE exposure = 4 AND action = 4 AND patient IS NULL
  UNION ALL
  SELECT 'test-record', o.id FROM judged o JOIN term t ON t.id = o.department WHERE o.test = 1 AND t.text NOT IN ('Information Technology', 'Clinical Informatics', 'Education', 'Training')
  UNION ALL
  SELECT 'undisclosed-export', e.id FROM event e JOIN (SELECT id FROM term WHERE starts_with(text, 'FAX-OUT')) t ON t.id = e.place JOIN account a ON a.id = e.account
      JOIN pair p ON p.subject = coalesce(a.worker, -1 - e.account) AND p.patient = e.patient
    WHERE e.exposure = 1 AND e.action IN (5, 6) AND NOT EXISTS (SELECT 1 FROM fact f WHERE f.patient = e.patient AND f.kind = 13
      AND e.time >= f.since - days(7) AND e.time <= f.until + days(7) AND NOT relates_late(f.author, f.written, p.subject, p.first))
      AND local_day(e.time) <= (SELECT local_day(max(since)) FROM fact WHERE kind = 13)
  UNION ALL
  SELECT 'ended-affiliation', o.id FROM judged o SEMI JOIN affiliation f ON f.worker = o.subject ANTI JOIN affiliation f ON f.worker = o.subject AND f.since <= o.time AND f.until > o.time
  UNION ALL
  SELECT 'unmapped-account', e.id FROM event e JOIN account a ON a.id = e.account WHERE e.exposure = 1 AND a.worker IS NULL AND a.kind IN (0, 1)
  UNION ALL
  SELECT DISTINCT 'used-on-leave', o.id FROM judged o JOIN duty d ON d.worker = o.subject AND d.kind = 2 AND o.time >= d.since AND o.time < d.until
  UNION ALL
  SELECT 'dormant-account', o.id FROM strange o JOIN used u ON u.account = o.account AND u.day = o.time // days(1) ASOF LEFT JOIN affiliation f ON f.worker = o.subject AND f.since <= o.time
    WHERE u.day - greatest(getvariable('began') // days(1), u.before, f.since // days(1)) >= 90;

-- Events of windows of a length in which one key has at least so many different values; of a table with id, time, key, what. A window lies within two
-- neighbouring stretches of its length.
CREATE TEMP MACRO runs(source, length, least) AS TABLE
  WITH stretch AS (SELECT key, time // length AS s, count(DISTINCT what) AS n FROM query_table(source) GROUP BY ALL),
  full_ones AS (SELECT key, unnest([s - 1, s]) AS s, n FROM stretch),
  near AS (SELECT DISTINCT key, unnest([s, s + 1]) AS s FROM (SELECT key, s FROM full_ones GROUP BY ALL HAVING sum(n) >= least)),
  counted AS (
    SELECT e.id, e.key, e.time, count(DISTINCT e.what) OVER (PARTITION BY e.key ORDER BY e.time RANGE BETWEEN length PRECEDING AND CURRENT ROW) AS n
    FROM query_table(source) e SEMI JOIN near ON near.key = e.key AND near.s = e.time // length
  )
  SELECT id FROM counted QUALIFY max(n) OVER (PARTITION BY key ORDER BY time RANGE BETWEEN CURRENT ROW AND length FOLLOWING) >= least;
-- Accesses of users near a limit of so many charts: on two neighbouring days those of whom they opened charts about then, in two neighbouring stretches of five
-- minutes the charts themselves, of which one stretch has half.
CREATE TEMP TABLE charts AS
  SELECT subject, day, count(*) AS n FROM (SELECT subject, unnest(range(first // days(1), last // days(1) + 1)) AS day FROM pair) GROUP BY ALL;
CREATE TEMP TABLE near_day AS
  SELECT DISTINCT a.id AS account, unnest([day, day + 1]) AS day
  FROM (SELECT subject, day FROM (SELECT subject, unnest([day - 1, day]) AS day, n FROM charts) GROUP BY ALL HAVING sum(n) >= 50) f JOIN account a ON coalesce(a.worker, -1 - a.id) = f.subject;
CREATE TEMP TABLE in_day AS
  SELECT e.id, e.time, coalesce(a.worker, -1 - a.id) AS key, e.patient AS what FROM event e JOIN near_day n ON n.account = e.account AND n.day = e.time // days(1) JOIN account a ON a.id = e.account
  WHERE e.exposure = 1;
CREATE TEMP TABLE slot AS
  SELECT subject, slot, count(*) AS n FROM (
    SELECT DISTINCT coalesce(a.worker, -1 - e.account) AS subject, e.patient, (e.time // 300000000)::INTEGER AS slot FROM event e JOIN account a ON a.id = e.account WHERE e.exposure = 1
  ) GROUP BY ALL;
CREATE TEMP TABLE near_slot AS
  SELECT DISTINCT a.id AS account, unnest([x.slot, y.slot]) AS slot
  FROM (SELECT *, unnest([slot - 1, slot, slot + 1]) AS beside FROM slot WHERE n >= 6) x JOIN slot y ON y.subject = x.subject AND y.slot = x.beside JOIN account a ON coalesce(a.worker, -1 - a.id) = x.subject
  WHERE x.n >= 12 OR y.slot <> x.slot AND x.n + y.n >= 12;
CREATE TEMP TABLE in_minutes AS
  SELECT e.id, e.time, coalesce(a.worker, -1 - a.id) AS key, e.patient AS what FROM event e JOIN near_slot n ON n.account = e.account AND n.slot = (e.time // 300000000)::INTEGER
    JOIN account a ON a.id = e.account
  WHERE e.exposure = 1;
CREATE TEMP TABLE glass AS SELECT e.id, e.time, coalesce(a.worker, -1 - e.account) AS key, e.patient AS what FROM event e JOIN account a ON a.id = e.account WHERE e.exposure = 1 AND e.break_glass = 1;
CREATE TEMP TABLE taken_out AS SELECT e.id, e.time, coalesce(a.worker, -1 - e.account) AS key, e.patient AS what FROM event e JOIN account a ON a.id = e.account WHERE e.exposure = 1 AND e.action IN (5, 6);
CREATE TEMP VIEW by_user AS SELECT id, time, subject AS key, patient AS what FROM strange;
CREATE TEMP VIEW by_patient AS SELECT id, time, patient AS key, subject AS what FROM strange;
CREATE TEMP VIEW by_login AS SELECT id, time, account AS key, place AS what FROM strange WHERE place IS NOT NULL;
-- Whatever relation read-without-trace asks for is a reason by itself.
CREATE TEMP VIEW by_pair AS SELECT id, time, subject::BIGINT * 4294967296 + patient AS key, day AS what FROM strange WHERE subject >= 0;
CREATE TEMP TABLE login AS SELECT e.id, e.time, e.account, e.outcome FROM event e JOIN account a ON a.id = e.account WHERE e.action = 9 AND e.exposure IN (1, 4) AND a.kind <> 3;
CREATE TEMP TABLE several AS
  SELECT 'many-charts' AS rule, id FROM runs('in_day', 3600000000, 50)
  UNION ALL SELECT 'many-charts-a-day', id FROM runs('in_day', 86400000000, 100)
  UNION ALL SELECT 'running-numbers', id FROM runs('in_minutes', 300000000, 12)
  UNION ALL SELECT 'break-the-glass-often', id FROM runs('glass', 2592000000000, 5)
  UNION ALL SELECT 'bulk-export', id FROM runs('taken_out', 86400000000, 50)
  UNION ALL SELECT 'crowd', id FROM runs('by_patient', 86400000000, 5)
  UNION ALL SELECT 'watched-patient', id FROM runs('by_patient', 15552000000000, 2)
  UNION ALL SELECT 'serial', id FROM runs('by_user', 7776000000000, 5)
  UNION ALL SELECT 'covered', id FROM runs('by_user', 1800000000, 4)
  UNION ALL SELECT 'two-places', id FROM runs('by_login', 300000000, 2)
  UNION ALL SELECT 'read-without-trace', id FROM runs('by_pair', 2592000000000, 3)
  UNION ALL SELECT 'guessed-password', unnest(list_distinct(flatten(list(ids)))) FROM (
    SELECT list_append(list(f.id), z.id) AS ids FROM login z JOIN login f ON f.account = z.account AND f.time >= z.time - 900000000 AND (f.time, f.id) < (z.time, z.id)
    WHERE z.outcome = 1 AND f.outcome > 1 GROUP BY z.id HAVING count(*) >= 5);

CREATE TEMP TABLE fired AS FROM single UNION ALL FROM several;
CREATE TEMP TABLE told AS
  FROM fired UNION ALL SELECT 'unexplained', id FROM reasonless WHERE id NOT IN (SELECT id FROM fired);
CREATE TEMP TABLE reasons AS
  WITH wholly AS (SELECT h.rank, sum(h.n) AS n FROM held h ANTI JOIN rest r ON r.subject = h.subject AND r.patient = h.patient GROUP BY h.rank),
  total AS (
    FROM wholly UNION ALL SELECT rank, count(*) FROM judged WHERE rank IS NOT NULL GROUP BY rank
    UNION ALL SELECT 6, (SELECT sum(n) FROM pair) - (SELECT coalesce(sum(n), 0) FROM rest) - (SELECT coalesce(sum(n), 0) FROM wholly)
  )
  SELECT ['visit', 'order', 'result-or-medication', 'note', 'procedure-or-immunization', 'care-team', 'department', 'work-queue-task', 'cross-cover', 'on-behalf', 'emergency-confirmed',
    'trial-record'][x + 1] AS rule, coalesce(sum(n), 0) AS n FROM range(12) r(x) LEFT JOIN total ON rank = x GROUP BY x;

-- How many of each, and which: by the digest, once the clock has stopped.
-- stop
CREATE TEMP TABLE expected AS
  SELECT e.id, CASE WHEN j.id IS NOT NULL THEN j.rank ELSE coalesce(h.rank, 6) END AS rank FROM event e JOIN account a ON a.id = e.account LEFT JOIN judged j ON j.id = e.id
    LEFT JOIN held h ON h.subject = coalesce(a.worker, -1 - e.account) AND h.patient = e.patient
  WHERE e.exposure = 1 AND (j.id IS NULL OR j.rank IS NOT NULL) AND e.id NOT IN (SELECT id FROM fired);
SELECT rule, count(id)::BIGINT AS n, coalesce(sum((id * 2654435761) % 4294967291) % 1000000007, 0)::BIGINT AS digest FROM (
  SELECT unnest(['self', 'household', 'co-worker', 'break-the-glass-without-reason', 'deceased', 'sensitive-record', 'many-charts', 'family-elsewhere', 'crowd', 'break-the-glass-often',
    'off-shift', 'many-charts-a-day', 'stale-record', 'minor-without-custody', 'two-places', 'foreign-network', 'guessed-password', 'bulk-export', 'running-numbers', 'role-without-charts',
    'department-mismatch', 'serial', 'watched-patient', 'read-without-trace', 'covered', 'log-tampered', 'test-record', 'undisclosed-export', 'ended-affiliation', 'unmapped-account',
    'used-on-leave', 'dormant-account', 'unexplained']) AS rule) LEFT JOIN told USING (rule) GROUP BY rule
UNION ALL SELECT rule, n::BIGINT, 0 FROM reasons
UNION ALL SELECT r.rule || ':expected', count(e.id)::BIGINT, coalesce(sum((e.id * 2654435761) % 4294967291) % 1000000007, 0)::BIGINT
  FROM (SELECT rule, row_number() OVER () - 1 AS rank FROM (SELECT unnest(['visit', 'order', 'result-or-medication', 'note', 'procedure-or-immunization', 'care-team', 'department',
    'work-queue-task', 'cross-cover', 'on-behalf', 'emergency-confirmed', 'trial-record']) AS rule)) r LEFT JOIN expected e USING (rank) GROUP BY r.rule
ORDER BY 1;
