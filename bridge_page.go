package main

import (
	"context"
	"errors"
	"strings"
	"time"

	"unified/auth"
	"unified/controllers"
	"unified/database"
	"unified/schema"
)

// pages are what the schema's page mends with. program is how long the program runs, and ended is told after each run.
func (b *bridge) pages(program context.Context, ended func()) controllers.Mending {
	return controllers.Mending{
		Plan: func(ctx context.Context) (*schema.Plan, error) { return b.mender().Plan(ctx) },
		Begin: func(ctx context.Context, consent schema.Consent) error {
			account, _ := auth.From(ctx)
			running, cancel := context.WithCancel(context.WithoutCancel(ctx)) // it outlives the request, and not the program
			stop := context.AfterFunc(program, cancel)
			err := b.begin(running, order{consent: consent, by: account, wait: time.Second}, func() {
				stop()
				cancel()
				ended()
			})
			if errors.Is(err, database.ErrMending) {
				return controllers.ErrMending
			}
			return err
		},
		Last: func(ctx context.Context) (controllers.MendingRun, error) {
			run, err := database.LastRun(ctx, b.owner, b.Schema)
			return controllers.MendingRun{
				ID: run.ID, By: run.By, StartedAt: run.StartedAt, Running: run.Running, Ended: !run.EndedAt.IsZero(), Canceled: run.Canceled,
				Done: run.Done, Total: run.Total, Item: run.Item, Statement: run.Statement, Percent: run.Percent,
				Result: strings.FieldsFunc(run.Result, func(r rune) bool { return r == '\n' }),
			}, err
		},
		Cancel: func(ctx context.Context, id int64) error { return database.CancelRun(ctx, b.owner, b.Schema, id) },
	}
}
