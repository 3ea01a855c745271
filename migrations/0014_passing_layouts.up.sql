-- Layouts whose dictionary comes no more are forgotten. Time is counted in turns of the ring, which no
-- clock can get wrong: writers say again and again what they use (libs/series/layouts.hpp).
ALTER TABLE staging_ring ADD COLUMN turns integer NOT NULL DEFAULT 0;
ALTER TABLE layouts ADD COLUMN turn integer NOT NULL DEFAULT 0;
CREATE INDEX layouts_turn ON layouts (turn);
