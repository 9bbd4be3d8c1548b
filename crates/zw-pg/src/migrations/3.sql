-- How long the operations of a run took: JSON, NULL where it did not say.
ALTER TABLE zw_run ADD COLUMN took text;
