-- How long the operations of a run took: JSON, NULL where it did not say.
ALTER TABLE run ADD COLUMN took TEXT;
