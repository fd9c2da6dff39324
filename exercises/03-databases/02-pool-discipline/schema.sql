CREATE TABLE vans (
    id   bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name text NOT NULL
);

-- Parcels have arrived in the order of their ids.
CREATE TABLE parcels (
    id     bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    code   text NOT NULL UNIQUE,
    grams  bigint NOT NULL CHECK (grams BETWEEN 1 AND 100000),
    van_id bigint REFERENCES vans -- NULL while the parcel waits in the depot
);

-- One row for each time that parcels were loaded into a van.
CREATE TABLE loadings (
    id      bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    van_id  bigint NOT NULL REFERENCES vans,
    parcels bigint NOT NULL
);
