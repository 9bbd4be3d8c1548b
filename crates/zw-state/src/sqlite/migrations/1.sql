-- One row: what there is once in a state.
CREATE TABLE state (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    lineage TEXT NOT NULL,
    serial INTEGER NOT NULL,
    -- The version given last.
    version INTEGER NOT NULL,
    -- The run that may write; 0 for none.
    fence INTEGER NOT NULL
) STRICT;

-- Resource types and provider configurations: few, and in every row.
CREATE TABLE name (
    id INTEGER PRIMARY KEY,
    text TEXT NOT NULL UNIQUE
) STRICT;

-- Keys of objects that exist, existed, or are depended on. Everything else refers to them by number: so
-- rows are small, and what is written together lies together whatever its address.
CREATE TABLE key (
    id INTEGER PRIMARY KEY,
    address TEXT NOT NULL,
    -- Empty for the current object.
    deposed TEXT NOT NULL,
    UNIQUE (address, deposed)
) STRICT;

CREATE TABLE object (
    key INTEGER PRIMARY KEY REFERENCES key,
    version INTEGER NOT NULL,
    type INTEGER NOT NULL REFERENCES name,
    provider INTEGER NOT NULL REFERENCES name,
    schema_version INTEGER NOT NULL,
    tainted INTEGER NOT NULL,
    create_before_destroy INTEGER NOT NULL,
    -- Numbers of keys, as a JSON array.
    dependencies TEXT NOT NULL,
    sensitive_paths TEXT,
    private TEXT,
    attributes TEXT NOT NULL
) STRICT;

CREATE TABLE output (
    name TEXT PRIMARY KEY,
    value TEXT NOT NULL,
    type TEXT NOT NULL,
    sensitive INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE run (
    id INTEGER PRIMARY KEY,
    kind TEXT NOT NULL,
    status TEXT NOT NULL,
    who TEXT NOT NULL,
    started TEXT NOT NULL,
    ended TEXT,
    -- The version given last before it began: what it wrote has the versions after that, up to the one
    -- before the next run.
    version INTEGER NOT NULL,
    created INTEGER NOT NULL DEFAULT 0,
    changed INTEGER NOT NULL DEFAULT 0,
    destroyed INTEGER NOT NULL DEFAULT 0
) STRICT;

-- Every write of an object, with the row as it was before, if there was one: enough to go back from what
-- exists now to any earlier run, and cheap for the new objects that most writes make. The row as it was
-- after is the one that has the version of the write, here or among the objects.
CREATE TABLE history (
    -- The version that the write gave.
    id INTEGER PRIMARY KEY,
    key INTEGER NOT NULL REFERENCES key,
    version INTEGER,
    type INTEGER,
    provider INTEGER,
    schema_version INTEGER,
    tainted INTEGER,
    create_before_destroy INTEGER,
    dependencies TEXT,
    sensitive_paths TEXT,
    private TEXT,
    attributes TEXT
) STRICT;
CREATE UNIQUE INDEX history_by_version ON history (version) WHERE version IS NOT NULL;

-- The same for outputs.
CREATE TABLE output_history (
    id INTEGER PRIMARY KEY,
    run INTEGER NOT NULL REFERENCES run,
    name TEXT NOT NULL,
    value TEXT,
    type TEXT,
    sensitive INTEGER
) STRICT;
CREATE INDEX output_history_by_run ON output_history (run);

-- The journal.
CREATE TABLE intent (
    token TEXT PRIMARY KEY,
    run INTEGER NOT NULL REFERENCES run,
    kind TEXT NOT NULL,
    key INTEGER NOT NULL REFERENCES key,
    type INTEGER NOT NULL REFERENCES name,
    provider INTEGER NOT NULL REFERENCES name,
    create_before_destroy INTEGER NOT NULL,
    dependencies TEXT NOT NULL,
    request TEXT NOT NULL
) STRICT, WITHOUT ROWID;
