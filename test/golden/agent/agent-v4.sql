CREATE TABLE outbox (
    position INTEGER PRIMARY KEY AUTOINCREMENT,
    attempt TEXT NOT NULL UNIQUE,
    job_name TEXT NOT NULL,
    report TEXT NOT NULL,
    output BLOB NOT NULL
  ) STRICT;
CREATE TABLE receipts (
    id TEXT PRIMARY KEY,
    sequence INTEGER NOT NULL UNIQUE,
    at INTEGER NOT NULL,
    amount_high INTEGER NOT NULL,
    amount_low INTEGER NOT NULL,
    receipt TEXT NOT NULL,
    proof TEXT
  ) STRICT;
CREATE INDEX receipts_verified ON receipts (at, amount_high, amount_low) WHERE proof IS NOT NULL;
CREATE INDEX receipts_unverified ON receipts (sequence) WHERE proof IS NULL;
CREATE TABLE activity (
    attempt TEXT PRIMARY KEY,
    position INTEGER NOT NULL UNIQUE,
    item TEXT NOT NULL
  ) STRICT;
CREATE TABLE evidence (
    at INTEGER NOT NULL,
    older TEXT NOT NULL,
    newer TEXT NOT NULL
  ) STRICT;
CREATE TABLE facts (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE module_faults (
    module TEXT PRIMARY KEY,
    job_name TEXT NOT NULL,
    publisher TEXT NOT NULL,
    reason TEXT NOT NULL,
    at INTEGER NOT NULL,
    faults INTEGER NOT NULL,
    software TEXT NOT NULL
  ) STRICT;
CREATE TABLE held_leases (
    position INTEGER PRIMARY KEY AUTOINCREMENT,
    attempt TEXT NOT NULL UNIQUE,
    lease TEXT NOT NULL
  ) STRICT;
CREATE TABLE proved_modules (
    position INTEGER PRIMARY KEY AUTOINCREMENT,
    module TEXT NOT NULL UNIQUE,
    proved_by TEXT NOT NULL
  ) STRICT;
INSERT INTO outbox (position, attempt, job_name, report, output) VALUES (1, 'att_00000001', 'earthquakes', '{"statement":{"attempt":"att_00000001","task":"job_00000000.1","device":"G70MCZFtd1GCQuJnmipvt0CVonbAavjSK2FrcyeHUYc","outcome":{"kind":"completed"},"output":{"hash":"65dc68cb17e842dc89122cf636d5b04f2ced39011bc5886ba0a026da073194c5","size":8},"fuel":"123"},"signature":"3cmQTf8M4oFVf8w7bBgsDX-Lot08ssAK1FLgT455IFVqCxF_ZCkgL84fCA3STf9JIKv7jA9Ud8zjZOjdcIuHAg","cpuMs":1.5}', X'6f75747075742031');
INSERT INTO outbox (position, attempt, job_name, report, output) VALUES (2, 'att_00000002', 'earthquakes', '{"statement":{"attempt":"att_00000002","task":"job_00000000.2","device":"G70MCZFtd1GCQuJnmipvt0CVonbAavjSK2FrcyeHUYc","outcome":{"kind":"completed"},"output":{"hash":"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855","size":0},"fuel":"123"},"signature":"ckFx2aTDkT15m5TP9GAaVUALN2dU0_P-JT82Jpq_qoaB3h_it2ot0bWufI5LgCq3wkuV9m8SOtLLD6F6VhcfDQ","cpuMs":1.5}', X'');
INSERT INTO receipts (id, sequence, at, amount_high, amount_low, receipt, proof) VALUES ('rcp_00000001', 1, 1000, 1000000000000, 7, '{"statement":{"version":1,"id":"rcp_00000001","network":"G70MCZFtd1GCQuJnmipvt0CVonbAavjSK2FrcyeHUYc","account":"G70MCZFtd1GCQuJnmipvt0CVonbAavjSK2FrcyeHUYc","device":"G70MCZFtd1GCQuJnmipvt0CVonbAavjSK2FrcyeHUYc","job":"job_00000000","jobName":"earthquakes","task":"job_00000000.1","attempt":"att_00000001","fuel":"123","amount":"1000000000000000000000000007","leafIndex":1,"leafHash":"0000000000000000000000000000000000000000000000000000000000000000","at":1000},"signature":"st9cmZKLabF7eJgXihLtNEQOkiH7RMWpUn8eGBnvwv0QYGDLa3-2RPmHV7SyZwBHTYL1oy2yoSfk18Z10A52CQ"}', '{"receipt":{"statement":{"version":1,"id":"rcp_00000001","network":"G70MCZFtd1GCQuJnmipvt0CVonbAavjSK2FrcyeHUYc","account":"G70MCZFtd1GCQuJnmipvt0CVonbAavjSK2FrcyeHUYc","device":"G70MCZFtd1GCQuJnmipvt0CVonbAavjSK2FrcyeHUYc","job":"job_00000000","jobName":"earthquakes","task":"job_00000000.1","attempt":"att_00000001","fuel":"123","amount":"1000000000000000000000000007","leafIndex":1,"leafHash":"0000000000000000000000000000000000000000000000000000000000000000","at":1000},"signature":"st9cmZKLabF7eJgXihLtNEQOkiH7RMWpUn8eGBnvwv0QYGDLa3-2RPmHV7SyZwBHTYL1oy2yoSfk18Z10A52CQ"},"entry":{"version":1,"kind":"pay","cause":"pay:att_00000001","at":1,"postings":[{"account":"escrow:job_00000000","amount":"-1000000000000000000000000007"},{"account":"account:G70MCZFtd1GCQuJnmipvt0CVonbAavjSK2FrcyeHUYc","amount":"1000000000000000000000000007"}]},"inclusion":{"leafIndex":1,"treeSize":2,"hashes":[]},"head":{"head":{"version":1,"network":"G70MCZFtd1GCQuJnmipvt0CVonbAavjSK2FrcyeHUYc","size":2,"root":"0000000000000000000000000000000000000000000000000000000000000000","at":2},"signature":"7aGHYD1IVKmULWuplzObP3p2pyeDjOuq7NnbZX7QprsAiIOEDfe10PgHVbJWVdMqb5hp95LU7UD6ov_X3Sc0Aw"}}');
INSERT INTO receipts (id, sequence, at, amount_high, amount_low, receipt, proof) VALUES ('rcp_00000002', 2, 2000, 0, 5, '{"statement":{"version":1,"id":"rcp_00000002","network":"G70MCZFtd1GCQuJnmipvt0CVonbAavjSK2FrcyeHUYc","account":"G70MCZFtd1GCQuJnmipvt0CVonbAavjSK2FrcyeHUYc","device":"G70MCZFtd1GCQuJnmipvt0CVonbAavjSK2FrcyeHUYc","job":"job_00000000","jobName":"earthquakes","task":"job_00000000.2","attempt":"att_00000002","fuel":"123","amount":"5","leafIndex":2,"leafHash":"0000000000000000000000000000000000000000000000000000000000000000","at":2000},"signature":"HfmOOIef4U5GThOqbqw68pIXc5nmNCUgdwlfg6BRM08215eo7arNODtZuU1E4756_zuaZGAlcOkz0b8nwUwRAw"}', NULL);
INSERT INTO activity (attempt, position, item) VALUES ('att_00000001', 1, '{"at":1,"task":"job_00000000.1","jobName":"earthquakes","result":{"kind":"completed"},"fuel":"5","cpuMs":2.5}');
INSERT INTO activity (attempt, position, item) VALUES ('att_00000002', 2, '{"at":2,"task":"job_00000000.2","jobName":"earthquakes","result":{"kind":"lost","reason":"The lease ran out."},"fuel":"5","cpuMs":2.5}');
INSERT INTO evidence (at, older, newer) VALUES (9, '{"head":{"version":1,"network":"G70MCZFtd1GCQuJnmipvt0CVonbAavjSK2FrcyeHUYc","size":3,"root":"0000000000000000000000000000000000000000000000000000000000000000","at":3},"signature":"_lyCzW6Qx9jabvEcGmloqJwlnJR8NCWXSnnHeMrDxE9a844Ly8TFc3JG5Xr_AUEz4TQGJrZQ5fyjBC6iDoeCCg"}', '{"head":{"version":1,"network":"G70MCZFtd1GCQuJnmipvt0CVonbAavjSK2FrcyeHUYc","size":2,"root":"0000000000000000000000000000000000000000000000000000000000000000","at":2},"signature":"7aGHYD1IVKmULWuplzObP3p2pyeDjOuq7NnbZX7QprsAiIOEDfe10PgHVbJWVdMqb5hp95LU7UD6ov_X3Sc0Aw"}');
INSERT INTO facts (name, value) VALUES ('last_head', '{"head":{"version":1,"network":"G70MCZFtd1GCQuJnmipvt0CVonbAavjSK2FrcyeHUYc","size":4,"root":"0000000000000000000000000000000000000000000000000000000000000000","at":4},"signature":"i0koEmF2dG5R6BVtAj2B0gptqjv3eaNra93tmfK6p4anfk_3DwcHwws48jMlGE74k3Q8YOc42_NFUBHhGYZABQ"}');
INSERT INTO facts (name, value) VALUES ('last_head_checked_at', '77');
INSERT INTO facts (name, value) VALUES ('network_key', 'G70MCZFtd1GCQuJnmipvt0CVonbAavjSK2FrcyeHUYc');
INSERT INTO module_faults (module, job_name, publisher, reason, at, faults, software) VALUES ('aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa', 'primes', 'acc0untXe7Rt2Uy5Io8Pa1Sd4Fg6Hj9Kl3Zx0Cv2Bn4', 'it crashed', 5, 3, 'lull 0.1.0');
INSERT INTO held_leases (position, attempt, lease) VALUES (1, 'att_00000000', '{"attempt":"att_00000000","task":"job_00000000.0","job":"job_00000000","jobName":"earthquakes","publisher":"s1XzmNKS_6Cl8MSSuuP8NJ7PiUdjDoiPI6el5rLD1Q4","purpose":"science","pricePerGigafuel":"500","spec":{"kind":"stepped","module":{"hash":"f6c0d945dc8a9e01854484f4e9b123945919e553778d4386d1d939451c038a0c","size":8},"args":[],"files":[],"index":0,"count":1000,"seed":"7","limits":{"fuel":"1000000000000","memoryBytes":1048576,"outputBytes":1048576,"wallMs":60000}},"leaseMs":60000}');
INSERT INTO proved_modules (position, module, proved_by) VALUES (1, 'bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb', 'checker 1');
PRAGMA user_version = 4;
