-- Money is counted in whole cents.
CREATE TABLE accounts (
    id      bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    balance bigint NOT NULL,
    CONSTRAINT balance_not_negative CHECK (balance >= 0)
);

-- One row for each transfer.
CREATE TABLE transfers (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    created_at timestamptz NOT NULL DEFAULT now()
);

-- Two rows for each transfer: minus the amount for the sender, plus the amount for the receiver.
CREATE TABLE entries (
    transfer_id bigint NOT NULL REFERENCES transfers,
    account_id  bigint NOT NULL REFERENCES accounts,
    amount      bigint NOT NULL,
    PRIMARY KEY (transfer_id, account_id),
    CONSTRAINT amount_not_zero CHECK (amount <> 0)
);
