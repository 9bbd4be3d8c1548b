CREATE INDEX zw_lease_by_run ON zw_lease (workspace, run);
CREATE INDEX zw_history_by_run ON zw_history (workspace, run);
CREATE INDEX zw_history_by_version ON zw_history (workspace, version) WHERE version IS NOT NULL;
