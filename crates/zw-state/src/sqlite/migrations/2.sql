-- Whether an object is only forgotten where it would be destroyed.
ALTER TABLE object ADD COLUMN skip_destroy INTEGER NOT NULL DEFAULT 0;
ALTER TABLE history ADD COLUMN skip_destroy INTEGER;
ALTER TABLE intent ADD COLUMN skip_destroy INTEGER NOT NULL DEFAULT 0;
UPDATE history SET skip_destroy = 0 WHERE version IS NOT NULL;
