-- Versions of rows, for all workspaces: a number is never given twice.
CREATE SEQUENCE zw_version;

CREATE TABLE zw_workspace (
    id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name text NOT NULL UNIQUE,
    -- Empty until the first run.
    lineage text NOT NULL,
    serial bigint NOT NULL DEFAULT 0
);

-- Runs, and the right to write of those that go on. The number of a run is its fencing token: every transaction of it
-- finds its own row here, still held, or writes nothing.
CREATE TABLE zw_run (
    workspace integer NOT NULL REFERENCES zw_workspace ON DELETE CASCADE,
    id bigint NOT NULL,
    kind text NOT NULL,
    status text NOT NULL,
    person text NOT NULL,
    host text NOT NULL,
    pid bigint NOT NULL,
    started text NOT NULL,
    ended text,
    created bigint NOT NULL DEFAULT 0,
    changed bigint NOT NULL DEFAULT 0,
    destroyed bigint NOT NULL DEFAULT 0,
    -- Whether it has counted up the serial.
    counted boolean NOT NULL DEFAULT false,
    -- Whether it may write, as long as its time has not run out.
    held boolean NOT NULL,
    -- Whether it may write everything, and not only what it has leases on.
    everything boolean NOT NULL,
    expires timestamptz NOT NULL,
    -- The server's process for its connection: once that is gone, so is the holder.
    server_pid integer NOT NULL,
    PRIMARY KEY (workspace, id)
) WITH (fillfactor = 50);

-- What runs that go on have the right to write, or rely on (shared).
CREATE TABLE zw_lease (
    workspace integer NOT NULL REFERENCES zw_workspace ON DELETE CASCADE,
    part text COLLATE "C" NOT NULL,
    run bigint NOT NULL,
    shared boolean NOT NULL,
    PRIMARY KEY (workspace, part, run)
);

CREATE TABLE zw_object (
    workspace integer NOT NULL REFERENCES zw_workspace ON DELETE CASCADE,
    address text COLLATE "C" NOT NULL,
    -- Empty for the current object.
    deposed text COLLATE "C" NOT NULL,
    version bigint NOT NULL,
    type text NOT NULL,
    provider text NOT NULL,
    schema_version bigint NOT NULL,
    tainted boolean NOT NULL,
    create_before_destroy boolean NOT NULL,
    skip_destroy boolean NOT NULL,
    -- Addresses, as a JSON array.
    dependencies text NOT NULL,
    sensitive_paths text,
    private text,
    attributes text NOT NULL,
    PRIMARY KEY (workspace, address, deposed)
);

CREATE TABLE zw_output (
    workspace integer NOT NULL REFERENCES zw_workspace ON DELETE CASCADE,
    name text COLLATE "C" NOT NULL,
    value text NOT NULL,
    type text NOT NULL,
    sensitive boolean NOT NULL,
    PRIMARY KEY (workspace, name)
);

-- Every write of an object, with the row as it was before, if there was one. The row as it was after is the one that
-- has the version of the write, here or among the objects.
CREATE TABLE zw_history (
    workspace integer NOT NULL REFERENCES zw_workspace ON DELETE CASCADE,
    -- The version that the write gave.
    id bigint NOT NULL,
    run bigint NOT NULL,
    address text COLLATE "C" NOT NULL,
    deposed text COLLATE "C" NOT NULL,
    version bigint,
    type text,
    provider text,
    schema_version bigint,
    tainted boolean,
    create_before_destroy boolean,
    skip_destroy boolean,
    dependencies text,
    sensitive_paths text,
    private text,
    attributes text,
    PRIMARY KEY (workspace, id)
);

-- The same for outputs.
CREATE TABLE zw_output_history (
    workspace integer NOT NULL REFERENCES zw_workspace ON DELETE CASCADE,
    id bigint GENERATED ALWAYS AS IDENTITY,
    run bigint NOT NULL,
    name text COLLATE "C" NOT NULL,
    value text,
    type text,
    sensitive boolean,
    PRIMARY KEY (workspace, id)
);

-- The journal.
CREATE TABLE zw_intent (
    workspace integer NOT NULL REFERENCES zw_workspace ON DELETE CASCADE,
    token text COLLATE "C" NOT NULL,
    run bigint NOT NULL,
    kind text NOT NULL,
    address text COLLATE "C" NOT NULL,
    deposed text COLLATE "C" NOT NULL,
    type text NOT NULL,
    provider text NOT NULL,
    create_before_destroy boolean NOT NULL,
    skip_destroy boolean NOT NULL,
    dependencies text NOT NULL,
    request text NOT NULL,
    PRIMARY KEY (workspace, token)
);
