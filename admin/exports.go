package admin

import (
	"context"
	"errors"
	"fmt"
	"math"

	"gorm.io/gorm"

	"unified/auth"
	"unified/crud"
)

// exported is what additional_data of an export's row in audit_log holds beside what every entry does.
func exported(e crud.Exported) map[string]any {
	data := map[string]any{"format": e.Options.Format, "rows": e.Rows}
	for name, text := range map[string]string{"search": e.Query.Search, "filter": e.Query.Filter, "sort": e.Query.Sort} {
		if text != "" {
			data[name] = text
		}
	}
	for name, list := range map[string][]string{"fields": e.Options.Fields, "keys": e.Options.Keys} { // none: all
		if len(list) > 0 {
			data[name] = list
		}
	}
	if e.Options.Labels {
		data["labels"] = true
	}
	return data
}

// RecordExport writes one row of audit_log for an export: who asked for which rows, how many they got, and why not all of
// them if it stopped on the way. However many failed, none is left out.
func RecordExport(ctx context.Context, db *gorm.DB, e crud.Exported) error {
	account, _ := auth.From(ctx)
	sql, args, err := auth.Entry{
		By: account, Action: "export", Resource: e.Table, Failure: why(e), Most: math.MaxInt32, More: exported(e),
	}.Insert(ctx)
	if err != nil {
		return err
	}
	return db.WithContext(ctx).Exec(sql, args...).Error
}

// why says where an export stopped, without a driver's words; "" for a whole one.
func why(e crud.Exported) string {
	var known *crud.Error
	switch {
	case e.Err == nil:
		return ""
	case errors.As(e.Err, &known):
		return fmt.Sprintf("Stopped after %d rows: %s", e.Rows, known.Error())
	}
	return fmt.Sprintf("Stopped after %d rows.", e.Rows)
}
