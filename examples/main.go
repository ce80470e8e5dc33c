// Command examples is a panel over models of its own, for everybody on this machine: DATABASE_URL=… go run .
package main

import (
	"context"
	"errors"
	"log"
	"log/slog"
	"net"
	"os"

	"gorm.io/driver/postgres"
	"gorm.io/gorm"

	"unified/controllers"
	"unified/crud"
	"unified/static"
)

func main() {
	log.Fatal(run(context.Background(), os.Getenv("DATABASE_URL")))
}

func run(ctx context.Context, url string) error {
	db, err := gorm.Open(postgres.Open(url))
	if err != nil {
		return err
	}
	if err := db.Exec(schema).Error; err != nil {
		return err
	}
	site, err := panel(ctx, db)
	if err != nil {
		return err
	}
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", "localhost:8090")
	if err != nil {
		return err
	}
	return controllers.Serve(ctx, listener, site, controllers.ServeOptions{Log: slog.Default()})
}

// panel is the whole panel.
func panel(ctx context.Context, db *gorm.DB) (*controllers.Site, error) {
	reg := crud.Open(db, crud.Config{})
	crud.Register(reg, crud.Options[Author]{})
	crud.Register(reg, crud.Options[Book]{Children: []crud.Child{{Table: "volumes", Inline: true}}})
	crud.Register(reg, crud.Options[Tag]{})
	crud.Register(reg, crud.Options[Shelf]{Plural: "Shelves"})
	crud.Register(reg, crud.Options[Volume]{})
	if err := errors.Join(reg.Check(), reg.Describe(ctx)); err != nil {
		return nil, err
	}
	assets, err := static.Load()
	if err != nil {
		return nil, err
	}
	return controllers.New(controllers.Config{Brand: "Library", Tables: reg.Tables(), Static: assets.FS, Asset: assets.Path})
}
