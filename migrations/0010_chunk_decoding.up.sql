-- Chunks readable by SQL alone (docs/chunk-format.md has the form). monitron_v1 is what people may
-- rely upon: decode_values, decode_times, decode_presence, chunk_times. The rest serves these.
CREATE SCHEMA monitron_v1;

CREATE FUNCTION monitron_v1.not_a_chunk() RETURNS void
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
BEGIN
  RAISE data_corrupted USING MESSAGE = 'these bytes are not in the form of chunks';
END $$;

-- {number, place after it}. A number of 64 bits may come out negative.
CREATE FUNCTION monitron_v1.varint_at(data bytea, place integer) RETURNS bigint[]
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
  part integer;
  number bigint := 0;
  shift integer := 0;
BEGIN
  LOOP
    part := get_byte(data, place);
    number := number | ((part & 127)::bigint << shift);
    place := place + 1;
    EXIT WHEN part < 128;
    shift := shift + 7;
    IF shift > 63 THEN
      PERFORM monitron_v1.not_a_chunk();
    END IF;
  END LOOP;
  RETURN ARRAY[number, place];
END $$;

CREATE FUNCTION monitron_v1.unzigzag(code bigint) RETURNS bigint
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
  SELECT ((code >> 1) & 9223372036854775807) # -(code & 1)
$$;

-- What is left of a number in 64 bits with a sign.
CREATE FUNCTION monitron_v1.wrapped(number numeric) RETURNS bigint
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
  SELECT (mod(mod(number + 9223372036854775808, 18446744073709551616) + 18446744073709551616,
              18446744073709551616) - 9223372036854775808)::bigint
$$;

-- In two steps, so that no power of two is so small that PostgreSQL refuses it. Not STRICT: then it
-- would not be inlined.
CREATE FUNCTION monitron_v1.double_of_bits(bits bigint) RETURNS float8
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT CASE WHEN bits < 0 THEN -1::float8 ELSE 1::float8 END
    * CASE (bits >> 52) & 2047
        WHEN 2047 THEN CASE WHEN bits & 4503599627370495 = 0 THEN float8 'Infinity'
                            ELSE float8 'NaN' END
        WHEN 0 THEN (bits & 4503599627370495)::float8 / 4503599627370496
                    * float8 '2.2250738585072014e-308'
        ELSE (1 + (bits & 4503599627370495)::float8 / 4503599627370496)
             * power(2::float8, ((bits >> 52) & 2047) - 1023)
      END
$$;

-- Eight bytes, the highest first.
CREATE FUNCTION monitron_v1.bits_at(data bytea, place integer) RETURNS bigint
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
  SELECT ('x' || encode(substr(data, place + 1, 8), 'hex'))::bit(64)::bigint
$$;

-- A block of `count` numbers of `width` bits from `place` on, its exceptions patched in, and the
-- place after it as one number more.
CREATE FUNCTION monitron_v1.packed_at(data bytea, place integer, count integer, width integer,
                                      patched boolean) RETURNS bigint[]
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
  bytes integer := (count * width + 7) / 8;
  bits bit varying;
  numbers bigint[];
  exceptions integer;
  number bigint[];
  at integer;
BEGIN
  IF place + bytes > length(data) THEN
    PERFORM monitron_v1.not_a_chunk();
  END IF;
  IF width = 0 THEN
    numbers := array_fill(0::bigint, ARRAY[count]);
  ELSE
    bits := ('x' || encode(substr(data, place + 1, bytes), 'hex'))::varbit;
    numbers := ARRAY(SELECT substring(bits FROM i FOR width)::bigint
                     FROM generate_series(1, 1 + (count - 1) * width, width) AS i);
    place := place + bytes;
  END IF;
  IF patched THEN
    exceptions := get_byte(data, place);
    number := ARRAY[0, place + 1 + exceptions];
    FOR i IN 1..exceptions LOOP
      at := get_byte(data, place + i) + 1;
      number := monitron_v1.varint_at(data, number[2]::integer);
      numbers[at] := numbers[at] | (number[1] << width);
    END LOOP;
    place := number[2];
  END IF;
  RETURN numbers || place::bigint;
END $$;

-- first, first + step, ...
CREATE FUNCTION monitron_v1.steps(first bigint, step bigint, count integer, wide boolean)
RETURNS bigint[] LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
BEGIN
  IF wide THEN
    RETURN ARRAY(SELECT monitron_v1.wrapped(first + i * step::numeric)
                 FROM generate_series(0, count - 1) AS i);
  END IF;
  RETURN ARRAY(SELECT first + i * step FROM generate_series(0, count - 1) AS i);
END $$;

-- The first `size` numbers of a block, no longer counted from its frame. `before`: the number before
-- the block, `delta`: the last difference before it.
CREATE FUNCTION monitron_v1.placed(block bigint[], size integer, frame integer, reference bigint,
                                   slope bigint, before bigint, delta bigint) RETURNS bigint[]
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
BEGIN
  IF frame = 1 THEN
    FOR i IN 1..size LOOP
      before := before + block[i] + reference;
      block[i] := before;
    END LOOP;
  ELSIF frame = 2 THEN
    FOR i IN 1..size LOOP
      delta := delta + block[i] + reference;
      before := before + delta;
      block[i] := before;
    END LOOP;
  ELSE
    before := before + reference;
    FOR i IN 1..size LOOP
      before := before + slope;
      block[i] := before + block[i];
    END LOOP;
  END IF;
  RETURN block[1:size];
END $$;

-- The same where 64 bits overflow: differences of unlike doubles, bit by bit.
CREATE FUNCTION monitron_v1.placed_wide(block bigint[], size integer, frame integer,
                                        reference bigint, slope bigint, before bigint,
                                        delta bigint) RETURNS bigint[]
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
BEGIN
  IF frame IN (0, 3) THEN
    before := monitron_v1.wrapped(before::numeric + reference);
  END IF;
  FOR i IN 1..size LOOP
    IF frame = 1 THEN
      before := monitron_v1.wrapped(before::numeric + block[i] + reference);
      block[i] := before;
    ELSIF frame = 2 THEN
      delta := monitron_v1.wrapped(delta::numeric + block[i] + reference);
      before := monitron_v1.wrapped(before::numeric + delta);
      block[i] := before;
    ELSE
      before := monitron_v1.wrapped(before::numeric + slope);
      block[i] := monitron_v1.wrapped(before::numeric + block[i]);
    END IF;
  END LOOP;
  RETURN block[1:size];
END $$;

-- `count` numbers in blocks of `block_size` from `place` on, and the place after them as one number
-- more. They are counted from the number before them.
CREATE FUNCTION monitron_v1.blocks_at(data bytea, place integer, block_size integer, count integer,
                                      wide boolean) RETURNS bigint[]
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
  numbers bigint[] := '{0}';  -- the one before them first
  block bigint[];
  part bigint[];  -- of varint_at
  done integer := 0;
  size integer;
  head integer;
  flags integer;
  width integer;
  reference bigint;
  slope bigint := 0;
  before bigint := 0;
  delta bigint := 0;
BEGIN
  WHILE done < count LOOP
    head := get_byte(data, place);
    place := place + 1;
    IF head = 127 THEN  -- blocks of one and the same difference
      part := monitron_v1.varint_at(data, place);
      delta := monitron_v1.unzigzag(part[1]);
      part := monitron_v1.varint_at(data, part[2]::integer);
      place := part[2];
      IF part[1] < 1 OR part[1] > 65536 THEN
        PERFORM monitron_v1.not_a_chunk();
      END IF;
      size := least(part[1] * block_size, count - done);
      block := (monitron_v1.steps(before, delta, size + 1, wide))[2:];
    ELSE
      size := least(block_size, count - done);
      width := CASE WHEN head & 63 = 63 THEN 64 ELSE head & 63 END;
      flags := get_byte(data, place);  -- and the low bits of the reference
      place := place + 1;
      reference := (flags >> 1) & 63;
      IF flags > 127 THEN
        part := monitron_v1.varint_at(data, place);
        reference := reference | (part[1] << 6);
        place := part[2];
      END IF;
      reference := monitron_v1.unzigzag(reference);
      IF head >> 6 = 3 THEN
        part := monitron_v1.varint_at(data, place);
        slope := monitron_v1.wrapped(slope::numeric + monitron_v1.unzigzag(part[1]));
        place := part[2];
      END IF;
      block := monitron_v1.packed_at(data, place, size, width, flags & 1 = 1);
      place := block[size + 1];
      IF wide THEN
        block := monitron_v1.placed_wide(block, size, head >> 6, reference,
                                         CASE head >> 6 WHEN 3 THEN slope ELSE 0 END, before, delta);
      ELSE
        block := monitron_v1.placed(block, size, head >> 6, reference,
                                    CASE head >> 6 WHEN 3 THEN slope ELSE 0 END, before, delta);
      END IF;
      delta := monitron_v1.wrapped(
        block[size]::numeric - CASE size WHEN 1 THEN before ELSE block[size - 1] END);
    END IF;
    before := block[size];
    numbers := numbers || block;
    done := done + size;
  END LOOP;
  RETURN numbers || place::bigint;
END $$;

-- A sequence of numbers from `place` on, and the place after it as one number more.
CREATE FUNCTION monitron_v1.integers_at(data bytea, place integer, shape integer, count integer,
                                        raw boolean) RETURNS bigint[]
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
  wide constant boolean := shape & 8 <> 0;
  form constant integer := shape & 7;
  part bigint[];
  first bigint;
  factor bigint := 0;
  numbers bigint[];
BEGIN
  IF form > 5 THEN
    PERFORM monitron_v1.not_a_chunk();
  END IF;
  IF raw THEN
    first := monitron_v1.bits_at(data, place);
    place := place + 8;
  ELSE
    part := monitron_v1.varint_at(data, place);
    first := monitron_v1.unzigzag(part[1]);
    place := part[2];
  END IF;
  IF form > 0 THEN
    part := monitron_v1.varint_at(data, place);
    factor := monitron_v1.unzigzag(part[1]) * CASE form WHEN 2 THEN 1000 ELSE 1 END;
    place := part[2];
  END IF;
  IF form < 3 THEN
    RETURN monitron_v1.steps(first, factor, count, wide) || place::bigint;
  END IF;
  numbers := monitron_v1.blocks_at(data, place, 64 << (form - 3), count - 1, wide);
  place := numbers[count + 1];
  IF wide THEN
    RETURN ARRAY(SELECT monitron_v1.wrapped(first + n * factor::numeric)
                 FROM unnest(numbers[1:count]) AS n) || place::bigint;
  END IF;
  RETURN ARRAY(SELECT first + n * factor FROM unnest(numbers[1:count]) AS n) || place::bigint;
END $$;

-- {count, place after it}, once the version is known.
CREATE FUNCTION monitron_v1.chunk_head(data bytea) RETURNS bigint[]
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
  part constant bigint[] := monitron_v1.varint_at(data, 1);
BEGIN
  IF get_byte(data, 0) >> 4 <> 1 OR part[1] NOT BETWEEN 0 AND 65536 THEN
    PERFORM monitron_v1.not_a_chunk();
  END IF;
  RETURN part;
END $$;

-- Milliseconds since 1970.
CREATE FUNCTION monitron_v1.decode_times(data bytea) RETURNS bigint[]
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
  plain constant bytea := data || ''::bytea;  -- fetched from its TOAST table once
  head constant bigint[] := monitron_v1.chunk_head(plain);
  numbers bigint[];
BEGIN
  IF head[1] = 0 THEN
    RETURN '{}';
  END IF;
  numbers := monitron_v1.integers_at(plain, head[2]::integer, get_byte(plain, 0) & 15,
                                     head[1]::integer, false);
  RETURN numbers[1:head[1]];
END $$;

-- Values in place of those that are no decimals, in runs of the same.
CREATE FUNCTION monitron_v1.with_others(numbers float8[], data bytea, place integer)
RETURNS float8[] LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
  part bigint[] := monitron_v1.varint_at(data, place);
  at bigint := 1;
  other float8;
BEGIN
  FOR run IN 1..part[1] LOOP
    part := monitron_v1.varint_at(data, part[2]::integer);
    at := at + part[1];
    part := monitron_v1.varint_at(data, part[2]::integer);
    IF part[1] & 1 = 0 THEN
      other := monitron_v1.double_of_bits(monitron_v1.bits_at(data, part[2]::integer));
      part[2] := part[2] + 8;
    END IF;
    IF at + (part[1] >> 1) > 1 + cardinality(numbers) THEN
      PERFORM monitron_v1.not_a_chunk();
    END IF;
    FOR i IN at..at + (part[1] >> 1) - 1 LOOP
      numbers[i] := other;
    END LOOP;
    at := at + (part[1] >> 1);
  END LOOP;
  RETURN numbers;
END $$;

-- Every value as it was stored, but that a NaN is a NaN, whatever its bits.
CREATE FUNCTION monitron_v1.decode_values(data bytea) RETURNS float8[]
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
  plain constant bytea := data || ''::bytea;
  head constant bigint[] := monitron_v1.chunk_head(plain);
  count constant integer := head[1];
  scale integer;
  power float8;
  numbers bigint[];
  decoded float8[];
BEGIN
  IF count = 0 THEN
    RETURN '{}';
  END IF;
  scale := get_byte(plain, head[2]::integer);
  numbers := monitron_v1.integers_at(plain, head[2]::integer + 1, get_byte(plain, 0) & 15, count,
                                     scale & 31 = 31);
  IF scale & 31 = 31 THEN
    decoded := ARRAY(SELECT monitron_v1.double_of_bits(n) FROM unnest(numbers[1:count]) AS n);
  ELSE
    power := ('1e' || (scale & 31))::float8;
    decoded := ARRAY(SELECT n::float8 / power FROM unnest(numbers[1:count]) AS n);
  END IF;
  IF scale & 32 = 0 THEN
    RETURN decoded;
  END IF;
  RETURN monitron_v1.with_others(decoded, plain, numbers[count + 1]::integer);
END $$;

-- Which of `count` shared times a series has a value at.
CREATE FUNCTION monitron_v1.decode_presence(data bytea, count integer) RETURNS boolean[]
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
  plain constant bytea := data || ''::bytea;
  part bigint[] := '{0,1}';
  present boolean := true;
  decoded boolean[] := '{}';
BEGIN
  IF get_byte(plain, 0) >> 4 <> 1 THEN
    PERFORM monitron_v1.not_a_chunk();
  END IF;
  WHILE cardinality(decoded) < count LOOP
    part := monitron_v1.varint_at(plain, part[2]::integer);
    IF part[1] NOT BETWEEN 0 AND count - cardinality(decoded) THEN
      PERFORM monitron_v1.not_a_chunk();
    END IF;
    decoded := decoded || array_fill(present, ARRAY[part[1]::integer]);
    present := NOT present;
  END LOOP;
  RETURN decoded;
END $$;

-- The times of a row of chunks: `times` as it has them, `shared` those of the row of chunk_times
-- that its times_id names, or null.
CREATE FUNCTION monitron_v1.chunk_times(times bytea, shared bytea) RETURNS bigint[]
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
DECLARE
  every bigint[];
BEGIN
  IF shared IS NULL THEN
    RETURN monitron_v1.decode_times(times);
  END IF;
  every := monitron_v1.decode_times(shared);
  IF times IS NULL THEN
    RETURN every;
  END IF;
  RETURN ARRAY(SELECT time
               FROM unnest(every, monitron_v1.decode_presence(times, cardinality(every)))
                      AS one(time, present)
               WHERE present);
END $$;
