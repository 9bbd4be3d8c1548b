-- What outputs were is asked for by name.
CREATE INDEX output_history_by_name ON output_history (name, run);
