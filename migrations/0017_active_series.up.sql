-- When somebody last said that the series is in use, in turns of the ring (libs/series/layouts.hpp):
-- limits are about those that are.
ALTER TABLE series ADD COLUMN turn integer NOT NULL DEFAULT 0;
