-- +goose Up
CREATE TABLE signing_keys (
    name       varchar(50) NOT NULL,
    key        bytea NOT NULL,
    created_at timestamptz NOT NULL DEFAULT CURRENT_TIMESTAMP,
    CONSTRAINT signing_keys_pkey PRIMARY KEY (name),
    CONSTRAINT ck_signing_keys_key_long CHECK (length(key) >= 32)
);

COMMENT ON TABLE signing_keys IS 'Keys with which the panel signs what it gives to browsers and takes back; all instances share them.';
COMMENT ON COLUMN signing_keys.name IS 'What the key signs.';
COMMENT ON COLUMN signing_keys.key IS 'The key, random bytes made by the database; a secret.';
COMMENT ON COLUMN signing_keys.created_at IS 'When the key was made.';
COMMENT ON CONSTRAINT signing_keys_pkey ON signing_keys IS 'One key for each thing that is signed.';
COMMENT ON CONSTRAINT ck_signing_keys_key_long ON signing_keys IS 'A key has 32 bytes or more.';

-- Two random UUIDs hold 244 random bits.
INSERT INTO signing_keys (name, key)
VALUES ('questions', decode(replace(gen_random_uuid()::text || gen_random_uuid()::text, '-', ''), 'hex'));

CREATE TABLE decisions (
    id         varchar(64) NOT NULL,
    answer     text NOT NULL DEFAULT '',
    created_at timestamptz NOT NULL DEFAULT CURRENT_TIMESTAMP,
    CONSTRAINT decisions_pkey PRIMARY KEY (id)
);
CREATE INDEX idx_decisions_created_at ON decisions (created_at);

COMMENT ON TABLE decisions IS 'Questions about many rows that were answered with yes, so that an answer that is sent again acts once.';
COMMENT ON COLUMN decisions.id IS 'Which question it was: random, from its signed text.';
COMMENT ON COLUMN decisions.answer IS 'What was said of it when it was done.';
COMMENT ON COLUMN decisions.created_at IS 'When it was done; old ones go with the next.';
COMMENT ON CONSTRAINT decisions_pkey ON decisions IS 'A question is answered once.';
COMMENT ON INDEX idx_decisions_created_at IS 'Old decisions: WHERE created_at < $1.';

-- +goose Down
DROP TABLE decisions;
DROP TABLE signing_keys;
