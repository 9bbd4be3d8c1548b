-- How many transactions a run has made: it tells whether one took effect whose answer was lost.
ALTER TABLE zw_run ADD COLUMN writes bigint NOT NULL DEFAULT 0;
