-- +goose Up
-- How a person likes to see the panel: like the layouts of lists it is shown to nobody else and is no table of the panel.
CREATE TABLE user_settings (
    user_id   bigint NOT NULL,
    time_zone varchar(64),
    theme     varchar(10),
    CONSTRAINT user_settings_pkey PRIMARY KEY (user_id),
    CONSTRAINT fk_user_settings_user_id FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE,
    CONSTRAINT ck_user_settings_theme CHECK (theme IN ('light', 'dark', 'system'))
);

COMMENT ON TABLE user_settings IS 'How each person likes to see the panel; kept by the panel for itself.';
COMMENT ON COLUMN user_settings.user_id IS 'Whose settings they are.';
COMMENT ON COLUMN user_settings.time_zone IS 'Name of the time zone in which moments are written and read; NULL is the browser''s.';
COMMENT ON COLUMN user_settings.theme IS 'Colours: light, dark or those of the system; NULL is what was chosen in each browser.';

COMMENT ON CONSTRAINT user_settings_pkey ON user_settings IS 'One row a person.';
COMMENT ON CONSTRAINT fk_user_settings_user_id ON user_settings IS 'A person''s settings go with them.';
COMMENT ON CONSTRAINT ck_user_settings_theme ON user_settings IS 'Colours are light, dark or those of the system.';

-- +goose Down
DROP TABLE user_settings;
