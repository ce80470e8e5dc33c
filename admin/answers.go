package admin

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"gorm.io/gorm"

	"unified/auth"
	"unified/crud"
)

// AnswerBook keeps what was answered to what was sent once, and the key that signs what the panel gives to browsers.
type AnswerBook struct {
	reg   *crud.Registry
	db    *gorm.DB
	swept *atomic.Int64 // when old answers were last forgotten, in seconds
}

// sweepEvery is how often old answers are forgotten, in seconds.
const sweepEvery = 60

// NewAnswerBook returns the book of the panel that reg and db are of.
func NewAnswerBook(reg *crud.Registry, db *gorm.DB) AnswerBook {
	return AnswerBook{reg, db, new(atomic.Int64)}
}

// Key returns the key that all instances sign with.
func (b AnswerBook) Key(ctx context.Context) ([]byte, error) {
	var key []byte
	err := b.db.WithContext(ctx).Raw(`SELECT key FROM signing_keys WHERE name = 'questions'`).Row().Scan(&key)
	if err != nil {
		return nil, fmt.Errorf("read the signing key: %w", err)
	}
	return key, nil
}

// Once runs work in a transaction and keeps its answer in it, under a key of the account in ctx. Where that is kept already, all that work
// did is undone and the answer is returned that was given first, whatever work says this time; of several at once one counts. A request,
// if it is not "", tells apart what was sent: the key with another one is KindInvalid. Answers are kept for a day.
func (b AnswerBook) Once(ctx context.Context, key, request string, work func(context.Context) (string, error)) (answer string, err error) {
	account, _ := auth.From(ctx)
	err = b.reg.Together(ctx, func(ctx context.Context, tx *gorm.DB) error {
		if err := b.sweep(tx.WithContext(ctx)); err != nil {
			return err
		}
		if answer, err = work(ctx); err != nil {
			return err
		}
		return crud.Later(ctx, tx, `INSERT INTO answers (account, key, request, answer) VALUES ($1, $2, $3, $4)`, account.ID, key, request, answer)
	})
	var known *crud.Error
	if err == nil || errors.As(err, &known) && known.Kind == crud.KindUnavailable {
		return answer, err
	}
	var first struct{ Request, Answer string }
	found := b.db.WithContext(ctx).Raw(`SELECT request, answer FROM answers WHERE account = ? AND key = ?`, account.ID, key).Scan(&first)
	switch {
	case found.Error != nil || found.RowsAffected == 0:
		return "", err
	case first.Request != request:
		return "", &crud.Error{Kind: crud.KindInvalid, Fields: map[string]string{"": "This key was used for another request already."}}
	}
	return first.Answer, nil
}

// sweep forgets old answers from time to time. What another one forgets at the same time is left to it.
func (b AnswerBook) sweep(tx *gorm.DB) error {
	now, last := time.Now().Unix(), b.swept.Load()
	if now-last < sweepEvery || !b.swept.CompareAndSwap(last, now) {
		return nil
	}
	err := tx.Exec(`DELETE FROM answers WHERE (account, key) IN
		(SELECT account, key FROM answers WHERE created_at < now() - interval '1 day' LIMIT 10000 FOR UPDATE SKIP LOCKED)`).Error
	if err != nil {
		return fmt.Errorf("forget old answers: %w", err)
	}
	return nil
}
