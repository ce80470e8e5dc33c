package admin

import (
	"context"
	"fmt"

	"gorm.io/gorm"

	"unified/crud"
)

// DecisionBook keeps the key that signs questions about many rows, and the answers that were carried out.
type DecisionBook struct {
	reg *crud.Registry
	db  *gorm.DB
}

// NewDecisionBook returns the book of the panel that reg and db are of.
func NewDecisionBook(reg *crud.Registry, db *gorm.DB) DecisionBook { return DecisionBook{reg, db} }

// Key returns the key that all instances sign questions with.
func (b DecisionBook) Key(ctx context.Context) ([]byte, error) {
	var key []byte
	err := b.db.WithContext(ctx).Raw(`SELECT key FROM signing_keys WHERE name = 'questions'`).Row().Scan(&key)
	if err != nil {
		return nil, fmt.Errorf("read the key of questions: %w", err)
	}
	return key, nil
}

// Once runs work in a transaction and writes its answer down in it. Where that is written down already, work is not run and
// its answer is returned again; who sends it twice at once waits for the first. Answers are kept for a day.
func (b DecisionBook) Once(ctx context.Context, id string, work func(context.Context) (string, error)) (answer string, err error) {
	err = b.reg.Together(ctx, func(ctx context.Context, tx *gorm.DB) error {
		tx = tx.WithContext(ctx)
		answer = ""
		if err := tx.Exec(`DELETE FROM decisions WHERE created_at < now() - interval '1 day'`).Error; err != nil {
			return fmt.Errorf("forget old decisions: %w", err)
		}
		first := tx.Exec(`INSERT INTO decisions (id) VALUES (?) ON CONFLICT DO NOTHING`, id)
		if first.Error != nil {
			return fmt.Errorf("write a decision down: %w", first.Error)
		}
		if first.RowsAffected == 0 {
			return tx.Raw(`SELECT answer FROM decisions WHERE id = ?`, id).Row().Scan(&answer)
		}
		var err error
		if answer, err = work(ctx); err != nil {
			return err
		}
		return tx.Exec(`UPDATE decisions SET answer = ? WHERE id = ?`, answer, id).Error
	})
	return answer, err
}
