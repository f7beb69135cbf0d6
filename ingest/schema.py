"""What journal.db holds. A later release adds a script; none is ever changed."""

from __future__ import annotations

_VERSION_1 = """
CREATE TABLE head (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    last INTEGER NOT NULL,       -- position of the last block
    dropped INTEGER NOT NULL,    -- blocks up to here were dropped, every reader had them
    acquired INTEGER NOT NULL,   -- readings ever offered
    duplicate INTEGER NOT NULL,  -- of these, known already
    tick INTEGER,                -- the last tick
    latest INTEGER               -- the latest event time of a reading
) STRICT;
INSERT INTO head VALUES (1, 0, 0, 0, 0, NULL, NULL);
CREATE TABLE series (
    code INTEGER PRIMARY KEY,
    line TEXT NOT NULL,
    sensor TEXT NOT NULL,
    point TEXT NOT NULL,
    sealed INTEGER,              -- the latest event time in the archive; null while it has none there
    UNIQUE (line, sensor, point)
) STRICT;
CREATE TABLE block (
    position INTEGER PRIMARY KEY,
    rows INTEGER NOT NULL,
    committed INTEGER NOT NULL,
    tick INTEGER
) STRICT;
CREATE TABLE content (           -- apart from block, so that counting rows reads no contents
    position INTEGER PRIMARY KEY,
    data BLOB NOT NULL
) STRICT;
CREATE TABLE state (
    line TEXT NOT NULL,
    name TEXT NOT NULL,
    zone TEXT NOT NULL,
    time INTEGER NOT NULL,
    text TEXT NOT NULL,
    received INTEGER NOT NULL,
    position INTEGER NOT NULL,
    PRIMARY KEY (line, name, zone, time, text)
) STRICT, WITHOUT ROWID;
CREATE TABLE act (
    number INTEGER PRIMARY KEY,
    position INTEGER NOT NULL,
    id TEXT NOT NULL,
    data BLOB NOT NULL
) STRICT;
CREATE UNIQUE INDEX act_id ON act (id) WHERE id <> '';
CREATE INDEX act_position ON act (position);
CREATE TABLE cursor (
    name TEXT PRIMARY KEY,
    position INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE quarantine (
    id INTEGER PRIMARY KEY,
    side TEXT NOT NULL CHECK (side IN ('reading', 'copy')),
    time INTEGER NOT NULL,
    source TEXT NOT NULL,
    reason TEXT NOT NULL,
    payload BLOB NOT NULL,
    readings INTEGER NOT NULL,
    outcome TEXT CHECK (outcome IN ('redriven', 'discarded')),
    who TEXT,
    why TEXT,
    settled INTEGER
) STRICT;
CREATE INDEX quarantine_open ON quarantine (side, source) WHERE outcome IS NULL;
CREATE TABLE file (
    id INTEGER PRIMARY KEY,
    line TEXT NOT NULL,
    name TEXT NOT NULL UNIQUE,
    level INTEGER NOT NULL,      -- 0 as sealed, 1 part of a day, 2 a day
    rows INTEGER NOT NULL,
    first_time INTEGER NOT NULL,
    last_time INTEGER NOT NULL,
    written INTEGER NOT NULL,
    retired INTEGER,             -- when a later file took its place
    runs BLOB NOT NULL
) STRICT;
CREATE INDEX file_line ON file (line, first_time) WHERE retired IS NULL;
CREATE TABLE segment (
    line TEXT NOT NULL,
    number INTEGER NOT NULL,
    first INTEGER NOT NULL,
    last INTEGER NOT NULL,
    rows INTEGER NOT NULL,
    file INTEGER NOT NULL REFERENCES file (id),
    PRIMARY KEY (line, number)
) STRICT, WITHOUT ROWID;
CREATE INDEX segment_file ON segment (file);
"""

# Bytes of blocks, the source of each reading, commits counted, what is owed to a copy, retries asked for.
_VERSION_2 = """
ALTER TABLE head ADD COLUMN bytes INTEGER NOT NULL DEFAULT 0;
ALTER TABLE head ADD COLUMN commits INTEGER NOT NULL DEFAULT 0;
ALTER TABLE block ADD COLUMN bytes INTEGER NOT NULL DEFAULT 0;
UPDATE block SET bytes = (SELECT length(data) FROM content WHERE content.position = block.position);
UPDATE head SET bytes = (SELECT ifnull(sum(bytes), 0) FROM block);
ALTER TABLE series ADD COLUMN source TEXT NOT NULL DEFAULT '';
CREATE TABLE source (            -- its books; empty: no source of the site file, or from before sources were told apart
    name TEXT PRIMARY KEY,
    acquired INTEGER NOT NULL,
    duplicate INTEGER NOT NULL,
    stored INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO source SELECT '', acquired, duplicate, (SELECT ifnull(sum(rows), 0) FROM segment) FROM head;
CREATE TABLE part (              -- readings of each source in blocks that are not sealed yet
    position INTEGER NOT NULL,
    source TEXT NOT NULL,
    rows INTEGER NOT NULL,
    PRIMARY KEY (position, source)
) STRICT, WITHOUT ROWID;
INSERT INTO part SELECT position, '', rows FROM block WHERE rows > 0
    AND position > ifnull((SELECT position FROM cursor WHERE name = 'archive'), 0);
ALTER TABLE quarantine ADD COLUMN origin TEXT NOT NULL DEFAULT '';
ALTER TABLE quarantine ADD COLUMN asked_by TEXT;
ALTER TABLE quarantine ADD COLUMN asked_why TEXT;
ALTER TABLE quarantine ADD COLUMN answer TEXT;
CREATE INDEX quarantine_asked ON quarantine (id) WHERE asked_by IS NOT NULL AND outcome IS NULL;
CREATE TABLE owed (              -- blocks that a copy has passed over, to be copied beside what is new
    feed TEXT NOT NULL,
    after INTEGER NOT NULL,
    through INTEGER NOT NULL,
    held INTEGER NOT NULL,       -- 1: the journal keeps them for it; 0: they are read from the archive
    PRIMARY KEY (feed, after)
) STRICT, WITHOUT ROWID;
CREATE TABLE loss (              -- blocks that were acknowledged and lost by the disk, and who went on without them
    first INTEGER NOT NULL,
    last INTEGER NOT NULL,
    time INTEGER NOT NULL,
    who TEXT NOT NULL,
    why TEXT NOT NULL
) STRICT;
"""

JOURNAL: tuple[str, ...] = (_VERSION_1, _VERSION_2)
ARCHIVE_CURSOR = "archive"
