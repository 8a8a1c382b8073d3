PRAGMA user_version = 3;
BEGIN TRANSACTION;
CREATE TABLE contents (              -- what came back, of all questions together
    student TEXT PRIMARY KEY REFERENCES submissions (student) ON DELETE CASCADE,
    content BLOB NOT NULL             -- zlib of the frames as they came: docs/formats.md
);
INSERT INTO "contents" VALUES('ana-lee',X'78016D8E4D0AC23010857B149975A08A1B0942BD47E82234290D864466A82D9480C7F0983D82932A5AB00F06DE3CE6E77B16453172A90974A0C1228164EF0C48A026A2A57270C682001B8CCD296A476C38408CC841ECB8B9BA6078754A02EEDAF7367BD0200F29D5492805FB72E4B1737B02A18E356BB7885FAF34579FE6F26073E3DAE2F291FEA85A171C756BAED07BBFCDF543CA97BE540BD4FBFF5CBD0036804EAB');
INSERT INTO "contents" VALUES('ben',X'78016D8E4D0AC23010857B149975A08A1B0942BD47E82234290D864466A82D9480C7F0983D82932A5AB00F06DE3CE6E77B16453172A90974A0C1228164EF0C48A026A2A57270C682001B8CCD296A476C38408CC841ECB8B9BA6078754A02EEDAF7367BD0200F29D5492805FB72E4B1737B02A18E356BB7885FAF34579FE6F26073E3DAE2F291FEA85A171C756BAED07BBFCDF543CA97BE540BD4FBFF5CBD0036804EAB');
INSERT INTO "contents" VALUES('ben-2',X'78016D8E4D0AC23010857B149975A08A1B0942BD47E82234290D864466A82D9480C7F0983D82932A5AB00F06DE3CE6E77B16453172A90974A0C1228164EF0C48A026A2A57270C682001B8CCD296A476C38408CC841ECB8B9BA6078754A02EEDAF7367BD0200F29D5492805FB72E4B1737B02A18E356BB7885FAF34579FE6F26073E3DAE2F291FEA85A171C756BAED07BBFCDF543CA97BE540BD4FBFF5CBD0036804EAB');
CREATE TABLE observations (
    student  TEXT NOT NULL REFERENCES submissions (student) ON DELETE CASCADE,
    question TEXT NOT NULL,           -- 'scores/published'
    position INTEGER NOT NULL,        -- in the order of asking
    ended    TEXT NOT NULL,
    error    TEXT,
    PRIMARY KEY (student, question)
) WITHOUT ROWID;
INSERT INTO "observations" VALUES('ana-lee','loss/wide',1,'finished',NULL);
INSERT INTO "observations" VALUES('ana-lee','scores/wide',0,'raised','oh');
INSERT INTO "observations" VALUES('ben','loss/wide',1,'finished',NULL);
INSERT INTO "observations" VALUES('ben','scores/wide',0,'raised','oh');
INSERT INTO "observations" VALUES('ben-2','loss/wide',1,'finished',NULL);
INSERT INTO "observations" VALUES('ben-2','scores/wide',0,'raised','oh');
CREATE TABLE problems (              -- what is for a person to look at and belongs to no verdict
    student    TEXT NOT NULL,
    submission TEXT NOT NULL,
    stage      TEXT NOT NULL,
    reason     TEXT NOT NULL,
    again      TEXT NOT NULL
);
CREATE TABLE runs (              -- one row for each time that grading or judging was started
    id            INTEGER PRIMARY KEY,
    started       TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%SZ', 'now')),
    seed          INTEGER NOT NULL,   -- of the hidden questions
    data          TEXT NOT NULL,      -- 'mnist', 'synthetic' or 'none'
    isolation     TEXT NOT NULL,      -- level of the sandbox that was asked for
    rubric_sha256 TEXT NOT NULL,
    rubric        TEXT NOT NULL,      -- the file itself
    kit_version   TEXT NOT NULL,
    numpy_version TEXT NOT NULL,
    asked_with    TEXT NOT NULL,      -- digest of all that shapes an observation
    questions_sha256 TEXT NOT NULL,   -- of the questions themselves; '' where it is not known
    labels        BLOB NOT NULL       -- of the validation and test images, for judging again
);
INSERT INTO "runs" VALUES(1,'2026-11-28T14:07:10Z',7,'none','auto','rrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrr','[points]
','1.0','2.0','asked','qqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqq',X'');
CREATE TABLE submissions (
    student      TEXT PRIMARY KEY,    -- key and folder name
    run          INTEGER NOT NULL REFERENCES runs (id),  -- that observed it
    name         TEXT NOT NULL,       -- of the folder or archive
    sha256       TEXT NOT NULL,       -- of its files
    fingerprint  TEXT NOT NULL,       -- of names, sizes and times: unchanged means not run again
    received     TEXT,                -- ISO 8601 with offset
    status       TEXT NOT NULL CHECK (status IN ('graded', 'attention', 'ungradable')),
    owner        TEXT NOT NULL,       -- JSON: who handed it in, with the system's ids
    findings     TEXT NOT NULL,       -- JSON: sentences that are no verdicts
    attention    TEXT NOT NULL,       -- JSON: sentences that a person should look at
    source       TEXT NOT NULL,       -- neural_net.py as text
    output       TEXT NOT NULL,       -- what the code printed, its beginning
    isolation    TEXT NOT NULL,       -- level of the sandbox that it ran in
    wall_s       REAL NOT NULL,
    cpu_s        REAL NOT NULL,
    peak_memory_mb REAL NOT NULL,
    figures      TEXT NOT NULL,       -- JSON: accuracies of best_net, final toy loss
    judged_by    TEXT NOT NULL,       -- sha256 of the rubric
    again        TEXT NOT NULL        -- how to run it again
);
INSERT INTO "submissions" VALUES('ana-lee',1,'ana-lee.zip','ssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssss','stat:1','2026-03-03T10:00:00+00:00','graded','{"ids": {"user_id": "111"}, "late": null, "members": [], "name": "Ana Lee", "original": "leeana_111_9_lab.zip", "received": null, "student": "ana-lee", "system": "canvas"}','[]','[]','class TwoLayerNet: pass','printed','full',1.0,0.5,20.0,'{"test_accuracy": null}','rrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrr','nnlab grade x -o OUT');
INSERT INTO "submissions" VALUES('ben',1,'ben.zip','ssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssss','stat:1','2026-03-03T10:00:00+00:00','attention','{"ids": {"participant": "7"}, "late": null, "members": [], "name": "Ben", "original": "", "received": null, "student": "ben", "system": "moodle"}','[]','["T#5 scores-hidden: failed"]','class TwoLayerNet: pass','printed','full',1.0,0.5,20.0,'{"test_accuracy": null}','rrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrr','nnlab grade x -o OUT');
INSERT INTO "submissions" VALUES('ben-2',1,'ben-2.zip','ssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssss','stat:1','2026-03-03T10:00:00+00:00','attention','{"ids": {"participant": "7"}, "late": null, "members": [], "name": "Ben", "original": "", "received": null, "student": "ben-2", "system": "moodle"}','[]','["best_net may know the images"]','class TwoLayerNet: pass','printed','full',1.0,0.5,20.0,'{"test_accuracy": null}','rrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrr','nnlab grade x -o OUT');
INSERT INTO "submissions" VALUES('cleo',1,'cleo.zip','ssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssss','stat:1','2026-03-03T10:00:00+00:00','ungradable','{"ids": {}, "late": null, "members": [], "name": "cleo", "original": "cleo", "received": null, "student": "cleo", "system": "folder"}','[]','["''cleo.zip'' is no archive."]','class TwoLayerNet: pass','printed','full',1.0,0.5,20.0,'{"test_accuracy": null}','rrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrr','nnlab grade x -o OUT');
CREATE TABLE verdicts (
    student   TEXT NOT NULL REFERENCES submissions (student) ON DELETE CASCADE,
    id        TEXT NOT NULL,          -- of the check
    position  INTEGER NOT NULL,
    task      TEXT NOT NULL,
    judged    TEXT NOT NULL,
    ended     TEXT NOT NULL,
    score     REAL NOT NULL,
    max_score REAL NOT NULL,
    public    INTEGER NOT NULL,
    message   TEXT NOT NULL,
    got       TEXT,                   -- JSON
    expected  TEXT,                   -- JSON
    hint      TEXT,
    misconception TEXT,
    PRIMARY KEY (student, id)
) WITHOUT ROWID;
INSERT INTO "verdicts" VALUES('ana-lee','scores-hidden',0,'T#5','right','finished',2.0,2.0,0,'right.','[1.5, null]','"text"',NULL,NULL);
INSERT INTO "verdicts" VALUES('ben','scores-hidden',0,'T#5','could not tell','finished',2.0,2.0,0,'right.','[1.5, null]','"text"',NULL,NULL);
INSERT INTO "verdicts" VALUES('ben-2','scores-hidden',0,'T#5','right','finished',2.0,2.0,0,'right.','[1.5, null]','"text"',NULL,NULL);
COMMIT;
