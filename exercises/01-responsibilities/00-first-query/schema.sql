-- One row: the word that every greeting begins with.
CREATE TABLE greeting (
    word text NOT NULL
);
