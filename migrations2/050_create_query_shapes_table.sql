-- +goose Up
-- What lists are asked for, without the values that are looked for: kept by the panel for itself, and no table of the panel.
CREATE TABLE query_shapes (
    table_name   varchar(100) NOT NULL,
    column_name  varchar(100) NOT NULL,
    operator     varchar(20) NOT NULL,
    uses         bigint NOT NULL,
    last_used_at timestamptz NOT NULL DEFAULT CURRENT_TIMESTAMP,
    CONSTRAINT query_shapes_pkey PRIMARY KEY (table_name, column_name, operator)
);

COMMENT ON TABLE query_shapes IS 'How lists are filtered, sorted and searched, counted for the adviser of indexes; never by whom, nor for what.';
COMMENT ON COLUMN query_shapes.table_name IS 'Table that was listed.';
COMMENT ON COLUMN query_shapes.column_name IS 'Column that was filtered, sorted or searched by.';
COMMENT ON COLUMN query_shapes.operator IS 'How it was compared, such as is or contains; sort and search are operators too.';
COMMENT ON COLUMN query_shapes.uses IS 'How often.';
COMMENT ON COLUMN query_shapes.last_used_at IS 'When this was last written down; what nobody asks for any more goes after a while.';
COMMENT ON CONSTRAINT query_shapes_pkey ON query_shapes IS 'Each is counted in one row.';

-- +goose Down
DROP TABLE query_shapes;
