-- +goose Up
-- How a person likes to look at a list is no record of the company: the panel keeps it beside its tables, shows it to nobody
-- else, and writes no audit entry when somebody changes it.
CREATE TABLE list_settings (
    user_id    bigint NOT NULL,
    table_name varchar(100) NOT NULL,
    columns    text[] NOT NULL DEFAULT '{}',
    density    varchar(20) NOT NULL DEFAULT 'comfortable',
    page_size  integer,
    CONSTRAINT list_settings_pkey PRIMARY KEY (user_id, table_name),
    CONSTRAINT fk_list_settings_user_id FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE,
    CONSTRAINT ck_list_settings_density CHECK (density IN ('comfortable', 'compact')),
    CONSTRAINT ck_list_settings_page_size CHECK (page_size BETWEEN 1 AND 500)
);

COMMENT ON TABLE list_settings IS 'How each person has each list laid out; kept by the panel for itself.';
COMMENT ON COLUMN list_settings.user_id IS 'Whose list it is.';
COMMENT ON COLUMN list_settings.table_name IS 'Table that is listed.';
COMMENT ON COLUMN list_settings.columns IS 'Columns that are shown, in this order; none: those that are shown by themselves.';
COMMENT ON COLUMN list_settings.density IS 'How close the rows stand: comfortable or compact.';
COMMENT ON COLUMN list_settings.page_size IS 'Rows a page; NULL is the panel''s own number.';

COMMENT ON CONSTRAINT list_settings_pkey ON list_settings IS 'One layout a person and list.';
COMMENT ON CONSTRAINT fk_list_settings_user_id ON list_settings IS 'A person''s layouts go with them.';
COMMENT ON CONSTRAINT ck_list_settings_density ON list_settings IS 'Rows stand comfortable or compact.';
COMMENT ON CONSTRAINT ck_list_settings_page_size ON list_settings IS 'A page has 1 to 500 rows.';

-- +goose Down
DROP TABLE list_settings;
