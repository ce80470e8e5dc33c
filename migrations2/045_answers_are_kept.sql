-- +goose Up
-- One book for all that is sent once and acts once: forms, questions about many rows, and requests with a key of their own. It
-- takes the place of decisions, which knew questions about many rows alone and not whose they were.
CREATE TABLE answers (
    account    bigint NOT NULL,
    key        varchar(255) NOT NULL,
    request    varchar(64) NOT NULL DEFAULT '',
    answer     text NOT NULL DEFAULT '',
    created_at timestamptz NOT NULL DEFAULT CURRENT_TIMESTAMP,
    CONSTRAINT answers_pkey PRIMARY KEY (account, key)
);
CREATE INDEX idx_answers_created_at ON answers (created_at);

COMMENT ON TABLE answers IS 'What was answered to what was sent, so that the same that is sent again acts once and is answered alike.';
COMMENT ON COLUMN answers.account IS 'Who sent it: users.id. No foreign key, as it goes within a day.';
COMMENT ON COLUMN answers.key IS 'What it is known by: random, chosen by the panel for its forms and by the client elsewhere.';
COMMENT ON COLUMN answers.request IS 'Digest of what was sent, where the same key may not come with something else; empty where it may not by itself.';
COMMENT ON COLUMN answers.answer IS 'The answer, as who gave it writes it; for forms where it led and what was said.';
COMMENT ON COLUMN answers.created_at IS 'When it was answered; after a day it goes.';
COMMENT ON CONSTRAINT answers_pkey ON answers IS 'A key of an account is answered once.';
COMMENT ON INDEX idx_answers_created_at IS 'Old answers: WHERE created_at < $1.';

DROP TABLE decisions;

-- +goose Down
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

DROP TABLE answers;
