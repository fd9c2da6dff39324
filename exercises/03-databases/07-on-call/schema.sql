CREATE TABLE wards (
    id   bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name text NOT NULL
);

CREATE TABLE doctors (
    id      bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    ward_id bigint NOT NULL REFERENCES wards,
    on_call boolean NOT NULL
);

-- One row for each time that a doctor has gone off call.
CREATE TABLE departures (
    id        bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    doctor_id bigint NOT NULL REFERENCES doctors,
    ward_id   bigint NOT NULL REFERENCES wards,
    left_at   timestamptz NOT NULL DEFAULT now()
);
