-- +goose Up
-- +goose StatementBegin
DO $$
BEGIN
    EXECUTE format('COMMENT ON SCHEMA %I IS %L', current_schema(),
        'Users, mail, certificates and DNS of the hosting services, kept by Unified.');
END
$$;
-- +goose StatementEnd

-- +goose Down
-- +goose StatementBegin
DO $$
BEGIN
    EXECUTE format('COMMENT ON SCHEMA %I IS NULL', current_schema());
END
$$;
-- +goose StatementEnd
