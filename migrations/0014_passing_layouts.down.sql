DROP INDEX layouts_turn;
ALTER TABLE layouts DROP COLUMN turn;
ALTER TABLE staging_ring DROP COLUMN turns;
