package controllers

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"time"

	"unified/auth"
	"unified/crud"
)

// Decisions is how forms and questions about many rows are signed, and how they are carried out once. The zero Decisions sign
// with a key of this process and carry out what is sent as often as it is.
type Decisions struct {
	// Key returns the secret that signs; all instances need the same.
	Key func(context.Context) ([]byte, error)
	// Once runs work in a transaction in which it also keeps what work returns, under a key of the account in ctx. Where that
	// is kept already it returns it, and nothing of what work did stays. A request that is not "" tells apart what was sent: the key with
	// another one is KindInvalid.
	Once func(ctx context.Context, key, request string, work func(context.Context) (string, error)) (string, error)
}

// withDefaults fills what was left out. The key is asked for once.
func (d Decisions) withDefaults() Decisions {
	if d.Key == nil {
		key := make([]byte, sha256.Size)
		rand.Read(key)
		d.Key = func(context.Context) ([]byte, error) { return key, nil }
	}
	if d.Once == nil {
		d.Once = func(ctx context.Context, _, _ string, work func(context.Context) (string, error)) (string, error) {
			return work(ctx)
		}
	}
	var lock sync.Mutex
	var known []byte
	ask := d.Key
	d.Key = func(ctx context.Context) ([]byte, error) {
		lock.Lock()
		defer lock.Unlock()
		if known != nil {
			return known, nil
		}
		var err error
		known, err = ask(ctx)
		return known, err
	}
	return d
}

const (
	ticketParam = "_ticket"
	ticketTime  = time.Hour // in which a question may be answered
)

// ticket is a question about many rows as it travels through the browser: who was asked what, and about which rows.
type ticket struct {
	ID     string
	For    string // the account
	Table  string
	Verb   crud.Verb
	Rows   crud.Selection
	Count  int
	Digest string    // of the rows
	Until  time.Time // it can be answered
}

// seal writes a ticket and signs it.
func (s *Site) seal(ctx context.Context, t ticket) (string, error) {
	t.ID, t.For, t.Until = rand.Text(), asker(ctx), time.Now().Add(ticketTime)
	content, err := json.Marshal(t)
	if err != nil {
		return "", fmt.Errorf("seal a question: %w", err)
	}
	text := base64.RawURLEncoding.EncodeToString(content)
	mark, err := s.mark(ctx, text)
	return text + "." + mark, err
}

// unseal reads a ticket that seal has written for the account in ctx. It may be too old.
func (s *Site) unseal(ctx context.Context, sealed string) (ticket, error) {
	var t ticket
	refused := &Failure{Status: http.StatusBadRequest, Message: "This was not asked of you in this way. Start again from the list."}
	text, signature, _ := strings.Cut(sealed, ".")
	mark, err := s.mark(ctx, text)
	if err != nil {
		return t, err
	}
	if !hmac.Equal([]byte(mark), []byte(signature)) {
		return t, refused
	}
	content, err := base64.RawURLEncoding.DecodeString(text)
	if err == nil {
		err = json.Unmarshal(content, &t)
	}
	if err != nil || t.For != asker(ctx) {
		refused.Err = err
		return t, refused
	}
	return t, nil
}

// mark is the signature of a text.
func (s *Site) mark(ctx context.Context, text string) (string, error) {
	key, err := s.config.Decisions.Key(ctx)
	if err != nil {
		return "", fmt.Errorf("read the key that signs: %w", err)
	}
	sum := hmac.New(sha256.New, key)
	sum.Write([]byte(text))
	return base64.RawURLEncoding.EncodeToString(sum.Sum(nil)), nil
}

// asker names the account in ctx so that no other one is called the same.
func asker(ctx context.Context) string {
	account, _ := auth.From(ctx)
	return fmt.Sprintf("%d %s", account.ID, account.Name)
}
